//! Arrow arrays through the C data and stream interfaces (`__arrow_c_array__`, `__arrow_c_stream__`): whatever library
//! made them, and whatever library takes ours.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::column::{Cells, Coded, Data, Lent, Owner, Read, Texts};
use crate::errors;

/// `struct ArrowSchema` of the Arrow C data interface.
#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut Schema,
    dictionary: *mut Schema,
    release: Option<unsafe extern "C" fn(*mut Schema)>,
    private_data: *mut c_void,
}

/// `struct ArrowArray` of the Arrow C data interface.
#[repr(C)]
pub(super) struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut Array,
    dictionary: *mut Array,
    release: Option<unsafe extern "C" fn(*mut Array)>,
    private_data: *mut c_void,
}

/// `struct ArrowArrayStream` of the Arrow C stream interface.
#[repr(C)]
struct Stream {
    get_schema: Option<unsafe extern "C" fn(*mut Stream, *mut Schema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Stream, *mut Array) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Stream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Stream)>,
    private_data: *mut c_void,
}

impl Schema {
    /// One to be filled in.
    const fn empty() -> Self {
        Self {
            format: ptr::null(),
            name: ptr::null(),
            metadata: ptr::null(),
            flags: 0,
            n_children: 0,
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: None,
            private_data: ptr::null_mut(),
        }
    }
}

impl Array {
    /// One to be filled in.
    const fn empty() -> Self {
        Self {
            length: 0,
            null_count: 0,
            offset: 0,
            n_buffers: 0,
            n_children: 0,
            buffers: ptr::null_mut(),
            children: ptr::null_mut(),
            dictionary: ptr::null_mut(),
            release: None,
            private_data: ptr::null_mut(),
        }
    }
}

/// A structure of the interface, which whoever has it last releases.
pub(super) trait Released: Sized {
    fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)>;
}

macro_rules! released {
    ($($structure:ident),*) => {$(
        impl Released for $structure {
            fn release(&mut self) -> &mut Option<unsafe extern "C" fn(*mut Self)> {
                &mut self.release
            }
        }
    )*};
}

released!(Schema, Array, Stream);

/// A structure that was handed over, released when it is dropped.
#[repr(transparent)]
pub(super) struct Owned<T: Released>(T);

/// An array that was handed over.
pub(super) type Imported = Owned<Array>;

// SAFETY: the interface says that these structures can be used and released on any thread, a stream by one at a time.
unsafe impl<T: Released> Send for Owned<T> {}
// SAFETY: neither a schema nor an array is ever written to, and a stream is read through a unique reference only.
unsafe impl<T: Released> Sync for Owned<T> {}

impl<T: Released> Drop for Owned<T> {
    fn drop(&mut self) {
        if let Some(release) = *self.0.release() {
            // SAFETY: the structure was handed over to us, so that nobody else releases it.
            unsafe { release(&raw mut self.0) };
        }
    }
}

impl<T: Released> Owned<T> {
    /// Takes over what a capsule holds; none when somebody did before.
    ///
    /// # Safety
    /// The capsule must have the name that says that it holds this structure.
    unsafe fn taken(capsule: NonNull<T>) -> Option<Self> {
        // SAFETY: as said above, and the capsule is alive. Moving the structure out and marking the place as released is
        // how the interface hands it over.
        let mut taken = unsafe {
            let taken = Self(capsule.read());
            *(*capsule.as_ptr()).release() = None;
            taken
        };
        taken.0.release().is_some().then_some(taken)
    }
}

/// A part of an imported array: itself, or its dictionary.
struct Part<'a> {
    name: &'a str,
    format: &'a str,
    array: &'a Array,
    owner: &'a Arc<Imported>,
}

const RELEASED: &str = "was released before it was read";

/// Reads an object that has `__arrow_c_array__`.
pub(super) fn read(name: &str, column: &Bound<'_, PyAny>) -> PyResult<Read> {
    let py = column.py();
    let pair = column.call_method0(intern!(py, "__arrow_c_array__"))?;
    let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) = pair.extract()?;
    let schema = schema.pointer_checked(Some(c"arrow_schema"))?.cast::<Schema>();
    let array = array.pointer_checked(Some(c"arrow_array"))?.cast::<Array>();
    // SAFETY: capsules of these names hold these structures, and they are alive on our stack until the end.
    let (array, schema) = unsafe { (Owned::taken(array), schema.as_ref()) };
    let fault = |what: String| errors::batch(py, format!("column `{name}` {what}"));
    let owner = match array {
        Some(array) if schema.release.is_some() => Arc::new(array),
        _ => return Err(fault(RELEASED.to_owned())),
    };
    column_of(name, schema, &owner).map_err(fault)
}

