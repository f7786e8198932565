//! Stages and moves.

use alloc::string::String;

use smol_str::SmolStr;

use super::document::named;
use super::list::{Kind, List};
use super::words::Words::{Category, Name, Prose, Switch, Value};
use super::{Differ, Part, Place, Subject, looks, means};
use crate::criteria::Source;
use crate::definition::{ExitDef, ExitScope, MoveDef, SourceDef, Sources, StageDef};
use crate::finding::At;

/// What must hold of a record that leaves, and for which moves.
fn exit(stage: &StageDef) -> (Option<&Source>, ExitScope) {
    match &stage.exit {
        Some(ExitDef { when, applies_to }) => (Some(when), *applies_to),
        None => (None, ExitScope::default()),
    }
}

impl Differ<'_> {
    pub(super) fn stages(&mut self, old: &[StageDef], new: &[StageDef]) {
        let root = At::ROOT;
        let list = |items| List::array(items, root.key("stages"), |stage: &StageDef| &stage.id);
        let kind =
            Kind { subject: Subject::Stage, parent: None, name: |stage: &StageDef| named(&stage.name) };
        self.list(kind, &list(old), &list(new), Self::stage);
    }

    fn stage(&mut self, place: &Place<'_>, old: &StageDef, new: &StageDef) {
        let StageDef {
            id: _,
            name,
            category,
            description,
            guidance,
            icon,
            colour,
            default,
            is_final,
            protected,
            archived,
            probability,
            idle,
            entry,
            exit: _,
            enter_roles,
            enter_requires,
            leave_requires,
            input,
            actions,
        } = old;
        self.part(place, looks("name", Name), name, &new.name);
        self.part(place, means("category", Category), category, &new.category);
        self.part(place, looks("description", Prose("description")), description, &new.description);
        self.part(place, looks("guidance", Prose("guidance")), guidance, &new.guidance);
        self.part(place, looks("icon", Value("shows the icon", "")), icon, &new.icon);
        self.part(place, looks("colour", Value("is coloured", "")), colour, &new.colour);
        let words = Switch("is now where new records start", "is no longer where new records start");
        self.part(place, means("default", words), default, &new.default);
        let words = Switch("is now final", "is no longer final");
        self.part(place, means("final", words), is_final, &new.is_final);
        let words = Switch("is now protected", "is no longer protected");
        self.part(place, means("protected", words), protected, &new.protected);
        let words = Switch("is now archived", "is no longer archived");
        self.part(place, means("archived", words), archived, &new.archived);
        let words = Value("has a probability of", " percent");
        self.part(place, means("probability", words), probability, &new.probability);
        self.part(place, means("idle", Value("counts as idle after", "")), idle, &new.idle);
        let part = means("entry", Value("needs", " to enter"));
        self.part(place, part, &entry.as_ref(), &new.entry.as_ref());
        let ((old_exit, old_scope), (new_exit, new_scope)) = (exit(old), exit(new));
        self.part(place, means("exit/when", Value("needs", " to leave")), &old_exit, &new_exit);
        let words = Value("applies its exit criteria to", " moves");
        self.part(place, means("exit/applies_to", words), &old_scope, &new_scope);
        let words = Value("is entered by the roles", "");
        self.part(place, means("enter_roles", words), enter_roles, &new.enter_roles);
        let words = Value("requires", " to enter");
        self.part(place, means("enter_requires", words), enter_requires, &new.enter_requires);
        let words = Value("requires", " to leave");
        self.part(place, means("leave_requires", words), leave_requires, &new.leave_requires);
        self.inputs(place, input, &new.input);
        self.actions(place, actions, &new.actions);
    }

    pub(super) fn moves(&mut self, old: &[MoveDef], new: &[MoveDef], at: At<'_>) {
        let list = |items| List::array(items, at, |mv: &MoveDef| &mv.id);
        let kind = Kind { subject: Subject::Move, parent: None, name: |mv: &MoveDef| named(&mv.label) };
        self.list(kind, &list(old), &list(new), Self::mv);
    }

    fn mv(&mut self, place: &Place<'_>, old: &MoveDef, new: &MoveDef) {
        let MoveDef {
            id: _,
            label,
            from,
            except,
            to,
            description,
            roles,
            owner_only,
            when,
            input,
            approval,
            actions,
        } = old;
        self.label(place, label, &new.label);
        self.sources(place, from, &new.from);
        self.part(place, means("except", Value("leaves out", "")), except, &new.except);
        self.part(place, means("to", Value("leads to", "")), to, &new.to);
        self.part(place, looks("description", Prose("description")), description, &new.description);
        self.part(place, means("roles", Value("is for the roles", "")), roles, &new.roles);
        let words = Switch("is now for the owner only", "is no longer for the owner only");
        self.part(place, means("owner_only", words), owner_only, &new.owner_only);
        self.part(place, means("when", Value("needs", "")), &when.as_ref(), &new.when.as_ref());
        let words = Switch("now needs approval", "no longer needs approval");
        self.part(place, means("approval", words), approval, &new.approval);
        self.inputs(place, input, &new.input);
        self.actions(place, actions, &new.actions);
    }

    fn sources(&mut self, place: &Place<'_>, old: &Sources, new: &Sources) {
        let id: fn(&SourceDef) -> &SmolStr = |source| &source.stage;
        let kind = Kind {
            subject: Subject::Source,
            parent: Some((place.subject, place.id)),
            name: |source: &SourceDef| super::Shown::shown(&source.kind),
        };
        let old = List::one_or_many(&old.0, place.old.key("from"), id);
        let new = List::one_or_many(&new.0, place.new.key("from"), id);
        self.list(kind, &old, &new, |differ, place, old, new| {
            let SourceDef { stage: _, kind, label } = old;
            differ.label(place, label, &new.label);
            differ.part(place, means("kind", Value("counts as", "")), kind, &new.kind);
        });
    }

    /// A label, which counts only when moves share it that did not, or no longer share it.
    fn label(&mut self, place: &Place<'_>, old: &String, new: &String) {
        if old != new {
            let changes_meaning = self.labels.regrouped(old, new);
            self.part(place, Part { key: "label", changes_meaning, words: Name }, old, new);
        }
    }
}
