//! Columns as Python gives them: buffers (NumPy, `array`), Arrow arrays, lists of texts. What can be used where it
//! lies is not copied.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;

use pyo3::buffer::{Element, ElementType, PyUntypedBuffer};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::arrow;
use crate::errors;

/// Values one after the other: our own, or lent by whoever made them.
pub(super) enum Cells<T> {
    Own(Vec<T>),
    Lent(Lent<T>),
}

/// Values that lie in memory of somebody else.
pub(super) struct Lent<T> {
    start: NonNull<T>,
    len: usize,
    /// What keeps the memory alive.
    _owner: Owner,
}

/// What keeps lent memory alive.
#[derive(Clone)]
pub(super) enum Owner {
    Buffer(#[expect(dead_code, reason = "it is kept, not read")] Arc<PyUntypedBuffer>),
    Arrow(#[expect(dead_code, reason = "it is kept, not read")] Arc<arrow::Imported>),
}

// SAFETY: the values are read only, and the owners may be dropped on any thread: a buffer attaches to Python for
// that, and an Arrow array may be released from any thread.
unsafe impl<T: Sync> Send for Lent<T> {}
// SAFETY: as above; nothing is written through a shared reference.
unsafe impl<T: Sync> Sync for Lent<T> {}

impl<T> Lent<T> {
    /// Values in memory that `owner` keeps.
    ///
    /// # Safety
    /// `start` must be aligned and point at `len` initialized values, which stay where they are and are not written to
    /// as long as `owner` lives.
    pub(super) unsafe fn new(start: NonNull<T>, len: usize, owner: Owner) -> Self {
        Self { start, len, _owner: owner }
    }
}

impl<T> Deref for Cells<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(values) => values,
            // SAFETY: whoever made it said that the values are there as long as the owner, which is kept beside them.
            Self::Lent(lent) => unsafe { std::slice::from_raw_parts(lent.start.as_ptr(), lent.len) },
        }
    }
}

macro_rules! unsigned {
    ($($signed:ty => $unsigned:ty),*) => {$(
        impl Cells<$signed> {
            /// The same bits without a sign.
            pub(super) fn unsigned(self) -> Cells<$unsigned> {
                match self {
                    Self::Own(values) => Cells::Own(values.into_iter().map(<$signed>::cast_unsigned).collect()),
                    Self::Lent(lent) => {
                        Cells::Lent(Lent { start: lent.start.cast(), len: lent.len, _owner: lent._owner })
                    }
                }
            }
        }
    )*};
}

unsigned!(i8 => u8, i16 => u16, i32 => u32, i64 => u64);

/// A column with the rows that have a value, if not all do: 1 for those, else 0.
pub(super) struct Read {
    pub(super) data: Data,
    pub(super) present: Option<Cells<u8>>,
}

impl Read {
    /// Pieces of one column, each with its number of rows, one after the other; none when they are not of one type.
    pub(super) fn joined(mut pieces: Vec<(usize, Self)>) -> Option<Self> {
        if pieces.len() < 2 {
            return pieces.pop().map(|(_, piece)| piece);
        }
        let gaps = pieces.iter().any(|(_, piece)| piece.present.is_some());
        let present = |(rows, piece): &(usize, Self)| match &piece.present {
            Some(present) => present.to_vec(),
            None => vec![1; *rows],
        };
        let present = gaps.then(|| Cells::Own(pieces.iter().flat_map(present).collect()));
        let mut all = pieces.into_iter().map(|(_, piece)| piece.data);
        let first = all.next()?;
        Some(Self { data: all.try_fold(first, Data::followed_by)?, present })
    }
}

/// The values of a column by their type.
pub(super) enum Data {
    U8(Cells<u8>),
    U16(Cells<u16>),
    U32(Cells<u32>),
    U64(Cells<u64>),
    I8(Cells<i8>),
    I16(Cells<i16>),
    I32(Cells<i32>),
    I64(Cells<i64>),
    F32(Cells<f32>),
    F64(Cells<f64>),
    /// 0 or 1.
    Bools(Cells<u8>),
    /// Times or spans in microseconds.
    Micros(Cells<i64>),
    Texts(Texts),
    /// Texts by their places in a dictionary.
    Coded(Coded),
}

