//! What a definition means, as a digest: two documents that decide alike mean alike (S19).
//!
//! The digest is over the document as serde would write it with the looks taken out: each name
//! empty, each label, description, icon and colour gone. It is written from the borrowed document
//! piece by piece. Every member is named here, so that a new one does not compile until it is
//! said whether it counts.

mod canonical;

use super::{
    ActionDef, CalendarDef, CategoryDef, Definition, ExitDef, FieldDef, InputDef, MoveDef, MoveKind,
    PolicyDef, QueueDef, RoleDef, SlaDef, SourceDef, StageDef, WorkflowDef, is_default,
};
use crate::digest::Digest;
use crate::symbols::Numbering;
use canonical::Canonical;

/// The digest over ids, outcomes, order, moves, roles, criteria, inputs and effects. Names, labels,
/// descriptions, icons and colours do not count.
pub fn meaning(document: &Definition) -> Digest {
    let Definition {
        schema: _,
        id,
        name: _,
        description: _,
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
    } = document;
    let mut out = Canonical::new();
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.text_unless_empty("record_kind", record_kind);
        out.text_unless_empty("company", company);
        out.flag("archived", *archived);
        out.text_unless_empty("zone", zone);
        out.text_unless_empty("zone_field", zone_field);
        out.list_unless_empty("calendars", calendars, calendar);
        out.named_unless_empty("fields", fields, field);
        out.member("categories").list(categories, category);
        out.member("stages").list(stages, stage);
        if !is_default(policy) {
            out.member("policy");
            self::policy(out, policy);
        }
        out.named_unless_empty("roles", roles, role);
        out.list_unless_empty("queues", queues, queue);
        out.list_unless_empty("workflows", workflows, workflow);
        out.list_unless_empty("automation", automation, Canonical::value);
        out.list_unless_empty("sla", sla, promise);
        out.texts_unless_empty("idle_resets", idle_resets);
        out.value_if_any("conversion", conversion.as_ref());
        out.value_unless_default("limits", limits);
    });
    out.finish()
}

fn field(out: &mut Canonical, field: &FieldDef) {
    let FieldDef { field_type, label: _, one_of, indexed: _, format, region } = field;
    out.object(|out| {
        out.member("type").text(field_type.as_str());
        out.texts_unless_empty("one_of", one_of);
        out.value_if_any("format", format.as_ref());
        out.text_unless_empty("region", region);
    });
}

fn input(out: &mut Canonical, input: &InputDef) {
    let InputDef { field_type, label: _, one_of, note_for, optional } = input;
    out.object(|out| {
        out.member("type").text(field_type.as_str());
        out.texts_unless_empty("one_of", one_of);
        out.texts_unless_empty("note_for", note_for);
        out.flag("optional", *optional);
    });
}

fn category(out: &mut Canonical, category: &CategoryDef) {
    let CategoryDef { id, name: _, outcome, description: _, input: asked } = category;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.member("outcome").text(outcome.name());
        out.named_unless_empty("input", asked, input);
    });
}

fn stage(out: &mut Canonical, stage: &StageDef) {
    let StageDef {
        id,
        name: _,
        category,
        description: _,
        guidance: _,
        icon: _,
        colour: _,
        default,
        is_final,
        protected,
        archived,
        probability,
        idle,
        entry,
        exit,
        enter_roles,
        enter_requires,
        leave_requires,
        input: asked,
        actions,
    } = stage;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.member("category").text(category);
        out.flag("default", *default);
        out.flag("final", *is_final);
        out.flag("protected", *protected);
        out.flag("archived", *archived);
        out.value_if_any("probability", probability.as_ref());
        out.value_if_any("idle", idle.as_ref());
        out.criterion_if_any("entry", entry.as_ref());
        if let Some(ExitDef { when, applies_to }) = exit {
            out.member("exit").object(|out| {
                out.member("when").criterion(when);
                out.value_unless_default("applies_to", applies_to);
            });
        }
        out.texts_unless_empty("enter_roles", enter_roles);
        out.texts_unless_empty("enter_requires", enter_requires);
        out.texts_unless_empty("leave_requires", leave_requires);
        out.named_unless_empty("input", asked, input);
        out.list_unless_empty("actions", actions, action);
    });
}

