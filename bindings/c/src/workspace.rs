//! A store and the pipelines published in it.

use lifestage::store::MemoryStore;
use lifestage_sqlite::SqliteStore;
use lifestage_wire::{Crm, Fault, HostStore};

use crate::buffer::{answered, lifestage_buffer};
use crate::error::lifestage_error;
use crate::guard::{Guarded, free, give, guard, out, shared, text};
use crate::status::lifestage_status;
use crate::store::{CHost, lifestage_store};

/// One tenant's records in a store, and the pipelines published for them: load, decide and commit as one call.
///
/// Threads: any number of threads may use it at once; calls that write take turns where they have to.
pub struct lifestage_workspace(Guarded<Crm>);

/// Opens a tenant in a SQLite file, which is made when it is not there.
///
/// Errors: `LIFESTAGE_STATUS_CORRUPT`, `LIFESTAGE_STATUS_IO` and the others of stores.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_workspace_open_sqlite(
    path: *const u8,
    path_length: usize,
    tenant: *const u8,
    tenant_length: usize,
    workspace: *mut *mut lifestage_workspace,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        opened(tenant, tenant_length, workspace, error, |tenant| {
            let path = text(path, path_length, "path")?;
            lifestage_wire::open(SqliteStore::open(path)?, tenant)
        })
    }
}

/// Opens a tenant in memory, which is gone with the workspace.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_workspace_open_memory(
    tenant: *const u8,
    tenant_length: usize,
    workspace: *mut *mut lifestage_workspace,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        opened(tenant, tenant_length, workspace, error, |tenant| {
            lifestage_wire::open(MemoryStore::new(), tenant)
        })
    }
}

/// Opens a tenant in a store of the host's own.
///
/// Ownership: `store` is copied. `drop` of it is called once, whatever this function returns: when the workspace is
/// freed, or before the function returns when it fails. With a `store` that is null or of another size it is not
/// called, because it cannot be known.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_workspace_open_host(
    store: *const lifestage_store,
    tenant: *const u8,
    tenant_length: usize,
    workspace: *mut *mut lifestage_workspace,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        let mut host = None;
        let taken = guard(error, || {
            host = Some(CHost::of(store)?);
            Ok(())
        });
        match host {
            None => taken,
            Some(host) => opened(tenant, tenant_length, workspace, error, |tenant| {
                lifestage_wire::open(HostStore(host), tenant)
            }),
        }
    }
}

/// Asks a workspace in JSON: `publish`, `create`, `submit`, `history`, `tasks`, `claim` and the other operations that
/// `docs/operations.md` lists, with the members of `input` and the form of the answer. A refusal is an answer.
///
/// Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`, `LIFESTAGE_STATUS_NO_RECORD` and
/// its kin, and those of stores; nothing is written then, unless the error says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_workspace_call(
    workspace: *const lifestage_workspace,
    operation: *const u8,
    operation_length: usize,
    input: *const u8,
    input_length: usize,
    answer: *mut *mut lifestage_buffer,
    error: *mut *mut lifestage_error,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        answered((operation, operation_length), (input, input_length), answer, error, |operation, input| {
            let workspace = shared(workspace, "workspace")?;
            workspace.0.with(|crm| lifestage_wire::workspace_call(crm, operation, input))
        })
    }
}

/// Closes a workspace and its store, and frees it. Null is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lifestage_workspace_free(workspace: *mut lifestage_workspace) {
    // SAFETY: a workspace that is not freed yet, or null.
    unsafe { free(workspace) }
}

unsafe fn opened(
    tenant: *const u8,
    tenant_length: usize,
    workspace: *mut *mut lifestage_workspace,
    error: *mut *mut lifestage_error,
    open: impl FnOnce(&str) -> Result<Crm, Fault>,
) -> lifestage_status {
    // SAFETY: the pointers are valid or null.
    unsafe {
        guard(error, || {
            let (tenant, place) = (text(tenant, tenant_length, "tenant")?, out(workspace, "workspace")?);
            give(place, lifestage_workspace(Guarded::new(open(tenant)?)));
            Ok(())
        })
    }
}
