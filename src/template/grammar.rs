//! Which templates are let through: those whose work and whose text stay small, whatever the record holds.
//!
//! The library bounds the steps of a template, but one step may double a text or compare lists of lists. So nothing
//! gets to it that joins, repeats, captures or nests values, or that calls anything but a listed filter or test.
//! What is read here as the inside of a tag is read so by the library too: the forms in which the two could differ,
//! such as `raw` and unbalanced brackets, are refused.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::{KEYWORDS, opening};

/// The filters that a template may use. Each gives a text or a list no larger than what it is given, but for those
/// that `engine` measures.
pub(super) const FILTERS: [&str; 21] = [
    "abs",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "max",
    "min",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "title",
    "trim",
    "unique",
    "upper",
];
/// What may follow `is`.
const TESTS: [&str; 10] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "undefined",
];
/// Words after which a bracket groups.
const JOINTS: [&str; 8] = ["and", "or", "not", "in", "if", "else", "elif", "is"];

/// Blocks within blocks, each `elif` being one more.
const DEEPEST: usize = 16;
/// Words and signs of one tag.
const LONGEST: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Number,
    Text,
    Sign(&'t str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Group,
    Arguments,
    Index,
    List,
}

/// Refuses what is not among the forms of a template; gives the variables of one that passes, in order of name.
///
/// # Errors
/// A message with the line and the column of what is refused, and its text.
pub(super) fn check(text: &str) -> Result<Vec<SmolStr>, String> {
    let mut reader = Reader::default();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(opening) {
        let start = from + at;
        let after = start + 2;
        let rest = text.get(after..).unwrap_or_default();
        let close = match text.as_bytes().get(start + 1) {
            Some(b'#') => {
                let end = rest.find("#}").ok_or_else(|| fault(text, start, "`{#` is never closed"))?;
                from = after + end + 2;
                continue;
            }
            Some(b'%') => "%}",
            _ => "}}",
        };
        let (tokens, end) = tokens(text, after, close)?;
        from = end;
        let said = if close == "}}" { reader.expression(&tokens) } else { reader.statement(&tokens) };
        said.map_err(|(place, what)| {
            let at = tokens.get(place).map_or(start, |(_, at)| *at);
            fault(text, at, &what)
        })?;
    }
    Ok(reader.variables.into_iter().collect())
}

/// `what` with its line and column.
fn fault(text: &str, at: usize, what: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{what} at line {line}, column {column}")
}

/// What stands between `from` and the end of the tag, with places, and where the text goes on.
fn tokens<'t>(text: &'t str, from: usize, close: &str) -> Result<(Vec<(Token<'t>, usize)>, usize), String> {
    let start = from.saturating_sub(2);
    let mut tokens = Vec::new();
    let mut at = from;
    // `{{-` takes the space before the tag away, `-}}` the space after it.
    if text.get(at..).is_some_and(|rest| rest.starts_with(['-', '+'])) {
        at += 1;
    }
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(first) = rest.chars().next() else {
            let open = text.get(start..from).unwrap_or_default();
            return Err(fault(text, start, &format!("`{open}` is never closed")));
        };
        if rest.starts_with(close) {
            return Ok((tokens, at + close.len()));
        }
        if rest.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(close)) {
            return Ok((tokens, at + 1 + close.len()));
        }
        if tokens.len() == LONGEST {
            return Err(fault(text, start, &format!("a tag with more than {LONGEST} words and signs")));
        }
        let (token, len) = match first {
            ' ' | '\t' | '\r' | '\n' => {
                at += 1;
                continue;
            }
            '"' | '\'' => match quoted(rest) {
                Some(len) => (Token::Text, len),
                None => return Err(fault(text, at, "a quote that is never closed")),
            },
            '0'..='9' => (Token::Number, word(rest)),
            'a'..='z' | 'A'..='Z' | '_' => {
                let len = word(rest);
                (Token::Word(rest.get(..len).unwrap_or_default()), len)
            }
            _ => match sign(rest) {
                Some(sign) => (Token::Sign(sign), sign.len()),
                None => {
                    return Err(fault(
                        text,
                        at,
                        &format!("`{}` is no sign of a template", first.escape_debug()),
                    ));
                }
            },
        };
        tokens.push((token, at));
        at += len;
    }
}

