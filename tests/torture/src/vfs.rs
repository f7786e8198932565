//! A layer under SQLite that watches files.
//!
//! SQLite reaches the operating system through a table of functions, its VFS. [`watch`] registers one
//! that passes everything on to the system's own, except that a [`Watcher`] is told of each change to
//! a file of a watched directory before and after, and may make it fail. It is the default VFS of the
//! process from then on, so that the store under test is opened as any host opens it.
//!
//! A watched file is never really synced: a watcher decides what a sync is worth. Files elsewhere are
//! not touched at all.

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rusqlite::ffi;

use crate::Failure;

/// The name it is registered by.
const NAME: &CStr = c"lifestage-power";

/// What a file is to SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The database itself.
    Database,
    /// The write-ahead log.
    Log,
    /// Anything else, such as a rollback journal.
    Other,
}

/// A change to a file.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// It is opened, and made when there is none.
    Open,
    /// These bytes are put at this place.
    Write(u64, &'a [u8]),
    /// It ends here.
    Truncate(u64),
    /// What was written waits for the disk; when so marked, so do the directory's entries.
    Sync(bool),
    /// It is removed; when so marked, the directory's entries wait for the disk.
    Delete(bool),
}

/// An error code of SQLite.
pub type Code = c_int;

/// Who is told.
pub trait Watcher: Send + Sync {
    /// `action` is about to be done to the file `name`.
    ///
    /// # Errors
    /// The code that SQLite gets instead of having it done.
    fn before(&self, name: &str, role: Role, action: &Action<'_>) -> Result<(), Code>;

    /// It was done.
    fn after(&self, name: &str, role: Role, action: &Action<'_>);
}

/// A directory that is watched until this is dropped.
#[derive(Debug)]
pub struct Watched(PathBuf);

impl Drop for Watched {
    fn drop(&mut self) {
        let mut watchers = WATCHERS.write().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|(folder, _)| *folder != self.0);
    }
}

static WATCHERS: RwLock<Vec<(PathBuf, Arc<dyn Watcher>)>> = RwLock::new(Vec::new());

/// The system's own VFS.
struct System(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite itself shares the VFS between threads; it is never changed after registration.
unsafe impl Send for System {}
// SAFETY: as above.
unsafe impl Sync for System {}

static SYSTEM: OnceLock<Option<System>> = OnceLock::new();

/// Watches the files that SQLite opens in `folder` from now on.
///
/// # Errors
/// When the layer cannot be registered.
pub fn watch(folder: &Path, watcher: Arc<dyn Watcher>) -> Result<Watched, Failure> {
    if SYSTEM.get_or_init(register).is_none() {
        return Err("the layer under SQLite cannot be registered".into());
    }
    let mut watchers = WATCHERS.write().unwrap_or_else(PoisonError::into_inner);
    watchers.push((folder.to_owned(), watcher));
    Ok(Watched(folder.to_owned()))
}

fn register() -> Option<System> {
    // SAFETY: with NULL it returns the default VFS, which lives as long as the process.
    let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    // SAFETY: non-null, it points to a whole table; the copy is ours to change.
    let mut own = unsafe { *system.as_ref()? };
    own.szOsFile = own.szOsFile.checked_add(c_int::try_from(INNER).ok()?)?;
    own.zName = NAME.as_ptr();
    own.pNext = ptr::null_mut();
    own.xOpen = Some(open);
    own.xDelete = Some(delete);
    // SAFETY: the table is leaked, and so is there for as long as SQLite may call it. The functions
    // taken over from the system's table do not look at the table that they are called with, except
    // for lengths, which are the same.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(own)), 1) };
    (code == ffi::SQLITE_OK).then_some(System(system))
}

fn system() -> *mut ffi::sqlite3_vfs {
    SYSTEM.get().and_then(Option::as_ref).map_or(ptr::null_mut(), |system| system.0)
}

/// An open file, at the beginning of the memory that SQLite gives; the system's file follows it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    watch: *mut Watch,
}

struct Watch {
    name: String,
    role: Role,
    watcher: Arc<dyn Watcher>,
    /// Whether the next sync is to sync the directory too, as for a journal or log just made.
    directory: bool,
}

/// Where the system's file begins.
const INNER: usize = mem::size_of::<File>();

/// The watcher of the file at this path, and its name in the directory.
fn find(path: &CStr) -> Option<(String, Arc<dyn Watcher>)> {
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    let watchers = WATCHERS.read().unwrap_or_else(PoisonError::into_inner);
    let (_, watcher) = watchers.iter().find(|(watched, _)| watched == folder)?;
    Some((name.to_owned(), Arc::clone(watcher)))
}

/// Told before, done, told after.
fn perform(
    watcher: &dyn Watcher,
    (name, role): (&str, Role),
    action: &Action<'_>,
    act: impl FnOnce() -> c_int,
) -> c_int {
    if let Err(code) = watcher.before(name, role, action) {
        return code;
    }
    let code = act();
    if code == ffi::SQLITE_OK {
        watcher.after(name, role, action);
    }
    code
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let system = system();
    // SAFETY: registered only when the system's table was found.
    let Some(pass_on) = (unsafe { (*system).xOpen }) else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: SQLite passes NULL or a string that ends with 0.
    let found = if path.is_null() { None } else { find(unsafe { CStr::from_ptr(path) }) };
    let Some((name, watcher)) = found else {
        // SAFETY: the memory is as large as the system's file and more; SQLite deals with the
        // system's file directly from then on.
        return unsafe { pass_on(system, path, file, flags, out) };
    };
    let role = match flags {
        _ if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 => Role::Database,
        _ if flags & ffi::SQLITE_OPEN_WAL != 0 => Role::Log,
        _ => Role::Other,
    };
    // The system's VFS syncs the directory with the first sync of these.
    let journals = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL;
    let directory = flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & journals != 0;
    let own = file.cast::<File>();
    // SAFETY: SQLite gave `szOsFile` bytes, aligned for any file; without methods it will not close
    // what could not be opened.
    unsafe { (*own).base.pMethods = ptr::null() };
    let code = perform(&*watcher, (&name, role), &Action::Open, || {
        // SAFETY: the system's file lies behind ours, in the room that `szOsFile` asked for.
        unsafe { pass_on(system, path, inner(file), flags, out) }
    });
    if code == ffi::SQLITE_OK {
        let watch = Box::new(Watch { name, role, watcher: Arc::clone(&watcher), directory });
        // SAFETY: as above; `close` takes the box back.
        unsafe {
            (*own).watch = Box::into_raw(watch);
            (*own).base.pMethods = &raw const METHODS;
        }
    }
    code
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, path: *const c_char, directory: c_int) -> c_int {
    let system = system();
    // SAFETY: registered only when the system's table was found.
    let Some(pass_on) = (unsafe { (*system).xDelete }) else { return ffi::SQLITE_IOERR_DELETE };
    // SAFETY: SQLite passes a string that ends with 0.
    let Some((name, watcher)) = find(unsafe { CStr::from_ptr(path) }) else {
        // SAFETY: the arguments are passed on as they came.
        return unsafe { pass_on(system, path, directory) };
    };
    let role = if name.ends_with("-wal") { Role::Log } else { Role::Other };
    perform(&*watcher, (&name, role), &Action::Delete(directory != 0), || {
        // SAFETY: as above.
        unsafe { pass_on(system, path, 0) }
    })
}

/// The system's file behind ours.
fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    file.wrapping_byte_add(INNER)
}

