//! What each edit does to a document, and the edits that would take it back.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;

use smol_str::{SmolStr, ToSmolStr};

use super::edit::{ActionPlace, DefinitionEdit};
use super::list::{Item, List};
use crate::catalog::{Colour, Outcome};
use crate::code::ReasonCode;
use crate::definition::{ActionDef, CategoryDef, Definition, StageDef, Subject, uses};
use crate::refusal::Reason;

use DefinitionEdit as Edit;

/// The edits that take one back, in the order to make them; none when it changed nothing.
type Undo = Result<Vec<Edit>, Reason>;

/// Makes one edit. What the document as a whole then lacks, its checks say.
pub(super) fn apply(document: &mut Definition, edit: &Edit) -> Undo {
    match edit.clone() {
        Edit::SetPipeline { name, description, record_kind, company } => {
            let (name, description) =
                (swap(&mut document.name, name), swap(&mut document.description, description));
            let (record_kind, company) =
                (swap(&mut document.record_kind, record_kind), swap(&mut document.company, company));
            let none = name.is_none() && description.is_none() && record_kind.is_none() && company.is_none();
            Ok(unless(none, Edit::SetPipeline { name, description, record_kind, company }))
        }
        Edit::ArchivePipeline {} => {
            Ok(unless(mem::replace(&mut document.archived, true), Edit::RestorePipeline {}))
        }
        Edit::RestorePipeline {} => {
            Ok(unless(!mem::replace(&mut document.archived, false), Edit::ArchivePipeline {}))
        }
        Edit::AddCategory { category, before } => {
            let undo = Edit::RemoveCategory { category: category.id.clone() };
            add(&mut document.categories, category, before, "category").map(|()| alloc::vec![undo])
        }
        Edit::RenameCategory { category, name } => {
            let old = swap(&mut category_mut(document, &category)?.name, Some(name));
            Ok(old.map(|name| Edit::RenameCategory { category, name }).into_iter().collect())
        }
        Edit::DescribeCategory { category, description } => {
            let old = swap(&mut category_mut(document, &category)?.description, Some(description));
            Ok(old.map(|description| Edit::DescribeCategory { category, description }).into_iter().collect())
        }
        Edit::SetCategoryInput { category, input } => {
            let old = swap(&mut category_mut(document, &category)?.input, Some(input));
            Ok(old.map(|input| Edit::SetCategoryInput { category, input }).into_iter().collect())
        }
        Edit::ReorderCategories { order } => {
            let slots: Vec<usize> = (0..document.categories.len()).collect();
            let old = reorder(&mut document.categories, &slots, &order)?;
            Ok(old.map(|order| Edit::ReorderCategories { order }).into_iter().collect())
        }
        Edit::RemoveCategory { category } => remove_category(document, &category),
        Edit::SetPolicy { free, no_skipping, no_backward, unowned_at_creation } => {
            let policy = &mut document.policy;
            let undo = [
                swap(&mut policy.free, free),
                swap(&mut policy.no_skipping, no_skipping),
                swap(&mut policy.no_backward, no_backward),
                swap(&mut policy.unowned_at_creation, unowned_at_creation),
            ];
            let [free, no_skipping, no_backward, unowned_at_creation] = undo;
            let back = Edit::SetPolicy { free, no_skipping, no_backward, unowned_at_creation };
            Ok(unless(undo.iter().all(Option::is_none), back))
        }
        Edit::SetLimits { limits } => {
            let old = swap(&mut document.limits, Some(limits));
            Ok(old.map(|limits| Edit::SetLimits { limits }).into_iter().collect())
        }
        Edit::AddStage { mut stage, before, after } => {
            stage.colour = canonical(stage.colour);
            let (id, protected) = (stage.id.clone(), stage.protected);
            let unprotect = protected.then(|| Edit::ProtectStage { stage: id.clone(), protected: false });
            let undo = unprotect.into_iter().chain([Edit::DiscardStage { stage: id }]).collect();
            not_taken(&mut document.stages, &stage.id, "stage")?;
            insert_stage(document, stage, before, after)?;
            Ok(undo)
        }
        Edit::ReorderStages { category, order } => reorder_stages(document, category, &order),
        Edit::SetDefault { stage } => set_default(document, &stage),
        Edit::ProtectStage { stage, protected } => {
            let old = swap(&mut stage_mut(document, &stage)?.protected, Some(protected));
            Ok(old.map(|protected| Edit::ProtectStage { stage, protected }).into_iter().collect())
        }
        Edit::PutAction { .. } | Edit::RemoveAction { .. } => action(document, edit),
        Edit::PutMove { .. }
        | Edit::RemoveMove { .. }
        | Edit::PutField { .. }
        | Edit::RemoveField { .. }
        | Edit::PutRole { .. }
        | Edit::RemoveRole { .. }
        | Edit::PutQueue { .. }
        | Edit::RemoveQueue { .. }
        | Edit::PutWorkflow { .. }
        | Edit::RemoveWorkflow { .. }
        | Edit::PutAutomation { .. }
        | Edit::RemoveAutomation { .. } => part(document, edit),
        Edit::RenameStage { .. }
        | Edit::DescribeStage { .. }
        | Edit::MoveStage { .. }
        | Edit::StyleStage { .. }
        | Edit::SetFinal { .. }
        | Edit::SetForecast { .. }
        | Edit::SetEntry { .. }
        | Edit::SetExit { .. }
        | Edit::SetStageInput { .. }
        | Edit::RemoveStage { .. }
        | Edit::RestoreStage { .. }
        | Edit::DiscardStage { .. } => unprotected(document, edit),
    }
}