fn word(rest: &str) -> usize {
    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.bytes().next()?;
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn sign(rest: &str) -> Option<&str> {
    let signs =
        ["==", "!=", "<=", ">=", "//", "<", ">", "=", "-", "/", "|", ".", ",", "(", ")", "[", "]", ":"];
    signs.into_iter().find(|sign| rest.starts_with(sign))
}

/// A place among the tokens, and what is wrong there.
type Fault = (usize, String);

/// What is known after the tags so far.
#[derive(Debug, Default)]
struct Reader<'t> {
    /// The blocks that are open.
    blocks: Vec<Block<'t>>,
    /// Set outside of every block.
    set: Vec<&'t str>,
    variables: BTreeSet<SmolStr>,
}

#[derive(Debug)]
struct Block<'t> {
    /// One, and one more for each `elif`.
    links: usize,
    is_loop: bool,
    /// The name of the loop, if it is one, and what is set inside.
    names: Vec<&'t str>,
}

impl<'t> Reader<'t> {
    fn statement(&mut self, tokens: &[(Token<'t>, usize)]) -> Result<(), Fault> {
        let Some(((Token::Word(name), _), rest)) = tokens.split_first() else {
            return Err((0, "a `{% %}` that does not begin with a word".into()));
        };
        let after = |at: usize| rest.get(at..).unwrap_or_default();
        let shifted = |by: usize| move |(at, what): Fault| (at + by, what);
        match (*name, rest) {
            ("if", _) => {
                self.expression(rest).map_err(shifted(1))?;
                self.open(Block { links: 1, is_loop: false, names: Vec::new() })
            }
            ("elif", _) => {
                self.expression(rest).map_err(shifted(1))?;
                let depth = self.depth();
                if let Some(block) = self.blocks.last_mut() {
                    block.links += 1;
                    block.names.clear();
                }
                if depth < DEEPEST {
                    Ok(())
                } else {
                    Err((0, format!("more than {DEEPEST} `elif` or blocks")))
                }
            }
            ("else", []) => {
                if let Some(block) = self.blocks.last_mut() {
                    block.is_loop = false;
                    block.names.clear();
                }
                Ok(())
            }
            ("endif" | "endfor", []) => {
                self.blocks.pop();
                Ok(())
            }
            ("for", [(Token::Word(item), _), (Token::Word("in"), _), over @ ..]) => {
                if let Some(at) = over.iter().position(|(token, _)| *token == Token::Word("recursive")) {
                    return Err((at + 3, "`recursive` is no word of a template".into()));
                }
                // What follows `if` is asked of each item.
                let each = over.iter().position(|(token, _)| *token == Token::Word("if"));
                let (over, each) = over.split_at_checked(each.unwrap_or(over.len())).unwrap_or_default();
                self.expression(over).map_err(shifted(3))?;
                self.open(Block { links: 1, is_loop: true, names: alloc::vec![item] })?;
                self.expression(each).map_err(shifted(3 + over.len()))
            }
            ("set", [(Token::Word(item), _), (Token::Sign("="), _), ..]) => {
                let value = after(2);
                // The library would take it for the one being set, and not ask the record.
                if let Some(at) = value.iter().position(|(token, _)| *token == Token::Word(item)) {
                    return Err((at + 3, format!("`{item}`, set from itself,")));
                }
                self.expression(value).map_err(shifted(3))?;
                self.blocks.last_mut().map_or(&mut self.set, |block| &mut block.names).push(item);
                Ok(())
            }
            ("for", _) => Err((0, "`for` without a name and `in` after it".into())),
            ("set", _) => Err((0, "`set` without a name and `=` after it".into())),
            ("else" | "endif" | "endfor", _) => Err((1, format!("something after `{name}`"))),
            (other, _) => {
                Err((0, format!("`{other}` is no statement of a template: write `if`, `for` or `set`")))
            }
        }
    }

    fn depth(&self) -> usize {
        self.blocks.iter().map(|block| block.links).sum()
    }

    fn open(&mut self, block: Block<'t>) -> Result<(), Fault> {
        if self.depth() == DEEPEST {
            return Err((0, format!("more than {DEEPEST} blocks in one another")));
        }
        self.blocks.push(block);
        Ok(())
    }

    fn is_local(&self, name: &str) -> bool {
        let inside = self.blocks.iter().any(|block| block.names.contains(&name));
        inside || self.set.contains(&name)
    }

    fn expression(&mut self, tokens: &[(Token<'t>, usize)]) -> Result<(), Fault> {
        let mut open: Vec<Bracket> = Vec::new();
        let mut last = None;
        // The word after `|` or `is`, which alone may be followed by arguments.
        let mut callable = false;
        for (at, (token, _)) in tokens.iter().enumerate() {
            let refuse = |what: String| Err((at, what));
            let was_callable = core::mem::take(&mut callable);
            let inside = open.last().copied();
            if inside == Some(Bracket::List)
                && !matches!(token, Token::Text | Token::Number | Token::Sign("," | "-" | "]"))
            {
                return refuse("a list of something other than texts and numbers".into());
            }
            match *token {
                Token::Word(word) if last == Some(Token::Sign("|")) => {
                    if !FILTERS.contains(&word) {
                        return refuse(format!(
                            "`{word}` is no filter: write one of {},",
                            FILTERS.join(", ")
                        ));
                    }
                    callable = true;
                }
                Token::Word(word) if is_test(tokens, at) && word != "not" => {
                    if !TESTS.contains(&word) {
                        return refuse(format!("`{word}` is no test: write one of {},", TESTS.join(", ")));
                    }
                    callable = true;
                }
                Token::Word(_) if last == Some(Token::Sign(".")) => {}
                Token::Word("loop") if self.blocks.iter().any(|block| block.is_loop) => {}
                Token::Word(word @ ("loop" | "self")) => {
                    return refuse(format!("`{word}` is no variable here,"));
                }
                Token::Word(word) => {
                    let next = tokens.get(at + 1).map(|(token, _)| *token);
                    let is_argument = inside == Some(Bracket::Arguments) && next == Some(Token::Sign("="));
                    if !is_argument && !KEYWORDS.contains(&word) && !self.is_local(word) {
                        self.variables.insert(path(word, tokens.get(at + 1..).unwrap_or_default()));
                    }
                }
                Token::Number | Token::Text => {}
                Token::Sign("(") => match last {
                    _ if was_callable => open.push(Bracket::Arguments),
                    None => open.push(Bracket::Group),
                    Some(Token::Sign(sign)) if !matches!(sign, ")" | "]" | ".") => open.push(Bracket::Group),
                    Some(Token::Word(word)) if JOINTS.contains(&word) => open.push(Bracket::Group),
                    Some(Token::Word(word)) => {
                        return refuse(format!("`{word}(`, where only filters and tests take arguments,"));
                    }
                    _ => return refuse("`(` out of place".into()),
                },
                Token::Sign("[") => match last {
                    Some(Token::Word(word)) if !JOINTS.contains(&word) => open.push(Bracket::Index),
                    Some(Token::Text | Token::Sign(")" | "]")) => open.push(Bracket::Index),
                    _ => open.push(Bracket::List),
                },
                Token::Sign(sign @ (")" | "]")) => match (sign, open.pop()) {
                    (")", Some(Bracket::Group | Bracket::Arguments))
                    | ("]", Some(Bracket::Index | Bracket::List)) => {}
                    _ => return refuse(format!("`{sign}` that closes nothing")),
                },
                Token::Sign(sign @ ("," | "=" | ":")) => match (sign, inside) {
                    (",", Some(Bracket::Arguments | Bracket::List))
                    | ("=", Some(Bracket::Arguments))
                    | (":", Some(Bracket::Index)) => {}
                    _ => return refuse(format!("`{sign}` out of place")),
                },
                Token::Sign(_) => {}
            }
            last = Some(*token);
        }
        if open.is_empty() { Ok(()) } else { Err((0, "a bracket that is never closed".into())) }
    }
}

/// A word with the words that dots tie to it.
fn path(word: &str, after: &[(Token<'_>, usize)]) -> SmolStr {
    let mut path = String::from(word);
    for pair in after.chunks_exact(2) {
        let [(Token::Sign("."), _), (Token::Word(word), _)] = pair else { break };
        path.push('.');
        path.push_str(word);
    }
    path.into()
}

/// Whether the word there follows `is` or `is not`.
fn is_test(tokens: &[(Token<'_>, usize)], at: usize) -> bool {
    let before = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at)).map(|(token, _)| *token);
    match before(1) {
        Some(Token::Word("is")) => true,
        Some(Token::Word("not")) => before(2) == Some(Token::Word("is")),
        _ => false,
    }
}
