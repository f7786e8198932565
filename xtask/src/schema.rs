//! `cargo xtask schema`: writes `docs/definition.schema.json` from the Rust types of a definition.
//!
//! Members, their types, which may be left out, and every description come from the source of the
//! core; what Rust types cannot say (what a text looks like) is in [`text`]. A text without an entry
//! there, or an entry without a text, is an error, so that the two cannot drift apart.

mod json;
mod source;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use syn::{GenericArgument, PathArguments, Type};

use json::{Json, Object};
use source::{Field, Source, Words};

/// Where the schema is, from the root of the repository.
const FILE: &str = "docs/definition.schema.json";

/// Writes the schema; with `check` only compares it with what is there.
pub(crate) fn run(check: bool) -> Result<ExitCode, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let schema = generate(&root)?;
    let file = root.join(FILE);
    if !check {
        fs::write(&file, schema).map_err(|e| format!("{FILE}: {e}"))?;
        return Ok(ExitCode::SUCCESS);
    }
    match fs::read_to_string(&file) {
        // Git may have changed the line ends.
        Ok(there) if there.replace("\r\n", "\n") == schema => Ok(ExitCode::SUCCESS),
        Ok(_) => Err(format!("{FILE} is out of date: run `cargo xtask schema`")),
        Err(e) => Err(format!("{FILE}: {e}")),
    }
}

/// The schema as text.
fn generate(root: &Path) -> Result<String, String> {
    let source = Source::read(root)?;
    let mut schema =
        Schema { source: &source, wanted: Vec::new(), seen: BTreeSet::new(), texts: BTreeSet::new() };
    let head = Object::new()
        .with("$schema", "https://json-schema.org/draft/2020-12/schema")
        .with("title", "lifestage pipeline definition");
    let root = schema.structure("Definition")?;
    let mut types = Object::new();
    while let Some(name) = schema.wanted.pop() {
        let body = schema.definition(&name)?;
        types = types.with(short(&name), body);
    }
    if let Some(unused) = text::TEXTS.iter().find(|(member, _)| !schema.texts.contains(member)) {
        return Err(format!("`{}` has an entry among the texts and is none", unused.0));
    }
    let whole = head.and(root).with("$defs", types);
    let mut written = serde_json::to_string_pretty(&whole).map_err(|e| e.to_string())?;
    written.push('\n');
    Ok(written)
}

/// A schema under construction.
struct Schema<'s> {
    source: &'s Source,
    /// Types that are referred to and not yet described.
    wanted: Vec<String>,
    seen: BTreeSet<String>,
    /// The entries of [`text::TEXTS`] that were used.
    texts: BTreeSet<&'static str>,
}

