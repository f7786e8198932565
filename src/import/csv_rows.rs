use core::fmt;
use std::cell::Cell;
use std::format;
use std::io::{self, Read};
use std::rc::Rc;
use std::string::String;
use std::vec::Vec;

use super::CellFault;

/// Bytes that one row may have. A quote that is never closed would take the rest of the file.
const LONGEST_ROW: u64 = 1 << 20;
/// Bytes from which the separator is told.
const HEAD: u64 = 8 << 10;
/// Columns that a list may have.
const MOST_COLUMNS: usize = 4_096;

/// The rows of a CSV file, read one by one in constant memory.
///
/// Takes what spreadsheets write: a byte order mark, commas, semicolons, tabs or bars between cells
/// (told from the header), quotes, any line ends.
///
/// ```
/// use lifestage::import::CsvRows;
///
/// let mut rows = CsvRows::new("\u{feff}Name;E-mail\r\nAda;ada@example.com\r\n".as_bytes())?;
/// assert_eq!(rows.headers(), ["Name", "E-mail"]);
/// let row = rows.next().unwrap()?;
/// assert_eq!(row.cells, Ok(vec!["Ada".to_string(), "ada@example.com".to_string()]));
/// # Ok::<(), lifestage::import::CsvError>(())
/// ```
#[derive(Debug)]
pub struct CsvRows<R> {
    reader: csv::Reader<Metered<io::Chain<io::Cursor<Vec<u8>>, R>>>,
    headers: Vec<String>,
    meter: Rc<Cell<u64>>,
    row: u64,
    done: bool,
}

/// One row of a CSV file.
#[derive(Debug, Clone, PartialEq)]
pub struct CsvRow {
    /// Its number, the first below the header being 1.
    pub row: u64,
    /// The line it begins on, the header being on line 1.
    pub line: u64,
    /// Its cells, or why they cannot be read.
    pub cells: Result<Vec<String>, CellFault>,
}

/// A file that cannot be read on.
#[derive(Debug)]
#[non_exhaustive]
pub enum CsvError {
    /// It has no header.
    Empty,
    /// It is not in UTF-8.
    Encoding {
        /// What is not.
        what: &'static str,
    },
    /// Two columns have one name.
    DuplicateHeader {
        /// The name.
        header: String,
    },
    /// It has too many columns.
    TooManyColumns,
    /// A row goes on and on.
    TooLong {
        /// The line the row begins on.
        line: u64,
    },
    /// It cannot be read.
    Io {
        /// The line reached.
        line: u64,
        /// Why.
        source: io::Error,
    },
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty: the first line must name the columns"),
            Self::Encoding { what } => write!(f, "the {what} is not in UTF-8; save the file as CSV UTF-8"),
            Self::DuplicateHeader { header } => write!(f, "two columns are called `{header}`"),
            Self::TooManyColumns => write!(f, "the header has more than {MOST_COLUMNS} columns"),
            Self::TooLong { line } => {
                write!(f, "line {line}: a row has more than {LONGEST_ROW} bytes; is a quote never closed?")
            }
            Self::Io { line, .. } => write!(f, "line {line}: cannot read on"),
        }
    }
}

impl core::error::Error for CsvError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl<R: Read> CsvRows<R> {
    /// Reads the header and stands before the first row.
    ///
    /// # Errors
    /// [`CsvError`] when there is no usable header.
    pub fn new(mut file: R) -> Result<Self, CsvError> {
        let mut start = Vec::new();
        // As much as tells the separator, however little the reader gives at a time.
        let read = file.by_ref().take(HEAD).read_to_end(&mut start);
        read.map_err(|source| CsvError::Io { line: 1, source })?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(CsvError::Encoding { what: "file" });
        }
        if start.starts_with(b"\xef\xbb\xbf") {
            start.drain(..3);
        }
        let delimiter = delimiter(&start);
        let meter = Rc::new(Cell::new(LONGEST_ROW));
        let metered = Metered { inner: io::Cursor::new(start).chain(file), left: Rc::clone(&meter) };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(metered);
        let headers = match reader.headers() {
            Ok(headers) => headers.iter().map(|header| String::from(header.trim())).collect::<Vec<_>>(),
            Err(error) => return Err(broken(error, 1, "header")),
        };
        if headers.iter().all(String::is_empty) {
            return Err(CsvError::Empty);
        }
        if headers.len() > MOST_COLUMNS {
            return Err(CsvError::TooManyColumns);
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = headers.iter().find(|header| !header.is_empty() && !seen.insert(header.as_str()))
        {
            return Err(CsvError::DuplicateHeader { header: twice.clone() });
        }
        Ok(Self { reader, headers, meter, row: 0, done: false })
    }

    /// The names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<CsvRow, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let line = self.reader.position().line();
        self.meter.set(LONGEST_ROW);
        let mut record = csv::ByteRecord::new();
        match self.reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => {
                self.done = true;
                return None;
            }
            Err(error) => {
                self.done = true;
                return Some(Err(broken(error, line, "file")));
            }
        }
        self.row += 1;
        let line = record.position().map_or(line, csv::Position::line);
        Some(Ok(CsvRow { row: self.row, line, cells: texts(&record, &self.headers) }))
    }
}

fn texts(record: &csv::ByteRecord, headers: &[String]) -> Result<Vec<String>, CellFault> {
    let mut cells = Vec::with_capacity(record.len());
    for (i, cell) in record.iter().enumerate() {
        match core::str::from_utf8(cell) {
            Ok(text) => cells.push(String::from(text)),
            Err(_) => {
                let column = headers.get(i).cloned().unwrap_or_default();
                let text = String::from_utf8_lossy(cell).chars().take(80).collect();
                return Err(CellFault {
                    column,
                    text,
                    message: "it is not in UTF-8".into(),
                    near: Vec::new(),
                });
            }
        }
    }
    Ok(cells)
}

fn broken(error: csv::Error, line: u64, what: &'static str) -> CsvError {
    match error.into_kind() {
        csv::ErrorKind::Utf8 { .. } => CsvError::Encoding { what },
        csv::ErrorKind::Io(source) if source.kind() == io::ErrorKind::FileTooLarge => {
            CsvError::TooLong { line }
        }
        csv::ErrorKind::Io(source) => CsvError::Io { line, source },
        other => CsvError::Io { line, source: io::Error::other(format!("{other:?}")) },
    }
}

/// The separator that the first line has most of, outside of quotes.
fn delimiter(start: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    for byte in start {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => {
                counts
                    .iter_mut()
                    .filter(|(separator, _)| separator == byte)
                    .for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

/// A reader that gives out so many bytes and no more until it is told so.
#[derive(Debug)]
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(left - read as u64);
        Ok(read)
    }
}
