//! The quick way through a good document: a reader that only says whether a text can be read.
//!
//! What it takes, JSON's own reader takes too, with the same values. What it does not take (a fault,
//! a deep nest) is left to the others, which say what and where. A struct comes from an object and a
//! word from a text only.

use core::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Lists and objects in one another; beyond that somebody else reads.
const DEPTH: u8 = 64;

/// The value of a whole text, if it can be read.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de str) -> Option<T> {
    let mut reader = Reader { text: json, at: 0, depth: DEPTH };
    let value = T::deserialize(&mut reader).ok()?;
    reader.peek().is_none().then_some(value)
}

/// It cannot be read, whatever the reason.
#[derive(Debug)]
struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not readable")
    }
}

impl core::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Reads<T = ()> = Result<T, Unreadable>;

struct Reader<'de> {
    text: &'de str,
    at: usize,
    /// How much deeper it may go.
    depth: u8,
}

impl<'de> Reader<'de> {
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What comes after white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.byte() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                other => return other,
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Reads {
        if self.peek() != Some(byte) {
            return Err(Unreadable);
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Reads {
        let rest = self.text.get(self.at..).ok_or(Unreadable)?;
        if !rest.starts_with(word) {
            return Err(Unreadable);
        }
        self.at += word.len();
        Ok(())
    }

    /// The string that comes next.
    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Reads<V::Value> {
        self.expect(b'"')?;
        let start = self.at;
        let end = start + plain(self.text.as_bytes().get(start..).unwrap_or_default());
        self.at = end;
        if self.byte() != Some(b'"') {
            return self.escaped(start, visitor);
        }
        self.at += 1;
        visitor.visit_borrowed_str(self.text.get(start..end).ok_or(Unreadable)?)
    }

    /// A string with escapes in it, by JSON's own reader.
    #[cold]
    fn escaped<V: Visitor<'de>>(&mut self, start: usize, visitor: V) -> Reads<V::Value> {
        while let Some(byte @ (b'\\' | b'"')) = self.byte() {
            self.at += 1;
            if byte == b'"' {
                let quoted = self.text.get(start - 1..self.at).ok_or(Unreadable)?;
                let text = serde_json::from_str(quoted).map_err(|_| Unreadable)?;
                return visitor.visit_string(text);
            }
            self.at += 1;
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
        }
        Err(Unreadable)
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Reads<V::Value> {
        let start = self.at;
        let part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
        while self.byte().is_some_and(part) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).ok_or(Unreadable)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if let Some(value) = Some(text).filter(|text| is_plain || *text == "0").and_then(|t| t.parse().ok()) {
            return visitor.visit_u64(value);
        }
        if let Some(value) = Some(text).filter(|_| is_plain).and_then(|text| text.parse().ok()) {
            return visitor.visit_i64(value);
        }
        visitor.visit_f64(serde_json::from_str(text).map_err(|_| Unreadable)?)
    }

    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Reads<V::Value> {
        self.inside(b'[', b']', |inside| visitor.visit_seq(inside))
    }

    fn object<V: Visitor<'de>>(&mut self, visitor: V) -> Reads<V::Value> {
        self.inside(b'{', b'}', |inside| visitor.visit_map(inside))
    }

    #[inline]
    fn inside<T>(
        &mut self,
        open: u8,
        close: u8,
        visit: impl FnOnce(&mut Inside<'_, 'de>) -> Reads<T>,
    ) -> Reads<T> {
        self.expect(open)?;
        self.depth = self.depth.checked_sub(1).ok_or(Unreadable)?;
        let mut inside = Inside { reader: self, close, is_first: true, is_over: false };
        let value = visit(&mut inside)?;
        if !inside.is_over {
            return Err(Unreadable);
        }
        self.depth += 1;
        Ok(value)
    }
}

/// How many bytes of a string come before its end, an escape or a control character.
#[inline]
pub(crate) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    let mut rest = bytes;
    let mut passed = 0;
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        // The highest bit of the first byte that is below `limit`; above it there may be others.
        let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGHEST;
        let word = u64::from_le_bytes(*chunk);
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = below(word, 0x20) | quote | backslash;
        if found != 0 {
            return passed + found.trailing_zeros() as usize / 8;
        }
        passed += 8;
        rest = behind;
    }
    let ends = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    passed + rest.iter().position(ends).unwrap_or(rest.len())
}

/// The inside of a list or of an object.
struct Inside<'r, 'de> {
    reader: &'r mut Reader<'de>,
    close: u8,
    is_first: bool,
    is_over: bool,
}

