//! Random definitions. All of them load: what would be refused is left out while drawing.

use lifestage::catalog::Outcome;
use lifestage::criteria::{FieldType, Source};
use lifestage::definition::{
    ActionDef, ActionKind, ActionTrigger, CategoryDef, Definition, ExitDef, ExitScope, FieldDef, InputDef,
    MoveDef, MoveKind, Named, Repeat, RoleDef, SourceDef, Sources, StageDef,
};
use lifestage::{Capability, Grant, Reach, SmolStr};

use crate::conditions::{ALL, Meaning};
use crate::dice::Dice;

pub const ROLES: [&str; 4] = ["rep", "closer", "lead", "boss"];

pub fn definition(dice: &mut Dice<'_>) -> Definition {
    let mut document =
        Definition { id: "pipe".into(), name: "Pipe".into(), fields: fields(), ..Definition::default() };
    document.categories = categories(dice);
    document.stages = stages(dice, &document.categories);
    document.policy.free = dice.chance(35);
    document.policy.no_skipping = dice.chance(35);
    document.policy.no_backward = dice.chance(35);
    document.policy.unowned_at_creation = dice.chance(30);
    for number in 0..dice.below(9) {
        let mv = one_move(dice, &document, number);
        document.policy.moves.extend(mv);
    }
    alternative(dice, &mut document);
    document.roles = roles(dice);
    document
}

fn fields() -> Named<FieldDef> {
    let mut fields = Named::new();
    fields.insert("budget", FieldDef::from(FieldType::Int));
    let sources = ["web", "referral", "spam"].map(SmolStr::from).to_vec();
    fields.insert("source", FieldDef { one_of: sources, ..FieldDef::from(FieldType::String) });
    fields.insert("email", FieldDef::from(FieldType::String));
    fields.insert("consent", FieldDef::from(FieldType::Bool));
    fields.insert("price", FieldDef::from(FieldType::Double));
    fields.insert("tags", FieldDef::from(FieldType::List));
    fields
}

fn categories(dice: &mut Dice<'_>) -> Vec<CategoryDef> {
    let mut categories = vec![category("open", Outcome::Open)];
    for (id, outcome) in [
        ("more", Outcome::Open),
        ("won", Outcome::Won),
        ("lost", Outcome::Lost),
        ("bad", Outcome::Disqualified),
        ("gone", Outcome::Lost),
    ] {
        if dice.chance(65) {
            let mut next = category(id, outcome);
            if outcome == Outcome::Lost && dice.chance(40) {
                next.input = inputs(dice, &["reason"]);
            }
            let at = if dice.chance(25) { 0 } else { categories.len() };
            categories.insert(at, next);
        }
    }
    categories
}

fn category(id: &str, outcome: Outcome) -> CategoryDef {
    CategoryDef { id: id.into(), name: format!("Category {id}"), outcome, ..CategoryDef::default() }
}

fn stages(dice: &mut Dice<'_>, categories: &[CategoryDef]) -> Vec<StageDef> {
    let mut stages: Vec<StageDef> = Vec::new();
    for number in 0..2 + dice.below(7) {
        let home = if number == 0 { &category("open", Outcome::Open) } else { dice.one(categories) };
        let mut stage = StageDef {
            id: format!("s{number}").into(),
            name: format!("Stage {number}"),
            category: home.id.clone(),
            default: number == 0,
            is_final: number > 0 && dice.chance(15),
            archived: number > 0 && dice.chance(12),
            ..StageDef::default()
        };
        if dice.chance(15) {
            stage.input = inputs(dice, &["reason", "amount", "memo"]);
        }
        if dice.chance(20) {
            stage.entry = Some(condition(dice, &[&stage.input, &home.input]));
        }
        if dice.chance(25) {
            let applies_to = if dice.chance(40) { ExitScope::All } else { ExitScope::Forward };
            stage.exit = Some(ExitDef { when: condition(dice, &[]), applies_to });
        }
        stage.enter_requires = required(dice);
        stage.leave_requires = required(dice);
        let all = [Repeat::EveryVisit, Repeat::FirstVisit, Repeat::Once];
        stage.actions =
            actions(dice, &format!("at{number}"), &[ActionTrigger::Enter, ActionTrigger::Exit], &all);
        stages.push(stage);
    }
    stages
}

fn required(dice: &mut Dice<'_>) -> Vec<SmolStr> {
    if dice.chance(15) { dice.some(&["email", "budget"].map(SmolStr::from), 60) } else { Vec::new() }
}

fn inputs(dice: &mut Dice<'_>, names: &[&str]) -> Named<InputDef> {
    let mut inputs = Named::new();
    for name in dice.some(names, 60) {
        let mut input = InputDef::from(if name == "amount" { FieldType::Int } else { FieldType::String });
        input.optional = dice.chance(40);
        if name == "reason" {
            input.one_of = ["price", "timing", "other"].map(SmolStr::from).to_vec();
            input.note_for = if dice.chance(50) { vec!["other".into()] } else { Vec::new() };
        }
        inputs.insert(name, input);
    }
    inputs
}

/// A condition; one that names an input only where the input is asked for.
fn condition(dice: &mut Dice<'_>, asked: &[&Named<InputDef>]) -> Source {
    let usable = |known: &&Meaning| {
        known.input.is_none_or(|input| asked.iter().any(|inputs| inputs.get(input).is_some()))
    };
    let known: Vec<&Meaning> = ALL.iter().filter(usable).collect();
    let about_input: Vec<&Meaning> = known.iter().filter(|known| known.input.is_some()).copied().collect();
    let pool = if !about_input.is_empty() && dice.chance(50) { about_input } else { known };
    Source::text(dice.one(&pool).text)
}

