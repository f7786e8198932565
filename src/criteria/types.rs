//! The types that the checker tells apart.

use super::scope::FieldType;

/// The type of an expression. `Any` stands for an operand that has an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ty {
    Any,
    Null,
    Bool,
    Int,
    Double,
    Text,
    Timestamp,
    Duration,
    Texts,
    Numbers,
    Bools,
    Timestamps,
    Durations,
    /// `[]`, a list of whatever is wanted.
    Nothing,
}

impl Ty {
    pub(super) const fn of(ty: FieldType) -> Self {
        match ty {
            FieldType::String => Self::Text,
            FieldType::Int => Self::Int,
            FieldType::Double => Self::Double,
            FieldType::Bool => Self::Bool,
            FieldType::Timestamp => Self::Timestamp,
            FieldType::Duration => Self::Duration,
            FieldType::List => Self::Texts,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "of unknown type",
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Double => "double",
            Self::Text => "string",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::Texts => "list<string>",
            Self::Numbers => "a list of numbers",
            Self::Bools => "a list of bools",
            Self::Timestamps => "a list of timestamps",
            Self::Durations => "a list of durations",
            Self::Nothing => "an empty list",
        }
    }

    pub(super) const fn is_list(self) -> bool {
        matches!(
            self,
            Self::Texts | Self::Numbers | Self::Bools | Self::Timestamps | Self::Durations | Self::Nothing
        )
    }

    pub(super) const fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// The list that holds values of this type.
    pub(super) const fn list(self) -> Option<Self> {
        match self {
            Self::Bool => Some(Self::Bools),
            Self::Int | Self::Double => Some(Self::Numbers),
            Self::Text => Some(Self::Texts),
            Self::Timestamp => Some(Self::Timestamps),
            Self::Duration => Some(Self::Durations),
            _ => None,
        }
    }

    /// Whether values of the two types can be equal.
    pub(super) fn comparable(self, other: Self) -> bool {
        self == Self::Any
            || other == Self::Any
            || self == other
            || (self.is_number() && other.is_number())
            || (self == Self::Nothing && other.is_list())
            || (other == Self::Nothing && self.is_list())
    }

    /// Whether values of the two types have an order.
    pub(super) fn ordered(self, other: Self) -> bool {
        self.comparable(other) && !self.is_list() && !other.is_list()
    }
}
