//! From a JSON pointer to the place in the text.
//!
//! The readers of JSON that are well kept give no places, or build a tree of their own around every
//! value; finding places in a text that is known to be JSON takes less than a page.

use std::ops::Range;

/// How deep values may be nested; the definition's own reader stops earlier.
const DEEPEST: usize = 256;

/// A JSON text as a tree of places.
#[derive(Debug)]
pub(crate) struct Places {
    root: Option<Node>,
}

#[derive(Debug)]
struct Node {
    span: Range<usize>,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    None,
    Items(Vec<Node>),
    Members(Vec<Member>),
}

#[derive(Debug)]
struct Member {
    key: String,
    key_span: Range<usize>,
    value: Node,
}

/// Which of the places that a pointer has is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The value.
    Value,
    /// The key of the member.
    Key,
    /// The key of the member where it comes again.
    SecondKey,
}

impl Places {
    /// The places of `text`; none when it is not JSON.
    pub(crate) fn of(text: &str) -> Self {
        let mut scanner = Scanner { text, at: 0 };
        Self { root: scanner.value(DEEPEST) }
    }

    /// The place of what `pointer` points at, or of what is nearest around it. A value of several
    /// parts is shown by its id where it has one, else by its first character.
    pub(crate) fn find(&self, pointer: &str, aim: Aim) -> Option<Range<usize>> {
        let mut node = self.root.as_ref()?;
        let mut steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        let Some(mut step) = steps.next() else { return Some(node.start()) };
        loop {
            let next = steps.next();
            let found = match &node.parts {
                Parts::Members(members) => {
                    let mut same = members.iter().filter(|member| member.key == step);
                    let first = same.next();
                    let member =
                        if aim == Aim::SecondKey && next.is_none() { same.next().or(first) } else { first };
                    match member {
                        Some(member) if next.is_none() && aim != Aim::Value => {
                            return Some(member.key_span.clone());
                        }
                        member => member.map(|member| &member.value),
                    }
                }
                Parts::Items(items) => step.parse::<usize>().ok().and_then(|at| items.get(at)),
                Parts::None => None,
            };
            let Some(found) = found else { return Some(node.shown()) };
            node = found;
            match next {
                Some(next) => step = next,
                None => return Some(node.shown()),
            }
        }
    }
}

impl Node {
    fn start(&self) -> Range<usize> {
        self.span.start..self.span.start + 1
    }

    fn shown(&self) -> Range<usize> {
        let id = |members: &[Member]| {
            let id = members.iter().find(|member| member.key == "id").map(|member| &member.value)?;
            matches!(id.parts, Parts::None).then(|| id.span.clone())
        };
        match &self.parts {
            Parts::None => self.span.clone(),
            Parts::Items(_) => self.start(),
            Parts::Members(members) => id(members).unwrap_or_else(|| self.start()),
        }
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Passes over this byte, if it is next after blanks.
    fn passes(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.skip_blanks();
        let start = self.at;
        let parts = match self.peek()? {
            b'{' => Parts::Members(self.members(depth.checked_sub(1)?)?),
            b'[' => Parts::Items(self.items(depth.checked_sub(1)?)?),
            b'"' => self.text().map(|_| Parts::None)?,
            _ => {
                let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
                while self.peek().is_some_and(word) {
                    self.at += 1;
                }
                Parts::None
            }
        };
        (self.at > start).then_some(Node { span: start..self.at, parts })
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Node>> {
        self.at += 1;
        let mut items = Vec::new();
        if self.passes(b']') {
            return Some(items);
        }
        loop {
            items.push(self.value(depth)?);
            if !self.passes(b',') {
                return self.passes(b']').then_some(items);
            }
        }
    }

    fn members(&mut self, depth: usize) -> Option<Vec<Member>> {
        self.at += 1;
        let mut members = Vec::new();
        if self.passes(b'}') {
            return Some(members);
        }
        loop {
            self.skip_blanks();
            let start = self.at;
            let key = self.text()?;
            let key_span = start..self.at;
            if !self.passes(b':') {
                return None;
            }
            members.push(Member { key, key_span, value: self.value(depth)? });
            if !self.passes(b',') {
                return self.passes(b'}').then_some(members);
            }
        }
    }

    /// Passes over a text and gives what it says.
    fn text(&mut self) -> Option<String> {
        let start = self.at;
        if self.peek()? != b'"' {
            return None;
        }
        loop {
            self.at += 1;
            match self.peek()? {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(text: &'t str, pointer: &str, aim: Aim) -> &'t str {
        &text[Places::of(text).find(pointer, aim).unwrap()]
    }

    #[test]
    fn values_are_found_by_key_and_index() {
        let text = r#" {"a": [1, -2.5e+3, {"b": "x\"y"}], "": true} "#;
        assert_eq!(found(text, "/a/0", Aim::Value), "1");
        assert_eq!(found(text, "/a/1", Aim::Value), "-2.5e+3");
        assert_eq!(found(text, "/a/2/b", Aim::Value), r#""x\"y""#);
        assert_eq!(found(text, "/", Aim::Value), "true");
        assert_eq!(found(text, "", Aim::Value), "{");
        assert_eq!(found(text, "/a", Aim::Value), "[");
    }

    #[test]
    fn keys_are_compared_as_they_read_and_not_as_they_are_written() {
        let text = r#"{"ab": 1, "a/b": 2, "a~b": 3, "ключ": 4, "\\": 5}"#;
        for (pointer, value) in [("/ab", "1"), ("/a~1b", "2"), ("/a~0b", "3"), ("/ключ", "4"), ("/\\", "5")]
        {
            assert_eq!(found(text, pointer, Aim::Value), value);
        }
        assert_eq!(found(text, "/ab", Aim::Key), r#""ab""#);
    }

    #[test]
    fn a_key_that_comes_again_is_found_where_it_does() {
        let text = r#"{"a": {"b": 1, "b": 2}}"#;
        let places = Places::of(text);
        assert_eq!(places.find("/a/b", Aim::Key), Some(7..10));
        assert_eq!(places.find("/a/b", Aim::SecondKey), Some(15..18));
        assert_eq!(places.find("/a/b", Aim::Value), Some(12..13));
    }

    #[test]
    fn what_is_missing_is_shown_by_what_is_around_it() {
        let text = r#"{"stages": [{"name": "New", "id": "new"}, {"name": "Old"}]}"#;
        assert_eq!(found(text, "/stages/0", Aim::Value), r#""new""#);
        assert_eq!(found(text, "/stages/0/category", Aim::Value), r#""new""#);
        assert_eq!(found(text, "/stages/1/id", Aim::Value), "{");
        assert_eq!(found(text, "/stages/7", Aim::Value), "[");
        assert_eq!(found(text, "/stages/0/name/deeper", Aim::Value), r#""New""#);
    }

    #[test]
    fn what_is_not_json_has_no_places() {
        for text in ["", "{", "[1", "[1 2]", "{\"a\" 1}", "{a: 1}", "\"x", "\"x\\", "{\"a\":}", "]"] {
            assert_eq!(Places::of(text).find("", Aim::Value), None, "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(Places::of(&deep).find("", Aim::Value), None);
    }
}
