use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize, Serializer};
use smol_str::SmolStr;

/// A way in which one record points at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A lead at the customer that it became (S57).
    Customer,
    /// A deal at the lead that it was started from (S58).
    Lead,
    /// A contact at the company that it belongs to.
    Company,
    /// A duplicate at the record that it became one with (S59).
    Head,
}

impl Link {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Lead, Self::Company, Self::Head];

    /// The word used in stores and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Lead => "lead",
            Self::Company => "company",
            Self::Head => "head",
        }
    }

    /// The name under which a [`FactChange`](crate::journal::FactChange) writes it.
    pub const fn fact(self) -> &'static str {
        match self {
            Self::Customer => "record.customer",
            Self::Lead => "record.lead",
            Self::Company => "record.company",
            Self::Head => "record.head",
        }
    }

    /// The way that is written under this name.
    pub fn of_fact(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|link| link.fact() == name)
    }
}

/// What a record points at: one record at most in each way.
///
/// ```
/// use lifestage::{Link, Record};
///
/// let deal = Record::new("deal-7").linked_to(Link::Lead, "lead-42");
/// assert_eq!(deal.link(Link::Lead), Some("lead-42"));
/// assert_eq!(deal.links().iter().count(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "BTreeMap<Link, SmolStr>")]
pub struct Links(Vec<(Link, SmolStr)>);

impl From<BTreeMap<Link, SmolStr>> for Links {
    fn from(links: BTreeMap<Link, SmolStr>) -> Self {
        Self(links.into_iter().collect())
    }
}

impl Serialize for Links {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Links {
    /// Whether it points at nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The record pointed at in this way.
    pub fn get(&self, link: Link) -> Option<&str> {
        self.0.iter().find(|(own, _)| *own == link).map(|(_, target)| target.as_str())
    }

    /// Every way with its target, in order of way.
    pub fn iter(&self) -> impl Iterator<Item = (Link, &str)> {
        self.0.iter().map(|(link, target)| (*link, target.as_str()))
    }

    pub(crate) fn set(&mut self, link: Link, target: Option<SmolStr>) {
        self.0.retain(|(own, _)| *own != link);
        if let Some(target) = target {
            let at = self.0.partition_point(|(own, _)| *own < link);
            self.0.insert(at, (link, target));
        }
    }
}
