//! What the library says to each kind of vector, in the form that `README.md` specifies.

use lifestage::criteria::{Criteria, Expr, Interner, Limits, Scope, Slot};
use lifestage::journal::{Row, Salt, verify, verify_effects, visits};
use lifestage::migration::{NO_STAGE, Occupancy};
use lifestage::revise::Revised;
use lifestage::{
    Actor, Decision, Effect, Fields, Pipeline, Reason, Record, Refusal, Request, RouteStep, Standing,
    Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use crate::file::{Creation, Edit, File, Step};
use crate::{batch, people, workspace};

pub fn run(file: &File, vector: &mut Step) {
    let expect = match vector.op.as_str() {
        "criteria" => criteria(vector),
        "journal" => journal(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
        "workspace" => return workspace::run(file, vector),
        "verify" => verified(vector),
        "batch" => batch::judged(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
        "merge" => people::merged(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
        "deeds" => people::deeds(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
        "revise" => revised(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
        _ => one(&file.pipeline(vector.definition.as_ref().unwrap()), vector),
    };
    vector.expect = expect;
}

fn read<T: DeserializeOwned>(json: &Option<Json>) -> T {
    serde_json::from_value(json.clone().unwrap()).unwrap()
}

pub fn to_json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap()
}

impl Step {
    pub fn now(&self) -> Timestamp {
        self.now.as_ref().unwrap().parse().unwrap()
    }

    pub fn actor(&self) -> Actor {
        read(&self.actor)
    }

    pub fn record(&self) -> Record {
        read(&self.record)
    }

    /// The request; for `undo` and `withdraw` it may be left out.
    pub fn request(&self) -> Request {
        self.request.as_ref().map_or_else(|| Request::to("-"), |_| read(&self.request))
    }
}

fn one(pipeline: &Pipeline, step: &Step) -> Json {
    let (record, actor) = (step.record(), step.actor());
    match step.op.as_str() {
        "route" => {
            let route = pipeline.route(&record, step.stage.as_ref().unwrap(), &actor);
            let steps = route.map(|route| route.steps.iter().map(road).collect::<Vec<_>>());
            json!({ "steps": steps })
        }
        "explain" => explained(pipeline, &record, &actor, step.now()),
        _ => {
            let rows: Vec<Row> = step.rows.iter().flatten().map(|row| read(&Some(row.clone()))).collect();
            decided(decide(pipeline, &record, &rows, step, &actor), None).0
        }
    }
}

fn revised(pipeline: &Pipeline, step: &Step) -> Json {
    let counts = step.occupancy.iter().flatten();
    let occupancy: Occupancy =
        counts.map(|(stage, count)| ((stage != NO_STAGE).then_some(stage.as_str()), *count)).collect();
    match pipeline.revise(&read(&step.revision), &occupancy, &step.actor()) {
        Revised::Accepted(done) => json!({
            "outcome": "accepted", "version": done.pipeline().version(), "meaning": done.pipeline().meaning(),
            "differences": done.diff().differences(), "map": done.map(), "undo": done.undo(),
        }),
        Revised::Unchanged => json!({ "outcome": "unchanged" }),
        Revised::Refused(refusal) => refused(&refusal),
    }
}

fn road(step: &RouteStep) -> Json {
    json!({
        "move": step.mv, "to": step.to, "asks": step.asks, "conditions": step.conditions,
        "approval": step.approval,
    })
}

fn decide<'p>(
    pipeline: &'p Pipeline,
    record: &'p Record,
    rows: &[Row],
    step: &Step,
    actor: &'p Actor,
) -> Decision<'p> {
    let now = step.now();
    let reason = step.reason.as_deref().unwrap_or_default();
    let row = || step.row.unwrap();
    match step.op.as_str() {
        "decide" => pipeline.decide(record, &step.request(), actor, now),
        "create" => pipeline.create(record, &creation(step.creation.as_ref().unwrap()), actor, now),
        "edit" => pipeline.edit(record, &edit(step.edit.as_ref().unwrap()), actor, now),
        "undo" => {
            let undone = rows.iter().find(|known| known.seq == row()).unwrap();
            pipeline.undo(record, undone, reason, &step.request(), actor, now)
        }
        "withdraw" => pipeline.withdraw(record, row(), &step.request(), actor, now),
        operation if people::OPERATIONS.contains(&operation) => people::decide(pipeline, record, step, actor),
        other => panic!("no operation `{other}`"),
    }
}

pub fn creation(creation: &Creation) -> lifestage::Creation {
    let mut made = match &creation.stage {
        _ if creation.no_stage => lifestage::Creation::without_stage(),
        Some(stage) => lifestage::Creation::in_stage(stage.as_str()),
        None => lifestage::Creation::new(),
    };
    if creation.imported {
        made = made.imported(creation.created_at.as_ref().map(|at| at.parse().unwrap()));
    }
    for (name, value) in &creation.input {
        made = made.with_input(name.as_str(), value.clone());
    }
    match &creation.key {
        Some(key) => made.with_key(key.as_str()),
        None => made,
    }
}

pub fn edit(edit: &Edit) -> lifestage::Edit {
    let mut made = lifestage::Edit::new();
    for (name, value) in &edit.set {
        made = made.set(name.as_str(), value.clone());
    }
    for name in &edit.clear {
        made = made.clear(name.as_str());
    }
    if let Some(version) = edit.expect_version {
        made = made.expecting_version(version);
    }
    match &edit.key {
        Some(key) => made.with_key(key.as_str()),
        None => made,
    }
}

type Written = Option<(Record, Row, Vec<Effect>)>;

/// The outcome; hashes and salts are part of it when a salt is given.
pub fn decided(decision: Decision<'_>, salt: Option<Salt>) -> (Json, Written) {
    let outcome = match &decision {
        Decision::Moved(_) => "moved",
        Decision::Proposed(_) => "proposed",
        Decision::Unchanged(unchanged) => {
            return (json!({ "outcome": "unchanged", "stage": unchanged.stage() }), None);
        }
        Decision::Refused(refusal) => return (refused(refusal), None),
    };
    let sealed = decision.change().unwrap().seal(salt.unwrap_or(Salt::from_bytes([0; 16])));
    let (mut record, mut row) = (to_json(&sealed.record), to_json(&sealed.row));
    if salt.is_none() {
        plain(&mut record, &mut row);
    }
    let json = json!({ "outcome": outcome, "record": record, "row": row, "effects": sealed.effects });
    (json, Some((sealed.record, sealed.row, sealed.effects)))
}

/// Without what depends on the salt.
pub fn plain(record: &mut Json, row: &mut Json) {
    record.as_object_mut().unwrap().remove("head");
    for random in ["salt", "personal", "effects", "previous", "hash"] {
        row.as_object_mut().unwrap().remove(random);
    }
}

fn reasons(reasons: &[Reason]) -> Json {
    let one = |reason: &Reason| json!({ "code": reason.code(), "parameters": reason.parameters() });
    reasons.iter().map(one).collect()
}

pub fn refused(refusal: &Refusal) -> Json {
    let mut json = json!({ "outcome": "refused", "reasons": reasons(refusal.reasons()) });
    if let Some(route) = refusal.route() {
        let route = route.steps.iter().map(|step| Json::from(step.mv.as_str())).collect();
        json.as_object_mut().unwrap().insert("route".to_owned(), route);
    }
    json
}

pub fn standing(standing: &Standing) -> Json {
    match standing {
        Standing::Allowed => json!("allowed"),
        Standing::Here => json!("here"),
        Standing::Refused(why) => reasons(why),
    }
}

fn explained(pipeline: &Pipeline, record: &Record, actor: &Actor, now: Timestamp) -> Json {
    let explanation = pipeline.explain(record, actor, now);
    let buttons = pipeline.moves(record, actor, now);
    let moves = explanation.moves.iter().map(|mv| {
        json!({ "id": mv.id, "to": mv.to, "standing": standing(&mv.standing), "asks": mv.asks, "who_could": mv.who_could })
    });
    let stages = explanation.stages.iter().map(|stage| {
        let route =
            stage.route.as_ref().map(|route| route.steps.iter().map(|step| &step.mv).collect::<Vec<_>>());
        json!({ "id": stage.id, "standing": standing(&stage.standing), "route": route })
    });
    json!({
        "buttons": buttons.map(|mv| json!([mv.id(), mv.label()])).collect::<Vec<_>>(),
        "moves": moves.collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
    })
}

fn criteria(step: &Step) -> Json {
    let mut scope = Scope::new();
    let names = step.names.as_ref().unwrap();
    names.iter().for_each(|(name, ty)| {
        scope.declare(name, *ty);
    });
    let mut interner = Interner::new();
    let expr = match Expr::parse(step.criteria.as_ref().unwrap()) {
        Ok(expr) => expr,
        Err(error) => return json!({ "errors": [error.kind().name()] }),
    };
    let built = Criteria::build(expr, &scope, Some(&mut interner), &Limits::default());
    let criteria = match built {
        Ok(criteria) => criteria,
        Err(errors) => {
            let kinds: Vec<_> = errors.iter().map(|error| error.kind().name()).collect();
            return json!({ "errors": kinds });
        }
    };
    let facts: Fields = read(&step.facts);
    let slots: Vec<Slot<'_>> = names
        .iter()
        .map(|(name, ty)| facts.get(name).map_or(Slot::Missing, |value| Slot::bind(value, *ty)))
        .collect();
    let failures = criteria.failures(&slots[..]);
    json!({
        "truth": criteria.eval(&slots[..]),
        "canonical": criteria.to_string(),
        "failures": failures.iter().map(|failure| {
            json!({ "text": failure.text, "truth": failure.truth, "missing": failure.missing, "wrong": failure.wrong, "reason": failure.reason, "values": failure.values })
        }).collect::<Vec<_>>(),
    })
}

/// A life from the creation on, each row with its salt; what was refused leaves no row.
fn journal(pipeline: &Pipeline, vector: &mut Step) -> Json {
    let mut record = vector.record();
    let mut rows: Vec<Row> = Vec::new();
    let mut effects: Vec<Vec<Effect>> = Vec::new();
    for step in vector.steps.iter_mut().flatten() {
        let actor = step.actor();
        let salt = step.salt.as_ref().map(|salt| salt.parse().unwrap());
        let before = record.clone();
        let (json, written) = decided(decide(pipeline, &before, &rows, step, &actor), salt);
        step.expect = json;
        if let Some((after, row, planned)) = written {
            record = after;
            rows.push(row);
            effects.push(planned);
        }
    }
    verify(&record, &rows).unwrap();
    rows.iter().zip(&effects).for_each(|(row, effects)| verify_effects(row, effects).unwrap());
    let visits = visits(&rows).into_iter().map(|visit| {
        json!({
            "seq": visit.seq, "stage": visit.stage.map(|mark| mark.id), "entered_at": visit.entered_at,
            "entered_by": visit.entered_by, "left_at": visit.left_at, "left_by": visit.left_by,
            "corrected": visit.corrected,
        })
    });
    json!({ "visits": visits.collect::<Vec<_>>() })
}

fn verified(step: &Step) -> Json {
    let rows: Vec<Row> = step.rows.iter().flatten().map(|row| read(&Some(row.clone()))).collect();
    match verify(&step.record(), &rows) {
        Ok(()) => json!("holds"),
        Err(error) => {
            json!({ "row": error.seq(), "fault": error.fault().name() })
        }
    }
}
