use std::collections::BTreeMap;
use std::vec::Vec;

use smol_str::{SmolStr, ToSmolStr};

use super::{Answer, Judged, Workspace, WorkspaceError, judged};
use crate::actor::Actor;
use crate::catalog::Outcome;
use crate::pipeline::Creation;
use crate::record::{Link, Presence, Record};
use crate::store::{CommitMode, Reader, Store};
use crate::time::Timestamp;

/// What came of the leads from one source (S58).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceLine {
    /// The source; none for leads that say none.
    pub source: Option<SmolStr>,
    /// How many leads came from it.
    pub leads: u64,
    /// How many of them were converted.
    pub converted: u64,
    /// How many deals were started for them.
    pub deals: u64,
    /// How many of those deals are won.
    pub won: u64,
}

impl<S: Store + Reader> Workspace<S> {
    /// Starts a deal for a converted lead: `deal` is created in its pipeline, or in the one that the definition of
    /// the lead names for deals, and stays linked to the lead and its customer (S58). Needs the capability `create`
    /// there, and `view` of the lead.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such lead or the store fails; nothing is written then.
    pub fn start_deal(
        &self,
        lead: &str,
        deal: Record,
        creation: &Creation,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let lead = self.head_of(lead)?;
        let leads = self.pipelines.get(lead.pipeline());
        if let Some(reason) = leads.as_ref().and_then(|leads| leads.hides(&lead, actor)) {
            return Ok(Answer::refused(reason));
        }
        let named = leads.and_then(|pipeline| {
            let conversion = pipeline.definition().conversion.clone();
            conversion.map(|conversion| conversion.deals).filter(|deals| !deals.is_empty())
        });
        let id = if deal.pipeline().is_empty() {
            named.unwrap_or_default()
        } else {
            SmolStr::new(deal.pipeline())
        };
        let deals = match self.published(&id) {
            Ok(deals) => deals,
            Err(reason) => return Ok(Answer::refused(reason)),
        };
        let deal = deals.deal_of(&lead, deal);
        if let Some(answer) = self.repeated(deal.id(), &creation.request(&deal), actor)? {
            return Ok(answer);
        }
        match judged(deals.start_deal(&lead, &deal, creation, actor, now))? {
            Judged::Answer(answer) => Ok(answer),
            Judged::Write(change, _) => {
                let committed =
                    self.store.commit(&self.tenant, std::slice::from_ref(&*change), CommitMode::PerItem)?;
                let outcome = committed.into_iter().next().ok_or_else(WorkspaceError::cut_short)?;
                self.created(*change, outcome)
            }
        }
    }

    /// What came of the leads of a pipeline, source by source: how many there were, how many were converted, and how
    /// many deals were started for them and won, in whatever pipeline (S58). A deal counts for the source of the lead
    /// it is linked to, also when that lead became one with another. Most leads first; leads in the trash are left out.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn lead_sources(&self, pipeline: &str) -> Result<Vec<SourceLine>, WorkspaceError> {
        let mut lines: BTreeMap<Option<SmolStr>, SourceLine> = BTreeMap::new();
        self.each_page(pipeline, Presence::Live, |leads| {
            for lead in leads {
                let source = lead.fields().get("source").map(ToSmolStr::to_smolstr);
                let (deals, won) = self.deals_of(lead)?;
                let line = lines.entry(source).or_default();
                line.leads += 1;
                line.converted += u64::from(lead.link(Link::Customer).is_some());
                line.deals += deals;
                line.won += won;
            }
            Ok(())
        })?;
        let mut lines: Vec<SourceLine> =
            lines.into_iter().map(|(source, line)| SourceLine { source, ..line }).collect();
        lines.sort_by(|one, two| two.leads.cmp(&one.leads));
        Ok(lines)
    }

    /// How many deals a lead, or what became one with it, has, and how many of them are won.
    fn deals_of(&self, lead: &Record) -> Result<(u64, u64), WorkspaceError> {
        let (mut deals, mut won) = (0, 0);
        for id in self.united(lead.id())? {
            for deal in self.pointing_at(Link::Lead, &id)? {
                let Some(deal) = self.record(&deal)?.filter(|deal| deal.presence() == Presence::Live) else {
                    continue;
                };
                let outcome = self.pipelines.get(deal.pipeline()).and_then(|pipeline| {
                    let stage = deal.stage()?;
                    pipeline.catalog().stage(stage).map(|stage| stage.outcome())
                });
                deals += 1;
                won += u64::from(outcome == Some(Outcome::Won));
            }
        }
        Ok((deals, won))
    }
}
