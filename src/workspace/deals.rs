use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::format;
use std::vec::Vec;

use serde::Serialize;
use smol_str::{SmolStr, ToSmolStr};

use super::{Answer, Judged, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::catalog::Outcome;
use crate::code::ReasonCode;
use crate::pipeline::Creation;
use crate::record::{Link, Presence, Record};
use crate::refusal::Reason;
use crate::store::{CommitMode, Reader, Store};
use crate::time::Timestamp;

/// What came of the leads from one source (S58).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
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
        let named = leads.and_then(|leads| {
            let conversion = leads.definition().conversion.clone();
            conversion.map(|conversion| conversion.deals).filter(|deals| !deals.is_empty())
        });
        let said = Some(SmolStr::new(deal.pipeline())).filter(|said| !said.is_empty());
        let Some(id) = said.or(named) else {
            let message = format!(
                "neither the request nor the pipeline `{}` says in which pipeline the deal goes",
                lead.pipeline()
            );
            return Ok(Answer::refused(Reason::new(ReasonCode::AmbiguousPipeline, message)));
        };
        let deals = match self.published(&id) {
            Ok(deals) => deals,
            Err(reason) => return Ok(Answer::refused(reason)),
        };
        let deal = deals.deal_of(&lead, deal);
        if let Some(answer) = self.repeated(deal.id(), &creation.request(&deal), actor)? {
            return Ok(answer);
        }
        let judged = self.judged(deals.start_deal(&lead, &deal, creation, actor, now))?;
        match self.company_known(deal.link(Link::Company), judged)? {
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
    /// many deals of the other pipeline were started for them and won (S58). A deal counts for the source of the lead it
    /// is linked to, also when that lead became one with another. Most leads first; the trash is left out. Both
    /// pipelines are walked once.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn lead_sources(&self, leads: &str, deals: &str) -> Result<Vec<SourceLine>, WorkspaceError> {
        let mut lines: BTreeMap<Option<SmolStr>, SourceLine> = BTreeMap::new();
        self.each_page(leads, Presence::Live, |leads| {
            for lead in leads {
                let line = lines.entry(source(lead)).or_default();
                line.leads += 1;
                line.converted += u64::from(lead.link(Link::Customer).is_some());
            }
            Ok(())
        })?;
        let catalog = self.pipelines.get(deals);
        let is_won = |deal: &Record| {
            let stage = catalog.as_ref().zip(deal.stage()).and_then(|(deals, id)| deals.catalog().stage(id));
            stage.is_some_and(|stage| stage.outcome() == Outcome::Won)
        };
        self.each_page(deals, Presence::Live, |deals| {
            let of: Vec<&str> = deals.iter().filter_map(|deal| deal.link(Link::Lead)).collect();
            let linked = deals.iter().filter(|deal| deal.link(Link::Lead).is_some());
            for (deal, lead) in linked.zip(self.store.load(&self.tenant, &of)?) {
                let Some(lead) = lead else { continue };
                let lead = if lead.presence() == Presence::Merged { self.head_of(lead.id())? } else { lead };
                if lead.pipeline() == leads && lead.presence() == Presence::Live {
                    let line = lines.entry(source(&lead)).or_default();
                    line.deals += 1;
                    line.won += u64::from(is_won(deal));
                }
            }
            Ok(())
        })?;
        let mut lines: Vec<SourceLine> =
            lines.into_iter().map(|(source, line)| SourceLine { source, ..line }).collect();
        lines.sort_by_key(|line| Reverse(line.leads));
        Ok(lines)
    }
}

fn source(lead: &Record) -> Option<SmolStr> {
    lead.fields().get("source").map(ToSmolStr::to_smolstr)
}
