//! Whatever a host may do wrong, at the wrong time, or all at once.

mod chains;
mod definitions;
mod delivery;
mod records;
mod simulation;
mod threads;
mod time;

use lifestage::outbox::Delivery;
use lifestage::store::{Reader, Store};
use lifestage::{EffectKind, Handled, HandlerError, Worker, Workspace};

type Outcome = Result<Handled, HandlerError>;

/// A worker that delivers each kind that the engine does not see to itself.
fn willing<S: Store + Reader>(crm: &Workspace<S>) -> Worker<'_, S> {
    let kinds = EffectKind::ALL.into_iter().filter(|kind| *kind != EffectKind::Move);
    kinds.fold(Worker::new(crm), |worker, kind| {
        worker.on(kind, |_: &Delivery| -> Outcome { Ok(Handled::Delivered) })
    })
}

/// Nothing is wrong with any journal, and every effect is in one state, of which there are so many.
#[track_caller]
fn sound<S: Store + Reader>(crm: &Workspace<S>) {
    let audit = crm.verify_all("deals", |_| {}).unwrap();
    assert!(audit.faults.is_empty(), "{:?}", audit.faults);
}