fn actions(dice: &mut Dice<'_>, prefix: &str, on: &[ActionTrigger], repeats: &[Repeat]) -> Vec<ActionDef> {
    let mut actions = Vec::new();
    for number in 0..dice.below(6).saturating_sub(3) {
        actions.push(ActionDef {
            id: format!("{prefix}.{number}").into(),
            name: "Do".into(),
            kind: ActionKind::Notify,
            on: *dice.one(on),
            when: if dice.chance(30) { Some(condition(dice, &[])) } else { None },
            repeat: *dice.one(repeats),
            ..ActionDef::default()
        });
    }
    actions
}

fn one_move(dice: &mut Dice<'_>, document: &Definition, number: usize) -> Option<MoveDef> {
    let targets: Vec<&StageDef> = document.stages.iter().filter(|stage| !stage.archived).collect();
    let target = dice.one(&targets);
    let id: SmolStr = format!("m{number}").into();
    let mut mv = MoveDef {
        label: format!("Move {number}"),
        to: target.id.clone(),
        from: sources(dice, document, target),
        ..MoveDef::default()
    };
    mv.actions = actions(dice, &id, &[ActionTrigger::Manual], &[Repeat::EveryVisit, Repeat::Once]);
    mv.id = id;
    if dice.chance(30) {
        mv.except = dice.some(&document.stages.iter().map(|stage| stage.id.clone()).collect::<Vec<_>>(), 30);
    }
    if dice.chance(25) {
        mv.input = inputs(dice, &["reason", "amount", "memo"]);
    }
    if dice.chance(40) {
        let category = document.categories.iter().find(|category| category.id == target.category);
        let mut asked = vec![&mv.input];
        // A move within its stage asks only what it asks itself.
        if mv.from.0.iter().all(|source| source.kind != MoveKind::Internal) {
            asked.extend([&target.input, &category.unwrap().input]);
        }
        mv.when = Some(condition(dice, &asked));
    }
    if dice.chance(25) {
        mv.roles = vec![SmolStr::new(*dice.one(&ROLES))];
    }
    mv.owner_only = dice.chance(12);
    mv.approval = dice.chance(20);
    (!mv.from.0.is_empty()).then_some(mv)
}

/// Named sources first, each once, then wildcards, which leave out what is named.
fn sources(dice: &mut Dice<'_>, document: &Definition, target: &StageDef) -> Sources {
    let mut sources = Vec::new();
    for stage in document.stages.iter().filter(|stage| !stage.is_final) {
        if !dice.chance(30) {
            continue;
        }
        let kind = if stage.id == target.id {
            *dice.one(&[MoveKind::Internal, MoveKind::ReEntry])
        } else {
            *dice.one(&[MoveKind::Ordinary, MoveKind::Ordinary, MoveKind::StepBack, MoveKind::Revive])
        };
        sources.push(SourceDef { stage: stage.id.clone(), kind, label: String::new() });
    }
    if dice.chance(15) {
        sources.push(SourceDef::from("none"));
    }
    for wildcard in ["any", "any_open", "category:open", "category:won"] {
        let exists = wildcard.strip_prefix("category:");
        let exists = exists.is_none_or(|id| document.categories.iter().any(|category| category.id == id));
        if exists && dice.chance(12) {
            sources.push(SourceDef::from(wildcard));
        }
    }
    Sources(sources)
}

/// Sometimes the last two moves are alternatives under one label: the first has a condition, so
/// that the second can be reached.
fn alternative(dice: &mut Dice<'_>, document: &mut Definition) {
    if document.policy.moves.len() < 2 || !dice.chance(40) {
        return;
    }
    let mut last = document.policy.moves.pop().unwrap();
    let first = document.policy.moves.last_mut().unwrap();
    if first.when.is_none() {
        first.when = Some(condition(dice, &[]));
    }
    last.to = first.to.clone();
    last.from = first.from.clone();
    last.except = first.except.clone();
    last.label = first.label.clone();
    // What it asked for at its own target is not asked for here.
    last.when = last.when.map(|_| condition(dice, &[&last.input]));
    document.policy.moves.push(last);
}

fn roles(dice: &mut Dice<'_>) -> Named<RoleDef> {
    use Capability::{Approve, Correct, Create, EditContact, EditFields, Force, Move, View};
    let mut roles = Named::new();
    for (at, id) in ROLES.iter().enumerate() {
        let mut can: Vec<Grant> = Vec::new();
        for (capability, percent) in [
            (Move, 60),
            (View, 60),
            (Create, 60),
            (EditFields, 60),
            (EditContact, 60),
            (Approve, 40),
            (Correct, 40),
            (Force, 40),
        ] {
            let percent = if *id == "boss" { 90 } else { percent };
            if dice.chance(percent) {
                let reach = if dice.chance(35) { Reach::Own } else { Reach::All };
                can.push(Grant { capability, reach });
            }
        }
        let inherits = dice.some(&ROLES[..at].iter().map(|id| SmolStr::new(*id)).collect::<Vec<_>>(), 25);
        roles.insert(*id, RoleDef { inherits, can, ..RoleDef::default() });
    }
    roles
}
