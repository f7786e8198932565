//! The lead pipeline of seed 002: nine stages by ten moves, of which exactly 22 go.

use lifestage::{Actor, Decision, Pipeline, ReasonCode, Record, Request, Timestamp, presets};

const STAGES: [&str; 9] =
    ["new", "contacted", "engaged", "appointment_set", "showed", "negotiating", "won", "lost", "dormant"];

const MOVES: [&str; 10] = [
    "mark_contacted",
    "mark_engaged",
    "set_appointment",
    "mark_showed",
    "no_show",
    "start_negotiation",
    "mark_won",
    "mark_lost",
    "mark_dormant",
    "revive",
];

/// Stage, move, stage after: the buttons of the guide, stage by stage.
const GO: [(&str, &str, &str); 22] = [
    ("new", "mark_contacted", "contacted"),
    ("new", "mark_lost", "lost"),
    ("new", "mark_dormant", "dormant"),
    ("contacted", "mark_engaged", "engaged"),
    ("contacted", "mark_lost", "lost"),
    ("contacted", "mark_dormant", "dormant"),
    ("engaged", "set_appointment", "appointment_set"),
    ("engaged", "mark_contacted", "contacted"),
    ("engaged", "mark_lost", "lost"),
    ("engaged", "mark_dormant", "dormant"),
    ("appointment_set", "mark_showed", "showed"),
    ("appointment_set", "no_show", "engaged"),
    ("appointment_set", "mark_lost", "lost"),
    ("appointment_set", "mark_dormant", "dormant"),
    ("showed", "start_negotiation", "negotiating"),
    ("showed", "mark_engaged", "engaged"),
    ("showed", "mark_lost", "lost"),
    ("negotiating", "mark_won", "won"),
    ("negotiating", "mark_lost", "lost"),
    ("negotiating", "mark_engaged", "engaged"),
    ("lost", "revive", "contacted"),
    ("dormant", "revive", "contacted"),
];

fn now() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

#[test]
fn twenty_two_pairs_go_and_sixty_eight_are_refused_with_the_right_code() {
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let sam = Actor::new("sam").with_role("sales");
    let (mut went, mut refused) = (0, 0);
    for stage in STAGES {
        for mv in MOVES {
            let lead = Record::new("lead-1").in_stage(stage);
            let request = Request::mv(mv);
            let expected = GO.iter().find(|(from, id, _)| *from == stage && *id == mv);
            match (pipeline.decide(&lead, &request, &sam, now()), expected) {
                (Decision::Moved(change), Some((_, _, to))) => {
                    assert_eq!(change.to(), Some(*to), "{stage} {mv}");
                    went += 1;
                }
                (Decision::Refused(why), None) => {
                    let code = if stage == "won" { ReasonCode::FinalStage } else { ReasonCode::NotFromStage };
                    assert_eq!(why.codes().collect::<Vec<_>>(), [code], "{stage} {mv}");
                    refused += 1;
                }
                (decision, _) => panic!("{stage} {mv}: {decision:?}"),
            }
        }
    }
    assert_eq!((went, refused), (22, 68));
}

#[test]
fn the_buttons_of_each_stage_are_those_of_the_guide() {
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let sam = Actor::new("sam").with_role("sales");
    let buttons = |stage: &str| {
        let lead = Record::new("lead-1").in_stage(stage);
        let labels = pipeline.moves(&lead, &sam, now()).map(|offer| offer.label().to_owned());
        labels.collect::<Vec<_>>()
    };
    assert_eq!(buttons("new"), ["Mark contacted", "Mark lost", "Mark dormant"]);
    assert_eq!(buttons("contacted"), ["Mark engaged", "Mark lost", "Mark dormant"]);
    assert_eq!(buttons("engaged"), ["Set appointment", "Mark contacted", "Mark lost", "Mark dormant"]);
    assert_eq!(buttons("appointment_set"), ["Mark showed", "No-show", "Mark lost", "Mark dormant"]);
    assert_eq!(buttons("showed"), ["Start negotiation", "Mark engaged", "Mark lost"]);
    // The guide has Mark lost before Mark engaged here and after it in Showed; listings have one order (S3).
    assert_eq!(buttons("negotiating"), ["Mark won", "Mark engaged", "Mark lost"]);
    assert_eq!(buttons("lost"), ["Revive"]);
    assert_eq!(buttons("dormant"), ["Revive"]);
    assert_eq!(buttons("won"), Vec::<String>::new());
}
