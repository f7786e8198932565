//! The answers of a batch, for NumPy without a copy.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use pyo3::exceptions::{PyBufferError, PyIndexError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};

use super::arrow;
use crate::errors;
use crate::pipeline::Pipeline;
use crate::verdict::Verdict;

/// Codes of as many bits as the stages need.
pub(super) enum Numbered {
    U8(Vec<u8>),
    U16(Vec<u16>),
}

/// For each row of a batch the code of its verdict: the position of the stage that the move leads to, or one of the
/// greatest numbers. `numpy.asarray(codes)` and `pyarrow.array(codes)` see it without a copy.
#[pyclass(frozen, sequence, module = "lifestage")]
pub(crate) struct Codes {
    pipeline: Py<Pipeline>,
    numbered: Numbered,
    /// How many there are, and how far they are apart, where a buffer can point at it.
    shape: [ffi::Py_ssize_t; 2],
}

impl Codes {
    pub(super) fn new(pipeline: Py<Pipeline>, numbered: Numbered) -> Self {
        let (rows, size) = match &numbered {
            Numbered::U8(codes) => (codes.len(), 1),
            Numbered::U16(codes) => (codes.len(), 2),
        };
        Self { pipeline, numbered, shape: [rows.cast_signed(), size] }
    }

    fn at(&self, row: isize) -> PyResult<u16> {
        let len = self.__len__().cast_signed();
        let row = usize::try_from(if row < 0 { row + len } else { row }).unwrap_or(usize::MAX);
        let code = match &self.numbered {
            Numbered::U8(codes) => codes.get(row).map(|code| u16::from(*code)),
            Numbered::U16(codes) => codes.get(row).copied(),
        };
        code.ok_or_else(|| PyIndexError::new_err(format!("there are {len} rows")))
    }

    const fn most(&self) -> u16 {
        match self.numbered {
            Numbered::U8(_) => u8::MAX as u16,
            Numbered::U16(_) => u16::MAX,
        }
    }
}

#[pymethods]
impl Codes {
    /// The code of a move that does not start there, or does not exist.
    #[getter]
    fn not_from_stage(&self) -> u16 {
        self.most()
    }

    /// The code of a move that the actor may not make.
    #[getter]
    fn denied(&self) -> u16 {
        self.most() - 1
    }

    /// The code of a move whose conditions are not met.
    #[getter]
    fn unmet(&self) -> u16 {
        self.most() - 2
    }

    /// The code of a move that asks for an input which has no value.
    #[getter]
    fn missing_input(&self) -> u16 {
        self.most() - 3
    }

    /// The code of a move that somebody else has to approve.
    #[getter]
    fn needs_approval(&self) -> u16 {
        self.most() - 4
    }

    /// The verdict of a row.
    fn verdict(&self, py: Python<'_>, row: isize) -> PyResult<Py<Verdict>> {
        let found = self.pipeline.get().verdicts.of_code(py, self.at(row)?, self.most());
        found.unwrap_or_else(|| Err(errors::invalid(py, "no batch gives this code")))
    }

    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        match &self.numbered {
            // A list, where bytes would come of a list of small numbers.
            Numbered::U8(codes) => PyList::new(py, codes.iter().map(|code| u16::from(*code))),
            Numbered::U16(codes) => PyList::new(py, codes),
        }
    }

    /// The codes as an Arrow array of unsigned numbers, without a copy.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        slf: &Bound<'py, Self>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // Whoever asks for another type has to cast, as the interface allows.
        drop(requested_schema);
        let own = slf.get();
        let (values, format): (*const c_void, &'static CStr) = match &own.numbered {
            Numbered::U8(codes) => (codes.as_ptr().cast(), c"C"),
            Numbered::U16(codes) => (codes.as_ptr().cast(), c"S"),
        };
        // SAFETY: the numbers are part of this object, which is frozen and which the array keeps.
        unsafe { arrow::lend(slf.py(), format, values, own.__len__(), slf.clone().into_any().unbind()) }
    }

    fn __len__(&self) -> usize {
        match &self.numbered {
            Numbered::U8(codes) => codes.len(),
            Numbered::U16(codes) => codes.len(),
        }
    }

    fn __getitem__(&self, row: isize) -> PyResult<u16> {
        self.at(row)
    }

    fn __repr__(&self) -> String {
        format!("Codes({} rows)", self.__len__())
    }

    /// # Safety
    /// `view` points at a view to be filled, as the buffer protocol says.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() || flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("codes are read only"));
        }
        let own = slf.get();
        let (start, format): (*const c_void, &'static CStr) = match &own.numbered {
            Numbered::U8(codes) => (codes.as_ptr().cast(), c"B"),
            Numbered::U16(codes) => (codes.as_ptr().cast(), c"H"),
        };
        let [rows, size] = &own.shape;
        // SAFETY: the view is there, as the protocol says. What it points at is part of this object, which is frozen
        // and which the view keeps; the format is static.
        unsafe {
            (*view).buf = start.cast_mut();
            (*view).len = rows * size;
            (*view).readonly = 1;
            (*view).itemsize = *size;
            (*view).format = match flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT {
                true => format.as_ptr().cast_mut(),
                false => ptr::null_mut(),
            };
            (*view).ndim = 1;
            (*view).shape = match flags & ffi::PyBUF_ND == ffi::PyBUF_ND {
                true => ptr::from_ref(rows).cast_mut(),
                false => ptr::null_mut(),
            };
            (*view).strides = match flags & ffi::PyBUF_STRIDES == ffi::PyBUF_STRIDES {
                true => ptr::from_ref(size).cast_mut(),
                false => ptr::null_mut(),
            };
            (*view).suboffsets = ptr::null_mut();
            (*view).internal = ptr::null_mut();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }
}
