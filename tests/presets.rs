//! The presets are complete and load without a word against them.

use lifestage::catalog::{Category, Colour, Icon, IconGroup, Outcome, PALETTE};
use lifestage::definition::{ActionKind, Definition};
use lifestage::{Actor, Capability, Decision, Pipeline, Record, Request, Timestamp, presets};

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

/// Category by category: name, outcome, and the names of its stages.
fn shape(json: &str) -> Vec<(String, Outcome, Vec<String>)> {
    let pipeline = Pipeline::from_json(json).unwrap();
    let catalog = pipeline.catalog();
    let stages = |category: &Category| {
        catalog.stages_of(category.id()).map(|stage| stage.name().to_owned()).collect::<Vec<_>>()
    };
    catalog.categories().map(|c| (c.name().to_owned(), c.outcome(), stages(c))).collect()
}

fn is(name: &str, outcome: Outcome, stages: &[&str]) -> (String, Outcome, Vec<String>) {
    (name.to_owned(), outcome, stages.iter().map(|stage| (*stage).to_owned()).collect())
}

#[test]
fn contact_stages_are_those_of_seed_000() {
    let active = ["New Lead", "Approved", "Nurturing", "Contacted", "Follow-Up Scheduled", "Engaged"];
    let won = ["Customer", "Onboarded", "Premium Client"];
    let lost = ["Ghosting", "Rejected", "Budget Issue", "No Decision", "Not a Fit"];
    let expected = [
        is("Active", Outcome::Open, &active),
        is("Won", Outcome::Won, &won),
        is("Lost", Outcome::Lost, &lost),
    ];
    assert_eq!(shape(presets::CONTACT_STAGES), expected);
    let pipeline = Pipeline::from_json(presets::CONTACT_STAGES).unwrap();
    let catalog = pipeline.catalog();
    assert_eq!(catalog.default_stage().name(), "New Lead");
    let protected: Vec<_> =
        catalog.stages().filter(|stage| stage.is_protected()).map(|stage| stage.name()).collect();
    assert_eq!(protected, ["Approved"]);
    assert!(catalog.stages().all(|stage| stage.icon().is_some() && stage.colour().is_some()));

    let now = Timestamp::default();
    let contact = Record::new("c").in_stage("approved");
    let user = Actor::new("u").with_role("user");
    let actions: Vec<_> = pipeline.actions(&contact, &user, now).map(|action| action.definition()).collect();
    assert_eq!(actions.len(), 1);
    assert_eq!((actions[0].name.as_str(), actions[0].kind), ("Book a call", ActionKind::BookCall));
    assert_eq!(
        (actions[0].on_done.leave_queue.as_str(), actions[0].on_done.join_queue.as_str()),
        ("appointment_setting", "calls")
    );
    let new = Record::new("c").in_stage("new_lead");
    assert_eq!(pipeline.actions(&new, &user, now).count(), 0, "offered in its stage only");
    let may = |role: &str, capability| pipeline.can(&new, &Actor::new("x").with_role(role), capability);
    for role in ["admin", "manager"] {
        assert!(may(role, Capability::ConfigureCatalog) && may(role, Capability::ChangeCategory), "{role}");
    }
    for role in ["user", "appointment_setter", "closer"] {
        assert!(
            may(role, Capability::Move) && may(role, Capability::Act) && may(role, Capability::SaveView),
            "{role}"
        );
        assert!(!may(role, Capability::ConfigureCatalog), "{role}");
    }
    let setter = Actor::new("s").with_role("appointment_setter");
    assert!(matches!(pipeline.decide(&new, &Request::to("approved"), &setter, now), Decision::Moved(_)));
}