/// Defines functions that call the same function of the system's file.
macro_rules! pass_on {
    ($($name:ident = $field:ident($($argument:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> c_int {
            let inner = inner(file);
            // SAFETY: SQLite calls it for files that `open` opened, the system's file with them; the
            // arguments are passed on as they came.
            unsafe {
                match (*(*inner).pMethods).$field {
                    Some(function) => function(inner $(, $argument)*),
                    None => ffi::SQLITE_NOTFOUND,
                }
            }
        }
    )*};
}

pass_on! {
    read = xRead(to: *mut c_void, count: c_int, at: i64);
    pass_write = xWrite(bytes: *const c_void, count: c_int, at: i64);
    pass_truncate = xTruncate(size: i64);
    file_size = xFileSize(size: *mut i64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_reserved_lock = xCheckReservedLock(found: *mut c_int);
    file_control = xFileControl(op: c_int, argument: *mut c_void);
    sector_size = xSectorSize();
    pass_close = xClose();
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, to: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    let inner = inner(file);
    // SAFETY: as in `pass_on`.
    unsafe {
        if let Some(function) = (*(*inner).pMethods).xShmBarrier {
            function(inner);
        }
    }
}

/// A write may not damage what lies beside it; nothing else is promised to SQLite.
const unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    at: i64,
) -> c_int {
    // SAFETY: `open` put it there; SQLite uses a file from one thread at a time.
    let watch = unsafe { &*(*file.cast::<File>()).watch };
    let length = usize::try_from(count).unwrap_or(0);
    // SAFETY: SQLite passes so many bytes, which nobody changes meanwhile.
    let content = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) };
    let action = Action::Write(at.unsigned_abs(), content);
    perform(&*watch.watcher, (&watch.name, watch.role), &action, || {
        // SAFETY: the arguments are passed on as they came.
        unsafe { pass_write(file, bytes, count, at) }
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: as in `write`.
    let watch = unsafe { &*(*file.cast::<File>()).watch };
    let action = Action::Truncate(size.unsigned_abs());
    perform(&*watch.watcher, (&watch.name, watch.role), &action, || {
        // SAFETY: the arguments are passed on as they came.
        unsafe { pass_truncate(file, size) }
    })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: as in `write`.
    let watch = unsafe { &mut *(*file.cast::<File>()).watch };
    let action = Action::Sync(watch.directory);
    let code = perform(&*watch.watcher, (&watch.name, watch.role), &action, || ffi::SQLITE_OK);
    watch.directory &= code != ffi::SQLITE_OK;
    code
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` put the box there; SQLite closes a file once and does not use it afterwards.
    drop(unsafe { Box::from_raw((*file.cast::<File>()).watch) });
    // SAFETY: as in `pass_on`.
    unsafe { pass_close(file) }
}

/// Version 2 has shared memory, which the log needs, and no mapped reads.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
