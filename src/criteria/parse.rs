//! From text to tree: precedence climbing over bytes, one pass, no token list.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::error::{CriteriaError, ErrorKind};
use super::expr::{Builder, Expr, Kind};
use super::limits::Limits;
use super::literal;
use super::op::{Form, Op};
use super::scope::nearest;

type Parsed<T = ()> = Result<T, CriteriaError>;

pub(super) fn parse(text: &str, limits: &Limits) -> Parsed<Expr> {
    if text.len() > limits.text_bytes() {
        let message = format!("the text is {} bytes long, {} are allowed", text.len(), limits.text_bytes());
        return Err(CriteriaError::new(ErrorKind::Limit, message).at(limits.text_bytes()..text.len()));
    }
    let mut builder = Builder::new(limits);
    builder.expr.nodes = Vec::with_capacity((text.len() / 5 + 2).min(limits.nodes as usize));
    builder.expr.pool = String::from(text);
    builder.expr.source = Some(text.len() as u32);
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, last: 0, depth: 0, builder };
    parser.expression()?;
    parser.skip();
    if parser.at < text.len() {
        return Err(parser.unexpected("an operator or the end"));
    }
    Ok(parser.builder.expr)
}

struct Parser<'t, 'l> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// End of the last thing that was read.
    last: usize,
    depth: u32,
    builder: Builder<'l>,
}