/// The edits of one stage that its protection forbids (S27).
fn unprotected(document: &mut Definition, edit: &Edit) -> Undo {
    let Some(id) = stage_of(edit) else { return Ok(Vec::new()) };
    not_protected(document, id)?;
    match edit.clone() {
        Edit::RenameStage { stage, name } => {
            let old = swap(&mut stage_mut(document, &stage)?.name, Some(name));
            Ok(old.map(|name| Edit::RenameStage { stage, name }).into_iter().collect())
        }
        Edit::DescribeStage { stage, description, guidance } => {
            let def = stage_mut(document, &stage)?;
            let (description, guidance) =
                (swap(&mut def.description, description), swap(&mut def.guidance, guidance));
            let none = description.is_none() && guidance.is_none();
            Ok(unless(none, Edit::DescribeStage { stage, description, guidance }))
        }
        Edit::StyleStage { stage, icon, colour } => {
            let def = stage_mut(document, &stage)?;
            let (icon, colour) = (swap(&mut def.icon, icon), swap(&mut def.colour, colour.map(canonical)));
            Ok(unless(icon.is_none() && colour.is_none(), Edit::StyleStage { stage, icon, colour }))
        }
        Edit::SetFinal { stage, is_final } => {
            let old = swap(&mut stage_mut(document, &stage)?.is_final, Some(is_final));
            Ok(old.map(|is_final| Edit::SetFinal { stage, is_final }).into_iter().collect())
        }
        Edit::SetForecast { stage, probability, idle } => {
            let def = stage_mut(document, &stage)?;
            let old = (mem::replace(&mut def.probability, probability), mem::replace(&mut def.idle, idle));
            let back = Edit::SetForecast { stage, probability: old.0, idle: old.1 };
            Ok(unless(old == (probability, idle), back))
        }
        Edit::SetEntry { stage, when, requires } => {
            let def = stage_mut(document, &stage)?;
            let same = def.entry == when && def.enter_requires == requires;
            let when = mem::replace(&mut def.entry, when);
            let requires = mem::replace(&mut def.enter_requires, requires);
            Ok(unless(same, Edit::SetEntry { stage, when, requires }))
        }
        Edit::SetExit { stage, exit, requires } => {
            let def = stage_mut(document, &stage)?;
            let same = def.exit == exit && def.leave_requires == requires;
            let exit = mem::replace(&mut def.exit, exit);
            let requires = mem::replace(&mut def.leave_requires, requires);
            Ok(unless(same, Edit::SetExit { stage, exit, requires }))
        }
        Edit::SetStageInput { stage, input } => {
            let old = swap(&mut stage_mut(document, &stage)?.input, Some(input));
            Ok(old.map(|input| Edit::SetStageInput { stage, input }).into_iter().collect())
        }
        Edit::MoveStage { stage, category, before, after } => {
            move_stage(document, &stage, category, before, after)
        }
        Edit::RemoveStage { stage, .. } => remove_stage(document, stage),
        Edit::RestoreStage { stage } => {
            let def = stage_mut(document, &stage)?;
            Ok(unless(!mem::replace(&mut def.archived, false), Edit::remove_stage(stage)))
        }
        Edit::DiscardStage { stage } => discard_stage(document, &stage),
        _ => Ok(Vec::new()),
    }
}

