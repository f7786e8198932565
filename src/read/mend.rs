//! Making a faulty tree readable, one fault at a time, so that the rest of it can be checked.
//!
//! What is at fault is taken out. What is needed and not there is replaced by a stand-in, so that
//! the element around it stays and is checked; nothing that is then said about a stand-in is told.

use alloc::string::String;
use alloc::vec::Vec;

use smol_str::SmolStr;

use super::fault::{Fault, FaultKind, Step, pointer};
use super::tree::Node;
use crate::compile::{Absent, Kind};

/// Mends one fault and notes in `absent` what is missing for it. False when the document is past
/// mending.
pub(super) fn mend(root: &mut Node, fault: &Fault, absent: &mut Absent) -> bool {
    let mut path = fault.path();
    match &fault.kind {
        FaultKind::Unknown { key, expected } => {
            if let Some(near) = crate::criteria::nearest(key, expected.iter().copied()) {
                // It is probably what this key should have said.
                path.push(Step::Key(String::from(near)));
                if root.at(&path).is_none() {
                    note(root, &path, absent);
                }
                path.pop();
            }
            path.push(Step::Key(key.clone()));
            root.remove(&path)
        }
        // Nothing can stand in for a type: all that names the field would be judged by it.
        FaultKind::Missing { key: "type" } => take(root, &path, absent),
        FaultKind::Missing { key } => {
            let Some(Node::Object(entries)) = root.at_mut(&path) else { return false };
            entries.push((String::from(*key), Node::Text(String::new())));
            path.push(Step::Key(String::from(*key)));
            note(root, &path, absent);
            true
        }
        FaultKind::Word { .. } | FaultKind::Other(_) if absent.has(&pointer(&path)) => {
            stand_in(root, &path, fault, absent)
        }
        FaultKind::Word { .. } | FaultKind::Other(_) => take(root, &path, absent),
    }
}

/// Takes out the value at the end of a path.
fn take(root: &mut Node, path: &[Step], absent: &mut Absent) -> bool {
    note(root, path, absent);
    root.remove(path)
}

/// Tries the next thing that could stand at the end of a path: a text, a word, a list, an object;
/// then gives the element around it up.
fn stand_in(root: &mut Node, path: &[Step], fault: &Fault, absent: &mut Absent) -> bool {
    let Some(node) = root.at_mut(path) else { return false };
    match (&*node, &fault.kind) {
        (Node::Text(_), FaultKind::Word { expected: [word, ..], .. }) => {
            *node = Node::Text(String::from(*word));
        }
        (Node::Text(_), _) => *node = Node::List(Vec::new()),
        (Node::List(_), _) => *node = Node::Object(Vec::new()),
        _ => {
            let around = path.iter().rposition(|step| matches!(step, Step::Index(_)));
            let element = around.and_then(|last| path.get(..=last));
            return element.is_some_and(|element| take(root, element, absent));
        }
    }
    true
}

/// Notes that what stands at the end of a path is not there, and what can be named no longer.
fn note(root: &Node, path: &[Step], absent: &mut Absent) {
    absent.note(pointer(path));
    let keys: Vec<Option<&str>> = path
        .iter()
        .map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
        .collect();
    let lost = match keys.as_slice() {
        [Some("stages"), below @ ..] => Some((Kind::Stage, below)),
        [Some("categories"), below @ ..] => Some((Kind::Category, below)),
        [Some("queues"), below @ ..] => Some((Kind::Queue, below)),
        [Some("fields"), below @ ..] => Some((Kind::Field, below)),
        [Some("roles"), below @ ..] => Some((Kind::Role, below)),
        [Some("policy")] => Some((Kind::Move, &[][..])),
        [Some("policy"), Some("moves"), below @ ..] => Some((Kind::Move, below)),
        [Some("calendars"), below @ ..] => Some((Kind::Calendar, below)),
        [Some("workflows"), None, Some("tasks"), below @ ..] => Some((Kind::Task, below)),
        _ => None,
    };
    if let Some((kind, below)) = lost {
        match below {
            // The whole list, or the id of an element: any name could have stood there.
            [] | [None, Some("id")] => absent.lose(kind, None),
            [None] => absent.lose(kind, root.at(path).and_then(id_of)),
            [Some(name)] => absent.lose(kind, Some(SmolStr::new(name))),
            _ => {}
        }
    }
    match keys.as_slice() {
        [.., Some("input")] => absent.lose(Kind::Input, None),
        [.., Some("input"), Some(name)] => absent.lose(Kind::Input, Some(SmolStr::new(name))),
        _ => {}
    }
}

/// The id of an element, if it has a readable one.
fn id_of(element: &Node) -> Option<SmolStr> {
    let Node::Object(entries) = element else { return None };
    let (_, id) = entries.iter().find(|(key, _)| key == "id")?;
    match id {
        Node::Text(id) => Some(SmolStr::new(id)),
        _ => None,
    }
}