#[test]
fn the_company_lifecycle_is_that_of_seed_001() {
    let expected = [
        is("Open", Outcome::Open, &["Lead", "MQL", "SQL"]),
        is("Won", Outcome::Won, &["Customer"]),
        is("Lost", Outcome::Lost, &["Inactive", "Churned"]),
    ];
    assert_eq!(shape(presets::COMPANY_LIFECYCLE), expected);
    let pipeline = Pipeline::from_json(presets::COMPANY_LIFECYCLE).unwrap();
    let document = pipeline.definition();
    let typical = [
        ("lead", vec!["Verify Information", "Welcome Message"]),
        ("mql", vec!["Send Newsletter", "Offer Demo"]),
        ("sql", vec!["Proposal", "Offer Demonstration"]),
        ("customer", vec!["Feedback Collection", "Account Creation"]),
        ("inactive", vec!["Get Feedback", "Send New Offer"]),
        ("churned", vec!["Get Feedback", "Send New Offer"]),
    ];
    for (id, names) in typical {
        let stage = document.stages.iter().find(|stage| stage.id == id).unwrap();
        for name in names {
            assert!(stage.actions.iter().any(|action| action.name == name), "{id}: {name}");
        }
    }
    let all: Vec<&str> = document.stages.iter().flat_map(|s| &s.actions).map(|a| a.name.as_str()).collect();
    for custom in ["Assign Salesperson", "Notify Team", "Send Email", "Assign Consultant", "Schedule Meeting"]
    {
        assert!(all.contains(&custom), "{custom}");
    }
}

#[test]
fn the_lead_pipeline_is_that_of_seed_002() {
    let open = ["New", "Contacted", "Engaged", "Appointment set", "Showed", "Negotiating", "Dormant"];
    let mut expected = vec![
        is("Open", Outcome::Open, &open),
        is("Won", Outcome::Won, &["Won"]),
        is("Lost", Outcome::Lost, &["Lost"]),
    ];
    let mut found = shape(presets::LEAD);
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(found, expected);
    let pipeline = Pipeline::from_json(presets::LEAD).unwrap();
    let finals: Vec<_> =
        pipeline.catalog().stages().filter(|stage| stage.is_final()).map(|stage| stage.id()).collect();
    assert_eq!(finals, ["won"]);
    let lead = Record::new("l");
    let may = |role: &str, capability| pipeline.can(&lead, &Actor::new("x").with_role(role), capability);
    for role in ["member", "sales", "manager", "owner"] {
        assert!(
            may(role, Capability::Move) && may(role, Capability::Convert),
            "any signed-in member: {role}"
        );
        assert_eq!(may(role, Capability::Reassign), matches!(role, "manager" | "owner"), "{role}");
    }
    assert!(may("sales", Capability::Claim));
}

#[test]
fn life_stages_are_those_of_seed_003() {
    let expected = [
        is("Open", Outcome::Open, &["Subscriber", "Lead", "Opportunity"]),
        is("Won", Outcome::Won, &["Customer"]),
    ];
    assert_eq!(shape(presets::LIFE_STAGES), expected);
    let pipeline = Pipeline::from_json(presets::LIFE_STAGES).unwrap();
    let agent = Actor::new("ann").with_role("agent");
    let (own, foreign) = (Record::new("c").owned_by("ann"), Record::new("c").owned_by("bob"));
    for capability in [Capability::EditContact, Capability::DeleteContact] {
        assert!(pipeline.can(&own, &agent, capability) && !pipeline.can(&foreign, &agent, capability), "S61");
        assert!(pipeline.can(&foreign, &Actor::new("root").with_role("admin"), capability));
    }
    assert!(pipeline.can(&foreign, &agent, Capability::View));
}

