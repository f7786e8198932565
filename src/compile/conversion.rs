use super::Compiler;
use crate::code::FindingCode;
use crate::finding::At;
use crate::policy::TransitionPolicy;

const CONVERSION: At<'static> = At::ROOT.key("conversion");

impl Compiler<'_> {
    /// What converting makes (S57). Other pipelines are not at hand: of those the ids can be ids, no more.
    pub(super) fn conversion(&mut self, policy: &TransitionPolicy) {
        let document = self.document;
        let Some(conversion) = &document.conversion else { return };
        self.id(&conversion.into, CONVERSION.key("into"));
        if conversion.into == document.id && !document.id.is_empty() {
            let message = alloc::format!("`{}` is this pipeline itself", document.id.escape_debug());
            self.findings.error(FindingCode::BadValue, CONVERSION.key("into"), message);
        }
        for (id, key) in [(&conversion.stage, "stage"), (&conversion.deals, "deals")] {
            if !id.is_empty() {
                self.id(id, CONVERSION.key(key));
            }
        }
        if !conversion.mv.is_empty() && policy.ids.get(&conversion.mv).is_none() {
            self.unknown_move(&conversion.mv, CONVERSION.key("move"));
        }
    }
}
