//! The cases of `cases.md` and of the page on clocks.

use lifestage::{SlaClock, Span};

use super::{Story, at, definition, pipeline, promises, wall};

#[test]
fn hand_worked_cases_come_out_as_worked() {
    assert!(check(include_str!("cases.md")) >= 45);
}

#[test]
fn the_examples_of_the_page_are_true() {
    assert_eq!(check(include_str!("../../docs/clocks.md")), 6);
}

/// Checks every row of four cells, and says how many there are.
fn check(page: &str) -> usize {
    let pipeline =
        pipeline(promises().into_iter().fold(definition(), |document, sla| document.with_sla(sla)));
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.trim_end().strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect())
        .filter(|row: &Vec<&str>| row.len() == 4 && !row.contains(&"as of") && !row.contains(&"---"))
        .collect();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let story = Story::told(pipeline.clone(), row[1]);
            let found =
                story.clock(row[0], at(row[2])).map_or_else(|| "none".to_owned(), |clock| said(&clock));
            (found != row[3]).then(|| format!("{row:?}: {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    rows.len()
}

/// `running, 3:00 left, due 03-09 11:00`.
fn said(clock: &SlaClock) -> String {
    let times = [("due", clock.due_at), ("ended", clock.ended_at), ("breached", clock.breached_at)];
    let mut said = format!("{}, {} left", clock.state.name(), hours(clock.left));
    for (word, at) in times {
        if let Some(at) = at {
            said.push_str(&format!(", {word} {}", wall(at)));
        }
    }
    said
}

fn hours(span: Span) -> String {
    let minutes = span.as_micros() / 60_000_000;
    let sign = if minutes < 0 { "-" } else { "" };
    format!("{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
