//! The cases of `cases.md` and of the page on calendars.

use lifestage::calendar::due;
use lifestage::{Offset, Span, Timestamp};

use super::{calendar, instant, zone};

#[test]
fn hand_worked_cases_come_out_as_worked() {
    assert!(check(include_str!("cases.md")) >= 100);
}

#[test]
fn the_examples_of_the_page_are_true() {
    assert!(check(include_str!("../../docs/calendars.md")) >= 12);
}

/// Checks every row of five cells, and says how many there are.
fn check(page: &str) -> usize {
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.trim_end().strip_suffix('|'))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .filter(|row: &Vec<&str>| row.len() == 5 && !row.contains(&"ask") && !row.contains(&"---"))
        .collect();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let found = answer(row[0], row[1], instant(row[2]), row[3]);
            (found != told(row[4])).then(|| format!("{row:?}: {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    rows.len()
}

/// The answer as it is shown: instants in UTC.
fn told(cell: &str) -> String {
    let shown = |text: &str| text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |at| at.to_string());
    cell.split(" to ").map(shown).collect::<Vec<_>>().join(" to ")
}

fn answer(zone_name: &str, hours: &str, from: Timestamp, ask: &str) -> String {
    let zone = zone(zone_name);
    let working = (hours != "-").then(|| match hours.split_once(" in ") {
        Some((hours, other)) => calendar(&super::zone(other), hours),
        None => calendar(&zone, hours),
    });
    let offset = |text: &str| text.parse::<Offset>().unwrap();
    let time = |text: &str| text.parse().unwrap();
    let maybe = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    let words: Vec<&str> = ask.split(' ').collect();
    match (words.as_slice(), &working) {
        (["day"], None) => {
            let (start, next) = zone.day(from).unwrap();
            format!("{start} to {next}")
        }
        (["at", at], None) => maybe(zone.at_time(from, time(at))),
        (["after", span], None) => {
            let later = zone.after(from, offset(span));
            assert_eq!(due(from, offset(span), None, &zone, None), later);
            maybe(later)
        }
        (["after", span], Some(working)) => {
            let later = working.after(from, offset(span));
            assert_eq!(due(from, offset(span), None, &zone, Some(working)), later);
            maybe(later)
        }
        (["due", span, "at", at], working) => {
            maybe(due(from, offset(span), Some(time(at)), &zone, working.as_ref()))
        }
        (["is", "working"], Some(working)) => {
            (if working.is_working(from) { "yes" } else { "no" }).to_owned()
        }
        (["working", "until", to], Some(working)) => working.working_between(from, instant(to)).to_string(),
        (["add", span], Some(working)) => maybe(working.add(from, span.parse::<Span>().unwrap())),
        _ => panic!("`{ask}` asks nothing that is known"),
    }
}
