//! The sales stages, written in Rust.

use lifestage::Capability::{
    Act, Approve, Assign, ChangeCategory, Claim, ConfigureCatalog, Convert, Correct, Create, DeleteContact,
    EditContact, EditFields, Erase, Export, Force, Import, Merge, Migrate, Move, Publish, Reassign, SaveView,
    ShareView, View,
};
use lifestage::Offset;
use lifestage::catalog::{Colour, Icon, Outcome};
use lifestage::criteria::FieldType;
use lifestage::definition::{
    CategoryDef, Definition, FieldDef, InputDef, MessageDef, Repeat, RoleDef, StageDef, TaskDef, WorkflowDef,
};

pub(crate) fn sales_stages() -> Definition {
    Definition::new("sales_stages", "Sales stages")
        .with_schema("../docs/definition.schema.json")
        .with_description(
            "Milestones on the way to winning or losing a property owner, in \
five categories, with the follow-up that each lead in a stage \
receives.",
        )
        .with_record_kind("lead")
        .with_field("name", FieldDef::new(FieldType::String).with_label("Name"))
        .with_field("email", FieldDef::new(FieldType::String).with_label("E-mail").indexed())
        .with_field("phone", FieldDef::new(FieldType::String).with_label("Phone"))
        .with_field("text_consent", FieldDef::new(FieldType::Bool).with_label("May be texted"))
        .with_field("property", FieldDef::new(FieldType::String).with_label("Property"))
        .with_field("source", FieldDef::new(FieldType::String).with_label("Source").indexed())
        .with_category(
            CategoryDef::new("potential", "Potential", Outcome::Open)
                .with_description("Interested, but not ready for a sales conversation."),
        )
        .with_category(
            CategoryDef::new("prospective", "Prospective", Outcome::Open)
                .with_description("Interested, and talking with us."),
        )
        .with_category(
            CategoryDef::new("current", "Current", Outcome::Won)
                .with_description("Has signed a contract: a client of today."),
        )
        .with_category(
            CategoryDef::new("lost", "Lost", Outcome::Lost)
                .with_description("Was interested and went another way.")
                .asking(
                    "reason",
                    InputDef::new(FieldType::String)
                        .with_label("Why did they go?")
                        .one_of([
                            "hired_a_competitor",
                            "disliked_the_pricing",
                            "manages_the_property_alone",
                            "other",
                        ])
                        .note_for(["other"])
                        .optional(),
                )
                .asking("note", InputDef::new(FieldType::String).with_label("Note").optional()),
        )
        .with_category(
            CategoryDef::new("invalid", "Invalid", Outcome::Disqualified)
                .with_description("Not qualified, or there already."),
        )
        .with_stage(
            StageDef::new("new_inquiry", "New Inquiry", "potential")
                .with_description("Ours: has asked about our services and waits for a first answer.")
                .with_guidance("Get in touch today.")
                .with_icon(Icon::Sparkles)
                .with_colour(Colour::BLUE)
                .as_default(),
        )
        .with_stage(
            StageDef::new("long_term_nurture", "Long-Term Nurture", "potential")
                .with_description("Ours: likes the idea, not now.")
                .with_guidance("Stay in mind without pushing.")
                .with_icon(Icon::Plant)
                .with_colour(Colour::PURPLE),
        )
        .with_stage(
            StageDef::new("made_contact", "Made Contact", "prospective")
                .with_description(
                    "Most likely came in a short while ago; the first conversation has \
taken place.",
                )
                .with_guidance("Learn about the property and agree on the next step.")
                .with_icon(Icon::Phone)
                .with_colour(Colour::YELLOW),
        )
        .with_stage(
            StageDef::new("proposal_sent", "Proposal Sent", "prospective")
                .with_description("Ours: has our offer and is thinking about it.")
                .with_guidance("Call before the offer gets cold.")
                .with_icon(Icon::Document)
                .with_colour(Colour::ORANGE),
        )
        .with_stage(
            StageDef::new("signed", "Signed", "current")
                .with_description("Ours: the management agreement is signed.")
                .with_guidance("Start the onboarding.")
                .with_icon(Icon::Check)
                .with_colour(Colour::GREEN),
        )
        .with_stage(
            StageDef::new("went_elsewhere", "Went Elsewhere", "lost")
                .with_description(
                    "Ours: moved on; the reason says whether it was a competitor, the \
price or doing it alone.",
                )
                .with_guidance("Say goodbye kindly and look in later.")
                .with_icon(Icon::Cross)
                .with_colour(Colour::RED),
        )
        .with_stage(
            StageDef::new("unqualified", "Unqualified", "invalid")
                .with_description("Ours: not somebody we can serve.")
                .with_icon(Icon::UserMinus)
                .with_colour(Colour::GRAY),
        )
        .with_stage(
            StageDef::new("duplicate", "Duplicate", "invalid")
                .with_description("Ours: the same lead is in the list already.")
                .with_guidance("Merge it with the other one.")
                .with_icon(Icon::Block)
                .with_colour(Colour::GRAY),
        )
        .free()
        .with_role(
            "user",
            RoleDef::new("User").can([Create, View, Act, Move, EditFields, EditContact, Claim, SaveView]),
        )
        .with_role(
            "admin",
            RoleDef::new("Admin").inheriting(["user"]).can([
                DeleteContact,
                Assign,
                Reassign,
                Convert,
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
        .with_workflow(
            WorkflowDef::new("new_inquiry_follow_up", "First answer", "new_inquiry")
                .with_task(
                    TaskDef::new("first_call", "Call {{ name }} about {{ property }}", Offset::minutes(30))
                        .in_working_time()
                        .reminding([Offset::minutes(10)]),
                )
                .with_task(
                    TaskDef::new("second_try", "Try {{ name }} once more", Offset::days(1))
                        .at(10, 0)
                        .reminding([Offset::hours(1)])
                        .after("first_call"),
                )
                .with_message(
                    MessageDef::email(
                        "thanks",
                        "Thank you for asking",
                        "Hello {{ name }}, we have your question about {{ property }} and \
will call you shortly.",
                    )
                    .when("has(email)")
                    .repeating(Repeat::FirstVisit),
                ),
        )
        .with_workflow(
            WorkflowDef::new("nurture_touches", "Staying in touch", "long_term_nurture")
                .with_task(
                    TaskDef::new(
                        "check_in",
                        "Ask {{ name }} how things stand with {{ property }}",
                        Offset::months(3),
                    )
                    .at(9, 0)
                    .reminding([Offset::days(1)]),
                )
                .with_message(
                    MessageDef::email(
                        "guide",
                        "What owners ask us most",
                        "Hello {{ name }}, here are the answers to what owners ask us most.",
                    )
                    .sent_after(Offset::months(1))
                    .when("has(email)")
                    .repeating(Repeat::Once),
                ),
        )
        .with_workflow(
            WorkflowDef::new("made_contact_follow_up", "Follow-up after first contact", "made_contact")
                .with_task(TaskDef::new(
                    "write_down",
                    "Write down what {{ name }} needs",
                    Offset::minutes(30),
                ))
                .with_task(
                    TaskDef::new(
                        "send_information",
                        "Send {{ name }} the information on {{ property }}",
                        Offset::hours(4),
                    )
                    .in_working_time()
                    .reminding([Offset::minutes(30)]),
                )
                .with_task(
                    TaskDef::new("follow_up_call", "Call {{ name }}: is anything unclear?", Offset::days(2))
                        .at(9, 0)
                        .reminding([Offset::days(1), Offset::hours(1)])
                        .after("send_information"),
                )
                .with_task(
                    TaskDef::new(
                        "offer_visit",
                        "Offer {{ name }} a visit at {{ property }}",
                        Offset::weeks(1),
                    )
                    .at(10, 0)
                    .reminding([Offset::days(1)])
                    .after("follow_up_call"),
                )
                .with_task(
                    TaskDef::new(
                        "decide",
                        "Decide with {{ name }}: proposal, nurture or goodbye",
                        Offset::months(1),
                    )
                    .for_owner()
                    .reminding([Offset::days(2)]),
                )
                .with_message(
                    MessageDef::email(
                        "nice_to_meet_you",
                        "Good to talk to you",
                        "Hello {{ name }}, thank you for the conversation about {{ property \
}}. What we talked about follows shortly.",
                    )
                    .when("has(email)")
                    .repeating(Repeat::FirstVisit),
                )
                .with_message(
                    MessageDef::text(
                        "text_number",
                        "Hello {{ name }}, this is the number to reach us on about {{ \
property }}.",
                    )
                    .sent_after(Offset::minutes(10))
                    .when("has(phone) && text_consent == true")
                    .repeating(Repeat::FirstVisit),
                )
                .with_message(
                    MessageDef::email(
                        "still_there",
                        "Any questions?",
                        "Hello {{ name }}, is there anything about {{ property }} that we \
can answer?",
                    )
                    .sent_after(Offset::days(3))
                    .when("has(email)"),
                ),
        )
        .with_workflow(
            WorkflowDef::new("proposal_follow_up", "Following up an offer", "proposal_sent")
                .with_task(
                    TaskDef::new("confirm_receipt", "Make sure {{ name }} has the offer", Offset::days(1))
                        .at(9, 0)
                        .reminding([Offset::hours(1)]),
                )
                .with_task(
                    TaskDef::new("talk_it_over", "Go through the offer with {{ name }}", Offset::days(3))
                        .in_working_time()
                        .reminding([Offset::hours(4)])
                        .after("confirm_receipt"),
                )
                .with_message(
                    MessageDef::text(
                        "offer_reminder",
                        "Hello {{ name }}, do you have questions on our offer for {{ \
property }}?",
                    )
                    .sent_after(Offset::days(5))
                    .when("has(phone) && text_consent == true"),
                ),
        )
        .with_workflow(
            WorkflowDef::new("onboarding", "Onboarding", "signed")
                .with_task(
                    TaskDef::new("welcome_call", "Welcome {{ name }} by phone", Offset::days(1))
                        .at(9, 0)
                        .reminding([Offset::hours(1)])
                        .repeating(Repeat::Once),
                )
                .with_task(
                    TaskDef::new("handover", "Hand {{ property }} over to operations", Offset::weeks(1))
                        .reminding([Offset::days(1)])
                        .after("welcome_call")
                        .staying()
                        .repeating(Repeat::Once),
                )
                .with_message(
                    MessageDef::email(
                        "welcome",
                        "Welcome",
                        "Hello {{ name }}, welcome. These are the next steps for {{ property }}.",
                    )
                    .when("has(email)")
                    .repeating(Repeat::Once),
                ),
        )
        .with_workflow(
            WorkflowDef::new("win_back", "Looking in later", "went_elsewhere").with_task(
                TaskDef::new("look_in", "Ask {{ name }} how it is going elsewhere", Offset::months(6))
                    .at(9, 0)
                    .reminding([Offset::weeks(1)])
                    .repeating(Repeat::FirstVisit),
            ),
        )
}
