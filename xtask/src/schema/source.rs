//! The Rust types of a definition, read from the source: their fields, their doc comments and what
//! serde is told about them.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Fields, ImplItem, Item, ItemStruct, Lit, LitStr, Meta, Stmt, Token, Type,
};

/// The items of the core package.
pub(crate) struct Source(Vec<Item>);

/// A struct that is read from a JSON object.
pub(crate) struct Struct {
    pub(crate) doc: String,
    pub(crate) fields: Vec<Field>,
    /// Whether unknown members are refused.
    pub(crate) closed: bool,
}

/// A member of a [`Struct`].
pub(crate) struct Field {
    /// Its name in Rust.
    pub(crate) name: String,
    /// Its name in JSON.
    pub(crate) key: String,
    pub(crate) doc: String,
    pub(crate) ty: Type,
    /// Whether it may be left out.
    pub(crate) optional: bool,
}

/// A list of words.
pub(crate) struct Words {
    pub(crate) doc: String,
    /// Each word with its meaning, which may be empty.
    pub(crate) words: Vec<(String, String)>,
    /// The word that holds when none is given.
    pub(crate) default: Option<String>,
}

impl Source {
    /// Reads the source of the core package at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut items = Vec::new();
        for file in rust_files(&root.join("src"))? {
            let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            let parsed = syn::parse_file(&text).map_err(|e| format!("{}: {e}", file.display()))?;
            items.extend(parsed.items);
        }
        Ok(Self(items))
    }

    /// The struct called `name`; where another struct is read in its stead, with that one's serde
    /// attributes and the doc comments of both.
    pub(crate) fn read_struct(&self, name: &str) -> Result<Struct, String> {
        let mut found = self.plain_struct(name)?;
        if let Some(long) = self.long_form(name) {
            let long = self.plain_struct(&long)?;
            found.closed = long.closed;
            for field in &mut found.fields {
                let twin = long.fields.iter().find(|twin| twin.name == field.name);
                let twin = twin.ok_or_else(|| format!("the long form of `{name}` lacks `{}`", field.name))?;
                field.key.clone_from(&twin.key);
                field.optional = twin.optional;
            }
        }
        Ok(found)
    }

    /// Whether `name` has a short form too.
    pub(crate) fn has_short_form(&self, name: &str) -> bool {
        self.long_form(name).is_some()
    }

    fn plain_struct(&self, name: &str) -> Result<Struct, String> {
        let item = self.struct_item(name)?;
        let Fields::Named(fields) = &item.fields else {
            return Err(format!("the fields of `{name}` have no names"));
        };
        let mut read = Vec::new();
        for field in &fields.named {
            let rust = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let serde = Serde::read(&field.attrs)?;
            read.push(Field {
                key: serde.rename.unwrap_or_else(|| rust.clone()),
                name: rust,
                doc: doc(&field.attrs),
                ty: field.ty.clone(),
                optional: serde.default,
            });
        }
        let closed = Serde::read(&item.attrs)?.deny_unknown_fields;
        Ok(Struct { doc: doc(&item.attrs), fields: read, closed })
    }

    /// The struct that `short_or_long!` reads the long form of `name` as.
    fn long_form(&self, name: &str) -> Option<String> {
        self.invocations("short_or_long").find_map(|tokens| {
            let idents: Vec<String> = tokens
                .into_iter()
                .filter_map(|token| match token {
                    TokenTree::Ident(ident) => Some(ident.to_string()),
                    _ => None,
                })
                .collect();
            (idents.first()? == name).then(|| idents.last().cloned())?
        })
    }

    /// The enum called `name`, as the words serde reads.
    pub(crate) fn read_enum(&self, name: &str) -> Result<Words, String> {
        let found = self.0.iter().filter_map(|item| match item {
            Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        let item = the_only(found, "enum", name)?;
        let snake_case = match Serde::read(&item.attrs)?.rename_all.as_deref() {
            None => false,
            Some("snake_case") => true,
            Some(other) => return Err(format!("`{name}` is renamed to {other}, which is not known here")),
        };
        let mut words = Words { doc: doc(&item.attrs), words: Vec::new(), default: None };
        for variant in &item.variants {
            let rust = variant.ident.to_string();
            let word = match Serde::read(&variant.attrs)?.rename {
                Some(word) => word,
                None if snake_case => to_snake_case(&rust),
                None => rust,
            };
            if variant.attrs.iter().any(|attribute| attribute.path().is_ident("default")) {
                words.default = Some(word.clone());
            }
            words.words.push((word, doc(&variant.attrs)));
        }
        Ok(words)
    }

    pub(crate) fn is_enum(&self, name: &str) -> bool {
        self.0.iter().any(|item| matches!(item, Item::Enum(item) if item.ident == name))
    }

    /// The words of an enum that the macro `name` declares: every text between commas, with the doc
    /// comment before it.
    pub(crate) fn macro_words(&self, name: &str) -> Result<Vec<(String, String)>, String> {
        let tokens = self.invocations(name).next().ok_or_else(|| format!("`{name}!` is called nowhere"))?;
        let (mut words, mut meaning) = (Vec::new(), String::new());
        for token in tokens {
            match token {
                // `#[doc = "..."]`, which is what a doc comment is to a macro.
                TokenTree::Group(group) => {
                    let line = group.stream().into_iter().find_map(text_of).unwrap_or_default();
                    meaning = format!("{meaning} {}", line.trim());
                }
                token => {
                    if let Some(word) = text_of(token) {
                        words.push((word, tidy(&std::mem::take(&mut meaning))));
                    }
                }
            }
        }
        Ok(words)
    }

    /// The texts that the method `method` of the type `name` gives.
    pub(crate) fn strings_of_method(&self, name: &str, method: &str) -> Result<Vec<String>, String> {
        let of_type = self.0.iter().filter_map(|item| match item {
            Item::Impl(item) if item.trait_.is_none() && is_named(&item.self_ty, name) => Some(&item.items),
            _ => None,
        });
        let found = of_type.flatten().find_map(|item| match item {
            ImplItem::Fn(function) if function.sig.ident == method => Some(&function.block),
            _ => None,
        });
        let block = found.ok_or_else(|| format!("no method `{method}` of `{name}`"))?;
        let arms = block.stmts.iter().find_map(|statement| match statement {
            Stmt::Expr(Expr::Match(found), _) => Some(&found.arms),
            _ => None,
        });
        let arms = arms.ok_or_else(|| format!("`{method}` of `{name}` is no match"))?;
        Ok(arms.iter().filter_map(|arm| literal(&arm.body)).collect())
    }

    /// The doc comment of the struct `name`.
    pub(crate) fn doc_of(&self, name: &str) -> Result<String, String> {
        self.struct_item(name).map(|item| doc(&item.attrs))
    }

    fn struct_item(&self, name: &str) -> Result<&ItemStruct, String> {
        let found = self.0.iter().filter_map(|item| match item {
            Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        });
        the_only(found, "struct", name)
    }

    fn invocations(&self, name: &str) -> impl Iterator<Item = TokenStream> {
        self.0.iter().filter_map(move |item| match item {
            Item::Macro(item) if item.mac.path.is_ident(name) => Some(item.mac.tokens.clone()),
            _ => None,
        })
    }

    /// The names in a constant list of (name, value) pairs.
    pub(crate) fn constant_names(&self, name: &str) -> Result<Vec<String>, String> {
        let item = self.0.iter().find_map(|item| match item {
            Item::Const(item) if item.ident == name => Some(item),
            _ => None,
        });
        let Some(Expr::Array(list)) = item.map(|item| item.expr.as_ref()) else {
            return Err(format!("no constant list `{name}`"));
        };
        let name_of = |pair: &Expr| match pair {
            Expr::Tuple(pair) => pair.elems.first().and_then(literal),
            _ => None,
        };
        list.elems
            .iter()
            .map(|pair| name_of(pair).ok_or_else(|| format!("`{name}` is no list of pairs")))
            .collect()
    }
}

/// The one item found; a name that two modules use would describe the wrong one.
fn the_only<T>(mut found: impl Iterator<Item = T>, what: &str, name: &str) -> Result<T, String> {
    let first = found.next().ok_or_else(|| format!("no {what} `{name}`"))?;
    if found.next().is_some() { Err(format!("more than one {what} `{name}`")) } else { Ok(first) }
}

/// The Rust files in `folder`, with its subfolders, by name.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let told = |e: std::io::Error| format!("{}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// What `#[serde(...)]` says, as far as it matters here.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    rename_all: Option<String>,
    default: bool,
    deny_unknown_fields: bool,
}

