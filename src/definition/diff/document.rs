//! The document as a whole, and what is short in it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use smol_str::{SmolStr, ToSmolStr};

use super::list::{Kind, List};
use super::shown::Shown;
use super::words::Words::{Name, Prose, Switch, Value};
use super::{Differ, Place, Subject, looks, means};
use crate::definition::{
    CalendarDef, CategoryDef, ConversionDef, Definition, FieldDef, InputDef, LimitsDef, Named, PolicyDef,
    QueueDef, RoleDef,
};
use crate::finding::At;
use crate::value::Fields;

/// The place of the document itself, and of what it has one of.
const fn top<'a>(subject: Subject, id: &'a str, at: At<'a>) -> Place<'a> {
    Place { subject, id, parent: None, old: at, new: at }
}

/// A name as an aside, when there is one.
pub(super) fn named(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_string())
}

impl Differ<'_> {
    /// Compares two documents, member by member.
    pub(super) fn document(&mut self, old: &Definition, new: &Definition) {
        let Definition {
            schema: _,
            id,
            name,
            description,
            record_kind,
            company,
            archived,
            zone,
            zone_field,
            calendars,
            fields,
            categories,
            stages,
            policy,
            roles,
            queues,
            workflows,
            automation,
            sla,
            idle_resets,
            conversion,
            limits,
        } = old;
        let root = At::ROOT;
        let place = top(Subject::Pipeline, &new.id, root);
        self.part(&place, means("id", Value("has the id", "")), id, &new.id);
        self.part(&place, looks("name", Name), name, &new.name);
        self.part(&place, looks("description", Prose("description")), description, &new.description);
        let kind = means("record_kind", Value("is for records of the kind", ""));
        self.part(&place, kind, record_kind, &new.record_kind);
        self.part(&place, means("company", Value("is kept for the company", "")), company, &new.company);
        self.part(
            &place,
            means("archived", Switch("is archived", "is in use again")),
            archived,
            &new.archived,
        );
        self.part(&place, means("zone", Value("is in the time zone", "")), zone, &new.zone);
        let words = Value("takes the time zone of a record from", "");
        self.part(&place, means("zone_field", words), zone_field, &new.zone_field);

        let at = root.key("calendars");
        let kind = Kind {
            subject: Subject::Calendar,
            parent: None,
            name: |calendar: &CalendarDef| named(&calendar.name),
        };
        let list = |items| List::array(items, at, |calendar: &CalendarDef| &calendar.id);
        self.list(kind, &list(calendars), &list(&new.calendars), Self::calendar);

        let at = root.key("fields");
        let kind =
            Kind { subject: Subject::Field, parent: None, name: |field: &FieldDef| named(&field.label) };
        self.list(kind, &List::named(fields, at), &List::named(&new.fields, at), Self::field);

        let at = root.key("categories");
        let kind = Kind {
            subject: Subject::Category,
            parent: None,
            name: |category: &CategoryDef| named(&category.name),
        };
        let list = |items| List::array(items, at, |category: &CategoryDef| &category.id);
        self.list(kind, &list(categories), &list(&new.categories), Self::category);

        self.stages(stages, &new.stages);
        self.policy(policy, &new.policy);

        let at = root.key("roles");
        let kind = Kind { subject: Subject::Role, parent: None, name: |role: &RoleDef| named(&role.name) };
        self.list(kind, &List::named(roles, at), &List::named(&new.roles, at), Self::role);

        let at = root.key("queues");
        let kind =
            Kind { subject: Subject::Queue, parent: None, name: |queue: &QueueDef| named(&queue.name) };
        let list = |items| List::array(items, at, |queue: &QueueDef| &queue.id);
        self.list(kind, &list(queues), &list(&new.queues), Self::queue);

        self.workflows(workflows, &new.workflows);
        self.automations(automation, &new.automation);
        self.promises(sla, &new.sla);
        let words = Value("resets idle clocks on", "");
        self.part(&place, means("idle_resets", words), idle_resets, &new.idle_resets);
        self.conversion(&place, conversion.as_ref(), new.conversion.as_ref());
        self.limits(limits, &new.limits);
    }

    fn field(&mut self, place: &Place<'_>, old: &FieldDef, new: &FieldDef) {
        let FieldDef { field_type, label, one_of, indexed, format, region } = old;
        self.part(place, looks("label", Name), label, &new.label);
        self.part(place, means("type", Value("is of type", "")), field_type, &new.field_type);
        self.part(place, means("one_of", Value("allows only", "")), one_of, &new.one_of);
        let words = Switch("is now indexed", "is no longer indexed");
        self.part(place, looks("indexed", words), indexed, &new.indexed);
        self.part(place, means("format", Value("is written as", "")), format, &new.format);
        self.part(place, means("region", Value("takes phone numbers of", "")), region, &new.region);
    }

    fn category(&mut self, place: &Place<'_>, old: &CategoryDef, new: &CategoryDef) {
        let CategoryDef { id: _, name, outcome, description, input } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("outcome", Value("means", "")), outcome, &new.outcome);
        self.part(place, looks("description", Prose("description")), description, &new.description);
        self.inputs(place, input, &new.input);
    }

    /// What a category, a stage or a move asks.
    pub(super) fn inputs(&mut self, place: &Place<'_>, old: &Named<InputDef>, new: &Named<InputDef>) {
        let kind = Kind {
            subject: Subject::Input,
            parent: Some((place.subject, place.id)),
            name: |input: &InputDef| named(&input.label),
        };
        let (old, new) = (List::named(old, place.old.key("input")), List::named(new, place.new.key("input")));
        self.list(kind, &old, &new, Self::input);
    }

    fn input(&mut self, place: &Place<'_>, old: &InputDef, new: &InputDef) {
        let InputDef { field_type, label, one_of, note_for, optional } = old;
        self.part(place, looks("label", Value("asks", "")), label, &new.label);
        self.part(place, means("type", Value("is of type", "")), field_type, &new.field_type);
        self.part(place, means("one_of", Value("allows only", "")), one_of, &new.one_of);
        self.part(place, means("note_for", Value("needs a note for", "")), note_for, &new.note_for);
        let words = Switch("may now be left out", "may no longer be left out");
        self.part(place, means("optional", words), optional, &new.optional);
    }

    fn policy(&mut self, old: &PolicyDef, new: &PolicyDef) {
        let PolicyDef { free, no_skipping, no_backward, unowned_at_creation, moves } = old;
        let place = top(Subject::Policy, "", At::ROOT);
        let at = place.old.key("policy");
        let place = Place { old: at, new: at, ..place };
        let words =
            Switch("now lets every stage reach every other", "no longer lets every stage reach every other");
        self.part(&place, means("free", words), free, &new.free);
        let words = Switch("now forbids skipping", "no longer forbids skipping");
        self.part(&place, means("no_skipping", words), no_skipping, &new.no_skipping);
        let words = Switch("now forbids going back", "no longer forbids going back");
        self.part(&place, means("no_backward", words), no_backward, &new.no_backward);
        let words = Switch("now leaves new records unowned", "no longer leaves new records unowned");
        let part = means("unowned_at_creation", words);
        self.part(&place, part, unowned_at_creation, &new.unowned_at_creation);
        self.moves(moves, &new.moves, at.key("moves"));
    }

    fn role(&mut self, place: &Place<'_>, old: &RoleDef, new: &RoleDef) {
        let RoleDef { name, inherits, can } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("inherits", Value("inherits from", "")), inherits, &new.inherits);
        let words = |role: &RoleDef| role.can.iter().map(ToSmolStr::to_smolstr).collect::<Vec<SmolStr>>();
        if *can != new.can {
            let (old_words, new_words) = (words(old), words(new));
            let parent = Some((place.subject, place.id));
            let kind = Kind { subject: Subject::Grant, parent, name: |_: &SmolStr| None };
            let old_list = List::array(&old_words, place.old.key("can"), |word| word);
            let new_list = List::array(&new_words, place.new.key("can"), |word| word);
            self.list(kind, &old_list, &new_list, |_, _, _, _| {});
        }
    }

    fn queue(&mut self, place: &Place<'_>, old: &QueueDef, new: &QueueDef) {
        let QueueDef { id: _, name, stages } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("stages", Value("holds the records of", "")), stages, &new.stages);
    }

    fn calendar(&mut self, place: &Place<'_>, old: &CalendarDef, new: &CalendarDef) {
        let CalendarDef { id: _, name, zone, hours, holidays } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("zone", Value("is in the time zone", "")), zone, &new.zone);
        self.part(place, means("hours", Value("is open", "")), hours, &new.hours);
        self.part(place, means("holidays", Value("is closed on", "")), holidays, &new.holidays);
    }

    fn conversion(&mut self, place: &Place<'_>, old: Option<&ConversionDef>, new: Option<&ConversionDef>) {
        let none = ConversionDef::default();
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        let ConversionDef { into, stage, deals, mv } = old;
        let words = Value("makes customers in the pipeline", " by conversion");
        self.part(place, means("conversion/into", words), into, &new.into);
        let words = Value("starts customers made by conversion in", "");
        self.part(place, means("conversion/stage", words), stage, &new.stage);
        let words = Value("starts deals of converted records in the pipeline", "");
        self.part(place, means("conversion/deals", words), deals, &new.deals);
        self.part(place, means("conversion/move", Value("makes the move", " on conversion")), mv, &new.mv);
    }

    fn limits(&mut self, old: &LimitsDef, new: &LimitsDef) {
        let LimitsDef { stages, moves, name_length } = old;
        let place = top(Subject::Limits, "", At::ROOT);
        let at = place.old.key("limits");
        let place = Place { old: at, new: at, ..place };
        self.part(&place, means("stages", Value("cap stages at", "")), stages, &new.stages);
        self.part(&place, means("moves", Value("cap moves at", "")), moves, &new.moves);
        let words = Value("cap names at", " characters");
        self.part(&place, means("name_length", words), name_length, &new.name_length);
    }

    /// The arguments of an action, or the answers of an automation.
    pub(super) fn arguments(&mut self, place: &Place<'_>, key: &'static str, old: &Fields, new: &Fields) {
        let parent = Some((place.subject, place.id));
        let kind = Kind { subject: Subject::Argument, parent, name: Shown::shown };
        let (old, new) =
            (List::object(old.iter(), place.old.key(key)), List::object(new.iter(), place.new.key(key)));
        self.list(kind, &old, &new, |differ, place, old, new| {
            differ.part(place, means("", Value("is set to", "")), old, new);
        });
    }
}
