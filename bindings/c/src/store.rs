//! A store of the host's own: a table of functions.

use std::ffi::c_void;

use lifestage::store::{StoreError, StoreErrorKind};
use lifestage_wire::{Fault, Host};

use crate::buffer::lifestage_buffer;
use crate::guard::sized;
use crate::status::{self, lifestage_status};

/// One method of a host's store.
///
/// `input` is one JSON object with the arguments, `tenant` among them; the host writes the answer as JSON to
/// `answer` with `lifestage_buffer_write`, and returns `LIFESTAGE_STATUS_OK`. When it fails it returns one of the
/// statuses of stores, such as `LIFESTAGE_STATUS_BUSY` or `LIFESTAGE_STATUS_IO`, and `answer` holds words for a person.
///
/// `input` and `answer` live for the call. It runs on the thread that called the library, several at once when
/// several threads do; it must not use the workspace that it serves, nor unwind or jump out. `docs/host-store.md`
/// says what each method owes.
pub type lifestage_store_method = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        input: *const u8,
        input_length: usize,
        answer: *mut lifestage_buffer,
    ) -> lifestage_status,
>;

/// A store of the host's own. Set `struct_size` to `sizeof(lifestage_store)`, and the rest to 0 first: a method that
/// is null is not there, and what needs it fails with `LIFESTAGE_STATUS_UNSUPPORTED`.
///
/// For moves one needs `load`, `commit`, `publish`, `published` and `migrations`, which may answer that there are none;
/// for request keys `receipt` and `effects`, to publish again `counts`, to read and verify journals `history`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct lifestage_store {
    /// `sizeof(lifestage_store)`.
    pub struct_size: u32,
    /// Handed to each function.
    pub user_data: *mut c_void,
    /// Called once, when nothing of the store is used any more. It may be null.
    pub drop: Option<unsafe extern "C" fn(user_data: *mut c_void)>,
    /// Records by their ids: `ids` -> a list of records, null for each that is not there.
    pub load: lifestage_store_method,
    /// Writes changes, in one transaction each, or in one for all when `mode` is `atomic`: `changes`, `mode` -> a
    /// list of outcomes.
    pub commit: lifestage_store_method,
    /// The row written under a request key: `key` -> the row, or null.
    pub receipt: lifestage_store_method,
    /// Puts a definition into force: `publication`, `alongside` -> an outcome.
    pub publish: lifestage_store_method,
    /// The definitions in force -> a list of publications.
    pub published: lifestage_store_method,
    /// One version: `pipeline`, `version` -> a publication, or null.
    pub publication: lifestage_store_method,
    /// Versions after one: `pipeline`, `after`, `limit` -> a list of publications.
    pub publications: lifestage_store_method,
    /// Rows after one: `record`, `after`, `limit` -> a list of rows.
    pub history: lifestage_store_method,
    /// What a row set in motion: `record`, `seq` -> a list of effects.
    pub effects: lifestage_store_method,
    /// Records of a stage: `query` -> a page.
    pub page: lifestage_store_method,
    /// Rows, newest first: `record`, `query` -> a list of rows.
    pub rows: lifestage_store_method,
    /// Records that point at another: `link`, `target`, `after`, `limit` -> a list of ids.
    pub linked: lifestage_store_method,
    /// How many records are in each stage: `pipeline` -> a list of tallies.
    pub counts: lifestage_store_method,
    /// Records with a text: `field`, `value`, `limit` -> a list of ids.
    pub find: lifestage_store_method,
    /// Rows of all records: `after`, `limit` -> a list of pairs of cursor and row.
    pub feed: lifestage_store_method,
    /// Takes effects that are due: `claim` -> a list of deliveries.
    pub claim: lifestage_store_method,
    /// What became of them: `settlements` -> a list of whether each applied.
    pub settle: lifestage_store_method,
    /// Effects, by time: `query` -> a page.
    pub outbox: lifestage_store_method,
    /// One effect: `effect` -> an entry, or null.
    pub entry: lifestage_store_method,
    /// Open tasks, due first: `query` -> a page.
    pub tasks: lifestage_store_method,
    /// When the next effect is due: `kinds` -> a time, or null.
    pub next_ready: lifestage_store_method,
    /// Records on a queue: `pipeline`, `queue`, `after`, `limit` -> a list of places.
    pub queue: lifestage_store_method,
    /// Every migration -> a list.
    pub migrations: lifestage_store_method,
    /// Writes down that a migration begins: `migration` -> an outcome.
    pub begin_migration: lifestage_store_method,
    /// Writes down that it is over: `id`, `at` -> null.
    pub finish_migration: lifestage_store_method,
}

impl lifestage_store {
    fn method(&self, name: &str) -> lifestage_store_method {
        match name {
            "load" => self.load,
            "commit" => self.commit,
            "receipt" => self.receipt,
            "publish" => self.publish,
            "published" => self.published,
            "publication" => self.publication,
            "publications" => self.publications,
            "history" => self.history,
            "effects" => self.effects,
            "page" => self.page,
            "rows" => self.rows,
            "linked" => self.linked,
            "counts" => self.counts,
            "find" => self.find,
            "feed" => self.feed,
            "claim" => self.claim,
            "settle" => self.settle,
            "outbox" => self.outbox,
            "entry" => self.entry,
            "tasks" => self.tasks,
            "next_ready" => self.next_ready,
            "queue" => self.queue,
            "migrations" => self.migrations,
            "begin_migration" => self.begin_migration,
            "finish_migration" => self.finish_migration,
            _ => None,
        }
    }
}

/// A host's store, dropped once.
pub(crate) struct CHost(lifestage_store);

// SAFETY: the header says that the functions are called on any thread, several at once.
unsafe impl Send for CHost {}
// SAFETY: the same.
unsafe impl Sync for CHost {}

impl CHost {
    pub(crate) unsafe fn of(store: *const lifestage_store) -> Result<Self, Fault> {
        // SAFETY: the caller gives a struct that begins with its size, or null.
        unsafe { sized(store, "store") }.copied().map(Self)
    }
}

impl Drop for CHost {
    fn drop(&mut self) {
        if let Some(drop) = self.0.drop {
            // SAFETY: it is the host's own function, called once.
            unsafe { drop(self.0.user_data) };
        }
    }
}

impl Host for CHost {
    fn answer(&self, name: &str, input: &str) -> Result<String, StoreError> {
        let Some(method) = self.0.method(name) else {
            let message = format!("the host's store has no `{name}`");
            return Err(StoreError::new(StoreErrorKind::Unsupported, message));
        };
        let mut answer = lifestage_buffer::empty();
        // SAFETY: it is the host's own function, with its own data; input and answer live for the call.
        let status = unsafe { method(self.0.user_data, input.as_ptr(), input.len(), &raw mut answer) };
        let text = answer.into_text();
        if status == status::OK {
            return text.map_err(|fault| StoreError::new(StoreErrorKind::Invalid, fault.to_string()));
        }
        let kind = StoreErrorKind::ALL.iter().find(|kind| lifestage_status::from(kind.number()) == status);
        // What it failed with counts more than words that cannot be read.
        let words = text.ok().filter(|words| !words.is_empty());
        let message = words.unwrap_or_else(|| format!("the host's `{name}` failed with {status}"));
        Err(StoreError::new(kind.copied().unwrap_or(StoreErrorKind::Io), message))
    }
}

#[cfg(test)]
mod tests;
