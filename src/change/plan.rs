//! What a change sets in motion, worked out when somebody asks.

use alloc::vec::Vec;

use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::Change;
use crate::calendar::{Zone, due};
use crate::compile::{Argument, Assignee, EffectSpec, Place, TaskTiming, Timing, Watch};
use crate::effect::{Effect, EffectKind, EffectTrigger, ROUND_ROBIN, in_turn};
use crate::facts::RecordFacts;
use crate::journal::{OWNER, Row, RowKind};
use crate::time::Timestamp;
use crate::value::{Fields, Value};

impl Change<'_> {
    /// The effects, in order.
    pub(super) fn planned(&self) -> Vec<Effect> {
        let watches = self.watches();
        if watches.is_empty() && self.extra.is_none() && self.plan.iter().all(|list| list.is_empty()) {
            return Vec::new();
        }
        let record = self.judged();
        let facts = self.facts(&record);
        let mut planner = Planner {
            change: self,
            facts: &facts,
            zone: self.compiled.clock.zone_of(&record),
            effects: Vec::new(),
            tasks: Vec::new(),
        };
        let extra = self.extra.as_deref();
        let given = extra.map_or(&[][..], |extra| &extra.given);
        let specs = self.plan.into_iter().chain([given]).flatten();
        for (at, spec) in specs.filter_map(|at| Some((*at, self.compiled.effects.get(*at as usize)?))) {
            if self.applies(spec, &facts) {
                if matches!(spec.timing, Timing::Task(_)) {
                    planner.tasks.push((at, planner.next_index()));
                }
                planner.plan(spec);
            }
        }
        planner.order_tasks();
        if !watches.is_empty() {
            planner.watch(watches);
        }
        if let Some((at, said)) = extra.and_then(|extra| extra.act.as_ref()) {
            planner.act(*at, said);
        }
        if let Some((action, mv)) = extra.and_then(|extra| extra.follow.as_ref()) {
            planner.follow(action, mv);
        }
        // What leads to another change at once says how many led to it, so that they come to an end (S13).
        let depth = extra.map_or(0, |extra| extra.depth);
        for effect in planner.effects.iter_mut().filter(|_| depth > 0) {
            let at_once = effect.at.is_none_or(|at| at <= self.row.effective_at);
            if at_once && (effect.reported || effect.kind == EffectKind::Move) {
                effect.depth = depth;
            }
        }
        planner.effects
    }

    /// The automations that this change may set off: its facts are those of the record, and known to be new.
    fn watches(&self) -> &[Watch] {
        let Row { kind, facts, start_unknown, .. } = &self.row;
        let of_facts = matches!(kind, RowKind::Edit | RowKind::Conversion | RowKind::Merge)
            || (*kind == RowKind::Creation && !start_unknown);
        if of_facts && !facts.is_empty() { &self.compiled.watches } else { &[] }
    }
}

struct Planner<'c> {
    change: &'c Change<'c>,
    facts: &'c RecordFacts<'c>,
    zone: Zone,
    effects: Vec<Effect>,
    /// The tasks of workflows that are planned: the place of each in the pipeline, and its index.
    tasks: Vec<(u32, u16)>,
}