/// Texts, one for each row.
pub(super) enum Texts {
    Own(Vec<String>),
    /// One text after the other, and where each begins.
    Joined {
        ends: Vec<usize>,
        bytes: Cells<u8>,
    },
}

/// Texts of a dictionary, and for each row its place there.
pub(super) struct Coded {
    pub(super) texts: Texts,
    pub(super) places: Vec<u32>,
}

impl<T: Clone> Cells<T> {
    fn followed_by(self, more: &[T]) -> Self {
        let mut all = match self {
            Self::Own(values) => values,
            Self::Lent(_) => self.to_vec(),
        };
        all.extend_from_slice(more);
        Self::Own(all)
    }
}

impl Texts {
    fn into_owned(self) -> Vec<String> {
        match self {
            Self::Own(texts) => texts,
            Self::Joined { .. } => self.iter().map(str::to_owned).collect(),
        }
    }

    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Own(texts) => Box::new(texts.iter().map(String::as_str)),
            Self::Joined { ends, bytes } => Box::new(ends.windows(2).map(|pair| match pair {
                // Whoever made it looked that they are texts.
                [from, to] => {
                    bytes.get(*from..*to).and_then(|text| str::from_utf8(text).ok()).unwrap_or_default()
                }
                _ => "",
            })),
        }
    }

    pub(super) fn slices(&self) -> Vec<&str> {
        self.iter().collect()
    }
}

impl Coded {
    /// The texts of the rows.
    pub(super) fn spelled_out(&self) -> Texts {
        let texts = self.texts.slices();
        let text = |at: &u32| texts.get(*at as usize).copied().unwrap_or_default().to_owned();
        Texts::Own(self.places.iter().map(text).collect())
    }
}

impl Data {
    /// These, and then more of the same type; none when they are of another.
    fn followed_by(self, more: Self) -> Option<Self> {
        Some(match (self, more) {
            (Self::U8(all), Self::U8(more)) => Self::U8(all.followed_by(&more)),
            (Self::U16(all), Self::U16(more)) => Self::U16(all.followed_by(&more)),
            (Self::U32(all), Self::U32(more)) => Self::U32(all.followed_by(&more)),
            (Self::U64(all), Self::U64(more)) => Self::U64(all.followed_by(&more)),
            (Self::I8(all), Self::I8(more)) => Self::I8(all.followed_by(&more)),
            (Self::I16(all), Self::I16(more)) => Self::I16(all.followed_by(&more)),
            (Self::I32(all), Self::I32(more)) => Self::I32(all.followed_by(&more)),
            (Self::I64(all), Self::I64(more)) => Self::I64(all.followed_by(&more)),
            (Self::F32(all), Self::F32(more)) => Self::F32(all.followed_by(&more)),
            (Self::F64(all), Self::F64(more)) => Self::F64(all.followed_by(&more)),
            (Self::Bools(all), Self::Bools(more)) => Self::Bools(all.followed_by(&more)),
            (Self::Micros(all), Self::Micros(more)) => Self::Micros(all.followed_by(&more)),
            (Self::Texts(all), Self::Texts(more)) => {
                let mut texts = all.into_owned();
                texts.extend(more.into_owned());
                Self::Texts(Texts::Own(texts))
            }
            // Each piece has a dictionary of its own.
            (Self::Coded(all), Self::Coded(more)) => {
                let (mut texts, mut places) = (all.texts.into_owned(), all.places);
                let before = u32::try_from(texts.len()).ok()?;
                texts.extend(more.texts.into_owned());
                places.extend(more.places.iter().map(|place| place.saturating_add(before)));
                Self::Coded(Coded { texts: Texts::Own(texts), places })
            }
            _ => return None,
        })
    }

