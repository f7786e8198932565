//! Operations on a workspace, by what they are about.

mod definitions;
mod moves;
mod people;
mod reads;
mod work;

use std::sync::Arc;

use lifestage::Workspace;
use lifestage::store::contract::Full;

use crate::fault::Fault;
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

static TABLES: [&[Entry<OnWorkspace>]; 5] =
    [definitions::TABLE, moves::TABLE, people::TABLE, work::TABLE, reads::TABLE];

/// Every operation of a workspace.
pub(crate) fn table() -> impl Iterator<Item = &'static Entry<OnWorkspace>> {
    TABLES.iter().copied().flatten()
}
