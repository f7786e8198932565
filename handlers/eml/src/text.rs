//! Texts made fit for a header, and for the name of a file.

use std::fmt::Write;

use lifestage::{Digest, EffectId};

/// How many characters of a record's id go into the name of a file.
const LONGEST: usize = 80;

/// Names that some systems keep for devices, whatever comes after a full stop.
const DEVICES: [&str; 4] = ["aux", "con", "nul", "prn"];

/// A text on one line: what a header can hold.
pub(crate) fn one_line(text: &str) -> String {
    let blanked = text.replace(char::is_control, " ");
    blanked.trim().to_owned()
}

/// The name of an effect's file: another one for each effect, on file systems too that make no difference between
/// capital and small letters. What stands for itself is kept, and a digest added where anything is not.
pub(crate) fn file_name(id: EffectId<'_>) -> String {
    let record = id.record();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let mut name: String = record.chars().take(LONGEST).map(|c| if plain(c) { c } else { '_' }).collect();
    let numbered = |device: &str| name.strip_prefix(device).is_some_and(|rest| rest.len() == 1);
    let device = DEVICES.contains(&name.as_str()) || numbered("com") || numbered("lpt");
    if name != record || name.is_empty() || device {
        name.push('~');
        for byte in Digest::of(record.as_bytes()).as_bytes().iter().take(16) {
            // Writing to a text cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
    }
    format!("{name}.{}.{}.eml", id.seq(), id.index())
}

/// The left part of an effect's `Message-ID`.
pub(crate) fn message_id(id: EffectId<'_>) -> String {
    let mut left = String::new();
    for byte in id.record().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            left.push(char::from(byte));
        } else {
            // A percent sign may stand in an atom.
            let _ = write!(left, "%{byte:02X}");
        }
    }
    format!("{left}.{}.{}", id.seq(), id.index())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn name(record: &str) -> String {
        file_name(EffectId::new(record, 7, 0))
    }

    #[test]
    fn a_plain_id_is_the_name() {
        assert_eq!(name("lead-42"), "lead-42.7.0.eml");
        assert_eq!(message_id(EffectId::new("lead-42", 7, 0)), "lead-42.7.0");
    }

    #[test]
    fn names_are_safe_and_differ() {
        let long = "x".repeat(300);
        let longer = "x".repeat(301);
        let records = [
            "",
            ".",
            "..",
            "../../etc/x",
            "a/b",
            "a\\b",
            "a_b",
            "A_b",
            "a:b",
            "é",
            "con",
            "com1",
            "a\0b",
            &long,
            &longer,
        ];
        let names: BTreeSet<String> = records.iter().map(|record| name(record)).collect();
        assert_eq!(names.len(), records.len());
        for name in names {
            let stem = name.strip_suffix(".7.0.eml").unwrap();
            let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_~".contains(c);
            assert!(
                stem.chars().all(safe) && stem.len() < 120 && !["", "con", "com1"].contains(&stem),
                "{name}"
            );
        }
    }

    #[test]
    fn message_ids_are_atoms_with_dots_between_them() {
        assert_eq!(message_id(EffectId::new("a.b@c <é>", 7, 1)), "a%2Eb%40c%20%3C%C3%A9%3E.7.1");
    }
}
