use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::{self, Vec};

use smol_str::SmolStr;

use super::{Compiler, Kind, number};
use crate::catalog::{Outcome, StageCatalog, StageIx};
use crate::code::FindingCode;
use crate::criteria::{Criteria, Overlap};
use crate::definition::{MoveDef, MoveKind, Named, SourceDef};
use crate::finding::At;
use crate::journal::Direction;
use crate::policy::{Move, MoveIx, RoleSet, Roles, Rule, Step, StepTable, TransitionPolicy};
use crate::symbols::{Numbering, Symbols};

const POLICY: At<'static> = At::ROOT.key("policy");
const MOVES: At<'static> = POLICY.key("moves");
/// Of how many moves with one label from one stage the conditions are compared with those behind.
const MOST_COMPARED: usize = 256;

impl Compiler<'_> {
    /// The moves with their sources worked out.
    pub(super) fn policy(&mut self, catalog: &StageCatalog, roles: &Roles) -> TransitionPolicy {
        let def = &self.document.policy;
        self.limit(def.moves.len(), self.limits.moves, "moves", MOVES);
        let listed = def.moves.get(..self.limits.moves.min(def.moves.len())).unwrap_or_default();
        let (ids, twins) = Symbols::telling_twins(listed.iter().map(|mv| mv.id.clone()));
        let mut moves = Vec::with_capacity(listed.len());
        // One more for what the table has behind the last.
        let mut steps = Vec::with_capacity(listed.len() + 1);
        let mut scratch = Scratch { sources: Vec::new(), taken: alloc::vec![0; catalog.stages.len() + 1] };
        let mut source_labels = Vec::new();
        for ((i, mv), ix) in listed.iter().enumerate().zip(0_u32..) {
            let at = MOVES.index(i);
            self.id(&mv.id, at.key("id"));
            if twins && ids.get(&mv.id) != Some(ix) {
                let message = alloc::format!("two moves have the id `{}`", mv.id.escape_debug());
                self.findings.error(FindingCode::DuplicateId, at.key("id"), message);
            }
            self.name(&mv.label, at.key("label"));
            self.text(&mv.description, at.key("description"));
            let rule = self.rule(mv, catalog, roles, at);
            let Some(to) = self.stage_ref(catalog, &mv.to, at.key("to")) else {
                self.sources_of(mv, catalog, at, &mut scratch.sources);
                moves.push(Move {
                    id: mv.id.clone(),
                    label: SmolStr::new(&mv.label),
                    to: StageIx::new(0),
                    rule,
                });
                continue;
            };
            if catalog.get(to).is_archived() {
                let message = alloc::format!("the move leads to `{}`, which is archived", mv.to);
                self.findings.error(FindingCode::ArchivedStage, at.key("to"), message);
            }
            let made = (&mut steps, &mut source_labels);
            self.steps_of(mv, (MoveIx::new(ix), to, &rule), catalog, at, &mut scratch, made);
            moves.push(Move { id: mv.id.clone(), label: SmolStr::new(&mv.label), to, rule });
            if steps.len() > self.limits.steps {
                self.limit(steps.len(), self.limits.steps, "moves counted once for each source", MOVES);
                break;
            }
        }
        let steps = StepTable::new(steps, catalog.stages.len(), moves.len());
        let policy = TransitionPolicy {
            free: def.free,
            no_skipping: def.no_skipping,
            no_backward: def.no_backward,
            unowned_at_creation: def.unowned_at_creation,
            moves: moves.into(),
            ids,
            stage_ids: catalog.ids.clone(),
            steps,
            source_labels,
        };
        self.alternatives(catalog, &policy);
        policy
    }

    fn rule(&mut self, mv: &MoveDef, catalog: &StageCatalog, roles: &Roles, at: At<'_>) -> Rule {
        let mut listed = RoleSet::EMPTY;
        for (i, role) in mv.roles.iter().enumerate() {
            listed.0 |= self.role(&roles.ids, role, at.key("roles").index(i)).0;
        }
        let when = match &mv.when {
            None => None,
            Some(source) => {
                let target = catalog.index_of(&mv.to).and_then(|ix| self.document.stages.get(ix.index()));
                let category =
                    target.and_then(|stage| self.document.categories.iter().find(|c| c.id == stage.category));
                let none = Named::new();
                let asked = [
                    &mv.input,
                    target.map_or(&none, |stage| &stage.input),
                    category.map_or(&none, |category| &category.input),
                ];
                self.condition(source, &asked, at.key("when"))
            }
        };
        Rule {
            roles: if mv.roles.is_empty() { RoleSet::FULL } else { listed },
            holders: roles.holders(listed),
            owner_only: mv.owner_only,
            approval: mv.approval,
            when,
            asks: self.asks_of(&mv.input),
            effects: Default::default(),
        }
    }

    fn steps_of(
        &mut self,
        mv: &MoveDef,
        (ix, to, rule): (MoveIx, StageIx, &Rule),
        catalog: &StageCatalog,
        at: At<'_>,
        Scratch { sources, taken }: &mut Scratch,
        (steps, labels): (&mut Vec<Step>, &mut Vec<SmolStr>),
    ) {
        let except = self.sources_of(mv, catalog, at, sources);
        let first = steps.len();
        let mut taken_in: BTreeSet<StageIx> = BTreeSet::new();
        for (i, (source, from)) in mv.from.0.iter().zip(sources.drain(..)).enumerate() {
            let at = at.key("from");
            let at = at.index(i);
            let label = if source.label.is_empty() {
                0
            } else {
                self.name(&source.label, at.key("label"));
                labels.push(SmolStr::new(&source.label));
                number(labels.len())
            };
            let Some(from) = from else { continue };
            let wildcard = matches!(from, Expanded::Many(_));
            if let Expanded::Many(stages) = &from
                && !except.is_empty()
            {
                taken_in.extend(stages);
            }
            for from in from {
                let mark = taken.get_mut(from.map_or(0, |from| from.index() + 1));
                let doubled = mark.as_ref().is_some_and(|mark| **mark == ix.position() + 1);
                let stage = from.map(|from| catalog.get(from));
                let left_out =
                    from == Some(to) || from.is_some_and(|from| except.values().any(|out| *out == from));
                if wildcard && (doubled || left_out) {
                    continue;
                }
                if doubled {
                    let message = alloc::format!("the source `{}` is listed twice", source.stage);
                    self.findings.error(FindingCode::DuplicateId, at, message);
                    continue;
                }
                if let Some(stage) = stage.filter(|stage| stage.is_archived) {
                    let message = alloc::format!("the move starts at `{}`, which is archived", stage.id);
                    self.findings.warning(FindingCode::ArchivedStage, at.key("stage"), message);
                }
                if let Some(stage) = stage.filter(|stage| stage.is_final) {
                    let message = alloc::format!("`{}` is final, so that no move can start there", stage.id);
                    self.findings.error(FindingCode::MoveOutOfFinal, at.key("stage"), message);
                }
                self.self_move(source, from == Some(to), at);
                let step = step(Some(ix), from, to, source.kind, label, catalog, &self.document.policy);
                steps.push(step.under(rule));
                if let Some(mark) = mark {
                    *mark = ix.position() + 1;
                }
            }
        }
        if self.is_vague {
            return;
        }
        for (i, out) in &except {
            if !taken_in.contains(out) {
                let message = alloc::format!(
                    "no wildcard of the move takes in `{}`, so that nothing is left out",
                    catalog.get(*out).id()
                );
                self.findings.warning(FindingCode::DeadException, at.key("except").index(*i), message);
            }
        }
        let open = steps.get(first..).is_some_and(|own| own.iter().any(|step| !step.skips && !step.retreats));
        if !open && !mv.from.0.is_empty() {
            let message = "no stage is left for the move to start at";
            self.findings.warning(FindingCode::DeadMove, at.key("from"), message);
        }
    }

    /// The stages that each source of a move stands for, and those that it leaves out.
    fn sources_of(
        &mut self,
        mv: &MoveDef,
        catalog: &StageCatalog,
        at: At<'_>,
        into: &mut Vec<Option<Expanded>>,
    ) -> BTreeMap<usize, StageIx> {
        let at_from = at.key("from");
        if mv.from.0.is_empty() {
            self.findings.error(FindingCode::MissingKey, at_from, "the move starts nowhere");
            self.is_vague = true;
        }
        into.clear();
        for (i, source) in mv.from.0.iter().enumerate() {
            into.push(self.sources(source, catalog, at_from.index(i)));
        }
        let mut except = BTreeMap::new();
        for (i, stage) in mv.except.iter().enumerate() {
            if let Some(out) = self.stage_ref(catalog, stage, at.key("except").index(i)) {
                except.insert(i, out);
            }
        }
        except
    }

    /// A move to its own source says how (S5), and no other does.
    fn self_move(&mut self, source: &SourceDef, same: bool, at: At<'_>) {
        let declared = matches!(source.kind, MoveKind::Internal | MoveKind::ReEntry);
        if same && !declared {
            let message = alloc::format!(
                "the move leads from `{0}` to `{0}`: write the kind `internal` or `re_entry`",
                source.stage
            );
            self.findings.error(FindingCode::UndeclaredSelfMove, at.key("stage"), message);
        }
        if !same && declared {
            let message =
                alloc::format!("the move is declared to stay in `{}`, and leads elsewhere", source.stage);
            self.findings.error(FindingCode::NotASelfMove, at.key("kind"), message);
        }
    }

    /// The stages that one source stands for, and whether it is a wildcard.
    fn sources(&mut self, source: &SourceDef, catalog: &StageCatalog, at: At<'_>) -> Option<Expanded> {
        let at = at.key("stage");
        if source.stage == "none" {
            return Some(Expanded::One(None));
        }
        if let Some(stages) = self.wildcard(&source.stage, catalog, at) {
            return Some(Expanded::Many(stages));
        }
        self.stage_ref(catalog, &source.stage, at).map(|from| Expanded::One(Some(from)))
    }

    /// The stages that a wildcard stands for; none when the text is no wildcard.
    pub(super) fn wildcard(
        &mut self,
        text: &str,
        catalog: &StageCatalog,
        at: At<'_>,
    ) -> Option<Vec<StageIx>> {
        self.wildcard_over(text, catalog, |stage| !stage.is_final && !stage.is_archived, at)
    }

    /// The stages that a wildcard takes in, of those that are `usable`; none when it is no wildcard.
    pub(super) fn wildcard_over(
        &mut self,
        text: &str,
        catalog: &StageCatalog,
        usable: fn(&crate::catalog::Stage) -> bool,
        at: At<'_>,
    ) -> Option<Vec<StageIx>> {
        let places = |keep: &dyn Fn(&crate::catalog::Stage) -> bool| {
            let taken = |ix: &StageIx| usable(catalog.get(*ix)) && keep(catalog.get(*ix));
            Some(catalog.indices().filter(taken).collect())
        };
        match text {
            "any" => places(&|_| true),
            "any_open" => places(&|stage| stage.outcome == Outcome::Open),
            _ => {
                let id = text.strip_prefix("category:")?;
                let category = catalog.categories.iter().position(|category| category.id == id);
                if category.is_none() {
                    let known = catalog.categories.iter().map(|category| category.id.as_str());
                    self.unknown((Kind::Category, FindingCode::UnknownCategory), id, known, at);
                    self.is_vague = true;
                }
                places(&|stage| Some(usize::from(stage.category)) == category)
            }
        }
    }

    /// The place of a stage named in the document.
    pub(super) fn stage_ref(&mut self, catalog: &StageCatalog, id: &str, at: At<'_>) -> Option<StageIx> {
        let found = catalog.index_of(id);
        if found.is_none() {
            let known = catalog.stages.iter().map(|stage| stage.id.as_str());
            self.unknown((Kind::Stage, FindingCode::UnknownStage), id, known, at);
            self.is_vague = true;
        }
        found
    }

    /// Moves with one label from one stage: at most one unguarded, and that the last of those with
    /// its target (S37). What is said of two moves is said once.
    fn alternatives(&mut self, catalog: &StageCatalog, policy: &TransitionPolicy) {
        let mut told = BTreeSet::new();
        let mut labels = Numbering::with_capacity(0);
        for from in core::iter::once(None).chain(catalog.indices().map(Some)) {
            let steps = policy.steps.of(from);
            labels.clear();
            if steps.iter().all(|step| labels.is_new(policy.label_of(step))) {
                continue;
            }
            // What the toggles of the policy forbid from here can never be taken, and stands before nothing (S7).
            let lawful = steps.iter().filter(|step| !step.skips && !step.retreats);
            let mut by_label: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
            for step in lawful {
                by_label.entry(policy.label_of(step)).or_default().push(step);
            }
            for same in by_label.into_values().filter(|same| same.len() > 1) {
                self.under_one_label(&same, policy, &mut told);
            }
        }
    }

    fn under_one_label(
        &mut self,
        same: &[&Step],
        policy: &TransitionPolicy,
        told: &mut BTreeSet<(Option<MoveIx>, Option<MoveIx>)>,
    ) {
        let mut unguarded: Option<&Step> = None;
        let mut conditions: Vec<(&Step, u32)> = Vec::new();
        for later in same.iter().copied() {
            let Some(rule) = later.mv.and_then(|mv| policy.get(mv)).map(|mv| &mv.rule) else { continue };
            if rule.when.is_some_and(|when| self.never.contains(&when)) {
                continue;
            }
            let is_guarded = rule.when.is_some() || rule.roles != RoleSet::FULL || rule.owner_only;
            if let Some(earlier) = unguarded.filter(|earlier| !is_guarded || earlier.to == later.to) {
                if told.insert((earlier.mv, later.mv)) {
                    self.behind(earlier, later, is_guarded, policy);
                }
                continue;
            }
            if !is_guarded {
                unguarded = Some(later);
            }
            let Some(when) = rule.when else { continue };
            for (earlier, other) in conditions.iter().filter(|(earlier, _)| earlier.to == later.to) {
                if self.overlap(*other, when) && told.insert((earlier.mv, later.mv)) {
                    let message = alloc::format!(
                        "the conditions of `{}` and `{}` can hold at once; the first one is taken",
                        policy.id_of(earlier),
                        policy.id_of(later)
                    );
                    let at = MOVES.index(later.mv.map_or(0, |mv| mv.position() as usize));
                    self.findings.warning(FindingCode::OverlappingCriteria, at.key("when"), message);
                }
            }
            if conditions.len() < MOST_COMPARED {
                conditions.push((later, when));
            }
        }
    }

    /// A move behind one that is always open.
    fn behind(&mut self, earlier: &Step, later: &Step, is_guarded: bool, policy: &TransitionPolicy) {
        let at = MOVES.index(later.mv.map_or(0, |mv| mv.position() as usize));
        let (first, second) = (policy.id_of(earlier), policy.id_of(later));
        if is_guarded {
            let message = alloc::format!(
                "`{second}` stands behind `{first}`, which has no condition, and can never be taken"
            );
            self.findings.error(FindingCode::ShadowedMove, at, message);
        } else {
            let message = alloc::format!(
                "`{first}` and `{second}` are both called `{}`, start at one stage and have no condition",
                policy.label_of(later)
            );
            self.findings.error(FindingCode::AmbiguousMove, at, message);
        }
    }

    /// Whether two conditions can be shown to hold at once.
    fn overlap(&mut self, one: u32, other: u32) -> bool {
        let pair = self.conditions.get(one as usize).zip(self.conditions.get(other as usize));
        let Some((one, other)) = pair.filter(|_| self.pairs > 0) else { return false };
        self.pairs -= 1;
        matches!(Criteria::overlap(&one.criteria, &other.criteria), Overlap::Overlaps { .. })
    }
}

