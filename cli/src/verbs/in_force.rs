//! What became of a definition that was to be put in force: for the verbs that publish and edit.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use lifestage::migration::StageMap;
use lifestage::{Impact, Progress, Publishing, Refusal, SmolStr};
use serde::Serialize;

use crate::answer;
use crate::document::json_of;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Shown, Text, is_watched};

/// What became of it, or would.
#[derive(Serialize)]
pub(super) struct InForce<'a> {
    answer: &'static str,
    pipeline: &'a str,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "<[Impact]>::is_empty")]
    impact: &'a [Impact],
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<Left<'a>>,
    /// Whether records are without work that their stages came to have.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    catch_up: bool,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a Refusal>,
}

/// A record that could not be moved.
#[derive(Serialize)]
pub(super) struct Left<'a> {
    pub(super) id: &'a str,
    #[serde(flatten)]
    pub(super) refusal: &'a Refusal,
}

impl<'a> Left<'a> {
    pub(super) fn of(left: &'a [(SmolStr, Refusal)]) -> Vec<Self> {
        left.iter().map(|(id, refusal)| Self { id, refusal }).collect()
    }

    pub(super) fn text(all: &[Self], text: &mut Text) {
        for Self { id, refusal } in all {
            text.bad("left:").plain(" ").strong(id).plain(format_args!(", {refusal}")).end();
        }
    }
}

/// Says what a dry run came to: the version it would be, and what it would change.
pub(super) fn would(
    output: &mut Output,
    pipeline: &str,
    would: Result<Option<u32>, &Refusal>,
    impact: &[Impact],
) -> Result<Exit, Failure> {
    let answer = match &would {
        Ok(Some(_)) => "accepted",
        Ok(None) => "unchanged",
        Err(_) => "refused",
    };
    let (version, refusal) = (would.ok().flatten(), would.err());
    output.show(&InForce {
        answer,
        pipeline,
        dry_run: true,
        version,
        impact,
        moved: None,
        left: Vec::new(),
        catch_up: refusal.is_none() && impact.iter().any(Impact::brings_work),
        refusal,
    })?;
    Ok(refusal.map_or(Exit::Done, answer::exit_of))
}

/// Says what was put in force, and what changed by it.
pub(super) fn show(
    output: &mut Output,
    pipeline: &str,
    publishing: &Publishing,
    impact: &[Impact],
) -> Result<Exit, Failure> {
    let shown = |answer, version, moved: Option<u64>, refusal| InForce {
        answer,
        pipeline,
        dry_run: false,
        version,
        impact: if moved.is_some() { impact } else { &[] },
        moved,
        left: Vec::new(),
        catch_up: false,
        refusal,
    };
    match publishing {
        Publishing::Published(done) => {
            let left = Left::of(done.left());
            let exit = if left.is_empty() { Exit::Done } else { Exit::Refused };
            let shown = shown("published", Some(done.pipeline().version()), Some(done.moved()), None);
            output.show(&InForce { left, catch_up: done.catch_up().is_some(), ..shown })?;
            Ok(exit)
        }
        Publishing::Unchanged(current) => {
            output.show(&shown("unchanged", Some(current.version()), None, None))?;
            Ok(Exit::Done)
        }
        Publishing::Refused(refusal) => {
            output.show(&shown("refused", None, None, Some(refusal)))?;
            Ok(answer::exit_of(refusal))
        }
    }
}

impl Shown for InForce<'_> {
    fn text(&self, text: &mut Text) {
        for impact in self.impact {
            text.plain(impact).end();
        }
        if let Some(refusal) = self.refusal {
            return answer::refused(refusal, text);
        }
        let pipeline = self.pipeline;
        match (self.answer, self.version) {
            ("accepted", Some(version)) => {
                text.doubtful("dry run:").plain(format_args!(" `{pipeline}` would be version {version}"));
            }
            ("published", Some(version)) => {
                text.good("published").plain(format_args!(" `{pipeline}` as version {version}"));
                match self.moved {
                    Some(0) | None => {}
                    Some(1) => drop(text.plain(", 1 record moved")),
                    Some(moved) => drop(text.plain(format_args!(", {moved} records moved"))),
                }
            }
            (_, Some(version)) => {
                text.plain(format_args!("nothing changes: `{pipeline}` stays at version {version}"));
            }
            _ => drop(text.plain(format_args!("nothing would change in `{pipeline}`"))),
        }
        text.end();
        Left::text(&self.left, text);
        if self.catch_up {
            let then = if self.dry_run { "then" } else { "now" };
            text.plain(format_args!(
                "records that are there can get the new work {then}: lifestage catch-up {pipeline} --dry-run"
            ));
            text.end();
        }
    }
}

/// The map of stages in a file: an object from each source to its target.
pub(super) fn map(path: Option<&Path>) -> Result<StageMap, Failure> {
    path.map_or_else(|| Ok(StageMap::new()), |path| json_of(path, "map of stages"))
}

/// A bar that shows how records follow, where somebody looks.
pub(super) fn bar() -> impl FnMut(Progress) {
    let bar = if is_watched() { ProgressBar::no_length() } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos} of {len} records moved, {eta} left") {
        bar.set_style(style);
    }
    move |progress: Progress| {
        bar.set_length(progress.of);
        bar.set_position(progress.moved);
        if progress.moved >= progress.of {
            bar.finish_and_clear();
        }
    }
}