impl Serde {
    fn read(attributes: &[Attribute]) -> Result<Self, String> {
        let mut serde = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            for meta in attribute.parse_args_with(parser).map_err(|e| e.to_string())? {
                let told = match &meta {
                    Meta::NameValue(pair) => literal(&pair.value),
                    Meta::Path(_) | Meta::List(_) => None,
                };
                match meta.path().get_ident().map(ToString::to_string).as_deref() {
                    Some("rename") => serde.rename = told,
                    Some("rename_all") => serde.rename_all = told,
                    Some("default") => serde.default = true,
                    Some("deny_unknown_fields") => serde.deny_unknown_fields = true,
                    // Of no matter to what is read.
                    Some("skip_serializing_if") => {}
                    _ => return Err("a serde attribute that is not known here".to_owned()),
                }
            }
        }
        Ok(serde)
    }
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn text_of(token: TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(_) => syn::parse2::<LitStr>(token.into()).ok().map(|text| text.value()),
        _ => None,
    }
}

/// The doc comment as one paragraph of plain text; sections and examples are left out.
fn doc(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        let line = literal(&pair.value).unwrap_or_default();
        if line.trim_start().starts_with("```") || line.trim_start().starts_with('#') {
            break;
        }
        text = format!("{text} {}", line.trim());
    }
    tidy(&text)
}

/// One space between words, no references to numbered decisions.
fn tidy(text: &str) -> String {
    let is_reference = |word: &str| {
        let number = word.trim_start_matches("(S");
        word.starts_with("(S") && number.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut tidy = String::new();
    for word in text.split_whitespace() {
        if is_reference(word) {
            tidy.push_str(word.trim_start_matches(|c| c != ')').trim_start_matches(')'));
            continue;
        }
        if !tidy.is_empty() {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

fn to_snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