/// The stages that one source of a move stands for.
enum Expanded {
    /// A stage, or none.
    One(Option<StageIx>),
    /// Those of a wildcard.
    Many(Vec<StageIx>),
}

impl IntoIterator for Expanded {
    type Item = Option<StageIx>;
    type IntoIter = core::iter::Chain<
        core::option::IntoIter<Option<StageIx>>,
        core::iter::Map<vec::IntoIter<StageIx>, fn(StageIx) -> Option<StageIx>>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self {
            Self::One(from) => (Some(from), Vec::new()),
            Self::Many(stages) => (None, stages),
        };
        one.into_iter().chain(many.into_iter().map(Some as fn(StageIx) -> Option<StageIx>))
    }
}

/// What is used again for one move after the other.
struct Scratch {
    sources: Vec<Option<Expanded>>,
    /// By source, no stage first: the last move that starts there, counted from 1.
    taken: Vec<u32>,
}

/// One step with what the order of the stages says of it (S7).
pub(crate) fn step(
    mv: Option<MoveIx>,
    from: Option<StageIx>,
    to: StageIx,
    kind: MoveKind,
    label: u32,
    catalog: &StageCatalog,
    toggles: &crate::definition::PolicyDef,
) -> Step {
    let direction = direction(from, to, catalog);
    let ordinary = kind == MoveKind::Ordinary && (toggles.no_skipping || toggles.no_backward);
    let ranks = from.filter(|_| ordinary).and_then(|from| catalog.open_rank(from)).zip(catalog.open_rank(to));
    let skips = toggles.no_skipping && ranks.is_some_and(|(from, to)| to > from + 1);
    let retreats = toggles.no_backward && ranks.is_some_and(|(from, to)| to < from);
    // An internal move enters nothing (S5).
    let roles = if kind == MoveKind::Internal { RoleSet::FULL } else { catalog.get(to).enter_roles };
    Step { roles, skips, retreats, label, ..Step::new(mv, from, to, kind, direction) }
}

/// Which way a step goes (S7).
pub(crate) fn direction(from: Option<StageIx>, to: StageIx, catalog: &StageCatalog) -> Direction {
    let target = catalog.get(to);
    let Some(from) = from else {
        return if target.outcome.is_closed() { Direction::Closing } else { Direction::Forward };
    };
    let source = catalog.get(from);
    match (source.outcome.is_closed(), target.outcome.is_closed()) {
        (false, true) => Direction::Closing,
        (true, false) => Direction::Reopening,
        _ if from == to || source.outcome != target.outcome => Direction::Across,
        _ if (source.category, from) < (target.category, to) => Direction::Forward,
        _ => Direction::Backward,
    }
}
