//! Addresses, as people write them: `ada@example.com`, `Ada Lovelace <ada@example.com>`.

use std::fmt;

use lifestage::Value;
use lifestage::contact::normalize_email;
use mail_builder::headers::address::Address;

use crate::text::one_line;

/// An address, with the name of whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mailbox {
    name: Option<String>,
    email: String,
}

impl Mailbox {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (name, email) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, email)) => (one_line(name.trim().trim_matches('"')), email),
            None => (String::new(), text),
        };
        let normal = normalize_email(email).ok().filter(|email| email.is_ascii());
        let email = normal.ok_or_else(|| AddressError { text: one_line(text).chars().take(80).collect() })?;
        Ok(Self { name: Some(name).filter(|name| !name.is_empty()), email: email.into_owned() })
    }

    /// Those of an argument: a list, or a text with commas between them.
    pub(crate) fn parse_all(value: &Value) -> Result<Vec<Self>, AddressError> {
        let texts: Vec<&str> = match value {
            Value::Text(text) => divided(text),
            Value::List(texts) => texts.iter().map(|text| text.as_str()).collect(),
            other => return Err(AddressError { text: other.to_string() }),
        };
        texts.into_iter().filter(|text| !text.trim().is_empty()).map(Self::parse).collect()
    }

    /// What comes after the `@`.
    pub(crate) fn domain(&self) -> &str {
        self.email.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    pub(crate) fn header(&self) -> Address<'_> {
        Address::new_address(self.name.as_deref(), self.email.as_str())
    }
}

/// Divides at the commas that are not in quotes.
fn divided(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .collect()
}

/// A text that is no e-mail address, or one that a header in ASCII cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    text: String,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no address that e-mail can go to", self.text)
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        let read =
            |text: &str| Mailbox::parse(text).map(|found| (found.name.unwrap_or_default(), found.email)).ok();
        let found = |name: &str, email: &str| Some((name.to_owned(), email.to_owned()));
        assert_eq!(read(" Ada@Example.com "), found("", "ada@example.com"));
        assert_eq!(read("<ada@example.com>"), found("", "ada@example.com"));
        assert_eq!(read("\"Lovelace, Ada\" <ada@example.com>"), found("Lovelace, Ada", "ada@example.com"));
        assert_eq!(read("Eva <eva@münchen.example>"), found("Eva", "eva@xn--mnchen-3ya.example"));
        for text in
            ["", "ada", "Ada <ada>", "ada@example.com\nBcc: x@example.com", "jörg@example.com", "a@b.c>"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn commas_in_quotes_divide_nothing() {
        let all = |value: Value| Mailbox::parse_all(&value).map(|all| all.len()).ok();
        assert_eq!(all("a@x.example, \"B, C\" <b@x.example>".into()), Some(2));
        assert_eq!(all(Value::List(vec!["a@x.example".into(), "b@x.example".into()])), Some(2));
        assert_eq!(all(" , ".into()), Some(0));
        assert_eq!(all("a@x.example, b".into()), None);
        assert_eq!(all(7.into()), None);
    }
}
