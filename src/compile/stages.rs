use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{Compiler, Kind, StageGate};
use crate::catalog::{Category, Colour, Icon, Outcome, Stage, StageCatalog, StageIx, normalize_name};
use crate::code::FindingCode;
use crate::definition::{Named, StageDef};
use crate::finding::At;
use crate::policy::{RoleSet, Roles};
use crate::symbols::{Numbering, Symbols};

const CATEGORIES: At<'static> = At::ROOT.key("categories");
const STAGES: At<'static> = At::ROOT.key("stages");

impl Compiler<'_> {
    /// The catalog, or none when there is nothing that moves could refer to.
    pub(super) fn catalog(&mut self) -> Option<StageCatalog> {
        let document = self.document;
        self.limit(document.categories.len(), self.limits.categories, "categories", CATEGORIES);
        self.limit(document.stages.len(), self.limits.stages, "stages", STAGES);
        if document.stages.len() > self.limits.stages || document.categories.len() > self.limits.categories {
            return None;
        }
        self.categories();
        let category_ids = Symbols::new(document.categories.iter().map(|category| category.id.clone()));
        let stages: Box<[Stage]> =
            document.stages.iter().enumerate().map(|(i, def)| self.stage(i, def, &category_ids)).collect();
        let told = self.absent.touches("/stages") || self.absent.touches("/categories");
        if document.stages.is_empty() {
            if !told {
                self.findings.error(FindingCode::NoStages, STAGES, "there is no stage");
            }
        } else if !told && !stages.iter().any(|stage| stage.outcome == Outcome::Open && !stage.is_archived) {
            self.findings.error(FindingCode::NoStages, STAGES, "there is no open stage");
        }
        self.unique(document.stages.iter().map(|s| (&s.id, &s.name, s.archived)), STAGES, "stages");
        let default = self.default_stage();
        if stages.is_empty() {
            return None;
        }
        let ids = Symbols::new(stages.iter().map(|stage| stage.id.clone()));
        let open_rank = open_ranks(&stages);
        let categories = document
            .categories
            .iter()
            .map(|category| Category {
                id: category.id.clone(),
                name: SmolStr::new(&category.name),
                outcome: category.outcome,
            })
            .collect();
        Some(StageCatalog { categories, stages, ids, default: StageIx::new(default), open_rank })
    }

    fn categories(&mut self) {
        let document = self.document;
        for (i, category) in document.categories.iter().enumerate() {
            let at = CATEGORIES.index(i);
            self.id(&category.id, at.key("id"));
            self.name(&category.name, at.key("name"));
            self.text(&category.description, at.key("description"));
        }
        let names = document.categories.iter().map(|c| (&c.id, &c.name, false));
        self.unique(names, CATEGORIES, "categories");
    }

    /// One stage. When its category is unknown, it passes for open and nothing is said of where
    /// moves lead.
    fn stage(&mut self, i: usize, def: &StageDef, category_ids: &Symbols) -> Stage {
        let at = STAGES.index(i);
        self.id(&def.id, at.key("id"));
        self.name(&def.name, at.key("name"));
        self.text(&def.description, at.key("description"));
        self.text(&def.guidance, at.key("guidance"));
        let icon = self.icon(&def.icon, at.key("icon"));
        let colour = self.colour(&def.colour, at.key("colour"));
        if def.probability.is_some_and(|percent| percent > 100) {
            self.findings.error(FindingCode::BadValue, at.key("probability"), "a probability is 0 to 100");
        }
        if def.idle.is_some_and(|idle| idle.as_micros() < 0) {
            self.findings.error(FindingCode::BadValue, at.key("idle"), "a time is negative");
        }
        let category = category_ids.get(&def.category);
        if category.is_none() {
            let known = self.document.categories.iter().map(|c| c.id.as_str());
            let what = (Kind::Category, FindingCode::UnknownCategory);
            self.unknown(what, &def.category, known, at.key("category"));
            self.is_vague = true;
        }
        let category = category.unwrap_or(u32::MAX);
        let outcome = self.document.categories.get(category as usize).map_or(Outcome::Open, |c| c.outcome);
        Stage {
            id: def.id.clone(),
            name: SmolStr::new(&def.name),
            category: u16::try_from(category).unwrap_or(u16::MAX),
            outcome,
            description: def.description.as_str().into(),
            guidance: def.guidance.as_str().into(),
            icon,
            colour,
            is_final: def.is_final,
            is_protected: def.protected,
            is_archived: def.archived,
            probability: def.probability,
            idle: def.idle.filter(|idle| idle.as_micros() > 0),
            enter_roles: RoleSet::FULL,
        }
    }

    /// Who may bring records into each stage.
    pub(super) fn entrances(&mut self, catalog: &mut StageCatalog, roles: &Roles) {
        let document = self.document;
        for (i, def) in document.stages.iter().enumerate().filter(|(_, def)| !def.enter_roles.is_empty()) {
            let stage = STAGES.index(i);
            let at = stage.key("enter_roles");
            let mut listed = RoleSet::EMPTY;
            for (j, role) in def.enter_roles.iter().enumerate() {
                listed.0 |= self.role(&roles.ids, role, at.index(j)).0;
            }
            if let Some(stage) = catalog.stages.get_mut(i) {
                stage.enter_roles = roles.holders(listed);
            }
        }
    }

    pub(super) fn icon(&mut self, name: &str, at: At<'_>) -> Option<Icon> {
        if name.is_empty() {
            return None;
        }
        let icon = Icon::from_name(name);
        if icon.is_none() {
            let known = Icon::ALL.iter().map(|icon| icon.name());
            let hint = self.hint(name, known);
            let message = alloc::format!("no icon is named `{}`{hint}", name.escape_debug());
            self.findings.error(FindingCode::UnknownIcon, at, message);
        }
        icon
    }

    fn colour(&mut self, text: &str, at: At<'_>) -> Option<Colour> {
        if text.is_empty() {
            return None;
        }
        text.parse().map_err(|error| self.findings.error(FindingCode::BadColour, at, error)).ok()
    }

    /// Ids are unique, and names after normalization, archived ones excepted (S22).
    fn unique<'n>(
        &mut self,
        items: impl ExactSizeIterator<Item = (&'n SmolStr, &'n String, bool)> + Clone,
        at: At<'_>,
        what: &str,
    ) {
        let count = items.len();
        let (mut ids, mut names) = (Numbering::with_capacity(count), Numbering::with_capacity(count));
        let normals: Vec<String> = items.clone().map(|(_, name, _)| normalize_name(name)).collect();
        // By the number of a name: whose it was last.
        let mut owners: Vec<&str> = Vec::with_capacity(count);
        for (i, ((id, name, archived), normal)) in items.zip(&normals).enumerate() {
            if !ids.is_new(id) {
                let message = alloc::format!("two {what} have the id `{}`", id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.index(i).key("id"), message);
            }
            if archived || normal.is_empty() {
                continue;
            }
            let Some(owner) = owners.get_mut(names.number(normal) as usize) else {
                owners.push(id);
                continue;
            };
            let first = core::mem::replace(owner, id);
            let message = alloc::format!("`{}` is also the name of `{first}`", name.escape_debug());
            self.findings.error(FindingCode::DuplicateName, at.index(i).key("name"), message);
        }
    }

    /// The default stage: exactly one, open, not archived (S26).
    fn default_stage(&mut self) -> u16 {
        let stages = &self.document.stages;
        let defaults: Vec<usize> =
            stages.iter().enumerate().filter(|(_, stage)| stage.default).map(|(i, _)| i).collect();
        match defaults.as_slice() {
            [] => {
                if !stages.is_empty() && !self.absent.touches("/stages") {
                    let message = "no stage is the default; write `\"default\": true` in the one that new records start in";
                    self.findings.error(FindingCode::DefaultStage, STAGES, message);
                }
            }
            [only] => self.default_is_open(*only),
            [_, others @ ..] => {
                for other in others {
                    let at = STAGES.index(*other);
                    let at = at.key("default");
                    self.findings.error(FindingCode::DefaultStage, at, "more than one stage is the default");
                }
            }
        }
        defaults.first().and_then(|at| u16::try_from(*at).ok()).unwrap_or_default()
    }

    fn default_is_open(&mut self, i: usize) {
        let Some(stage) = self.document.stages.get(i) else { return };
        let category = self.document.categories.iter().find(|category| category.id == stage.category);
        let closed = category.is_some_and(|category| category.outcome.is_closed());
        if closed || stage.archived {
            let why = if stage.archived { "archived" } else { "closed" };
            let message = alloc::format!("the default stage `{}` is {why}; it must be open", stage.id);
            self.findings.error(FindingCode::DefaultNotOpen, STAGES.index(i).key("default"), message);
        }
    }

    /// What each stage demands; effects are added later.
    pub(super) fn gates(&mut self) -> Vec<StageGate> {
        let document = self.document;
        let mut gates = Vec::with_capacity(document.stages.len());
        for (i, stage) in document.stages.iter().enumerate() {
            let at = STAGES.index(i);
            let category = document.categories.iter().find(|category| category.id == stage.category);
            let none = Named::new();
            let asked = [&stage.input, category.map_or(&none, |category| &category.input)];
            let entry = self.demands(
                stage.entry.as_ref(),
                &asked,
                at.key("entry"),
                &stage.enter_requires,
                at.key("enter_requires"),
            );
            let at_exit = at.key("exit");
            let exit = self.demands(
                stage.exit.as_ref().map(|exit| &exit.when),
                &[],
                at_exit.key("when"),
                &stage.leave_requires,
                at.key("leave_requires"),
            );
            let mut asks: Vec<u32> = self.asks_of(&stage.input).into();
            if let Some(category) = category.filter(|category| !category.input.is_empty()) {
                asks.extend(self.asks_of(&category.input));
            }
            gates.push(StageGate {
                entry,
                exit,
                exit_scope: stage.exit.as_ref().map(|exit| exit.applies_to).unwrap_or_default(),
                asks: asks.into(),
                on_enter: Box::default(),
                on_exit: Box::default(),
                anew: Box::default(),
            });
        }
        gates
    }
}

/// The position of each stage among the open, unarchived ones, category by category (S7).
fn open_ranks(stages: &[Stage]) -> Box<[Option<u16>]> {
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|i| stages.get(*i).map(|stage| stage.category));
    let mut ranks = alloc::vec![None; stages.len()];
    let mut next = 0;
    for i in order {
        let open = stages.get(i).is_some_and(|stage| stage.outcome == Outcome::Open && !stage.is_archived);
        if let Some(rank) = ranks.get_mut(i).filter(|_| open) {
            *rank = Some(next);
            next += 1;
        }
    }
    ranks.into()
}
