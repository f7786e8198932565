//! Ready definitions, one for each way of working that CRM products have (`presets/`).
//!
//! Each is a JSON document for [`Pipeline::from_json`](crate::Pipeline::from_json), meant to be used
//! as it is or as a starting point.

/// Contact stages in three categories, with an approved stage that books calls.
pub const CONTACT_STAGES: &str = include_str!("../presets/contact_stages.json");
/// A company's contact lifecycle, from lead to churned, with typical actions.
pub const COMPANY_LIFECYCLE: &str = include_str!("../presets/company_lifecycle.json");
/// A lead pipeline of nine stages and exactly 22 permitted moves.
pub const LEAD: &str = include_str!("../presets/lead.json");
/// The four life stages of a contact.
pub const LIFE_STAGES: &str = include_str!("../presets/life_stages.json");
/// Sales stages in five categories, with workflows.
pub const SALES_STAGES: &str = include_str!("../presets/sales_stages.json");

/// Every preset by the id of its pipeline.
pub const ALL: [(&str, &str); 5] = [
    ("contact_stages", CONTACT_STAGES),
    ("company_lifecycle", COMPANY_LIFECYCLE),
    ("lead", LEAD),
    ("life_stages", LIFE_STAGES),
    ("sales_stages", SALES_STAGES),
];