impl<'t> Parser<'t, '_> {
    fn expression(&mut self) -> Parsed {
        self.enter()?;
        let start = self.skip();
        self.binary(Op::Or.precedence())?;
        self.skip();
        if self.eat(b'?') {
            self.binary(Op::Or.precedence())?;
            self.expect(b':')?;
            self.expression()?;
            self.builder.over(Kind::Op(Op::Cond), 3, start..self.last)?;
        }
        self.depth -= 1;
        Ok(())
    }

    fn binary(&mut self, least: u8) -> Parsed {
        let start = self.skip();
        self.unary()?;
        while let Some((op, len)) = self.peek_operator()? {
            let precedence = op.precedence();
            if precedence < least {
                break;
            }
            self.at += len;
            if matches!(op, Op::And | Op::Or) {
                let mut arity = self.builder.absorb(op);
                loop {
                    self.binary(precedence + 1)?;
                    arity += self.builder.absorb(op);
                    match self.peek_operator()? {
                        Some((next, len)) if next == op => self.at += len,
                        _ => break,
                    }
                }
                self.builder.over(Kind::Op(op), arity, start..self.last)?;
            } else {
                self.binary(precedence + 1)?;
                self.builder.over(Kind::Op(op), 2, start..self.last)?;
            }
        }
        Ok(())
    }

    fn unary(&mut self) -> Parsed {
        let start = self.skip();
        let op = match self.peek() {
            Some(b'!') => Op::Not,
            Some(b'-') => Op::Neg,
            _ => return self.member(),
        };
        self.at += 1;
        self.skip();
        if op == Op::Neg && self.at_number() {
            return self.number(true, start);
        }
        self.enter()?;
        self.unary()?;
        self.depth -= 1;
        self.builder.over(Kind::Op(op), 1, start..self.last)
    }

    fn member(&mut self) -> Parsed {
        let start = self.skip();
        self.primary()?;
        loop {
            self.skip();
            if self.peek() != Some(b'.') {
                return Ok(());
            }
            self.at += 1;
            self.skip();
            let name = self.identifier();
            let word = self.text.get(name.clone()).unwrap_or_default();
            if word.is_empty() {
                return Err(self.unexpected("a method"));
            }
            self.skip();
            if self.peek() != Some(b'(') {
                let message =
                    format!("`.{word}` is not a method call; a dotted name is written without spaces");
                return Err(CriteriaError::new(ErrorKind::Syntax, message).at(name));
            }
            let Some(op) = method(word) else { return Err(unknown_function(word, name)) };
            self.at += 1;
            let given = self.arguments(b')')?;
            // `x.size()` is another way to write `size(x)`.
            self.check_arguments(op, given + 1, given, name)?;
            self.builder.over(Kind::Op(op), given + 1, start..self.last)?;
        }
    }

    fn primary(&mut self) -> Parsed {
        let start = self.at;
        let Some(byte) = self.peek() else { return Err(self.unexpected("an expression")) };
        match byte {
            b'(' => {
                self.at += 1;
                self.expression()?;
                self.expect(b')')
            }
            b'[' => {
                self.at += 1;
                let elements = self.arguments(b']')?;
                self.builder.over(Kind::List, elements, start..self.last)
            }
            b'"' | b'\'' => self.string(start, false),
            b'0'..=b'9' => self.number(false, start),
            b'.' if self.at_number() => self.number(false, start),
            b'r' | b'R' if matches!(self.bytes.get(start + 1), Some(b'"' | b'\'')) => {
                self.at += 1;
                self.string(start, true)
            }
            b'b' | b'B' if matches!(self.bytes.get(start + 1), Some(b'"' | b'\'')) => {
                let message = "byte strings are not part of the language";
                Err(CriteriaError::new(ErrorKind::Syntax, message).at(start..start + 1))
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(start),
            _ => Err(self.unexpected("an expression")),
        }
    }

    /// A name, a keyword or a call.
    fn word(&mut self, start: usize) -> Parsed {
        let first = self.identifier();
        let word = self.text.get(first.clone()).unwrap_or_default();
        self.last = self.at;
        match word {
            "true" => return self.builder.leaf(Kind::Bool, 1, first),
            "false" => return self.builder.leaf(Kind::Bool, 0, first),
            "null" => return self.builder.leaf(Kind::Null, 0, first),
            "in" => {
                self.at = start;
                return Err(self.unexpected("an expression"));
            }
            _ => {}
        }
        self.skip();
        if self.eat(b'(') {
            let Some(op) = function(word) else { return Err(unknown_function(word, first)) };
            let given = self.arguments(b')')?;
            self.check_arguments(op, given, given, first)?;
            return self.builder.over(Kind::Op(op), given, start..self.last);
        }
        self.at = self.last;
        while self.peek() == Some(b'.') && self.bytes.get(self.at + 1).is_some_and(|byte| is_start(*byte)) {
            let dot = self.at;
            self.at += 1;
            self.identifier();
            let end = self.at;
            self.skip();
            if self.peek() == Some(b'(') {
                self.at = dot;
                break;
            }
            self.at = end;
            self.last = end;
        }
        let end = self.last;
        self.at = end;
        self.builder.leaf(Kind::Name, (start as u64) << 32 | (end - start) as u64, start..end)
    }

    /// The arguments of a call or the elements of a list, up to and with `close`.
    fn arguments(&mut self, close: u8) -> Parsed<u32> {
        let mut count = 0;
        loop {
            self.skip();
            // CEL allows a comma after the last element of a list.
            if (count == 0 || close == b']') && self.eat(close) {
                return Ok(count);
            }
            self.expression()?;
            count += 1;
            self.skip();
            if self.eat(close) {
                return Ok(count);
            }
            if !self.eat(b',') {
                let wanted = if close == b')' { "`,` or `)`" } else { "`,` or `]`" };
                return Err(self.unexpected(wanted));
            }
        }
    }

    fn check_arguments(&self, op: Op, total: u32, given: u32, name: Range<usize>) -> Parsed {
        if total == op.arity() {
            return Ok(());
        }
        let wanted = op.arity() + given - total;
        let plural = if wanted == 1 { "" } else { "s" };
        let message = format!("`{}` takes {wanted} argument{plural}, not {given}", op.as_str());
        Err(CriteriaError::new(ErrorKind::Type, message).at(name))
    }

    fn number(&mut self, negative: bool, start: usize) -> Parsed {
        let (number, len) = literal::number(self.rest(), negative).map_err(|fault| {
            let end = self.at + fault.len;
            CriteriaError::new(ErrorKind::Literal, fault.message).at(self.at..end)
        })?;
        self.at += len;
        self.last = self.at;
        match number {
            literal::Number::Int(value) => self.builder.leaf(Kind::Int, value as u64, start..self.at),
            literal::Number::Double(value) => {
                self.builder.leaf(Kind::Double, value.to_bits(), start..self.at)
            }
        }
    }

    fn string(&mut self, start: usize, raw: bool) -> Parsed {
        let open = self.at;
        let mut unescaped = String::new();
        let read = literal::string(self.rest(), raw, &mut unescaped).map_err(|fault| {
            let at = open + fault.at;
            CriteriaError::new(ErrorKind::Literal, fault.message).at(at..at + fault.len)
        })?;
        self.at += read.len;
        self.last = self.at;
        let word = match read.plain {
            Some(range) => ((open + range.start) as u64) << 32 | range.len() as u64,
            None => self.builder.pool(&unescaped)?,
        };
        self.builder.leaf(Kind::Text, word, start..self.at)
    }

    /// The binary operator that comes next, and its length.
    #[inline]
    fn peek_operator(&mut self) -> Parsed<Option<(Op, usize)>> {
        self.skip();
        let next = self.bytes.get(self.at + 1).copied();
        Ok(Some(match (self.peek(), next) {
            (Some(b'&'), Some(b'&')) => (Op::And, 2),
            (Some(b'|'), Some(b'|')) => (Op::Or, 2),
            (Some(b'='), Some(b'=')) => (Op::Eq, 2),
            (Some(b'!'), Some(b'=')) => (Op::Ne, 2),
            (Some(b'<'), Some(b'=')) => (Op::Le, 2),
            (Some(b'>'), Some(b'=')) => (Op::Ge, 2),
            (Some(b'<'), _) => (Op::Lt, 1),
            (Some(b'>'), _) => (Op::Gt, 1),
            (Some(b'+'), _) => (Op::Add, 1),
            (Some(b'-'), _) => (Op::Sub, 1),
            (Some(b'*'), _) => (Op::Mul, 1),
            (Some(b'/'), _) => (Op::Div, 1),
            (Some(b'%'), _) => (Op::Rem, 1),
            (Some(b'i'), Some(b'n')) if !self.bytes.get(self.at + 2).is_some_and(|b| is_part(*b)) => {
                (Op::In, 2)
            }
            (Some(b'=' | b'&' | b'|'), _) | (Some(b'a'..=b'z' | b'A'..=b'Z'), _) => {
                return Err(self.not_an_operator());
            }
            _ => return Ok(None),
        }))
    }

    #[cold]
    fn not_an_operator(&mut self) -> CriteriaError {
        let start = self.at;
        let word = self.identifier();
        let span = if word.is_empty() { start..start + 1 } else { word };
        let text = self.text.get(span.clone()).unwrap_or_default();
        let meant = match text {
            "=" => Some("=="),
            "&" | "and" | "AND" => Some("&&"),
            "|" | "or" | "OR" => Some("||"),
            "is" => Some("=="),
            "not" => Some("!"),
            _ => None,
        };
        self.at = start;
        match meant {
            Some(meant) => {
                CriteriaError::new(ErrorKind::UnknownFunction, format!("`{text}` is not an operator"))
                    .at(span)
                    .suggesting(Some(meant))
            }
            None => self.unexpected("an operator or the end"),
        }
    }

    fn enter(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > self.builder.limits.depth() {
            return Err(self.builder.too_deep(self.at..self.at));
        }
        Ok(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
            self.last = self.at;
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Parsed {
        self.skip();
        if self.eat(byte) {
            return Ok(());
        }
        Err(self.unexpected(if byte == b')' { "an operator or `)`" } else { "an operator or `:`" }))
    }

    fn at_number(&self) -> bool {
        match self.peek() {
            Some(b'0'..=b'9') => true,
            Some(b'.') => self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_digit),
            _ => false,
        }
    }

    /// Passes over an identifier; its range is empty if there is none.
    #[inline]
    fn identifier(&mut self) -> Range<usize> {
        let start = self.at;
        if self.peek().is_some_and(is_start) {
            while self.peek().is_some_and(is_part) {
                self.at += 1;
            }
        }
        start..self.at
    }

    /// Passes over white space and comments and returns where the next thing begins.
    #[inline]
    fn skip(&mut self) -> usize {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => self.at += 1,
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'/') => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return self.at,
            }
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[cold]
    fn unexpected(&mut self, wanted: &str) -> CriteriaError {
        self.skip();
        let start = self.at;
        let word = self.identifier();
        self.at = start;
        let len =
            if word.is_empty() { self.rest().chars().next().map_or(0, char::len_utf8) } else { word.len() };
        let found = self.text.get(start..start + len).unwrap_or_default();
        let message = if found.is_empty() {
            format!("expected {wanted}, found the end")
        } else {
            format!("expected {wanted}, found `{}`", found.escape_debug())
        };
        CriteriaError::new(ErrorKind::Syntax, message).at(start..start + len)
    }
}

fn function(word: &str) -> Option<Op> {
    Some(match word {
        "has" => Op::Has,
        "size" => Op::Size,
        "timestamp" => Op::Timestamp,
        "duration" => Op::Duration,
        _ => return None,
    })
}

fn method(word: &str) -> Option<Op> {
    Some(match word {
        "startsWith" => Op::StartsWith,
        "endsWith" => Op::EndsWith,
        "contains" => Op::Contains,
        "matches" => Op::Matches,
        "size" => Op::Size,
        _ => return None,
    })
}

#[cold]
fn unknown_function(word: &str, span: Range<usize>) -> CriteriaError {
    let callable = |op: &Op| matches!(op.form(), Form::Function | Form::Method);
    let known = nearest(word, Op::ALL.iter().filter(|op| callable(op)).map(|op| op.as_str()));
    CriteriaError::new(ErrorKind::UnknownFunction, format!("unknown function `{word}`"))
        .at(span)
        .suggesting(known)
}

/// Whether a name of this form can be written in text.
pub(super) fn is_name(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    !matches!(first, "true" | "false" | "null" | "in")
        && name.split('.').all(|part| part.bytes().next().is_some_and(is_start) && part.bytes().all(is_part))
}

const fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