    /// What they are, for messages.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::U8(_) | Self::U16(_) | Self::U32(_) | Self::U64(_) => "unsigned whole numbers",
            Self::I8(_) | Self::I16(_) | Self::I32(_) | Self::I64(_) => "whole numbers",
            Self::F32(_) | Self::F64(_) => "numbers with a fraction",
            Self::Bools(_) => "bools",
            Self::Micros(_) => "times",
            Self::Texts(_) | Self::Coded(_) => "texts",
        }
    }

    /// Whole numbers in 64 bits, if that is what they are and all fit.
    pub(super) fn into_ints(self) -> Option<Cells<i64>> {
        fn all<T: Copy + TryInto<i64>>(cells: &[T]) -> Option<Cells<i64>> {
            cells.iter().map(|value| (*value).try_into().ok()).collect::<Option<Vec<_>>>().map(Cells::Own)
        }
        match self {
            Self::I64(cells) => Some(cells),
            Self::U8(cells) => all(&cells),
            Self::U16(cells) => all(&cells),
            Self::U32(cells) => all(&cells),
            Self::U64(cells) => all(&cells),
            Self::I8(cells) => all(&cells),
            Self::I16(cells) => all(&cells),
            Self::I32(cells) => all(&cells),
            _ => None,
        }
    }

    /// Numbers with a fraction in 64 bits, if all can be told so without a loss.
    pub(super) fn into_doubles(self) -> Option<Cells<f64>> {
        const EXACT: i64 = 1 << f64::MANTISSA_DIGITS;
        match self {
            Self::F64(cells) => Some(cells),
            Self::F32(cells) => Some(Cells::Own(cells.iter().map(|value| f64::from(*value)).collect())),
            other => {
                let ints = other.into_ints()?;
                let exact = |value: &i64| (-EXACT..=EXACT).contains(value).then_some(*value as f64);
                ints.iter().map(exact).collect::<Option<Vec<_>>>().map(Cells::Own)
            }
        }
    }
}

/// Reads a column of whatever kind.
pub(super) fn read(name: &str, column: &Bound<'_, PyAny>) -> PyResult<Read> {
    let py = column.py();
    if column.hasattr(intern!(py, "__arrow_c_array__"))? {
        return arrow::read(name, column);
    }
    if column.is_instance_of::<PyList>() || column.is_instance_of::<PyTuple>() {
        return listed(name, column);
    }
    if let Some(dtype) = column.getattr_opt(intern!(py, "dtype"))? {
        let kind = dtype.getattr_opt(intern!(py, "kind"))?;
        let kind = kind.as_ref().and_then(|kind| kind.cast::<PyString>().ok()).map(|kind| kind.to_str());
        match kind.transpose()? {
            Some("M") => return micros(name, column, "datetime64[us]"),
            Some("m") => return micros(name, column, "timedelta64[us]"),
            Some("U" | "O" | "T") => return listed(name, &column.call_method0(intern!(py, "tolist"))?),
            _ => {}
        }
    }
    if column.hasattr(intern!(py, "__arrow_c_stream__"))? {
        return arrow::read_stream(name, column);
    }
    // Chunked arrays before there were streams of them.
    if column.hasattr(intern!(py, "combine_chunks"))? {
        return arrow::read(name, &column.call_method0(intern!(py, "combine_chunks"))?);
    }
    let buffer = PyUntypedBuffer::get(column).map_err(|_| {
        let message = format!("column `{name}` is neither a NumPy nor an Arrow array nor a list of texts");
        errors::batch(py, message)
    })?;
    let data = buffered(name, py, buffer)?;
    Ok(Read { data, present: None })
}

