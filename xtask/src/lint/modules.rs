//! No circle between the top-level modules of the core.
//!
//! Files are read as tokens, so that comments and strings don't count. A name that `lib.rs` re-exports
//! leads to the module it comes from. Test modules may look anywhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::project::Source;

/// From module to module, with the first file that needs it.
type Graph = BTreeMap<String, BTreeMap<String, String>>;

/// The shortest circle through each module that is in one.
pub(crate) fn circles(sources: &[Source]) -> Result<Vec<String>, String> {
    let graph = graph(sources)?;
    let circles: BTreeSet<Vec<&str>> = graph.keys().filter_map(|module| circle(&graph, module)).collect();
    Ok(circles.iter().map(|circle| describe(&graph, circle)).collect())
}

fn graph(sources: &[Source]) -> Result<Graph, String> {
    let mut graph = Graph::new();
    let mut exports = BTreeMap::new();
    for source in sources.iter().filter(|source| source.path == "src/lib.rs") {
        exports = exported(parse(source)?);
    }
    for source in sources {
        let Some((module, depth)) = place(&source.path) else { continue };
        let edges = graph.entry(module.to_owned()).or_default();
        let mut names = BTreeSet::new();
        walk(parse(source)?, depth, &mut names);
        for name in names {
            let target = exports.get(&name).unwrap_or(&name);
            if target != module {
                edges.entry(target.clone()).or_insert_with(|| source.path.clone());
            }
        }
    }
    Ok(graph)
}

fn parse(source: &Source) -> Result<TokenStream, String> {
    source.text.parse().map_err(|error| format!("`{}`: {error}", source.path))
}

/// The top-level module that a file of the core belongs to, and how deep the file is.
fn place(path: &str) -> Option<(&str, usize)> {
    let inside = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let parts: Vec<&str> = inside.split('/').collect();
    let (first, last) = (*parts.first()?, *parts.last()?);
    if ["lib", "main", "bin"].contains(&first) || last == "tests" || parts.contains(&"tests") {
        return None;
    }
    Some((first, parts.len()))
}

/// Name -> module, for each `use module::Name` in the root.
fn exported(root: TokenStream) -> BTreeMap<String, String> {
    let mut exports = BTreeMap::new();
    let mut tokens = root.into_iter();
    while let Some(token) = tokens.next() {
        if is(&token, "use") {
            let path: Vec<TokenTree> =
                tokens.by_ref().take_while(|token| !is_punctuation(token, ';')).collect();
            let mut leaves = Vec::new();
            collect_leaves(&path, &[], &mut leaves);
            for leaf in leaves {
                let mut steps = leaf.into_iter().skip_while(|step| step == "crate" || step == "self");
                if let (Some(module), Some(name)) = (steps.next(), steps.last()) {
                    exports.insert(name, module);
                }
            }
        }
    }
    exports
}

/// The full paths of a `use`, each with its new name last.
fn collect_leaves(tokens: &[TokenTree], before: &[String], leaves: &mut Vec<Vec<String>>) {
    for item in tokens.split(|token| is_punctuation(token, ',')).filter(|item| !item.is_empty()) {
        let mut path = before.to_vec();
        let mut nested = false;
        for token in item {
            match token {
                TokenTree::Ident(name) if name != "as" => path.push(name.to_string()),
                TokenTree::Group(group) => {
                    nested = true;
                    collect_leaves(&tokens_of(group), &path, leaves);
                }
                _ => {}
            }
        }
        if !nested {
            leaves.push(path);
        }
    }
}

/// Collects the first name after each path to the root of the crate, from a file `depth` modules deep.
fn walk(stream: TokenStream, depth: usize, names: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => match after {
                [TokenTree::Punct(_), TokenTree::Group(inner), ..] if is_for_tests(inner) => return,
                [TokenTree::Group(inner), ..] if is_for_tests(inner) => rest = after_item(after),
                _ => {}
            },
            TokenTree::Ident(word) if word == "mod" => {
                if let [TokenTree::Ident(_), TokenTree::Group(body), after @ ..] = after {
                    walk(body.stream(), depth + 1, names);
                    rest = after;
                }
            }
            TokenTree::Ident(word) if word == "crate" => add_targets(after, names),
            TokenTree::Ident(word) if word == "super" => {
                let (levels, after) = climb(after);
                if levels == depth {
                    add_targets(after, names);
                }
                rest = after;
            }
            // `pub(in crate::x)` says who may see, not what is needed.
            TokenTree::Group(group) if !group.stream().into_iter().next().is_some_and(|it| is(&it, "in")) => {
                walk(group.stream(), depth, names);
            }
            _ => {}
        }
    }
}

/// After one `super`: how many there are in a row, and what follows.
fn climb(mut rest: &[TokenTree]) -> (usize, &[TokenTree]) {
    let mut levels = 1;
    while let [a, b, next, after @ ..] = rest
        && is_punctuation(a, ':')
        && is_punctuation(b, ':')
        && is(next, "super")
    {
        levels += 1;
        rest = after;
    }
    (levels, rest)
}

