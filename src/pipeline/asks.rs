//! What a person may be asked for, before anything is judged.

use alloc::vec::Vec;

use crate::catalog::StageIx;
use crate::policy::{Ask as Question, MoveIx};
use crate::request::Target;

use super::Pipeline;

impl Pipeline {
    /// What a request for this target may ask for, from wherever it starts: the inputs of the move, or
    /// of every move that leads to the stage, then those of the stage and its category (S11). Each name
    /// once. Nothing for an unknown target.
    ///
    /// ```
    /// use lifestage::{Pipeline, Target, presets};
    ///
    /// let lead = Pipeline::from_json(presets::LEAD)?;
    /// let asks: Vec<_> = lead.asks(&Target::Move("mark_lost".into())).iter().map(|ask| ask.name()).collect();
    /// assert_eq!(asks, ["reason", "note"]);
    /// # Ok::<(), lifestage::DefinitionError>(())
    /// ```
    pub fn asks(&self, target: &Target) -> Vec<&Question> {
        let compiled = &*self.compiled;
        let policy = &compiled.policy;
        let (to, moves): (Option<StageIx>, Vec<MoveIx>) = match target {
            Target::Move(id) => (self.target_of(id), policy.index_of(id).into_iter().collect()),
            Target::Stage(id) => {
                let to = compiled.catalog.index_of(id);
                let places = (0_u32..).map(MoveIx::new).zip(policy.moves.iter());
                (to, places.filter(|(_, mv)| Some(mv.to) == to).map(|(ix, _)| ix).collect())
            }
        };
        let own = moves.into_iter().filter_map(|ix| policy.get(ix)).flat_map(|mv| mv.rule.asks.iter());
        let entry = to.and_then(|to| compiled.gate(to)).into_iter().flat_map(|gate| gate.asks.iter());
        let mut asks: Vec<&Question> = Vec::new();
        for ask in own.chain(entry).filter_map(|at| compiled.asks.get(*at as usize)) {
            if !asks.iter().any(|known| known.name() == ask.name()) {
                asks.push(ask);
            }
        }
        asks
    }
}
