//! The lead pipeline, written in Rust.

use lifestage::Capability::{
    Act, Approve, Assign, ChangeCategory, Claim, ConfigureCatalog, Convert, Correct, Create, DeleteContact,
    EditContact, EditFields, Erase, Export, Force, Import, Merge, Migrate, Move, Publish, Reassign, SaveView,
    ShareView, View,
};
use lifestage::catalog::{Colour, Icon, Outcome};
use lifestage::criteria::FieldType;
use lifestage::definition::{
    ActionDef, ActionKind, CategoryDef, ConversionDef, Definition, FieldDef, InputDef, MoveDef, RoleDef,
    StageDef,
};

pub(crate) fn lead() -> Definition {
    Definition::new("lead", "Lead pipeline")
        .with_schema("../docs/definition.schema.json")
        .with_description(
            "Nine statuses from New to Won. Each offers only the moves listed \
for it: there is no leaping ahead, and a closed or parked lead comes \
back by Revive.",
        )
        .with_record_kind("lead")
        .with_field("name", FieldDef::new(FieldType::String).with_label("Full name"))
        .with_field("email", FieldDef::new(FieldType::String).with_label("E-mail").indexed())
        .with_field("phone", FieldDef::new(FieldType::String).with_label("Phone"))
        .with_field("company", FieldDef::new(FieldType::String).with_label("Company"))
        .with_field("source", FieldDef::new(FieldType::String).with_label("Lead source").indexed())
        .with_field("budget", FieldDef::new(FieldType::Int).with_label("Budget"))
        .with_field("consent", FieldDef::new(FieldType::Bool).with_label("Consent"))
        .with_field("created_at", FieldDef::new(FieldType::Timestamp).with_label("Created"))
        .with_field("notes", FieldDef::new(FieldType::String).with_label("Notes"))
        .with_category(
            CategoryDef::new("open", "Open", Outcome::Open)
                .with_description("Being worked, or parked for now."),
        )
        .with_category(CategoryDef::new("won", "Won", Outcome::Won).with_description("Bought."))
        .with_category(
            CategoryDef::new("lost", "Lost", Outcome::Lost)
                .with_description("No sale, until somebody revives it."),
        )
        .with_stage(
            StageDef::new("new", "New", "open")
                .with_description("Entered the list, and nobody has been in touch.")
                .with_guidance("Reach out, then mark the lead contacted.")
                .with_icon(Icon::Sparkles)
                .with_colour(Colour::BLUE)
                .as_default()
                .with_action(schedule_appointment("schedule_appointment_new")),
        )
        .with_stage(
            StageDef::new("contacted", "Contacted", "open")
                .with_description("A first call or message has gone out to the lead.")
                .with_guidance("Keep trying until there is an answer.")
                .with_icon(Icon::Send)
                .with_colour(Colour::BLUE)
                .with_action(schedule_appointment("schedule_appointment_contacted")),
        )
        .with_stage(
            StageDef::new("engaged", "Engaged", "open")
                .with_description("The lead answers; the talk goes both ways.")
                .with_guidance(
                    "Agree on a visit. Entering it in the calendar is a separate step; \
neither does the other.",
                )
                .with_icon(Icon::Message)
                .with_colour(Colour::PURPLE)
                .with_action(schedule_appointment("schedule_appointment_engaged")),
        )
        .with_stage(
            StageDef::new("appointment_set", "Appointment set", "open")
                .with_description("The lead has agreed to a visit.")
                .with_guidance("If nobody comes, click No-show and book again from Engaged.")
                .with_icon(Icon::CalendarCheck)
                .with_colour(Colour::YELLOW)
                .with_action(schedule_appointment("schedule_appointment_appointment_set")),
        )
        .with_stage(
            StageDef::new("showed", "Showed", "open")
                .with_description("The visit took place.")
                .with_guidance("Talk numbers, or step back if the click was too early.")
                .with_icon(Icon::UserCheck)
                .with_colour(Colour::ORANGE)
                .with_action(schedule_appointment("schedule_appointment_showed")),
        )
        .with_stage(
            StageDef::new("negotiating", "Negotiating", "open")
                .with_description("Price and terms are on the table.")
                .with_guidance("Convert the lead and start the deal before, or right when, it is won.")
                .with_icon(Icon::CurrencyDollar)
                .with_colour(Colour::ORANGE)
                .with_action(schedule_appointment("schedule_appointment_negotiating")),
        )
        .with_stage(
            StageDef::new("won", "Won", "won")
                .with_description("A sale. Nothing follows: the work goes on in the deal.")
                .with_guidance("There are no buttons here on purpose; a won lead is not undone.")
                .with_icon(Icon::Check)
                .with_colour(Colour::GREEN)
                .as_final(),
        )
        .with_stage(
            StageDef::new("lost", "Lost", "lost")
                .with_description("No sale will come of it as things stand.")
                .with_guidance("Not gone: Revive brings it back to Contacted.")
                .with_icon(Icon::Cross)
                .with_colour(Colour::RED),
        )
        .with_stage(
            StageDef::new("dormant", "Dormant", "open")
                .with_description("Silent for a while, and set aside until there is a reason to call.")
                .with_guidance("Not gone: Revive brings it back to Contacted.")
                .with_icon(Icon::Snowflake)
                .with_colour(Colour::GRAY)
                .with_action(schedule_appointment("schedule_appointment_dormant")),
        )
        .unowned_at_creation()
        .with_move(
            MoveDef::new("set_appointment", "Set appointment", "appointment_set")
                .from("engaged")
                .with_description("A visit was agreed; offered in Engaged only."),
        )
        .with_move(
            MoveDef::new("mark_showed", "Mark showed", "showed")
                .from("appointment_set")
                .with_description("The visit took place."),
        )
        .with_move(
            MoveDef::new("start_negotiation", "Start negotiation", "negotiating")
                .from("showed")
                .with_description("The talk is about numbers now."),
        )
        .with_move(
            MoveDef::new("mark_won", "Mark won", "won")
                .from("negotiating")
                .with_description("The lead has bought."),
        )
        .with_move(
            MoveDef::new("mark_contacted", "Mark contacted", "contacted")
                .from("new")
                .step_back_from("engaged")
                .with_description("Contact was made; from Engaged it takes back a click."),
        )
        .with_move(
            MoveDef::new("mark_engaged", "Mark engaged", "engaged")
                .from("contacted")
                .step_back_from(["showed", "negotiating"])
                .with_description("The lead answers; from Showed and Negotiating it takes back a click."),
        )
        .with_move(
            MoveDef::new("no_show", "No-show", "engaged")
                .from("appointment_set")
                .with_description("Nobody came; book again from Engaged."),
        )
        .with_move(
            MoveDef::new("mark_lost", "Mark lost", "lost")
                .from(["new", "contacted", "engaged", "appointment_set", "showed", "negotiating"])
                .with_description("Give up on the lead, until somebody revives it.")
                .asking(
                    "reason",
                    InputDef::new(FieldType::String)
                        .with_label("Why was it lost?")
                        .one_of([
                            "price",
                            "competitor",
                            "no_need",
                            "no_answer",
                            "bad_timing",
                            "wrong_contact",
                            "duplicate",
                            "other",
                        ])
                        .note_for(["other"])
                        .optional(),
                )
                .asking("note", InputDef::new(FieldType::String).with_label("Note").optional()),
        )
        .with_move(
            MoveDef::new("mark_dormant", "Mark dormant", "dormant")
                .from(["new", "contacted", "engaged", "appointment_set"])
                .with_description("Set a silent lead aside."),
        )
        .with_move(
            MoveDef::new("revive", "Revive", "contacted")
                .revive_from(["lost", "dormant"])
                .with_description("Work a lost or parked lead again."),
        )
        .with_conversion(ConversionDef::into("life_stages").in_stage("customer"))
        .with_role(
            "member",
            RoleDef::new("Team member").can([
                Create,
                View,
                Act,
                Move,
                EditFields,
                EditContact,
                Convert,
                SaveView,
            ]),
        )
        .with_role("sales", RoleDef::new("Sales").inheriting(["member"]).can([Claim]))
        .with_role(
            "manager",
            RoleDef::new("Manager").inheriting(["member"]).can([
                Claim,
                Assign,
                Reassign,
                DeleteContact,
                Merge,
                Import,
                Export,
                Approve,
                Correct,
                ShareView,
            ]),
        )
        .with_role(
            "owner",
            RoleDef::new("Owner").inheriting(["member"]).can([
                Claim,
                Assign,
                Reassign,
                DeleteContact,
                Merge,
                ConfigureCatalog,
                ChangeCategory,
                Publish,
                Migrate,
                Import,
                Export,
                Force,
                Approve,
                Correct,
                Erase,
                ShareView,
            ]),
        )
}

fn schedule_appointment(id: &str) -> ActionDef {
    ActionDef::new(id, "Schedule appointment", ActionKind::ScheduleMeeting)
        .with_icon(Icon::CalendarCheck)
        .with("title", "Visit of {{ name }}")
}
