//! What a worker does with an effect of a promise that is due.

use lifestage::definition::SlaDef;
use lifestage::{Effect, Offset, SlaNotice, Timestamp};

use super::{Story, at, definition, pipeline, promises};

fn promise(id: &str) -> SlaDef {
    promises().into_iter().find(|sla| sla.id == id).unwrap()
}

/// The story, and of the effects of the row with this number the warning an hour before and the breach.
fn story(id: &str, text: &str, seq: u64) -> (Story, Effect, Effect) {
    let document = definition().with_sla(promise(id).warning([Offset::hours(1)]));
    let story = Story::told(pipeline(document), text);
    let planned: Vec<Effect> = story.effects.iter().filter(|effect| effect.seq == seq).cloned().collect();
    let [warning, breach] = planned.as_slice() else { panic!("{planned:#?}") };
    let (warning, breach) = (warning.clone(), breach.clone());
    (story, warning, breach)
}

fn notice(story: &Story, effect: &Effect, now: Timestamp) -> SlaNotice {
    story.pipeline.sla_notice(effect, &story.record, &story.rows, &story.sent, now)
}

fn later(text: &str) -> SlaNotice {
    SlaNotice::Postpone(at(text))
}

#[test]
fn while_it_runs_each_is_told_in_its_time() {
    let (story, warning, breach) = story("answer", "03-06 15:00 new", 1);
    let [before, due] = [at("03-09 10:00"), at("03-09 11:00")];
    assert_eq!((warning.at, breach.at), (Some(before), Some(due)));
    assert_eq!(notice(&story, &warning, at("03-09 09:59")), SlaNotice::Postpone(before));
    assert_eq!(notice(&story, &warning, before), SlaNotice::Tell);
    assert_eq!(notice(&story, &warning, at("03-09 10:59")), SlaNotice::Tell);
    assert_eq!(notice(&story, &breach, at("03-09 10:59")), SlaNotice::Postpone(due));
    assert_eq!(notice(&story, &breach, due), SlaNotice::Tell);
    assert_eq!(notice(&story, &breach, at("03-12 12:00")), SlaNotice::Tell);
    assert_eq!(notice(&story, &warning, due), SlaNotice::Nothing("it has run out"));
}

#[test]
fn what_is_over_is_not_told() {
    let (met, warning, breach) = story("answer", "03-06 15:00 new; 03-06 16:00 call", 1);
    for effect in [&warning, &breach] {
        assert_eq!(notice(&met, effect, effect.at.unwrap()), SlaNotice::Nothing("it was met"));
    }
    let (left, warning, breach) = story("answer", "03-06 15:00 new; 03-06 16:00 talking", 1);
    for effect in [&warning, &breach] {
        assert_eq!(
            notice(&left, effect, effect.at.unwrap()),
            SlaNotice::Nothing("the record left its stages")
        );
    }
    // A worker that comes late tells of a breach even when the promise was kept in the end.
    let (late, warning, breach) = story("answer", "03-06 15:00 new; 03-09 12:00 call", 1);
    assert_eq!(notice(&late, &breach, at("03-09 13:00")), SlaNotice::Tell);
    assert_eq!(notice(&late, &warning, at("03-09 13:00")), SlaNotice::Nothing("it has run out"));
}

#[test]
fn a_pause_puts_it_off() {
    // Four of sixteen working hours are used, and twelve are left.
    let text = "03-02 09:00 new; 03-02 13:00 waiting";
    let (paused, warning, breach) = story("solved", text, 1);
    assert_eq!((warning.at, breach.at), (Some(at("03-03 16:00")), Some(at("03-03 17:00"))));
    assert_eq!(notice(&paused, &breach, at("03-03 17:00")), later("03-05 13:00"));
    assert_eq!(notice(&paused, &warning, at("03-03 16:00")), later("03-05 11:00"));
    let (resumed, warning, breach) = story("solved", &format!("{text}; 03-04 15:00 talking"), 1);
    assert_eq!(notice(&resumed, &warning, at("03-05 11:00")), later("03-06 10:00"));
    assert_eq!(notice(&resumed, &breach, at("03-05 13:00")), later("03-06 11:00"));
    assert_eq!(notice(&resumed, &breach, at("03-06 11:00")), SlaNotice::Tell);
}

#[test]
fn a_pause_is_looked_at_no_more_often_than_each_minute() {
    // Half an hour is left, so that a warning would be told as soon as the clock goes on.
    let (paused, warning, breach) = story("reply", "03-02 09:00 new; 03-02 12:30 waiting", 1);
    assert_eq!(notice(&paused, &warning, at("03-02 12:40")), later("03-02 12:55"));
    assert_eq!(notice(&paused, &breach, at("03-02 13:00")), later("03-02 13:30"));
    let mut story = Story::told(paused.pipeline.clone(), "03-02 09:00 new");
    let stopped = Timestamp::from_micros(at("03-02 13:00").as_micros() - 1);
    story.happen(stopped, "waiting");
    assert_eq!(notice(&story, &breach, at("03-02 13:00")), later("03-02 13:01"));
}

#[test]
fn effects_of_an_earlier_run_are_dropped() {
    let text = "03-02 09:00 new; 03-02 10:00 lost; 03-02 11:00 new";
    let (story, _, second) = story("solved", text, 3);
    let first = story.effects.iter().rfind(|effect| effect.seq == 1).unwrap();
    assert_eq!(notice(&story, first, at("03-03 17:00")), SlaNotice::Nothing("the clock started anew"));
    assert_eq!(notice(&story, &second, at("03-04 11:00")), SlaNotice::Tell);
}

#[test]
fn a_promise_that_is_gone_or_unknown_is_dropped() {
    let (mut story, _, breach) = story("solved", "03-02 09:00 new", 1);
    assert_eq!(
        story.pipeline.sla_notice(&breach, &story.record, &[], &[], at("03-03 17:00")),
        SlaNotice::Nothing("no clock is known to run")
    );
    story.pipeline = pipeline(definition().with_sla(promise("answer")));
    let gone = SlaNotice::Nothing("the definition has no such promise any longer");
    assert_eq!(notice(&story, &breach, at("03-03 17:00")), gone);
}
