//! Values that are typed: of fields, of answers, of details.

use lifestage::import::{CellFault, read_fact, read_input};
use lifestage::{Edit, Pipeline, Target, Value};

use crate::failure::Failure;

/// `name=text`, read as a cell of a list is, or `name:=json`, taken as it is.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    name: String,
    said: Said,
}

#[derive(Debug, Clone)]
enum Said {
    Text(String),
    Json(Option<Value>),
}

impl std::str::FromStr for Given {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write `name=value`")?;
        let (name, said) = match name.strip_suffix(':') {
            Some(name) => {
                let value = serde_json::from_str(value);
                (
                    name,
                    Said::Json(value.map_err(|error| format!("`{name}` is not followed by JSON: {error}"))?),
                )
            }
            None => (name, Said::Text(value.to_owned())),
        };
        if name.is_empty() {
            return Err("the name before `=` is missing".into());
        }
        Ok(Self { name: name.to_owned(), said })
    }
}

impl Given {
    /// A text under this name.
    pub(crate) fn text(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), said: Said::Text(text.to_owned()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The value of a field; none when it is to have none.
    pub(crate) fn fact(&self, pipeline: &Pipeline) -> Result<Option<Value>, Failure> {
        self.value(|text| read_fact(pipeline, &self.name, text))
    }

    /// The answer to what a request for `target` asks for; none when there is none.
    pub(crate) fn input(&self, pipeline: &Pipeline, target: &Target) -> Result<Option<Value>, Failure> {
        self.value(|text| read_input(pipeline, target, &self.name, text))
    }

    /// The value as it is typed, where nothing says which type it has; none when there is none.
    pub(crate) fn plain(&self) -> Option<Value> {
        match &self.said {
            Said::Json(value) => value.clone(),
            Said::Text(text) => Some(text).filter(|text| !text.is_empty()).map(|text| text.as_str().into()),
        }
    }

    fn value(&self, read: impl Fn(&str) -> Result<Value, CellFault>) -> Result<Option<Value>, Failure> {
        match &self.said {
            Said::Json(value) => Ok(value.clone()),
            Said::Text(text) if text.is_empty() => Ok(None),
            Said::Text(text) => read(text).map(Some).map_err(|fault| Failure::typed(&fault)),
        }
    }
}

/// What is to become of a field: `name=text` or `name:=json`, or for one that has a list, `name+=text` and
/// `name-=text`.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Set(Given),
    Add(Given),
    Remove(Given),
}

impl std::str::FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("write `name=value`")?;
        let part = |name: &str| {
            if name.is_empty() {
                return Err("the name before `=` is missing".to_owned());
            }
            if value.is_empty() {
                return Err(format!("what to add to `{name}`, or take out of it, is missing"));
            }
            Ok(Given::text(name, value))
        };
        match (name.strip_suffix('+'), name.strip_suffix('-')) {
            (Some(name), _) => part(name).map(Self::Add),
            (None, Some(name)) => part(name).map(Self::Remove),
            (None, None) => text.parse().map(Self::Set),
        }
    }
}

impl Change {
    /// The edit with this change.
    pub(crate) fn put(&self, edit: Edit, pipeline: &Pipeline) -> Result<Edit, Failure> {
        let given = match self {
            Self::Set(given) => {
                return Ok(match given.fact(pipeline)? {
                    Some(value) => edit.set(given.name(), value),
                    None => edit.clear(given.name()),
                });
            }
            Self::Add(given) | Self::Remove(given) => given,
        };
        let name = given.name();
        let Some(Value::List(texts)) = given.fact(pipeline)? else {
            return Err(Failure::usage(format!("{name}: it is no list; write `{name}=value`")));
        };
        let adds = matches!(self, Self::Add(_));
        let step = |edit: Edit, text| if adds { edit.add(name, text) } else { edit.remove(name, text) };
        Ok(texts.into_iter().fold(edit, step))
    }
}