/// Reads an object that has `__arrow_c_stream__`, which comes in pieces: one is used where it lies, several are joined.
pub(super) fn read_stream(name: &str, column: &Bound<'_, PyAny>) -> PyResult<Read> {
    let py = column.py();
    let fault = |what: String| errors::batch(py, format!("column `{name}` {what}"));
    let capsule: Bound<'_, PyCapsule> = column.call_method0(intern!(py, "__arrow_c_stream__"))?.extract()?;
    let stream = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<Stream>();
    // SAFETY: a capsule of this name holds this structure, and is alive until the end.
    let stream = unsafe { Owned::taken(stream) };
    let mut stream = stream.ok_or_else(|| fault(RELEASED.to_owned()))?;
    // Whoever makes the pieces may need the interpreter's lock on another thread.
    let schema = py.detach(|| stream.schema()).map_err(fault)?;
    let piece_of = |array: Imported| {
        let rows = usize::try_from(array.0.length).unwrap_or_default();
        Ok::<_, PyErr>((rows, column_of(name, &schema.0, &Arc::new(array)).map_err(fault)?))
    };
    // What cannot be a column is refused before anything is made of it.
    let (_, nothing) = piece_of(Owned(Array::empty()))?;
    let arrays = py.detach(|| stream.all()).map_err(fault)?;
    if arrays.is_empty() {
        return Ok(nothing);
    }
    Read::joined(arrays.into_iter().map(piece_of).collect::<PyResult<_>>()?)
        .ok_or_else(|| fault("is an Arrow stream whose pieces are of several types".to_owned()))
}

impl Owned<Stream> {
    fn schema(&mut self) -> Result<Owned<Schema>, String> {
        let mut schema = Owned(Schema::empty());
        let get = self.0.get_schema.ok_or("is an Arrow stream without its functions")?;
        // SAFETY: the stream is not released, and the place for the schema is ours.
        match unsafe { get(&raw mut self.0, &raw mut schema.0) } {
            0 if schema.0.release.is_some() => Ok(schema),
            0 => Err("is an Arrow stream without a schema".to_owned()),
            told => Err(self.failed(told)),
        }
    }

    /// All pieces.
    fn all(&mut self) -> Result<Vec<Imported>, String> {
        let get = self.0.get_next.ok_or("is an Arrow stream without its functions")?;
        let mut all = Vec::new();
        loop {
            let mut piece = Owned(Array::empty());
            // SAFETY: as for the schema.
            match unsafe { get(&raw mut self.0, &raw mut piece.0) } {
                0 if piece.0.release.is_some() => all.push(piece),
                0 => return Ok(all),
                told => return Err(self.failed(told)),
            }
        }
    }

    /// What a call that gave `told` failed of.
    fn failed(&mut self, told: c_int) -> String {
        // SAFETY: a call just failed; what there is of it is none or a text that ends with a NUL, until the next call.
        let why = unsafe {
            let why = self.0.get_last_error.map_or(ptr::null(), |last| last(&raw mut self.0));
            (!why.is_null()).then(|| CStr::from_ptr(why).to_string_lossy().into_owned())
        };
        format!("is an Arrow stream that fails: {}", why.unwrap_or_else(|| format!("error {told}")))
    }
}

fn column_of(name: &str, schema: &Schema, owner: &Arc<Imported>) -> Result<Read, String> {
    let part = Part { name, format: format_of(schema), array: &owner.0, owner };
    let present = part.present();
    // SAFETY: a schema says with its dictionary that the array has one as well; both live as long as their owners.
    let dictionary = unsafe { schema.dictionary.as_ref().zip(owner.0.dictionary.as_ref()) };
    let data = match dictionary {
        Some((schema, array)) => part.coded(&Part { name, format: format_of(schema), array, owner })?,
        // No rows at all, and so no dictionary either.
        None if !schema.dictionary.is_null() => Data::Texts(Texts::Own(Vec::new())),
        None => part.data()?,
    };
    Ok(Read { data, present })
}

fn format_of(schema: &Schema) -> &str {
    if schema.format.is_null() {
        return "";
    }
    // SAFETY: a format that is there is a text that ends with a NUL.
    unsafe { CStr::from_ptr(schema.format) }.to_str().unwrap_or_default()
}

