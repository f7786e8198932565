//! Numbers and strings as they stand in the text.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

pub(super) enum Number {
    Int(i64),
    Double(f64),
}

pub(super) struct NumberFault {
    pub(super) message: String,
    pub(super) len: usize,
}

/// Reads the number that `text` begins with and says how long it is.
pub(super) fn number(text: &str, negative: bool) -> Result<(Number, usize), NumberFault> {
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let hexadecimal = matches!(bytes, [b'0', b'x' | b'X', ..]);
    let mut len = if hexadecimal {
        2 + bytes.get(2..).unwrap_or_default().iter().take_while(|b| b.is_ascii_hexdigit()).count()
    } else {
        digits(0)
    };
    let mut double = false;
    if !hexadecimal {
        if bytes.get(len) == Some(&b'.') && digits(len + 1) > 0 {
            double = true;
            len += 1 + digits(len + 1);
        }
        if matches!(bytes.get(len), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
            let exponent = digits(len + 1 + sign);
            if exponent > 0 {
                double = true;
                len += 1 + sign + exponent;
            }
        }
    }
    let tail =
        bytes.get(len..).unwrap_or_default().iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
    let extra = tail.count();
    let written = text.get(..len + extra).unwrap_or_default();
    let fault = |why: &str| NumberFault {
        message: format!("`{}{}` {why}", if negative { "-" } else { "" }, shortened(written)),
        len: len + extra,
    };
    if extra > 0 || (hexadecimal && len == 2) {
        let unsigned = matches!(written.strip_prefix(text.get(..len).unwrap_or_default()), Some("u" | "U"));
        return Err(fault(if unsigned {
            "is unsigned, which the language does not have"
        } else {
            "is not a number"
        }));
    }
    if double {
        let magnitude: f64 = written.parse().map_err(|_| fault("is not a number"))?;
        if !magnitude.is_finite() {
            return Err(fault("is too large for a double"));
        }
        return Ok((Number::Double(if negative { -magnitude } else { magnitude }), len));
    }
    let too_large = || fault("is too large for an int");
    let magnitude = if hexadecimal {
        u64::from_str_radix(written.get(2..).unwrap_or_default(), 16).map_err(|_| too_large())?
    } else {
        written.parse::<u64>().map_err(|_| too_large())?
    };
    let value = if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() };
    value.map(|value| (Number::Int(value), len)).ok_or_else(too_large)
}

/// The beginning of an offending text, short enough for a message.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => String::from(text),
    }
}

pub(super) struct Read {
    /// Bytes of the literal, quotes included.
    pub(super) len: usize,
    /// Where its content is, if that stands there as it is.
    pub(super) plain: Option<Range<usize>>,
}

pub(super) struct StringFault {
    pub(super) message: String,
    pub(super) at: usize,
    pub(super) len: usize,
}

impl StringFault {
    fn new(message: impl Into<String>, at: usize, len: usize) -> Self {
        Self { message: message.into(), at, len }
    }
}

/// Reads the string literal that `text` begins with (at the quote). Content with escapes goes to `unescaped`.
pub(super) fn string(text: &str, raw: bool, unescaped: &mut String) -> Result<Read, StringFault> {
    let bytes = text.as_bytes();
    let quote = bytes.first().copied().unwrap_or(b'"');
    let triple = bytes.get(1) == Some(&quote) && bytes.get(2) == Some(&quote);
    let open = if triple { 3 } else { 1 };
    let mut at = open;
    // Where the part that is not copied yet begins; used once there is an escape.
    let mut copied = open;
    let mut escapes = false;
    loop {
        let Some(&byte) = bytes.get(at) else {
            return Err(StringFault::new("a text without its closing quote", 0, open));
        };
        if byte == quote
            && (!triple || (bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote)))
        {
            break;
        }
        if !triple && (byte == b'\n' || byte == b'\r') {
            return Err(StringFault::new("a text without its closing quote on the same line", 0, open));
        }
        if byte == b'\\' && !raw {
            escapes = true;
            unescaped.push_str(text.get(copied..at).unwrap_or_default());
            at += escape(text, at, unescaped)?;
            copied = at;
        } else {
            at += 1;
        }
    }
    let len = at + open;
    if escapes {
        unescaped.push_str(text.get(copied..at).unwrap_or_default());
        return Ok(Read { len, plain: None });
    }
    Ok(Read { len, plain: Some(open..at) })
}

/// Reads the escape at `at`, adds what it stands for and says how long it is.
fn escape(text: &str, at: usize, out: &mut String) -> Result<usize, StringFault> {
    let rest = text.get(at + 1..).unwrap_or_default();
    let Some(letter) = rest.chars().next() else {
        return Err(StringFault::new("a text without its closing quote", 0, 1));
    };
    let simple = match letter {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' | '?' | '"' | '\'' | '`' => letter,
        'x' | 'X' => return coded(text, at, 2, 2, 16, out),
        'u' => return coded(text, at, 2, 4, 16, out),
        'U' => return coded(text, at, 2, 8, 16, out),
        '0'..='3' => return coded(text, at, 1, 3, 8, out),
        _ => return Err(bad_escape(text, at, 1 + letter.len_utf8())),
    };
    out.push(simple);
    Ok(2)
}

/// Reads `digits` digits that follow `lead` bytes after `at`, as the number of a character.
fn coded(
    text: &str,
    at: usize,
    lead: usize,
    digits: usize,
    radix: u32,
    out: &mut String,
) -> Result<usize, StringFault> {
    let len = lead + digits;
    let code =
        text.get(at + lead..at + len).filter(|code| code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let character = code.and_then(|code| u32::from_str_radix(code, radix).ok()).and_then(char::from_u32);
    match character {
        Some(character) => {
            out.push(character);
            Ok(len)
        }
        None => Err(bad_escape(text, at, len)),
    }
}

fn bad_escape(text: &str, at: usize, len: usize) -> StringFault {
    let mut end = (at + len).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let written = text.get(at..end).unwrap_or_default();
    StringFault::new(
        format!("`{}` is not an escape", written.escape_debug().collect::<String>().replace("\\\\", "\\")),
        at,
        end - at,
    )
}