/// The stage that an edit is about, when its protection matters.
fn stage_of(edit: &Edit) -> Option<&SmolStr> {
    match edit {
        Edit::RenameStage { stage, .. }
        | Edit::DescribeStage { stage, .. }
        | Edit::MoveStage { stage, .. }
        | Edit::StyleStage { stage, .. }
        | Edit::SetFinal { stage, .. }
        | Edit::SetForecast { stage, .. }
        | Edit::SetEntry { stage, .. }
        | Edit::SetExit { stage, .. }
        | Edit::SetStageInput { stage, .. }
        | Edit::RemoveStage { stage, .. }
        | Edit::RestoreStage { stage }
        | Edit::DiscardStage { stage } => Some(stage),
        _ => None,
    }
}

/// A colour as it is stored (S29); what is none stays, for the checks to name.
fn canonical(colour: SmolStr) -> SmolStr {
    colour.parse::<Colour>().map_or(colour, |colour| colour.to_smolstr())
}

/// Puts a new value in place, and gives the old one if it was another.
fn swap<T: PartialEq>(place: &mut T, new: Option<T>) -> Option<T> {
    new.filter(|new| new != place).map(|new| mem::replace(place, new))
}

fn unless(unchanged: bool, undo: Edit) -> Vec<Edit> {
    if unchanged { Vec::new() } else { alloc::vec![undo] }
}

fn unknown(code: ReasonCode, what: &'static str, id: &str) -> Reason {
    let message = alloc::format!("no {what} is named `{}`", id.escape_debug());
    Reason::new(code, message).with(what, id)
}

fn category_mut<'d>(document: &'d mut Definition, id: &str) -> Result<&'d mut CategoryDef, Reason> {
    document.categories.find(id).ok_or_else(|| unknown(ReasonCode::UnknownCategory, "category", id))
}

fn stage_mut<'d>(document: &'d mut Definition, id: &str) -> Result<&'d mut StageDef, Reason> {
    document.stages.find(id).ok_or_else(|| unknown(ReasonCode::UnknownStage, "stage", id))
}

/// Refuses an edit of a protected stage, and names what depends on it (S27).
fn not_protected(document: &Definition, id: &str) -> Result<(), Reason> {
    let protected = document.stages.iter().find(|stage| stage.id == id && stage.protected);
    let Some(stage) = protected else { return Ok(()) };
    let uses: Vec<SmolStr> = uses(document, id).iter().map(|using| using.to_string().into()).collect();
    let because = if uses.is_empty() { String::new() } else { alloc::format!(": {}", uses.join(", ")) };
    let message = alloc::format!("{} is protected{because}", stage.name);
    Err(Reason::new(ReasonCode::ProtectedStage, message).with("stage", id).with("used_by", uses))
}

fn not_taken<L: List>(list: &mut L, id: &SmolStr, what: &'static str) -> Result<(), Reason> {
    if list.place(id).is_none() {
        return Ok(());
    }
    let message = alloc::format!("the id `{id}` is that of another {what}");
    Err(Reason::new(ReasonCode::IdTaken, message).with(what, id.clone()))
}

fn add<L: List>(
    list: &mut L,
    item: L::Item,
    before: Option<SmolStr>,
    what: &'static str,
) -> Result<(), Reason> {
    not_taken(list, item.id(), what)?;
    insert(list, item, before, what)
}

/// Puts a stage before another, or after another, or behind the last one of its category.
fn insert_stage(
    document: &mut Definition,
    stage: StageDef,
    before: Option<SmolStr>,
    after: Option<SmolStr>,
) -> Result<(), Reason> {
    let place = match (before, after) {
        (Some(before), _) => return insert(&mut document.stages, stage, Some(before), "stage"),
        (None, Some(after)) => {
            let place = document.stages.place(&after);
            Some(place.ok_or_else(|| unknown(ReasonCode::UnknownStage, "stage", &after))?)
        }
        (None, None) => document.stages.iter().rposition(|other| other.category == stage.category),
    };
    document.stages.insert(place.map_or(document.stages.len(), |place| place + 1), stage);
    Ok(())
}

/// Takes a stage out, and says where it was: before which one, or else after which one.
fn take_stage(document: &mut Definition, id: &str) -> Option<(StageDef, Option<SmolStr>, Option<SmolStr>)> {
    let (stage, before) = document.stages.take(id)?;
    let after = document.stages.last().filter(|_| before.is_none()).map(|last| last.id.clone());
    Some((stage, before, after))
}

