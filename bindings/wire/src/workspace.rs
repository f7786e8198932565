//! Operations on a workspace, by what they are about.

mod definitions;
mod import;
mod moves;
mod people;
mod reads;
mod work;
mod worker;

use std::sync::Arc;

use lifestage::store::contract::Full;
use lifestage::{Pipeline, Workspace};

use crate::fault::{Fault, FaultCode};
use crate::operation::{Entry, OnWorkspace};

/// A workspace over whatever store.
pub type Crm = Workspace<Arc<dyn Full>>;

/// Opens a tenant of a store.
///
/// # Errors
/// [`Fault`] when the store cannot be read, or holds a definition that no longer loads.
pub fn open(store: impl Full + 'static, tenant: &str) -> Result<Crm, Fault> {
    Ok(Workspace::open(Arc::new(store) as Arc<dyn Full>, tenant)?)
}

static TABLES: [&[Entry<OnWorkspace>]; 7] = [
    definitions::TABLE,
    moves::TABLE,
    import::TABLE,
    people::TABLE,
    work::TABLE,
    worker::TABLE,
    reads::TABLE,
];

fn in_force(crm: &Crm, id: &str) -> Result<Pipeline, Fault> {
    crm.pipeline(id)
        .ok_or_else(|| Fault::new(FaultCode::NoVersion, format!("no pipeline `{id}` is published")))
}

/// Every operation of a workspace.
pub(crate) fn table() -> impl Iterator<Item = &'static Entry<OnWorkspace>> {
    TABLES.iter().copied().flatten()
}
