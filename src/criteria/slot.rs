//! The facts that a criterion is evaluated over.

use smol_str::SmolStr;

use super::scope::{FieldType, SlotIx};
use crate::time::{Span, Timestamp};
use crate::value::Value;

/// The number of a text literal among those that the criteria of a pipeline compare one slot with.
/// It has a meaning for that slot and its [`Interner`](super::Interner) only. It is as wide as the other values of a
/// [`Slot`], so that all are read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u64);

impl Symbol {
    /// A text that is none of the literals.
    pub const NONE: Self = Self(0);
    /// How many literals one slot can have as symbols.
    pub const MAX: usize = 63;

    /// The symbol with this number, which is below 64 and zero for [`Symbol::NONE`].
    pub const fn new(number: u8) -> Option<Self> {
        if number < 64 { Some(Self(number as u64)) } else { None }
    }

    /// Its number, below 64: a position in a bit mask.
    pub const fn number(self) -> u8 {
        self.0 as u8
    }

    pub(super) const fn word(self) -> u64 {
        self.0
    }
}

/// The value of one name at evaluation. Borrowed, copied freely, 24 bytes.
// With a tag of 64 bits every value begins at the same offset, which lets a test read it before it knows what it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(u64)]
pub enum Slot<'a> {
    /// No value.
    #[default]
    Missing,
    /// A value, but not of the declared type.
    Wrong,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Double(f64),
    /// A text.
    Text(&'a str),
    /// A text by its number; made by [`Interner::slot`](super::Interner::slot).
    Symbol(Symbol),
    /// An instant.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(Span),
    /// A list of texts.
    List(&'a [SmolStr]),
}

impl<'a> Slot<'a> {
    /// The slot of a field's value. A number of the other kind converts if it is exactly representable, the
    /// text of a timestamp or duration is read; what does not fit the type is [`Slot::Wrong`].
    ///
    /// ```
    /// use lifestage::Value;
    /// use lifestage::criteria::{FieldType, Slot};
    ///
    /// assert_eq!(Slot::bind(&Value::Int(5), FieldType::Double), Slot::Double(5.0));
    /// assert_eq!(Slot::bind(&Value::Double(0.5), FieldType::Int), Slot::Wrong);
    /// ```
    pub fn bind(value: &'a Value, ty: FieldType) -> Self {
        match (ty, value) {
            (FieldType::String, Value::Text(text)) => Self::Text(text),
            (FieldType::Int, Value::Int(value)) => Self::Int(*value),
            (FieldType::Int, Value::Double(value)) => {
                super::number::exact_int(*value).map_or(Self::Wrong, Self::Int)
            }
            (FieldType::Double, Value::Int(value)) => {
                super::number::exact_double(*value).map_or(Self::Wrong, Self::Double)
            }
            (FieldType::Double, Value::Double(value)) if !value.is_nan() => Self::Double(*value),
            (FieldType::Bool, Value::Bool(value)) => Self::Bool(*value),
            (FieldType::Timestamp, Value::Text(text)) => text.parse().map_or(Self::Wrong, Self::Timestamp),
            (FieldType::Duration, Value::Text(text)) => text.parse().map_or(Self::Wrong, Self::Duration),
            (FieldType::List, Value::List(values)) => Self::List(values),
            _ => Self::Wrong,
        }
    }

    /// Whether there is a value, of whatever type.
    pub const fn is_present(self) -> bool {
        !matches!(self, Self::Missing)
    }
}

/// Where a criterion finds the values of its names. A slot that is not there is [`Slot::Missing`].
pub trait Facts {
    /// Whether reading a value takes less than a wrong guess of whether it is needed, as in a slice. Then all
    /// values that could count are read; else one after the other, until one decides.
    const NEAR: bool = false;

    /// The value of the name with this slot.
    fn slot(&self, ix: SlotIx) -> Slot<'_>;

    /// Reads the value with this slot where it lies, which spares hot paths a copy.
    #[inline(always)]
    fn read<R>(&self, ix: SlotIx, read: impl Fn(&Slot<'_>) -> R) -> R {
        read(&self.slot(ix))
    }
}

impl Facts for [Slot<'_>] {
    const NEAR: bool = true;

    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        self.get(ix.index()).copied().unwrap_or(Slot::Missing)
    }

    #[inline(always)]
    fn read<R>(&self, ix: SlotIx, read: impl Fn(&Slot<'_>) -> R) -> R {
        match self.get(ix.index()) {
            Some(slot) => read(slot),
            None => read(&Slot::Missing),
        }
    }
}

impl<const N: usize> Facts for [Slot<'_>; N] {
    const NEAR: bool = true;

    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        self.as_slice().slot(ix)
    }

    #[inline(always)]
    fn read<R>(&self, ix: SlotIx, read: impl Fn(&Slot<'_>) -> R) -> R {
        self.as_slice().read(ix, read)
    }
}

impl<T: Facts + ?Sized> Facts for &T {
    const NEAR: bool = T::NEAR;

    #[inline]
    fn slot(&self, ix: SlotIx) -> Slot<'_> {
        (**self).slot(ix)
    }

    #[inline(always)]
    fn read<R>(&self, ix: SlotIx, read: impl Fn(&Slot<'_>) -> R) -> R {
        (**self).read(ix, read)
    }
}