impl Schema<'_> {
    /// The schema of a type with a name of its own.
    fn definition(&mut self, name: &str) -> Result<Object, String> {
        match name {
            "Criteria" => Ok(text::criteria()),
            "CriteriaText" => Ok(text::criteria_text()),
            "CriteriaTree" => text::criteria_tree(&self.source.strings_of_method("Op", "as_str")?),
            "Fields" => Ok(text::fields()),
            "Grant" => Ok(text::grant(&self.source.macro_words("capabilities")?)),
            "Sources" => {
                let source = self.reference("SourceDef");
                let doc = self.source.doc_of("Sources")?;
                let list =
                    Object::new().with("type", "array").with("items", source.clone()).with("minItems", 1);
                Ok(Object::new().with_text("description", &doc).with("anyOf", vec![source, list]))
            }
            _ if self.source.is_enum(name) => Ok(words(&self.source.read_enum(name)?)),
            _ => self.structure(name),
        }
    }

    fn structure(&mut self, name: &str) -> Result<Object, String> {
        let read = self.source.read_struct(name)?;
        let mut properties = Object::new();
        let mut required = Vec::new();
        for field in &read.fields {
            properties = properties.with(field.key.as_str(), self.member(name, field)?);
            if !field.optional {
                required.push(field.key.clone());
            }
        }
        let mut object = Object::new().with("type", "object").with("properties", properties);
        if !required.is_empty() {
            object = object.with("required", required);
        }
        if read.closed {
            object = object.with("additionalProperties", false);
        }
        if name == "TriggerDef" {
            object = object.with("minProperties", 1).with("maxProperties", 1);
        }
        let head = Object::new().with_text("description", &read.doc);
        if !self.source.has_short_form(name) {
            return Ok(head.and(object));
        }
        let short_form = match name {
            "FieldDef" | "InputDef" => self.reference("FieldType"),
            "SourceDef" => text::Text::Place.schema(self.source)?,
            // A tree would be taken for the long form.
            "ExitDef" => self.reference("CriteriaText"),
            _ => return Err(format!("the short form of `{name}` is not known here")),
        };
        Ok(head.with("anyOf", vec![short_form, object]))
    }

    /// The schema of a member, with its description and default.
    fn member(&mut self, owner: &str, field: &Field) -> Result<Object, String> {
        let of_type = match field.name.as_str() {
            "name" | "label" | "title" if !field.optional => text::visible(),
            _ => self.of_type(&field.ty, owner, &field.name)?,
        };
        let default = if field.optional { self.default_of(&field.ty)? } else { None };
        let mut member = Object::new().with_text("description", &field.doc).and(of_type);
        if let Some(default) = default {
            member = member.with("default", default);
        }
        Ok(member)
    }

    fn of_type(&mut self, ty: &Type, owner: &str, member: &str) -> Result<Object, String> {
        let (name, argument) = parts(ty)?;
        let inner = |schema: &mut Self| match argument {
            Some(inner) => schema.of_type(inner, owner, member),
            None => Err(format!("`{owner}.{member}` is a {name} of nothing")),
        };
        Ok(match name.as_str() {
            "Option" => inner(self)?,
            "Vec" => Object::new().with("type", "array").with("items", inner(self)?),
            "Named" => Object::new()
                .with("type", "object")
                .with("propertyNames", text::name())
                .with("additionalProperties", inner(self)?),
            "bool" => Object::new().with("type", "boolean"),
            "u8" => Object::new().with("type", "integer").with("minimum", 0).with("maximum", 100),
            "u32" => Object::new().with("type", "integer").with("minimum", 1),
            "String" => Object::new().with("type", "string"),
            "SmolStr" => {
                let entry = text::TEXTS.iter().find(|(key, _)| *key == format!("{owner}.{member}"));
                let (key, text) =
                    entry.ok_or_else(|| format!("no entry among the texts for `{owner}.{member}`"))?;
                self.texts.insert(key);
                text.schema(self.source)?
            }
            "Span" => text::span(),
            "Source" => self.reference("Criteria"),
            other => self.reference(other),
        })
    }

    fn reference(&mut self, name: &str) -> Object {
        if self.seen.insert(name.to_owned()) {
            self.wanted.insert(0, name.to_owned());
            if name == "Criteria" {
                self.reference("CriteriaText");
                self.reference("CriteriaTree");
            }
        }
        Object::new().with("$ref", format!("#/$defs/{}", short(name)))
    }

    /// What holds when a member is left out, where that can be written down.
    fn default_of(&self, ty: &Type) -> Result<Option<Json>, String> {
        let (name, _) = parts(ty)?;
        Ok(match name.as_str() {
            "bool" => Some(false.into()),
            "Vec" => Some(Vec::<Json>::new().into()),
            "Named" | "Fields" => Some(Object::new().into()),
            _ if self.source.is_enum(&name) => self.source.read_enum(&name)?.default.map(Json::from),
            _ => None,
        })
    }
}

/// The words of an enum, each with its meaning where it has one.
fn words(read: &Words) -> Object {
    let head = Object::new().with_text("description", &read.doc);
    if read.words.iter().all(|(_, meaning)| meaning.is_empty()) {
        let plain: Vec<String> = read.words.iter().map(|(word, _)| word.clone()).collect();
        return head.with("enum", plain);
    }
    head.with("oneOf", text::choices(&read.words))
}

/// The name in `$defs` of a Rust type.
fn short(name: &str) -> &str {
    name.strip_suffix("Def").unwrap_or(name)
}

/// A type's name and, for `Option<T>` and its like, its argument.
fn parts(ty: &Type) -> Result<(String, Option<&Type>), String> {
    let Type::Path(path) = ty else { return Err("a type that is not known here".to_owned()) };
    let last = path.path.segments.last().ok_or("a type without a name")?;
    let argument = match &last.arguments {
        PathArguments::AngleBracketed(list) => list.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        }),
        _ => None,
    };
    Ok((last.ident.to_string(), argument))
}