fn insert<L: List>(
    list: &mut L,
    item: L::Item,
    before: Option<SmolStr>,
    what: &'static str,
) -> Result<(), Reason> {
    if list.insert(item, before.as_deref()) {
        return Ok(());
    }
    let code = match what {
        "stage" => ReasonCode::UnknownStage,
        "category" => ReasonCode::UnknownCategory,
        "move" => ReasonCode::UnknownMove,
        _ => ReasonCode::UnknownPart,
    };
    Err(unknown(code, what, before.as_deref().unwrap_or_default()))
}

/// Puts the items at `slots` in the order of their ids, and gives the order before if it was another.
fn reorder<T: Item>(
    list: &mut [T],
    slots: &[usize],
    order: &[SmolStr],
) -> Result<Option<Vec<SmolStr>>, Reason> {
    let before: Vec<SmolStr> =
        slots.iter().filter_map(|slot| list.get(*slot)).map(|item| item.id().clone()).collect();
    let (here, asked): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), order.iter().collect());
    let missing: Vec<SmolStr> = here.difference(&asked).map(|id| (*id).clone()).collect();
    let strange: Vec<SmolStr> = asked.difference(&here).map(|id| (*id).clone()).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(alloc::format!("leaves out {}", quoted(&missing)));
    }
    if !strange.is_empty() {
        faults.push(alloc::format!("names {}, which it does not have", quoted(&strange)));
    }
    if asked.len() < order.len() {
        let twice: BTreeSet<SmolStr> = (0..order.len())
            .filter_map(|at| order.get(at).filter(|id| order.iter().take(at).any(|other| other == *id)))
            .cloned()
            .collect();
        faults.push(alloc::format!("names {} twice", quoted(&twice.into_iter().collect::<Vec<_>>())));
    }
    if !faults.is_empty() {
        let message = alloc::format!("the order {}", faults.join(" and "));
        let reason = Reason::new(ReasonCode::NotAPermutation, message);
        return Err(reason.with("missing", missing).with("unknown", strange));
    }
    if before == order {
        return Ok(None);
    }
    for (slot, id) in slots.iter().zip(order) {
        let there = slots.iter().copied().find(|at| list.get(*at).is_some_and(|item| item.id() == id));
        if let Some(there) = there {
            list.swap(*slot, there);
        }
    }
    Ok(Some(before))
}

fn quoted(ids: &[SmolStr]) -> String {
    let quoted: Vec<String> = ids.iter().map(|id| alloc::format!("`{id}`")).collect();
    quoted.join(", ")
}

fn remove_category(document: &mut Definition, id: &str) -> Undo {
    category_mut(document, id)?;
    let stages: Vec<SmolStr> =
        document.stages.iter().filter(|stage| stage.category == id).map(|stage| stage.id.clone()).collect();
    if !stages.is_empty() {
        let archived = document.stages.iter().filter(|stage| stage.category == id && stage.archived).count();
        let hidden = if archived == 0 { String::new() } else { alloc::format!(" ({archived} archived)") };
        let message = alloc::format!("the category `{id}` still has {}{hidden}", quoted(&stages));
        let reason = Reason::new(ReasonCode::CategoryNotEmpty, message);
        return Err(reason.with("category", id).with("stages", stages));
    }
    let taken = document.categories.take(id);
    Ok(taken.map(|(category, before)| Edit::AddCategory { category, before }).into_iter().collect())
}

/// Reorders within one category; its archived stages keep their places unless they are named (S23).
fn reorder_stages(document: &mut Definition, category: SmolStr, order: &[SmolStr]) -> Undo {
    category_mut(document, &category)?;
    let of_category = |stage: &&StageDef| stage.category == category;
    let names_archived =
        document.stages.iter().filter(of_category).any(|stage| stage.archived && order.contains(&stage.id));
    let mut slots = Vec::new();
    for (at, stage) in document.stages.iter().enumerate() {
        if of_category(&stage) && (names_archived || !stage.archived) {
            slots.push(at);
        }
    }
    let old = reorder(&mut document.stages, &slots, order)?;
    Ok(old.map(|order| Edit::ReorderStages { category, order }).into_iter().collect())
}

