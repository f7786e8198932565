//! The memory store keeps the contract of stores.

use lifestage::store::{MemoryStore, contract};

#[test]
fn memory_store_keeps_the_contract() {
    contract::run(MemoryStore::new);
}
