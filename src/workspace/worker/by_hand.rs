//! A round of a worker in steps, for a host that calls its handlers itself: one in another language.

use std::time::Instant;
use std::vec::Vec;

use super::{Handled, HandlerError, Round, Worker, WorkspaceError, duration};
use crate::effect::EffectKind;
use crate::outbox::{Delivery, Settled};
use crate::store::{Reader, Store};
use crate::time::{Span, Timestamp};

/// What a worker took for a host to deliver.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The effects. What the host does not come to before the lease is over, it leaves alone.
    pub deliveries: Vec<Delivery>,
    /// For how long the host has them, from the call on.
    pub lease: Span,
    /// What became of those that the engine and the handlers of the worker saw to.
    pub round: Round,
}

/// What a host did with an effect that it took; none when it did not begin.
pub type HandledByHost = Option<Result<Handled, HandlerError>>;

impl<S: Store + Reader> Worker<'_, S> {
    /// Takes up to one batch of what is due at `now`, sees to what is the engine's, and hands the effects of these
    /// `kinds` to the caller, who asks [`still_wants`](Self::still_wants) before each, and says with
    /// [`handled`](Self::handled) what became of them. `gone` is how long `now` has been over, when what was taken
    /// before took its time.
    ///
    /// ```
    /// use lifestage::store::MemoryStore;
    /// use lifestage::{Actor, Creation, EffectKind, Handled, Pipeline, Record, Span, Timestamp, Worker, Workspace, presets};
    ///
    /// let (ada, now) = (Actor::new("ada").with_role("admin"), Timestamp::from_seconds(1_772_442_000));
    /// let crm = Workspace::open(MemoryStore::new(), "acme")?;
    /// crm.publish(&Pipeline::from_json(presets::SALES_STAGES)?, &ada, now)?;
    /// let lead = Record::new("lead-1").with("name", "Mo").with("email", "mo@example.com").with("property", "Elm Street 1");
    /// crm.create(lead, &Creation::new(), &ada, now)?;
    ///
    /// let worker = Worker::new(&crm);
    /// let taken = worker.take(&[EffectKind::SendEmail], now, Span::default())?;
    /// assert_eq!((taken.deliveries.len(), taken.round.delivered), (1, 1)); // a message for us, and a task
    /// assert!(worker.still_wants(&taken.deliveries[0], &[])?);
    /// let round = worker.handled(&taken.deliveries, vec![Some(Ok(Handled::Delivered))], now)?;
    /// assert_eq!(round.delivered, 1);
    /// assert_eq!(worker.take(&[EffectKind::SendEmail], now, Span::default())?.deliveries, []);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub fn take(&self, kinds: &[EffectKind], now: Timestamp, gone: Span) -> Result<Taken, WorkspaceError> {
        let here = Instant::now();
        let began = here.checked_sub(duration(gone)).unwrap_or(here);
        let (deliveries, round) = self.sift(kinds, now, began)?;
        Ok(Taken { deliveries, lease: self.lease, round })
    }

    /// Whether an effect that was taken is still to be delivered: while others were, its row may have been undone (S43),
    /// the stay that it belongs to have ended (S49), its record be gone to the trash or erased (S61a, S44), and one that
    /// failed holds back those of its kind that come after it in its record (S47). `failed` are those that did, of what
    /// was taken with it.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn still_wants(&self, delivery: &Delivery, failed: &[Delivery]) -> Result<bool, WorkspaceError> {
        let effect = &delivery.effect;
        let held_back = |Delivery { effect: failed, .. }: &Delivery| {
            failed.record == effect.record && failed.kind == effect.kind
        };
        Ok(!failed.iter().any(held_back) && self.still_has(delivery)?)
    }

    /// Writes down what became of effects that were [taken](Self::take), in their order: what failed is tried again
    /// later, until it is given up. Those that were not begun, and those beyond the end of `handled`, go back.
    ///
    /// # Errors
    /// As [`run_once`](Self::run_once).
    pub fn handled(
        &self,
        deliveries: &[Delivery],
        handled: Vec<HandledByHost>,
        now: Timestamp,
    ) -> Result<Round, WorkspaceError> {
        let settled = deliveries.iter().zip(handled).map(|(delivery, handled)| match handled {
            Some(handled) => self.spared(delivery, self.outcome(delivery, handled, now), now),
            None => Settled::GivenBack { at: delivery.ready_at },
        });
        self.settle(deliveries.iter(), settled.collect(), now)
    }

    /// As [`next_due`](Self::next_due), for a host that takes effects of these `kinds`.
    ///
    /// # Errors
    /// [`WorkspaceError`] when the store cannot be read.
    pub fn next_due_with(&self, kinds: &[EffectKind]) -> Result<Option<Timestamp>, WorkspaceError> {
        Ok(self.crm.store().next_ready(self.crm.tenant(), &self.kinds(kinds))?)
    }
}
