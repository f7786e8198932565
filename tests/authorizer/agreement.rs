//! An authorizer that repeats what the roles say changes nothing, and whatever it says, asking tells
//! what doing does (S3).

use std::collections::BTreeSet;

use lifestage::{
    Actor, Creation, Decision, Denied, Edit, Permission, Pipeline, Record, Request, Standing, presets,
};
use proptest::prelude::*;
use proptest::sample::Index;

use super::{NOW, by, definition};

/// The pipelines to try, each with all its stages, moves and roles.
fn pipelines() -> Vec<Pipeline> {
    let own = definition().to_string();
    let all = presets::ALL.into_iter().map(|(_, json)| json).chain([own.as_str()]);
    all.map(|json| Pipeline::from_json(json).unwrap()).collect()
}

/// What a decision says, and would write.
fn told(decision: &Decision<'_>) -> String {
    match decision {
        Decision::Moved(change) => format!("moved {:?} {:?}", change.row(), change.after()),
        Decision::Proposed(change) => format!("proposed {:?} {:?}", change.row(), change.after()),
        Decision::Unchanged(unchanged) => format!("{unchanged:?}"),
        Decision::Refused(refusal) => format!("{refusal:?}"),
    }
}

/// Everything that can be asked of a pipeline about one record and actor.
fn everything(pipeline: &Pipeline, record: &Record, actor: &Actor) -> Vec<String> {
    let moves = pipeline.policy().moves().map(|mv| Request::mv(mv.id()));
    let stages = pipeline.catalog().stages().map(|stage| Request::to(stage.id()));
    let forced = pipeline.catalog().stages().map(|stage| Request::to(stage.id()).forced("it must be"));
    let mut all: Vec<String> = Vec::new();
    for request in moves.chain(stages).chain(forced) {
        let decision = pipeline.decide(record, &request, actor, NOW);
        all.push(told(&decision));
        if let Decision::Proposed(change) = decision {
            let waiting = change.after();
            for other in [actor, &Actor::new("someone").with_role("boss")] {
                all.push(told(&pipeline.decide(&waiting, &request, other, NOW)));
                all.push(format!("{:?}", pipeline.explain(&waiting, other, NOW)));
            }
        }
    }
    all.extend(pipeline.catalog().stages().map(|s| format!("{:?}", pipeline.route(record, s.id(), actor))));
    all.extend(pipeline.moves(record, actor, NOW).map(|offer| offer.id().to_string()));
    all.extend(pipeline.actions(record, actor, NOW).map(|action| action.definition().id.to_string()));
    all.push(format!("{:?}", pipeline.explain(record, actor, NOW)));
    all.push(told(&pipeline.edit(record, &Edit::new().set("region", "south"), actor, NOW)));
    let owner = record.owner().unwrap_or_default();
    for new in [Record::new("n1"), Record::new("n1").owned_by(owner)] {
        for creation in [Creation::new(), Creation::new().imported(None)] {
            all.push(told(&pipeline.create(&new, &creation, actor, NOW)));
        }
    }
    all
}

prop_compose! {
    fn cases()(
        which in any::<Index>(), stage in any::<Index>(), owned in any::<bool>(), robot in any::<bool>(),
        roles in prop::collection::vec(any::<Index>(), 0..3), budget in 0_i64..9,
    ) -> (Pipeline, Record, Actor) {
        let pipelines = pipelines();
        let pipeline = which.get(&pipelines).clone();
        let stages: Vec<&str> = pipeline.catalog().stages().map(|stage| stage.id()).collect();
        let known: Vec<&str> = pipeline.roles().ids().collect();
        let record = Record::new("r1").in_stage(*stage.get(&stages)).with("budget", budget);
        let record = record.owned_by(if owned { "ada" } else { "bob" });
        let actor = if robot { Actor::automation("ada") } else { Actor::new("ada") };
        let actor = roles.iter().fold(actor, |actor, role| actor.with_role(*role.get(&known)));
        (pipeline, record, actor)
    }
}

/// An authorizer that has nothing to do with roles, and answers one question always alike.
fn moody(seed: u64) -> impl Fn(&Permission<'_>) -> Result<(), Denied> {
    move |ask| {
        let words = format!(
            "{} {:?} {:?} {:?} {}",
            ask.capability(),
            ask.mv(),
            ask.from(),
            ask.to(),
            ask.actor().id()
        );
        let sum =
            words.bytes().fold(seed | 1, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        if sum % 3 == 0 { Err(Denied::because("in no mood")) } else { Ok(()) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn repeating_the_roles_changes_nothing((pipeline, record, actor) in cases()) {
        let repeated = pipeline.clone().authorized_by(by(|ask| ask.by_roles()));
        prop_assert_eq!(everything(&repeated, &record, &actor), everything(&pipeline, &record, &actor));
    }

    #[test]
    fn s3_asking_tells_what_doing_does((pipeline, record, actor) in cases(), seed in any::<u64>()) {
        let pipeline = pipeline.authorized_by(by(moody(seed)));
        let explained = pipeline.explain(&record, &actor, NOW);
        let buttons: BTreeSet<String> = pipeline.moves(&record, &actor, NOW).map(|offer| offer.id().to_string()).collect();
        for mv in &explained.moves {
            let open = mv.standing == Standing::Allowed;
            prop_assert_eq!(open, buttons.contains(mv.id.as_str()), "{}", mv.id);
            let decision = pipeline.decide(&record, &Request::mv(mv.id.clone()), &actor, NOW);
            let words = "in no mood";
            let denied = decision.refusal().is_some_and(|refusal| refusal.to_string().contains(words));
            match &mv.standing {
                Standing::Refused(reasons) => {
                    prop_assert!(decision.refusal().is_some(), "{}", mv.id);
                    prop_assert_eq!(reasons.iter().any(|reason| reason.message() == words), denied, "{}", mv.id);
                }
                _ => prop_assert!(!denied, "{}", mv.id),
            }
            let to = mv.to.as_str();
            if open && record.stage() != Some(to) {
                let route = pipeline.route(&record, to, &actor);
                prop_assert_eq!(route.map(|route| route.steps.len()), Some(1), "{}", mv.id);
            }
        }
    }
}
