//! The presets are complete and load without a word against them.

use lifestage::definition::Definition;
use lifestage::{Pipeline, presets};

#[test]
fn every_preset_loads_without_findings_under_its_own_id() {
    for (id, json) in presets::ALL {
        let pipeline = Pipeline::from_json(json).unwrap_or_else(|error| panic!("{id}:\n{error}"));
        assert_eq!(pipeline.id(), id);
        let warnings: Vec<String> = pipeline.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, Vec::<String>::new(), "{id}");
    }
}

#[test]
fn every_preset_survives_the_way_through_json_unchanged() {
    for (id, json) in presets::ALL {
        let pipeline = Pipeline::from_json(json).unwrap();
        let again = Pipeline::from_json(&pipeline.to_json()).unwrap();
        assert_eq!(again.definition(), pipeline.definition(), "{id}");
        assert_eq!(again.meaning(), pipeline.meaning(), "{id}");
        let written: Definition = serde_json::from_str(json).unwrap();
        let plain = |document: &Definition| serde_json::to_value(document).unwrap();
        assert_eq!(plain(&written), plain(again.definition()), "{id}");
    }
}
