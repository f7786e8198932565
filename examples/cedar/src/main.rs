//! Who may do what, said by Cedar policies instead of the roles of the pipeline.
//!
//! `cargo run --manifest-path examples/cedar/Cargo.toml`

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer as Cedar, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet,
    Request as Question, RestrictedExpression,
};
use lifestage::store::MemoryStore;
use lifestage::{
    Actor, Answer, Authorizer, Capability, Creation, Denied, Permission, Pipeline, Record, Request,
    Timestamp, Value, Workspace, presets,
};

/// Asks Cedar. Policies and users are fixed, so that one question has one answer; when they change, a new one
/// is plugged in.
#[derive(Debug)]
struct Policies {
    policies: PolicySet,
    /// The region of each user, as the host's directory of users has it.
    regions: BTreeMap<String, String>,
}

impl Authorizer for Policies {
    fn judge(&self, ask: &Permission<'_>) -> Result<(), Denied> {
        // A question that Cedar cannot take is answered no.
        self.ask(ask)
            .unwrap_or_else(|error| Err(Denied::because(format!("the policies cannot be asked: {error}"))))
    }
}

impl Policies {
    fn ask(&self, ask: &Permission<'_>) -> Result<Result<(), Denied>, Box<dyn Error>> {
        let (principal, resource) = (uid("User", ask.actor().id())?, Self::resource(ask)?);
        let action = uid("Action", ask.capability().name())?;
        let by_roles = RestrictedExpression::new_bool(ask.by_roles().is_ok());
        let context = Context::from_pairs([("by_roles".to_owned(), by_roles)])?;
        let question = Question::new(principal, action, resource.uid(), context, None)?;
        let entities = Entities::from_entities([self.principal(ask.actor())?, resource], None)?;
        let response = Cedar::new().is_authorized(&question, &self.policies, &entities);
        if response.decision() == Decision::Allow {
            return Ok(Ok(()));
        }
        let reasons = response.diagnostics().reason().filter_map(|id| self.policies.annotation(id, "reason"));
        let words: Vec<&str> = reasons.collect();
        Ok(Err(Denied::because(match words.as_slice() {
            [] => format!("no policy lets {} do `{}` here", ask.actor().id(), ask.capability()),
            several => several.join("; "),
        })))
    }

    /// The actor, in the roles they hold, with the region from the directory.
    fn principal(&self, actor: &Actor) -> Result<Entity, Box<dyn Error>> {
        let roles: Result<HashSet<EntityUid>, _> =
            actor.roles().iter().map(|role| uid("Role", role)).collect();
        let region = self.regions.get(actor.id()).map(|region| ("region".to_owned(), text(region)));
        Ok(Entity::new(uid("User", actor.id())?, region.into_iter().collect(), roles?)?)
    }

    /// The record with its owner and its texts, or the pipeline where it is about no record.
    fn resource(ask: &Permission<'_>) -> Result<Entity, Box<dyn Error>> {
        let Some(record) = ask.record() else {
            return Ok(Entity::with_uid(uid("Pipeline", ask.pipeline().id())?));
        };
        let mut attributes = HashMap::new();
        for (name, value) in record.fields().iter() {
            if let Value::Text(value) = value {
                attributes.insert(name.to_owned(), text(value));
            }
        }
        // Last, because a field may not pass for the owner.
        attributes.remove("owner");
        if let Some(owner) = record.owner() {
            attributes.insert("owner".to_owned(), RestrictedExpression::new_entity_uid(uid("User", owner)?));
        }
        Ok(Entity::new(uid("Lead", record.id())?, attributes, HashSet::new())?)
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    Ok(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind)?, EntityId::new(id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    let policies = PolicySet::from_str(include_str!("../policies.cedar"))?;
    let regions = BTreeMap::from([("cleo".to_owned(), "north".to_owned())]);
    let crm =
        Workspace::open(MemoryStore::new(), "acme")?.authorized_by(Arc::new(Policies { policies, regions }));

    let now = Timestamp::from_str("2026-03-02T09:00:00Z")?;
    let sam = Actor::new("sam").with_role("member").with_role("sales");
    let cleo = Actor::new("cleo").with_role("member").with_role("contractor");
    let mia = Actor::new("mia").with_role("manager");

    crm.publish(&Pipeline::from_json(presets::LEAD)?, &mia, now)?;
    let unowned = Record::new("ada").with("region", "north");
    println!("sam claims a lead of nobody: {}", yes(crm.pipeline("lead"), &unowned, &sam));
    println!("sam claims a lead of cleo:   {}", yes(crm.pipeline("lead"), &unowned.owned_by("cleo"), &sam));

    for (id, region) in [("ada", "north"), ("bob", "south")] {
        let record = Record::new(id).with("region", region).owned_by("cleo");
        println!(
            "cleo creates {id} in the {region}: {}",
            told(&crm.create(record, &Creation::new(), &cleo, now)?)
        );
    }
    let contact = Request::mv("mark_contacted");
    for (actor, id) in [(&cleo, "ada"), (&cleo, "bob"), (&sam, "bob"), (&mia, "bob")] {
        println!("{} moves {id}: {}", actor.id(), told(&crm.submit(id, &contact, actor, now)?));
    }
    let force = Request::mv("mark_won").forced("signed on paper");
    println!("mia forces ada: {}", told(&crm.submit("ada", &force, &mia, now)?));
    Ok(())
}

fn yes(pipeline: Option<Pipeline>, record: &Record, actor: &Actor) -> &'static str {
    let may = pipeline.is_some_and(|pipeline| pipeline.can(record, actor, Capability::Claim));
    if may { "yes" } else { "no" }
}

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Refused(refusal) => format!("no, {refusal}"),
        other => match other.receipt().and_then(|receipt| receipt.record().stage()) {
            Some(stage) => format!("yes, it is in `{stage}`"),
            None => "nothing done".to_owned(),
        },
    }
}