/// Makes a stage the default. Both that become otherwise by it are edited, the one so far and the new one (S27).
fn set_default(document: &mut Definition, id: &str) -> Undo {
    stage_mut(document, id)?;
    for stage in document.stages.iter().filter(|stage| stage.default != (stage.id == id)) {
        not_protected(document, &stage.id)?;
    }
    let before: Vec<SmolStr> = document
        .stages
        .iter()
        .filter(|stage| stage.default && stage.id != id)
        .map(|stage| stage.id.clone())
        .collect();
    for stage in &mut document.stages {
        stage.default = stage.id == id;
    }
    Ok(before.into_iter().map(Edit::set_default).collect())
}

fn move_stage(
    document: &mut Definition,
    id: &str,
    category: SmolStr,
    before: Option<SmolStr>,
    after: Option<SmolStr>,
) -> Undo {
    category_mut(document, &category)?;
    let home = stage_mut(document, id)?.category.clone();
    if home == category {
        return Ok(Vec::new());
    }
    for neighbour in before.iter().chain(&after) {
        stage_mut(document, neighbour)?;
    }
    if [&before, &after].into_iter().flatten().any(|neighbour| neighbour == id) {
        return Err(unknown(ReasonCode::UnknownStage, "other stage", id));
    }
    let Some((mut stage, was_before, was_after)) = take_stage(document, id) else { return Ok(Vec::new()) };
    stage.category = category;
    insert_stage(document, stage, before, after)?;
    let stage = SmolStr::new(id);
    Ok(alloc::vec![Edit::MoveStage { stage, category: home, before: was_before, after: was_after }])
}

/// Archives a stage (S25). That it was the default is for a new default in the same edit (S26).
fn remove_stage(document: &mut Definition, id: SmolStr) -> Undo {
    let stage = stage_mut(document, &id)?;
    if stage.archived {
        return Ok(Vec::new());
    }
    stage.archived = true;
    let was_default = mem::take(&mut stage.default);
    let category = stage.category.clone();
    let outcome = |id: &SmolStr| document.categories.iter().find(|own| own.id == *id).map(|own| own.outcome);
    let is_open = |id: &SmolStr| outcome(id) == Some(Outcome::Open);
    if is_open(&category) && !document.stages.iter().any(|stage| !stage.archived && is_open(&stage.category))
    {
        let message = alloc::format!("`{id}` is the last open stage, and there must be one");
        return Err(Reason::new(ReasonCode::LastOpenStage, message).with("stage", id));
    }
    let mut undo = alloc::vec![Edit::restore_stage(id.clone())];
    undo.extend(was_default.then(|| Edit::set_default(id)));
    Ok(undo)
}

fn discard_stage(document: &mut Definition, id: &str) -> Undo {
    let place = document.stages.place(id).ok_or_else(|| unknown(ReasonCode::UnknownStage, "stage", id))?;
    // What it has goes with it.
    let own = alloc::format!("/stages/{place}/");
    let mut uses = uses(document, id);
    uses.retain(|using| !(using.subject == Subject::Action && using.pointer.starts_with(&own)));
    if !uses.is_empty() {
        let uses: Vec<SmolStr> = uses.iter().map(|using| using.to_string().into()).collect();
        let message = alloc::format!("`{id}` is still in use: {}", uses.join(", "));
        return Err(Reason::new(ReasonCode::ProtectedStage, message).with("stage", id).with("used_by", uses));
    }
    let taken = take_stage(document, id);
    Ok(taken.map(|(stage, before, after)| Edit::AddStage { stage, before, after }).into_iter().collect())
}

/// Puts an item in the place of the one with its id, which it gives back, or in as a new one.
fn put<L: List>(
    list: &mut L,
    item: L::Item,
    before: Option<SmolStr>,
    what: &'static str,
) -> Result<Option<L::Item>, Reason> {
    let Some(there) = list.find(item.id()) else { return insert(list, item, before, what).map(|()| None) };
    Ok(Some(mem::replace(there, item)))
}