fn policy(out: &mut Canonical, policy: &PolicyDef) {
    let PolicyDef { free, no_skipping, no_backward, unowned_at_creation, moves } = policy;
    let mut labels = Numbering::with_capacity(moves.len());
    out.object(|out| {
        out.flag("free", *free);
        out.flag("no_skipping", *no_skipping);
        out.flag("no_backward", *no_backward);
        out.flag("unowned_at_creation", *unowned_at_creation);
        out.list_unless_empty("moves", moves, |out, each| mv(out, each, &mut labels));
    });
}

/// A label does not count, but which alternatives share one does: each becomes the number of the
/// first that is like it.
fn mv<'d>(out: &mut Canonical, mv: &'d MoveDef, labels: &mut Numbering<'d>) {
    let MoveDef {
        id,
        label,
        from,
        except,
        to,
        description: _,
        roles,
        owner_only,
        when,
        input: asked,
        approval,
        actions,
    } = mv;
    out.object(|out| {
        out.member("id").text(id);
        out.member("label");
        self::label(out, label, labels);
        out.member("from");
        match from.0.as_slice() {
            [only] => source(out, only, labels),
            many => out.list(many, |out, each| source(out, each, labels)),
        }
        out.texts_unless_empty("except", except);
        out.member("to").text(to);
        out.texts_unless_empty("roles", roles);
        out.flag("owner_only", *owner_only);
        out.criterion_if_any("when", when.as_ref());
        out.named_unless_empty("input", asked, input);
        out.flag("approval", *approval);
        out.list_unless_empty("actions", actions, action);
    });
}

fn source<'d>(out: &mut Canonical, source: &'d SourceDef, labels: &mut Numbering<'d>) {
    let SourceDef { stage, kind, label } = source;
    if *kind == MoveKind::Ordinary && label.is_empty() {
        out.text(stage);
        return;
    }
    out.object(|out| {
        out.member("stage").text(stage);
        out.value_unless_default("kind", kind);
        if !label.is_empty() {
            out.member("label");
            self::label(out, label, labels);
        }
    });
}

fn label<'d>(out: &mut Canonical, label: &'d str, labels: &mut Numbering<'d>) {
    if label.is_empty() {
        out.text("");
    } else {
        out.quoted_number(labels.number(label));
    }
}

fn role(out: &mut Canonical, role: &RoleDef) {
    let RoleDef { name: _, inherits, can } = role;
    out.object(|out| {
        out.texts_unless_empty("inherits", inherits);
        out.list_unless_empty("can", can, |out, grant| out.quoted(grant));
    });
}

fn queue(out: &mut Canonical, queue: &QueueDef) {
    let QueueDef { id, name: _, stages } = queue;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.texts_unless_empty("stages", stages);
    });
}

fn promise(out: &mut Canonical, sla: &SlaDef) {
    let SlaDef { id, name: _, stages, within, working_time, calendar, met_by, paused_in, warn } = sla;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.member("in").list(stages, |out, text| out.text(text));
        out.member("within").text(within);
        out.flag("working_time", *working_time);
        out.text_unless_empty("calendar", calendar);
        out.texts_unless_empty("met_by", met_by);
        out.texts_unless_empty("paused_in", paused_in);
        out.texts_unless_empty("warn", warn);
    });
}

fn calendar(out: &mut Canonical, calendar: &CalendarDef) {
    let CalendarDef { id, name: _, zone, hours, holidays } = calendar;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.text_unless_empty("zone", zone);
        out.named_unless_empty("hours", hours, |out, hours| out.list(hours, |out, text| out.text(text)));
        out.texts_unless_empty("holidays", holidays);
    });
}

fn action(out: &mut Canonical, action: &ActionDef) {
    let ActionDef { id, name: _, kind, on, icon: _, roles, when, repeat, with, on_done } = action;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.member("kind").value(kind);
        out.value_unless_default("on", on);
        out.texts_unless_empty("roles", roles);
        out.criterion_if_any("when", when.as_ref());
        out.value_unless_default("repeat", repeat);
        if !with.is_empty() {
            out.member("with").value(with);
        }
        out.value_unless_default("on_done", on_done);
    });
}

fn workflow(out: &mut Canonical, flow: &WorkflowDef) {
    let WorkflowDef { id, name: _, stage, tasks, messages } = flow;
    out.object(|out| {
        out.member("id").text(id);
        out.member("name").text("");
        out.member("stage").text(stage);
        out.list_unless_empty("tasks", tasks, Canonical::value);
        out.list_unless_empty("messages", messages, Canonical::value);
    });
}