fn buffered(name: &str, py: Python<'_>, buffer: PyUntypedBuffer) -> PyResult<Data> {
    if buffer.dimensions() != 1 {
        let message = format!("column `{name}` has {} dimensions, where one is needed", buffer.dimensions());
        return Err(errors::batch(py, message));
    }
    let kind = ElementType::from_format(buffer.format());
    Ok(match kind {
        ElementType::Bool => Data::Bools(bools(buffer)),
        ElementType::UnsignedInteger { bytes: 1 } => Data::U8(cells(py, buffer)?),
        ElementType::UnsignedInteger { bytes: 2 } => Data::U16(cells(py, buffer)?),
        ElementType::UnsignedInteger { bytes: 4 } => Data::U32(cells(py, buffer)?),
        ElementType::UnsignedInteger { bytes: 8 } => Data::U64(cells(py, buffer)?),
        ElementType::SignedInteger { bytes: 1 } => Data::I8(cells(py, buffer)?),
        ElementType::SignedInteger { bytes: 2 } => Data::I16(cells(py, buffer)?),
        ElementType::SignedInteger { bytes: 4 } => Data::I32(cells(py, buffer)?),
        ElementType::SignedInteger { bytes: 8 } => Data::I64(cells(py, buffer)?),
        ElementType::Float { bytes: 4 } => Data::F32(cells(py, buffer)?),
        ElementType::Float { bytes: 8 } => Data::F64(cells(py, buffer)?),
        _ => {
            let format = buffer.format().to_string_lossy().into_owned();
            return Err(errors::batch(py, format!("column `{name}` has values of the format `{format}`")));
        }
    })
}

fn cells<T: Element>(py: Python<'_>, buffer: PyUntypedBuffer) -> PyResult<Cells<T>> {
    if buffer.item_count() == 0 {
        // Nowhere, which need not be aligned.
        return Ok(Cells::Own(Vec::new()));
    }
    let typed = buffer.as_typed::<T>()?;
    let Some(values) = typed.as_slice_ptr() else {
        return typed.to_vec(py).map(Cells::Own);
    };
    let (start, len) = (values.cast::<T>(), values.len());
    // SAFETY: the buffer says that there are as many values of this type, aligned, and it is kept with them. That
    // nobody writes to the array in the meantime is asked of the caller, as NumPy itself asks it.
    Ok(Cells::Lent(unsafe { Lent::new(start, len, Owner::Buffer(Arc::new(buffer))) }))
}

fn bools(buffer: PyUntypedBuffer) -> Cells<u8> {
    let len = buffer.shape().first().copied().unwrap_or_default();
    match NonNull::new(buffer.buf_ptr().cast::<u8>()) {
        Some(start) if buffer.is_c_contiguous() => {
            // SAFETY: as in `cells`; a bool is a byte, and bytes are aligned everywhere.
            Cells::Lent(unsafe { Lent::new(start, len, Owner::Buffer(Arc::new(buffer))) })
        }
        // SAFETY: `get_ptr` gives the place of an item inside the buffer, which is a byte.
        _ => Cells::Own((0..len).map(|at| unsafe { *buffer.get_ptr(&[at]).cast::<u8>() }).collect()),
    }
}

/// Times of NumPy, which has no buffers for them.
fn micros(name: &str, column: &Bound<'_, PyAny>, unit: &str) -> PyResult<Read> {
    let py = column.py();
    let values = column.call_method1(intern!(py, "astype"), (unit,))?;
    let values = values.call_method1(intern!(py, "view"), ("int64",))?;
    let Data::I64(cells) = buffered(name, py, PyUntypedBuffer::get(&values)?)? else {
        return Err(errors::batch(py, format!("column `{name}` has times that cannot be read")));
    };
    // The least number is "not a time".
    let gaps = cells.contains(&i64::MIN);
    let present = gaps.then(|| Cells::Own(cells.iter().map(|at| u8::from(*at != i64::MIN)).collect()));
    Ok(Read { data: Data::Micros(cells), present })
}

/// A list of texts, where `None` is no value.
fn listed(name: &str, list: &Bound<'_, PyAny>) -> PyResult<Read> {
    let py = list.py();
    let (mut texts, mut present, mut gaps) = (Vec::new(), Vec::new(), false);
    for item in list.try_iter()? {
        let item = item?;
        if item.is_none() {
            gaps = true;
            texts.push(String::new());
        } else if let Ok(text) = item.cast::<PyString>() {
            texts.push(text.to_str()?.to_owned());
        } else {
            let found = item.get_type().name()?;
            let message = format!("column `{name}` is a list with a `{found}`: give numbers as an array");
            return Err(errors::batch(py, message));
        }
        present.push(u8::from(!item.is_none()));
    }
    let present = gaps.then_some(Cells::Own(present));
    Ok(Read { data: Data::Texts(Texts::Own(texts)), present })
}
