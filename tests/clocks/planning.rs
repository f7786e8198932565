//! What is planned when the clock of a promise starts.

use lifestage::definition::{Happening, SlaDef};
use lifestage::{Effect, EffectKind, EffectTrigger, Fields, Offset, Value};

use super::{Story, at, definition, pipeline, promises};

fn story(sla: SlaDef, text: &str) -> Story {
    Story::told(pipeline(definition().with_sla(sla)), text)
}

fn answer() -> SlaDef {
    let [answer, ..] = promises();
    answer.warning([Offset::hours(1), Offset::days(1)])
}

fn text<'e>(effect: &'e Effect, name: &str) -> Option<&'e str> {
    match effect.args.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

#[test]
fn warnings_in_their_order_then_the_breach() {
    let story = story(answer(), "03-06 15:00 new");
    let [hour, day, breach] = story.effects.as_slice() else { panic!("{:#?}", story.effects) };
    let due = at("03-09 11:00");
    assert_eq!([hour.at, day.at, breach.at], [at("03-09 10:00"), at("03-08 11:00"), due].map(Some));
    for (index, effect) in [hour, day, breach].into_iter().enumerate() {
        assert_eq!((effect.kind, effect.trigger), (EffectKind::Sla, EffectTrigger::Enter));
        assert_eq!((effect.action.as_str(), effect.seq, usize::from(effect.index)), ("answer", 1, index));
        assert_eq!((effect.visit, effect.bound, effect.reported), (1, false, false));
        assert_eq!(text(effect, "due"), Some(due.to_string().as_str()));
    }
    let mut args = Fields::new();
    for (name, value) in
        [("sla", "answer"), ("name", "ANSWER"), ("due", "2026-03-09T10:00:00Z"), ("event", "breach")]
    {
        args.insert(name, value);
    }
    assert_eq!(breach.args, args);
    args.insert("event", "warning");
    args.insert("before", "1h");
    assert_eq!(hour.args, args);
    assert_eq!(text(day, "before"), Some("1d"));
}

#[test]
fn a_warning_that_would_come_at_once_or_before_is_left_out() {
    let story = story(answer().warning([Offset::minutes(239), Offset::minutes(240)]), "03-06 09:00 new");
    let events: Vec<_> =
        story.effects.iter().map(|effect| (text(effect, "before"), effect.at.unwrap())).collect();
    let expected =
        [(Some("1h"), at("03-06 12:00")), (Some("239m"), at("03-06 09:01")), (None, at("03-06 13:00"))];
    assert_eq!(events, expected);
}

#[test]
fn it_is_planned_once_for_a_run() {
    let [.., solved, _, _, _, _] = promises();
    assert_eq!(solved.id, "solved");
    let seqs = |text: &str| -> Vec<u64> {
        story(solved.clone(), text).effects.iter().map(|effect| effect.seq).collect()
    };
    assert_eq!(seqs("03-02 09:00 new; 03-02 10:00 talking; 03-02 11:00 waiting; 03-02 12:00 new"), [1]);
    assert_eq!(seqs("03-02 09:00 new; 03-02 10:00 lost; 03-02 11:00 talking"), [1, 3]);
    assert_eq!(seqs("03-02 09:00 won; 03-02 10:00 waiting; 03-02 11:00 talking"), [2]);
    assert_eq!(seqs("03-02 09:00 new; 03-02 10:00 talking; 03-02 11:00 undo"), [1]);
    assert_eq!(seqs("03-02 09:00 new; 03-02 10:00 won; 03-02 11:00 undo"), [1, 3]);
    assert_eq!(seqs("03-02 09:00 import; 03-02 10:00 talking"), [0; 0]);
    assert_eq!(seqs("03-02 09:00 won"), [0; 0]);
}

#[test]
fn promises_come_after_the_work_of_the_stage() {
    use lifestage::definition::{ActionDef, ActionKind, AutomationDef, TaskDef, TriggerDef, WorkflowDef};
    let definition = definition()
        .with_sla(SlaDef::new("b", "B", Offset::days(1)).in_stages(["new"]))
        .with_sla(SlaDef::new("a", "A", Offset::hours(1)).in_stages(["new"]))
        .with_move(lifestage::definition::MoveDef::new("lose", "Lose", "lost").from("new"))
        .with_automation(
            AutomationDef::new("park", TriggerDef::after(Offset::days(9)), "lose").in_stages(["new"]),
        )
        .with_workflow(WorkflowDef::new("care", "Care", "new").with_task(TaskDef::new(
            "t",
            "T",
            Offset::days(1),
        )));
    let mut definition = definition;
    definition.stages[0].actions.push(ActionDef::new("tell", "Tell", ActionKind::Notify).on_enter());
    let story = Story::told(pipeline(definition), "03-02 09:00 new");
    let actions: Vec<&str> = story.effects.iter().map(|effect| effect.action.as_str()).collect();
    assert_eq!(actions, ["tell", "care/t", "park", "b", "a"]);
    assert!(story.effects.iter().enumerate().all(|(i, effect)| usize::from(effect.index) == i));
}

#[test]
fn without_warnings_there_is_the_breach_only_and_words_are_kept() {
    let sla = SlaDef::new("s", "Say hello", Offset::days(1)).in_stages(["new"]).met_by([Happening::Note]);
    let story = story(sla, "03-28 12:00 new");
    let [breach] = story.effects.as_slice() else { panic!("{:#?}", story.effects) };
    assert_eq!((breach.at, text(breach, "name")), (Some(at("03-29 12:00")), Some("Say hello")));
}