/// Adds `x` of `::x`, or each first name of `::{x, y::z}`.
fn add_targets(after: &[TokenTree], names: &mut BTreeSet<String>) {
    let [a, b, target, ..] = after else { return };
    if !is_punctuation(a, ':') || !is_punctuation(b, ':') {
        return;
    }
    match target {
        TokenTree::Ident(name) => {
            names.insert(name.to_string());
        }
        TokenTree::Group(group) => {
            for item in tokens_of(group).split(|token| is_punctuation(token, ',')) {
                if let Some(TokenTree::Ident(name)) = item.first() {
                    names.insert(name.to_string());
                }
            }
        }
        _ => {}
    }
}

/// Whether an attribute is `cfg(test)`, or asks for `test` among other things.
fn is_for_tests(attribute: &Group) -> bool {
    match tokens_of(attribute).as_slice() {
        [TokenTree::Ident(cfg), TokenTree::Group(condition)] if cfg == "cfg" => {
            let words = condition.stream().to_string();
            let mut words = words.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.clone().any(|word| word == "test") && !words.any(|word| word == "not" || word == "any")
        }
        _ => false,
    }
}

/// What follows the item at the start: its end is a `;` or a body in braces.
fn after_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punctuation(other, ';'),
    };
    let end = tokens.iter().position(ends).map_or(tokens.len(), |at| at + 1);
    tokens.get(end..).unwrap_or_default()
}

fn tokens_of(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(name) if name == word)
}

fn is_punctuation(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == mark)
}

/// The shortest way from a module back to itself, its smallest name first.
fn circle<'g>(graph: &'g Graph, start: &'g str) -> Option<Vec<&'g str>> {
    let mut seen = BTreeSet::new();
    let mut queue = VecDeque::from([vec![start]]);
    while let Some(path) = queue.pop_front() {
        let targets = path.last().and_then(|module| graph.get(*module)).into_iter().flat_map(BTreeMap::keys);
        for target in targets {
            if target == start {
                let smallest = path.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
                let mut circle = path;
                circle.rotate_left(smallest);
                return Some(circle);
            }
            if seen.insert(target.as_str()) {
                queue.push_back([path.as_slice(), &[target.as_str()]].concat());
            }
        }
    }
    None
}

/// `a -> b (src/a.rs) -> a (src/b.rs)`.
fn describe(graph: &Graph, circle: &[&str]) -> String {
    let mut text = circle.first().copied().unwrap_or_default().to_owned();
    for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
        let file = graph.get(*from).and_then(|edges| edges.get(*to)).map_or("", String::as_str);
        text.push_str(&format!(" -> {to} (`{file}`)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let source = |(path, text): &(&str, &str)| Source { path: (*path).into(), text: (*text).into() };
        circles(&files.iter().map(source).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_circle_of_two_names_both_files() {
        let files = [("src/a.rs", "use crate::b::X;"), ("src/b/deep.rs", "fn f() { crate::a::g() }")];
        assert_eq!(found(&files), ["a -> b (`src/a.rs`) -> a (`src/b/deep.rs`)"]);
    }

    #[test]
    fn a_circle_of_three_is_found_once() {
        let files = [
            ("src/a.rs", "use crate::{c::{X, Y}, z};"),
            ("src/b.rs", "use super::a;"),
            ("src/c/d.rs", "use super::super::b::Z;"),
            ("src/z.rs", ""),
        ];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn names_that_the_root_re_exports_lead_to_their_modules() {
        let root =
            ("src/lib.rs", "mod a; mod b; pub use a::{One, deep::Two as Three}; pub use crate::b::Four;");
        assert_eq!(
            found(&[root, ("src/a.rs", "use crate::Four;"), ("src/b.rs", "use crate::Three;")]).len(),
            1
        );
        assert_eq!(
            found(&[root, ("src/a.rs", "use crate::Four;"), ("src/b.rs", "use crate::Two;")]).len(),
            0
        );
    }

    #[test]
    fn circles_inside_macros_and_inline_modules_count() {
        let files = [
            ("src/a.rs", "macro_rules! m { () => { $crate::b::x() } }"),
            ("src/b.rs", "mod inner { use super::super::a; }"),
        ];
        assert_eq!(found(&files).len(), 1);
    }

    #[test]
    fn arrows_one_way_are_no_circle() {
        let files = [
            ("src/a.rs", "use crate::b; use crate::c; use crate::a::own;"),
            ("src/b.rs", "use crate::c; mod inner { use super::a; }"),
            ("src/c.rs", "pub(in crate::a) fn f() {}"),
        ];
        assert_eq!(found(&files), [""; 0]);
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let files = [
            ("src/a.rs", "use crate::b;"),
            (
                "src/b.rs",
                "//! [`crate::a`]\nconst S: &str = \"crate::a\";\n#[cfg(test)]\nmod tests { use crate::a; }",
            ),
            ("src/b/tests.rs", "use crate::a;"),
        ];
        assert_eq!(found(&files), [""; 0]);
        let not = [files[0], ("src/b.rs", "#[cfg(not(test))]\nmod real { use crate::a; }")];
        assert_eq!(found(&not).len(), 1);
    }
}