#[test]
fn sales_stages_are_those_of_seed_004() {
    let outcomes: Vec<_> =
        shape(presets::SALES_STAGES).into_iter().map(|(name, outcome, _)| (name, outcome)).collect();
    let expected = [
        ("Potential", Outcome::Open),
        ("Prospective", Outcome::Open),
        ("Current", Outcome::Won),
        ("Lost", Outcome::Lost),
        ("Invalid", Outcome::Disqualified),
    ];
    assert_eq!(outcomes, expected.map(|(name, outcome)| (name.to_owned(), outcome)));
    let pipeline = Pipeline::from_json(presets::SALES_STAGES).unwrap();
    let catalog = pipeline.catalog();
    let made_contact = catalog.stage("made_contact").unwrap();
    assert_eq!(catalog.category_of(made_contact).unwrap().name(), "Prospective");
    for category in catalog.categories() {
        let ours =
            catalog.stages_of(category.id()).filter(|stage| stage.description().starts_with("Ours:")).count();
        assert!(ours >= 1, "{}", category.name());
    }
    let document = pipeline.definition();
    let flow = document.workflows.iter().find(|flow| flow.stage == "made_contact").unwrap();
    assert!(!flow.tasks.is_empty() && flow.messages.len() >= 2);
    let lead = Record::new("l").in_stage("new_inquiry").with("email", "a@example.com");
    let user = Actor::new("u").with_role("user");
    let Decision::Moved(change) =
        pipeline.decide(&lead, &Request::to("made_contact"), &user, Timestamp::default())
    else {
        panic!()
    };
    let planned: Vec<_> = change.effects().map(|effect| effect.action.to_string()).collect();
    for task in &flow.tasks {
        assert!(planned.contains(&format!("{}/{}", flow.id, task.id)), "{planned:?}");
    }
}

#[test]
fn the_icon_catalogue_and_the_palette_are_those_of_seed_000() {
    let guide = [
        (
            IconGroup::StatusAndProgress,
            &["check", "dashed_circle", "cross", "minus", "plus", "hourglass", "block"][..],
        ),
        (IconGroup::ActionsAndMovement, &["arrow", "send", "phone", "message", "mail"]),
        (IconGroup::PeopleAndOwnership, &["user_check", "user_plus", "user_minus"]),
        (IconGroup::DocumentsAndWorkflow, &["notes", "document", "checklist", "calendar_check"]),
        (IconGroup::FinancialAndOutcomes, &["cash", "currency_dollar", "currency_euro", "diamond"]),
        (IconGroup::SignalsAndIndicators, &["sparkles", "trending", "flame", "snowflake"]),
        (IconGroup::LifecycleAndGrowth, &["seedling", "plant"]),
        (IconGroup::EmotionsAndStates, &["happy", "sad", "ghost"]),
    ];
    let guide = guide.iter().flat_map(|(group, names)| names.iter().map(move |name| (*group, *name)));
    let own = Icon::ALL.iter().map(|icon| (icon.group(), icon.name()));
    assert_eq!(own.collect::<Vec<_>>(), guide.collect::<Vec<_>>());
    let names = PALETTE.map(|(name, _)| name);
    assert_eq!(names, ["gray", "blue", "red", "green", "purple", "orange", "yellow", "pink"]);
    for (name, colour) in PALETTE {
        assert_eq!(colour.to_string(), name);
        let [red, green, blue] = colour.channels();
        assert_eq!(format!("rgb({red},{green},{blue})").parse(), Ok(colour));
        assert_eq!(format!("#{red:02X}{green:02x}{blue:02X}").parse(), Ok(colour));
    }
    assert_eq!("#fa0".parse::<Colour>().unwrap().to_string(), "#ffaa00");
    for bad in ["", "#12", "#12345", "#gggggg", "rgb(1,2)", "rgb(1,2,256)", "mauve", "#ééé"] {
        assert!(bad.parse::<Colour>().is_err(), "{bad}");
    }
}

#[test]
fn a_colour_is_stored_in_one_form_however_it_is_written() {
    let painted = |colour: &str| {
        let mut document: serde_json::Value = serde_json::from_str(presets::LEAD).unwrap();
        document["stages"][0]["colour"] = colour.into();
        Pipeline::from_json(&document.to_string()).unwrap()
    };
    let one = painted("#FF8800");
    assert_eq!(one.definition().stages[0].colour, "#ff8800", "S29");
    // S23: no change, no event.
    for same in ["#f80", "rgb(255, 136, 0)"] {
        assert!(
            lifestage::definition::diff(one.definition(), painted(same).definition()).is_empty(),
            "{same}"
        );
    }
}