impl Inside<'_, '_> {
    /// Whether one more comes.
    #[inline]
    fn goes_on(&mut self) -> Reads<bool> {
        match self.reader.peek() {
            Some(byte) if byte == self.close && !self.is_over => {
                self.reader.at += 1;
                self.is_over = true;
                Ok(false)
            }
            Some(b',') if !self.is_first && !self.is_over => {
                self.reader.at += 1;
                Ok(self.reader.peek() != Some(self.close))
            }
            Some(_) if self.is_first => {
                self.is_first = false;
                Ok(true)
            }
            _ => Err(Unreadable),
        }
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Unreadable;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Reads<Option<T::Value>> {
        if !self.goes_on()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Unreadable;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Reads<Option<K::Value>> {
        if !self.goes_on()? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(Unreadable);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Reads<V::Value> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Unreadable;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        match self.peek() {
            Some(b'"') => self.string(visitor),
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.list(visitor),
            Some(b't') => {
                self.literal("true")?;
                visitor.visit_bool(true)
            }
            Some(b'f') => {
                self.literal("false")?;
                visitor.visit_bool(false)
            }
            Some(b'n') => {
                self.literal("null")?;
                visitor.visit_unit()
            }
            Some(b'-' | b'0'..=b'9') => self.number(visitor),
            _ => Err(Unreadable),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        self.string(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        self.string(visitor)
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        self.string(visitor)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        self.list(visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        self.object(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Reads<V::Value> {
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Reads<V::Value> {
        self.string(Word(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Reads<V::Value> {
        if self.peek() != Some(b'n') {
            return visitor.visit_some(self);
        }
        self.literal("null")?;
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Reads<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct ignored_any
    }
}

/// The visitor of an enum without data, to be given a text.
struct Word<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Word<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.0.visit_enum(StrDeserializer::new(text))
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::definition::Definition;
    use crate::presets;
    use crate::read::Objects;

    /// The same by JSON's own reader.
    fn slowly<'de, T: Deserialize<'de>>(json: &'de str) -> Option<T> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let value = T::deserialize(Objects(&mut reader)).ok()?;
        reader.end().is_ok().then_some(value)
    }

    #[test]
    fn values_are_those_of_the_general_reader() {
        let texts = [
            "null",
            "true",
            "false",
            "tru",
            "nulll",
            "0",
            "-0",
            "01",
            "-1",
            "-",
            "+1",
            "1.",
            ".5",
            "1.5e3",
            "1e400",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "0.1",
            "[]",
            "[1]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[[]",
            "{}",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\" 1}",
            "{a:1}",
            "{1:1}",
            " \t\r\n[ 1 , { \"a\" : [ ] } ] ",
            "\u{a0}1",
            "1 1",
            "",
            "\"\"",
            "\"é😀\"",
            "\"a",
            "\"a\\",
            "\"\\n\\\\\\\"\\u00e9\\ud83d\\ude00\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "\"tab\there\"",
            "\"12345678\\\"12345678\"",
            "\"1234567\u{1}\"",
            "{\"a\\n\":\"b\\t\"}",
        ];
        for text in texts {
            assert_eq!(read::<Value>(text), slowly::<Value>(text), "{text}");
        }
    }

    #[test]
    fn a_struct_is_not_read_from_a_list_nor_a_word_from_an_object() {
        let stages = |stage: &str| format!(r#"{{"id":"a","name":"A","categories":[],"stages":[{stage}]}}"#);
        let good = stages(r#"{"id":"new","name":"New","category":"open"}"#);
        assert!(read::<Definition>(&good).is_some());
        assert_eq!(read::<Definition>(&stages(r#"["new","New","open"]"#)), None);
        let word = good
            .replace(r#""categories":[]"#, r#""categories":[{"id":"o","name":"O","outcome":{"open":null}}]"#);
        assert_eq!(read::<Definition>(&word), None);
    }

    #[test]
    fn a_deep_nest_is_left_to_the_general_reader() {
        let nest = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read::<Value>(&nest(60)).is_some());
        assert_eq!(read::<Value>(&nest(100_000)), None);
    }

    proptest! {
        #[test]
        fn what_is_read_quickly_is_read_alike(
            preset in 0_usize..5,
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0x20_u8..0x7f), 0..3),
        ) {
            let all = [
                presets::LEAD, presets::CONTACT_STAGES, presets::COMPANY_LIFECYCLE, presets::LIFE_STAGES,
                presets::SALES_STAGES,
            ];
            let mut bytes = Vec::from(all[preset]);
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                if bytes[at].is_ascii() {
                    bytes[at] = byte;
                }
            }
            let text = String::from_utf8(bytes).unwrap();
            if let Some(document) = read::<Definition>(&text) {
                prop_assert_eq!(Some(document), slowly::<Definition>(&text));
            } else {
                prop_assert_eq!(slowly::<Definition>(&text), None);
            }
        }
    }
}