impl Part<'_> {
    fn len(&self) -> usize {
        usize::try_from(self.array.length).unwrap_or_default()
    }

    fn offset(&self) -> usize {
        usize::try_from(self.array.offset).unwrap_or_default()
    }

    /// A buffer of the array; none when it was left out.
    fn buffer(&self, at: usize) -> Option<NonNull<c_void>> {
        if at >= usize::try_from(self.array.n_buffers).unwrap_or_default() || self.array.buffers.is_null() {
            return None;
        }
        // SAFETY: there are as many pointers as `n_buffers` says.
        NonNull::new(unsafe { *self.array.buffers.add(at) }.cast_mut())
    }

    /// `len` values of a buffer after the first `skipped`.
    fn values<T>(&self, at: usize, skipped: usize, len: usize) -> Result<Cells<T>, String> {
        match self.buffer(at).map(NonNull::cast::<T>) {
            _ if len == 0 => Ok(Cells::Own(Vec::new())),
            Some(start) if start.is_aligned() => {
                // SAFETY: the interface says that a buffer has the values of the offset and of all rows; the owner of
                // the array keeps it, and nobody writes to it.
                let lent =
                    unsafe { Lent::new(start.add(skipped), len, Owner::Arrow(Arc::clone(self.owner))) };
                Ok(Cells::Lent(lent))
            }
            _ => Err("is an Arrow array with a buffer that is not there".to_owned()),
        }
    }

    fn rows<T>(&self) -> Result<Cells<T>, String> {
        self.values(1, self.offset(), self.len())
    }

    /// A byte, 0 or 1, for each bit of a buffer.
    fn bits(&self, at: usize) -> Option<Cells<u8>> {
        let (offset, len) = (self.offset(), self.len());
        let bytes = self.values::<u8>(at, 0, (offset + len).div_ceil(8)).ok()?;
        let bit = |row: usize| bytes.get(row / 8).map_or(0, |byte| byte >> (row % 8) & 1);
        Some(Cells::Own((offset..offset + len).map(bit).collect()))
    }

    fn present(&self) -> Option<Cells<u8>> {
        self.buffer(0).filter(|_| self.array.null_count != 0)?;
        self.bits(0)
    }

    fn data(&self) -> Result<Data, String> {
        Ok(match self.format {
            "b" => Data::Bools(self.bits(1).ok_or("is an Arrow array without its bools")?),
            "c" => Data::I8(self.rows()?),
            "C" => Data::U8(self.rows()?),
            "s" => Data::I16(self.rows()?),
            "S" => Data::U16(self.rows()?),
            "i" => Data::I32(self.rows()?),
            "I" => Data::U32(self.rows()?),
            "l" => Data::I64(self.rows()?),
            "L" => Data::U64(self.rows()?),
            "f" => Data::F32(self.rows()?),
            "g" => Data::F64(self.rows()?),
            "u" => Data::Texts(self.texts::<i32>()?),
            "U" => Data::Texts(self.texts::<i64>()?),
            "vu" => Data::Texts(self.viewed()?),
            format => match format.get(..3) {
                Some("tss" | "tDs") => self.micros(|at| at.saturating_mul(1_000_000))?,
                Some("tsm" | "tDm") => self.micros(|at| at.saturating_mul(1_000))?,
                Some("tsu" | "tDu") => Data::Micros(self.rows()?),
                Some("tsn" | "tDn") => self.micros(|at| at.div_euclid(1_000))?,
                _ => {
                    return Err(format!(
                        "is an Arrow array of the format `{format}`, which cannot be a column"
                    ));
                }
            },
        })
    }

    fn micros(&self, micros: impl Fn(i64) -> i64) -> Result<Data, String> {
        Ok(Data::Micros(Cells::Own(self.rows::<i64>()?.iter().map(|at| micros(*at)).collect())))
    }

    /// Texts whose ends are told by numbers of this type.
    fn texts<T: Copy + TryInto<usize>>(&self) -> Result<Texts, String> {
        let bad = || "is an Arrow array of texts that are none".to_owned();
        if self.len() == 0 {
            return Ok(Texts::Own(Vec::new()));
        }
        let ends = self.values::<T>(1, self.offset(), self.len() + 1)?;
        let ends: Result<Vec<usize>, _> =
            ends.iter().map(|end| (*end).try_into().map_err(|_| bad())).collect();
        let ends = ends?;
        let bytes = self.values::<u8>(2, 0, ends.last().copied().unwrap_or_default())?;
        let is_text = |pair: &[usize]| match pair {
            [from, to] => bytes.get(*from..*to).is_some_and(|text| str::from_utf8(text).is_ok()),
            _ => false,
        };
        if ends.windows(2).all(is_text) { Ok(Texts::Joined { ends, bytes }) } else { Err(bad()) }
    }

    /// Texts as views: short ones lie in the view itself, the others in one of the buffers after it.
    fn viewed(&self) -> Result<Texts, String> {
        const INLINE: usize = 12;
        let bad = || "is an Arrow array of texts that are none".to_owned();
        let number = |view: &[u8; 16], at: usize| {
            let bytes = view.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
            bytes.and_then(|bytes| usize::try_from(i32::from_ne_bytes(bytes)).ok())
        };
        // The last buffer says how long those before it are.
        let sizes = usize::try_from(self.array.n_buffers).unwrap_or_default().saturating_sub(1);
        let lengths = match sizes.checked_sub(2) {
            Some(count) if self.len() > 0 => self.values::<i64>(sizes, 0, count)?,
            _ => Cells::Own(Vec::new()),
        };
        let buffers: Result<Vec<Cells<u8>>, String> = lengths
            .iter()
            .zip(2..)
            .map(|(length, at)| self.values(at, 0, usize::try_from(*length).map_err(|_| bad())?))
            .collect();
        let buffers = buffers?;
        let present = self.present();
        let text = |(row, view): (usize, &[u8; 16])| {
            if present.as_ref().is_some_and(|present| present.get(row) == Some(&0)) {
                return Ok(String::new());
            }
            let length = number(view, 0).ok_or_else(bad)?;
            let bytes = if length <= INLINE {
                view.get(4..4 + length)
            } else {
                let place = number(view, 8).zip(number(view, 12));
                place.and_then(|(buffer, start)| buffers.get(buffer)?.get(start..start.checked_add(length)?))
            };
            let text = bytes.and_then(|bytes| str::from_utf8(bytes).ok());
            text.map(str::to_owned).ok_or_else(bad)
        };
        let views = self.rows::<[u8; 16]>()?;
        views.iter().enumerate().map(text).collect::<Result<_, _>>().map(Texts::Own)
    }

    fn coded(&self, texts: &Part<'_>) -> Result<Data, String> {
        fn all<T: Copy + TryInto<u32>>(places: &[T]) -> Vec<u32> {
            // A row without a value may have any place.
            places.iter().map(|place| (*place).try_into().unwrap_or(u32::MAX)).collect()
        }
        let places = match self.data()? {
            Data::I8(places) => all(&places),
            Data::U8(places) => all(&places),
            Data::I16(places) => all(&places),
            Data::U16(places) => all(&places),
            Data::I32(places) => all(&places),
            Data::U32(places) => all(&places),
            Data::I64(places) => all(&places),
            Data::U64(places) => all(&places),
            _ => return Err(format!("is an Arrow dictionary `{}` with places that are none", self.name)),
        };
        if texts.present().is_some_and(|present| present.contains(&0)) {
            return Err("is an Arrow dictionary with a null among its texts: leave it out of the dictionary"
                .to_owned());
        }
        match texts.data()? {
            Data::Texts(texts) => Ok(Data::Coded(Coded { texts, places })),
            other => Err(format!("is an Arrow dictionary of {}, where one of texts is needed", other.name())),
        }
    }
}