impl Planner<'_> {
    /// When what is planned now counts from.
    fn start(&self, spec: &EffectSpec) -> Timestamp {
        let row = &self.change.row;
        // What a stage came to have counts from when the record gets it, but for moves: those are about the stay.
        let stay = (row.kind == RowKind::Workflow && spec.kind == EffectKind::Move)
            .then_some(self.change.record.entered_at);
        stay.flatten().unwrap_or(row.effective_at)
    }

    fn plan(&mut self, spec: &EffectSpec) {
        let start = self.start(spec);
        match &spec.timing {
            Timing::Now => self.effects.push(self.filled(spec)),
            Timing::Later { wait, bound } => {
                let at = self.zone.after(start, *wait);
                self.effects.push(Effect { at, bound: *bound, ..self.filled(spec) });
            }
            Timing::Task(timing) => self.task(self.filled(spec), timing, start),
            Timing::Promise(promise) => self.promise(*promise, start),
        }
    }

    /// What is to be done, with its texts filled in.
    fn filled(&self, spec: &EffectSpec) -> Effect {
        let mut missing = Vec::new();
        let seen = self.change.seen_by(spec, self.facts);
        let mut args = render(&seen, &spec.args, &mut missing);
        self.address(spec.kind, &mut args);
        let effect = self.effect(&spec.action, spec.kind, spec.trigger, args);
        Effect { missing, reported: spec.reported, ..effect }
    }

    /// The warnings of a promise whose clock starts, and its breach.
    fn promise(&mut self, promise: u32, start: Timestamp) {
        let Change { compiled, row, .. } = self.change;
        let Some(promise) = compiled.promises.get(promise as usize) else { return };
        let measure = promise.measure(compiled, self.facts.record);
        let Some(due) = measure.due(start).filter(|_| promise.way(row, compiled).0 == Place::Elsewhere)
        else {
            return;
        };
        let warnings =
            promise.warn.iter().filter_map(|before| Some((measure.zone.before(due, *before)?, before)));
        let warnings = warnings.filter(|(at, _)| *at > row.recorded_at);
        for (at, before) in warnings.map(|(at, before)| (at, Some(before))).chain([(due, None)]) {
            let mut args = Fields::new();
            args.insert("sla", promise.id.clone());
            args.insert("name", promise.name.clone());
            args.insert("due", format_smolstr!("{due}"));
            args.insert("event", if before.is_some() { "warning" } else { "breach" });
            if let Some(before) = before {
                args.insert("before", format_smolstr!("{before}"));
            }
            let mut effect = self.effect(&promise.id, EffectKind::Sla, EffectTrigger::Enter, args);
            effect.at = Some(at);
            self.effects.push(effect);
        }
    }

    /// Says where a message goes that does not say so itself: to the e-mail address or the phone of the record.
    fn address(&self, kind: EffectKind, args: &mut Fields) {
        let field = match kind {
            EffectKind::SendEmail => "email",
            EffectKind::SendText => "phone",
            _ => return,
        };
        if let Some(to) = self.facts.record.fields.get(field).filter(|_| args.get("to").is_none()) {
            args.insert("to", to.clone());
        }
    }

    /// A task and its reminders (S50).
    fn task(&mut self, mut task: Effect, timing: &TaskTiming, start: Timestamp) {
        let calendar = timing.working_time.then(|| self.change.compiled.clock.calendar(None));
        task.due = timing.due.and_then(|offset| due(start, offset, timing.at, &self.zone, calendar));
        // What leaving asks for does not end with the stay that ends (S49).
        task.bound = !timing.stays && task.trigger != EffectTrigger::Exit;
        task.assignee = match &timing.assignee {
            Assignee::Owner => self.owner(),
            Assignee::Fixed(assignee) => Some(assignee.clone()),
            Assignee::Turn(pool) => Some(in_turn(pool)),
        };
        let now = self.change.row.recorded_at;
        let reminders = timing.remind.iter().filter_map(|before| self.zone.before(task.due?, *before));
        let reminders: Vec<Effect> = reminders
            .filter(|at| *at > now)
            .map(|at| Effect {
                kind: EffectKind::Remind,
                at: Some(at),
                after: Some(task.index),
                reported: false,
                ..task.clone()
            })
            .collect();
        self.effects.push(task);
        for mut reminder in reminders {
            reminder.index = self.next_index();
            self.effects.push(reminder);
        }
    }

    /// Says of each task which one it waits for: the one before it in its chain that is planned at all, now or before.
    fn order_tasks(&mut self) {
        let had = self.change.extra.as_deref().map_or(&[][..], |extra| &extra.had);
        let specs = &self.change.compiled.effects;
        let after = |place: &u32| match &specs.get(*place as usize)?.timing {
            Timing::Task(timing) => timing.after,
            _ => None,
        };
        let planned = |place| {
            let now =
                self.tasks.iter().find(|(task, _)| *task == place).map(|(_, index)| Some((None, *index)));
            let before = || had.iter().find(|(task, _)| *task == place);
            now.or_else(|| Some(before()?.1.map(|(seq, index)| (Some(seq), index))))
        };
        for (place, index) in &self.tasks {
            let mut before = core::iter::successors(after(place), after);
            let first = before.find_map(planned).flatten();
            if let (Some(task), Some((row, first))) = (self.effects.get_mut(usize::from(*index)), first) {
                (task.after_row, task.after) = (row, Some(first));
            }
        }
    }

    /// The moves that changed facts lead to.
    fn watch(&mut self, watches: &[Watch]) {
        let after = self.change.after();
        let changed = |watch: &&Watch| {
            let facts = &self.change.row.facts;
            facts.iter().any(|fact| watch.fields.contains(&fact.name))
        };
        let stage = after.stage().and_then(|id| self.change.compiled.catalog.index_of(id));
        let facts = RecordFacts { record: &after, ..*self.facts };
        let holds = |watch: &&Watch| facts.meet(watch.when);
        let in_place = |watch: &&Watch| stage.is_some_and(|stage| watch.stages.contains(&stage));
        let moves: Vec<&Watch> = watches.iter().filter(changed).filter(in_place).filter(holds).collect();
        for watch in moves {
            let args = render(&facts, &watch.args, &mut Vec::new());
            let mv = self.effect(&watch.id, EffectKind::Move, EffectTrigger::Facts, args);
            self.effects.push(mv);
        }
    }

    /// The action that a person carries out: what it says itself, and what the person said.
    fn act(&mut self, at: usize, said: &Fields) {
        let Some(offer) = self.change.compiled.offers.get(at) else { return };
        let first = self.effects.len();
        self.plan(&offer.spec);
        let Some(effect) = self.effects.get_mut(first) else { return };
        for (name, value) in said.iter() {
            effect.args.insert(name, value.clone());
        }
        // Only a task has somebody to do it by itself.
        let whom = if effect.kind == EffectKind::CreateTask { "assignee" } else { "host" };
        match (said.get(whom), effect.args.get("host_role")) {
            (Some(Value::Text(turn)), Some(Value::Text(pool))) if turn == ROUND_ROBIN => {
                effect.assignee = Some(in_turn(pool));
            }
            (Some(Value::Text(person)), _) => effect.assignee = Some(person.clone()),
            _ => {}
        }
        // What a person set in motion does not end with the stay.
        for effect in self.effects.iter_mut().skip(first) {
            effect.bound = false;
        }
    }

    /// The move that follows an action that was reported done.
    fn follow(&mut self, action: &SmolStr, mv: &SmolStr) {
        let mut args = Fields::new();
        args.insert("move", mv.clone());
        let follow = self.effect(action, EffectKind::Move, EffectTrigger::Act, args);
        self.effects.push(follow);
    }

    /// Who owns the record: of a new one, its row says so.
    fn owner(&self) -> Option<SmolStr> {
        let Change { row, record, .. } = self.change;
        if row.kind != RowKind::Creation {
            return record.owner.clone();
        }
        let owner = row.facts.iter().find(|fact| fact.name == OWNER);
        owner.and_then(|fact| fact.new.as_ref()).map(ToSmolStr::to_smolstr)
    }

    fn next_index(&self) -> u16 {
        u16::try_from(self.effects.len()).unwrap_or(u16::MAX)
    }

    /// An effect to be delivered at once, with all that is common to those of a change.
    fn effect(&self, action: &SmolStr, kind: EffectKind, trigger: EffectTrigger, args: Fields) -> Effect {
        let Change { row, record, .. } = self.change;
        let begins = row.kind.begins_visit() && trigger != EffectTrigger::Exit;
        let visit = if begins { row.seq } else { record.visit };
        let effect = Effect::new(row.record.clone(), row.seq, self.next_index(), action.clone(), kind);
        Effect { trigger, visit, args, ..effect }
    }
}

fn render(facts: &RecordFacts<'_>, args: &[(SmolStr, Argument)], missing: &mut Vec<SmolStr>) -> Fields {
    let mut rendered = Fields::new();
    for (name, argument) in args {
        let value = match argument {
            Argument::Fixed(value) => value.clone(),
            Argument::Rendered(template) => {
                Value::from(template.render(|name| facts.value_of(name), missing))
            }
        };
        rendered.insert(name.clone(), value);
    }
    rendered
}
