use std::collections::BTreeSet;
use std::vec::Vec;

use smol_str::SmolStr;

use super::{Answer, QUIET_RETRIES, Workspace, WorkspaceError};
use crate::actor::Actor;
use crate::pipeline::{Decision, Erasure};
use crate::record::{Link, Record};
use crate::store::{Reader, Store};
use crate::time::Timestamp;

/// How many ids are read at once.
const PAGE: usize = 500;

impl<S: Store + Reader> Workspace<S> {
    /// Removes what is personal from a record and all its history, for good; the chain still holds (S44). See
    /// [`same_person`](Self::same_person) for what else there may be of the person.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store fails. The store may have erased the record then,
    /// and not yet the traces in its files: its error says so. Ask again, with the same key if there was one.
    pub fn erase(
        &self,
        id: &str,
        erasure: &Erasure,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Answer, WorkspaceError> {
        let request = erasure.request();
        let first = match self.repeated(id, &request, actor)? {
            Some(refused @ Answer::Refused(_)) => return Ok(refused),
            first => first,
        };
        // Asked again it is given to the store again, which may have traces left to remove. Whether it may be done is
        // judged once (S14), and there the key comes before everything else.
        let answer = self.attempt(id, request.expect(), QUIET_RETRIES, |pipeline, record| {
            self.judged(match &first {
                Some(_) => Decision::Moved(pipeline.erasing(record, erasure, actor, now)),
                None => pipeline.erase(record, erasure, actor, now),
            })
        })?;
        Ok(match (first, answer) {
            (Some(first), Answer::Refused(_)) => first,
            (_, answer) => answer,
        })
    }

    /// The records of one person: the lead and its customer, the other leads of that customer, and what became one
    /// with any of them; the record asked for first. Deals are not among them.
    ///
    /// # Errors
    /// [`WorkspaceError`] when there is no such record or the store cannot be read.
    pub fn same_person(&self, id: &str) -> Result<Vec<SmolStr>, WorkspaceError> {
        let first = self.record(id)?.ok_or_else(|| WorkspaceError::no_record(id))?;
        let mut found = Vec::from([SmolStr::new(id)]);
        let mut seen = BTreeSet::from([SmolStr::new(id)]);
        let mut at = 0;
        let mut record = Some(first);
        while let Some(current) = record {
            for next in self.neighbours(&current)? {
                if seen.insert(next.clone()) {
                    found.push(next);
                }
            }
            at += 1;
            record = match found.get(at) {
                Some(next) => self.record(next)?,
                None => None,
            };
        }
        Ok(found)
    }

    /// The records next to one that are the same person. A deal points at a customer too, and is nobody.
    fn neighbours(&self, record: &Record) -> Result<Vec<SmolStr>, WorkspaceError> {
        let is_deal = |record: &Record| record.link(Link::Lead).is_some();
        let customer = record.link(Link::Customer).filter(|_| !is_deal(record));
        let mut next: Vec<SmolStr> =
            record.link(Link::Head).into_iter().chain(customer).map(SmolStr::new).collect();
        next.extend(self.linked(Link::Head, record.id())?);
        let leads = self.linked(Link::Customer, record.id())?;
        let ids: Vec<&str> = leads.iter().map(SmolStr::as_str).collect();
        let leads = self.store.load(&self.tenant, &ids)?.into_iter().flatten();
        next.extend(leads.filter(|lead| !is_deal(lead)).map(|lead| SmolStr::new(lead.id())));
        Ok(next)
    }

    /// The ids of all records that point at one, or at what became one with it, in this way: the leads of a customer,
    /// the deals of a lead, the contacts of a company. In order of id.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn pointing_at(&self, link: Link, target: &str) -> Result<Vec<SmolStr>, WorkspaceError> {
        let mut all = BTreeSet::new();
        for target in self.united(target)? {
            all.extend(self.linked(link, &target)?);
        }
        Ok(all.into_iter().collect())
    }

    /// The ids of all records that point at this very one in this way.
    pub(super) fn linked(&self, link: Link, target: &str) -> Result<Vec<SmolStr>, WorkspaceError> {
        let mut all: Vec<SmolStr> = Vec::new();
        loop {
            let after = all.last().map(SmolStr::as_str);
            let page = self.store.linked(&self.tenant, link, target, after, PAGE)?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }
}
