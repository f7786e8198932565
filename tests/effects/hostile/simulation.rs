use lifestage::outbox::OutboxQuery;
use lifestage::simulation::{Cast, Happened, Simulation};
use lifestage::{Creation, EffectKind, Handled, HandlerError, Pipeline, Span, Timestamp, presets};
use serde_json::json;

use crate::{DAY, HOUR, at, contact, document, pipeline, sam};

/// The last hash of each record, the effects with how far they came, and all that happened.
type Picture = (Vec<String>, Vec<lifestage::outbox::Entry>, Vec<Happened>);

fn play(pipeline: &Pipeline, seed: u64, end: Timestamp) -> Picture {
    let mut play =
        Simulation::new(at(0), std::slice::from_ref(pipeline)).unwrap().on(EffectKind::SendEmail, |mail| {
            match mail.attempt {
                1 => Err(HandlerError::new("down")),
                _ => Ok(Handled::Delivered),
            }
        });
    let cast = Cast::of(pipeline.id(), []).with_records(15).with_seed(seed);
    let performance = play.perform(&cast, end).unwrap();
    let (mut hashes, mut effects) = (Vec::new(), Vec::new());
    for number in 1..=15 {
        let id = format!("record-{number}");
        hashes.push(play.crm().history(&id).unwrap().last().unwrap().hash.to_string());
        effects.extend(play.crm().outbox(&OutboxQuery::of(id, 100_000)).unwrap().entries);
    }
    (hashes, effects, performance.happened)
}

#[test]
fn the_same_piece_leaves_the_same_journals_to_the_last_hash() {
    for preset in [presets::SALES_STAGES, presets::LEAD, presets::CONTACT_STAGES] {
        let pipeline = Pipeline::from_json(preset).unwrap();
        let once = play(&pipeline, 3, at(20 * DAY));
        assert_eq!(once, play(&pipeline, 3, at(20 * DAY)));
        assert_ne!(once.0, play(&pipeline, 4, at(20 * DAY)).0, "chance has its part");
    }
}

#[test]
fn a_slow_circle_goes_round_as_often_as_there_is_time() {
    let circle = pipeline(json!({ "automation": [
        { "id": "on", "on": { "after": "1h" }, "in": ["talk"], "move": "offer" },
        { "id": "back", "on": { "after": "1h" }, "in": ["offer"], "move": "talk", "backward": true },
    ] }));
    let mut play = Simulation::new(at(0), &[circle]).unwrap();
    play.crm().create(contact("a"), &Creation::in_stage("talk"), &sam(), at(0)).unwrap();
    play.run_until(at(30 * DAY)).unwrap();
    assert_eq!(play.now(), at(30 * DAY));
    let moves = play.crm().history("a").unwrap().iter().filter(|row| row.automation).count();
    assert_eq!(moves, 30 * 24, "each hour, to the end");
    assert_eq!(play.crm().verify("a").unwrap(), None);
    play.run_until(at(0)).unwrap();
    assert_eq!(play.now(), at(30 * DAY), "time does not go back");
}

#[test]
fn a_circle_without_time_ends() {
    let mut document = document(json!({}));
    let on = |id: &str, mv: &str| json!([{ "id": id, "name": id, "kind": "custom", "on": "enter", "on_done": { "move": mv } }]);
    document["stages"][1]["actions"] = on("there", "offer");
    document["stages"][2]["actions"] = on("back", "again");
    document["policy"]["moves"].as_array_mut().unwrap().push(json!(
        { "id": "again", "label": "Again", "from": { "stage": "offer", "kind": "revive" }, "to": "talk" }
    ));
    let pipeline = Pipeline::from_json(&document.to_string()).unwrap();
    let mut play = Simulation::new(at(0), &[pipeline]).unwrap().on(EffectKind::Custom, |_| Ok(Handled::Done));
    play.crm().create(contact("a"), &Creation::in_stage("talk"), &sam(), at(0)).unwrap();
    play.run_until(at(HOUR)).unwrap();
    assert!(play.crm().history("a").unwrap().len() < 60);
}

#[test]
fn a_simulation_may_begin_and_end_anywhere() {
    let pipeline = Pipeline::from_json(presets::SALES_STAGES).unwrap();
    for start in [i64::MIN, i64::MAX - 1] {
        let start = Timestamp::from_micros(start);
        let Ok(mut play) = Simulation::new(start, std::slice::from_ref(&pipeline)) else { continue };
        play.run_until(Timestamp::from_micros(i64::MAX)).unwrap();
        assert_eq!(play.now(), Timestamp::from_micros(i64::MAX));
    }
    let mut play = Simulation::new(at(0), &[pipeline]).unwrap();
    let idle = Cast::of("sales_stages", []).with_records(2).acting_every(Span::from_micros(i64::MAX));
    play.perform(&idle, at(DAY)).unwrap();
    let nobody = Cast::of("no_such_pipeline", [sam()]);
    assert_eq!(play.perform(&nobody, at(2 * DAY)).unwrap().moves, 0);
}
