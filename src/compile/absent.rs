use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

/// What parts of a document refer to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Stage,
    Category,
    Field,
    Input,
    Role,
    Move,
    Queue,
    Task,
    Calendar,
    Happening,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Category => "category",
            Self::Field => "field",
            Self::Input => "input",
            Self::Role => "role",
            Self::Move => "move",
            Self::Queue => "queue",
            Self::Task => "task",
            Self::Calendar => "calendar",
            Self::Happening => "happening",
        }
    }
}

/// What is not there because of a fault of shape that has been told. What else is said because of
/// that is noise.
#[derive(Debug, Default)]
pub(crate) struct Absent {
    /// JSON pointers.
    places: Vec<String>,
    /// Things that can be named no longer; without a name, any of their kind.
    names: Vec<(Kind, Option<SmolStr>)>,
}

impl Absent {
    /// What stands at `pointer` is missing or taken for missing.
    pub(crate) fn note(&mut self, pointer: String) {
        if !self.has(&pointer) {
            self.places.push(pointer);
        }
    }

    /// A thing of this kind, and perhaps of this name, is not there.
    pub(crate) fn lose(&mut self, kind: Kind, name: Option<SmolStr>) {
        self.names.push((kind, name));
    }

    /// Whether what stands at `pointer` is missing.
    pub(crate) fn has(&self, pointer: &str) -> bool {
        self.places.iter().any(|place| place == pointer)
    }

    /// Whether what stands at `pointer`, or what it is in, is missing.
    pub(crate) fn covers(&self, pointer: &str) -> bool {
        let inside = |place: &String| {
            pointer.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.places.iter().any(inside)
    }

    /// Whether a member of this name is missing anywhere.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.places.iter().any(|place| place.rsplit('/').next() == Some(key))
    }

    /// Whether anything is missing at `pointer` or inside of what stands there.
    pub(crate) fn touches(&self, pointer: &str) -> bool {
        self.places.iter().any(|place| place.starts_with(pointer))
    }

    /// Whether `name` could be the name of a thing that is not there.
    pub(crate) fn explains(&self, kind: Kind, name: &str) -> bool {
        let fits = |(lost, own): &(Kind, Option<SmolStr>)| {
            *lost == kind && own.as_ref().is_none_or(|own| own == name)
        };
        self.names.iter().any(fits)
    }
}