/// Whole numbers for whoever takes Arrow arrays: capsules of a schema and of an array that lie where the numbers lie and
/// keep `owner`, whose they are.
///
/// # Safety
/// `values` must be aligned and point at `len` numbers of this format, which stay as they are while `owner` lives.
pub(super) unsafe fn lend<'py>(
    py: Python<'py>,
    format: &'static CStr,
    values: *const c_void,
    len: usize,
    owner: Py<PyAny>,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    let schema = Schema {
        format: format.as_ptr(),
        name: c"".as_ptr(),
        release: Some(release_schema),
        ..Schema::empty()
    };
    let kept = Box::new(Kept { buffers: [ptr::null(), values], _owner: owner });
    let kept = Box::into_raw(kept);
    let array = Array {
        length: i64::try_from(len).unwrap_or_default(),
        n_buffers: 2,
        // SAFETY: the box was just made; it is not moved until the array is released.
        buffers: unsafe { (&raw mut (*kept).buffers).cast() },
        release: Some(release_array),
        private_data: kept.cast(),
        ..Array::empty()
    };
    // What is not taken over is released.
    let (schema, array) = (Owned(schema), Owned(array));
    let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
    Ok((schema, PyCapsule::new_with_value(py, array, c"arrow_array")?))
}

/// What an array that we lend keeps.
struct Kept {
    buffers: [*const c_void; 2],
    _owner: Py<PyAny>,
}

unsafe extern "C" fn release_schema(schema: *mut Schema) {
    // SAFETY: whoever releases it says where it is; all that it points at is static.
    unsafe { (*schema).release = None };
}

unsafe extern "C" fn release_array(array: *mut Array) {
    // SAFETY: whoever releases it says where it is, and does so once: the box that it was made with is still there.
    unsafe {
        drop(Box::from_raw((*array).private_data.cast::<Kept>()));
        (*array).private_data = ptr::null_mut();
        (*array).release = None;
    }
}