/// The edits of parts that are put and removed whole.
fn part(document: &mut Definition, edit: &Edit) -> Undo {
    macro_rules! put {
        ($list:expr, $item:expr, $before:expr, $what:literal, |$old:ident| $back:expr, $remove:expr) => {{
            let item = $item;
            let same = $list.find(item.id()).is_some_and(|there| *there == item);
            let undo = match put(&mut $list, item, $before, $what)? {
                Some($old) => $back,
                None => $remove,
            };
            Ok(unless(same, undo))
        }};
    }
    macro_rules! remove {
        ($list:expr, $id:expr, $code:ident, $what:literal, |$old:ident, $b:ident| $back:expr) => {{
            let taken = $list.take(&$id);
            let ($old, $b) = taken.ok_or_else(|| unknown(ReasonCode::$code, $what, &$id))?;
            Ok(alloc::vec![$back])
        }};
    }
    match edit.clone() {
        Edit::PutMove { mv, before } => {
            let id = mv.id.clone();
            put!(
                document.policy.moves,
                mv,
                before,
                "move",
                |mv| Edit::PutMove { mv, before: None },
                Edit::RemoveMove { mv: id }
            )
        }
        Edit::RemoveMove { mv } => {
            remove!(document.policy.moves, mv, UnknownMove, "move", |mv, before| Edit::PutMove { mv, before })
        }
        Edit::PutField { field, definition, before } => put!(
            document.fields,
            (field.clone(), definition),
            before,
            "field",
            |old| Edit::PutField { field: old.0, definition: old.1, before: None },
            Edit::RemoveField { field }
        ),
        Edit::RemoveField { field } => {
            remove!(document.fields, field, UnknownPart, "field", |old, before| {
                Edit::PutField { field: old.0, definition: old.1, before }
            })
        }
        Edit::PutRole { role, definition, before } => put!(
            document.roles,
            (role.clone(), definition),
            before,
            "role",
            |old| Edit::PutRole { role: old.0, definition: old.1, before: None },
            Edit::RemoveRole { role }
        ),
        Edit::RemoveRole { role } => {
            remove!(document.roles, role, UnknownPart, "role", |old, before| {
                Edit::PutRole { role: old.0, definition: old.1, before }
            })
        }
        Edit::PutQueue { queue, before } => {
            let id = queue.id.clone();
            put!(
                document.queues,
                queue,
                before,
                "queue",
                |queue| Edit::PutQueue { queue, before: None },
                Edit::RemoveQueue { queue: id }
            )
        }
        Edit::RemoveQueue { queue } => {
            remove!(document.queues, queue, UnknownPart, "queue", |queue, before| {
                Edit::PutQueue { queue, before }
            })
        }
        Edit::PutWorkflow { workflow, before } => {
            let id = workflow.id.clone();
            put!(
                document.workflows,
                workflow,
                before,
                "workflow",
                |workflow| Edit::PutWorkflow { workflow, before: None },
                Edit::RemoveWorkflow { workflow: id }
            )
        }
        Edit::RemoveWorkflow { workflow } => {
            remove!(document.workflows, workflow, UnknownPart, "workflow", |workflow, before| {
                Edit::PutWorkflow { workflow, before }
            })
        }
        Edit::PutAutomation { automation, before } => {
            let id = automation.id.clone();
            put!(
                document.automation,
                automation,
                before,
                "automation",
                |automation| Edit::PutAutomation { automation, before: None },
                Edit::RemoveAutomation { automation: id }
            )
        }
        Edit::RemoveAutomation { automation } => {
            remove!(document.automation, automation, UnknownPart, "automation", |automation, before| {
                Edit::PutAutomation { automation, before }
            })
        }
        _ => Ok(Vec::new()),
    }
}

fn action(document: &mut Definition, edit: &Edit) -> Undo {
    let on = match edit {
        Edit::PutAction { on, .. } | Edit::RemoveAction { on, .. } => on.clone(),
        _ => return Ok(Vec::new()),
    };
    let actions: &mut Vec<ActionDef> = match &on {
        ActionPlace::Stage(stage) => {
            not_protected(document, stage)?;
            &mut stage_mut(document, stage)?.actions
        }
        ActionPlace::Move(mv) => {
            let found = document.policy.moves.find(mv);
            &mut found.ok_or_else(|| unknown(ReasonCode::UnknownMove, "move", mv))?.actions
        }
    };
    match edit.clone() {
        Edit::PutAction { action, before, .. } => {
            let id = action.id.clone();
            let same = actions.find(&id).is_some_and(|there| *there == action);
            let undo = match put(actions, action, before, "action")? {
                Some(action) => Edit::PutAction { on, action, before: None },
                None => Edit::RemoveAction { on, action: id },
            };
            Ok(unless(same, undo))
        }
        Edit::RemoveAction { action, .. } => {
            let taken = actions.take(&action);
            let (action, before) =
                taken.ok_or_else(|| unknown(ReasonCode::UnknownPart, "action", &action))?;
            Ok(alloc::vec![Edit::PutAction { on, action, before }])
        }
        _ => Ok(Vec::new()),
    }
}
