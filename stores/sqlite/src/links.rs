//! Which records point at a record, kept in step with what each points at.

use lifestage::journal::RowKind;
use lifestage::{Link, Links, Record, SealedChange, SmolStr};
use rusqlite::{Connection, params};

use crate::codec::Columns;
use crate::failure::Failure;
use crate::query;

/// What the record of `change` points at before it; nothing when it points at the same after it.
pub(crate) fn before(
    connection: &Connection,
    tenant: &str,
    change: &SealedChange,
) -> Result<Option<Links>, Failure> {
    if change.expected_seq == 0 {
        return Ok((!change.record.links().is_empty()).then(Links::default));
    }
    let erases = change.row.kind == RowKind::Erasure;
    if !erases && !change.row.facts.iter().any(|fact| Link::of_fact(&fact.name).is_some()) {
        return Ok(None);
    }
    let mut statement =
        connection.prepare_cached("SELECT links FROM records WHERE tenant = ?1 AND id = ?2")?;
    let mut rows = statement.query(params![tenant, change.record.id()])?;
    rows.next()?.map(|row| Columns::of(row).json()).transpose()
}

/// Takes away what `record` pointed at before, and writes what it points at now.
pub(crate) fn replace(
    connection: &Connection,
    tenant: &str,
    record: &Record,
    before: &Links,
) -> Result<(), Failure> {
    let after = record.links();
    for (link, target) in before.iter().filter(|(link, target)| after.get(*link) != Some(*target)) {
        let sql = "DELETE FROM links WHERE tenant = ?1 AND link = ?2 AND target = ?3 AND record = ?4";
        connection.prepare_cached(sql)?.execute(params![tenant, link.name(), target, record.id()])?;
    }
    for (link, target) in after.iter().filter(|(link, target)| before.get(*link) != Some(*target)) {
        let sql = "INSERT INTO links (tenant, link, target, record) VALUES (?1, ?2, ?3, ?4)";
        connection.prepare_cached(sql)?.execute(params![tenant, link.name(), target, record.id()])?;
    }
    Ok(())
}

pub(crate) const LINKED: &str = "SELECT record FROM links
    WHERE tenant = ?1 AND link = ?2 AND target = ?3 AND record > ?4 ORDER BY record LIMIT ?5 + 0";

/// The records that point at `target` in this way, in order of id.
pub(crate) fn linked(
    connection: &Connection,
    tenant: &str,
    link: Link,
    target: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<SmolStr>, Failure> {
    // No record has the empty id.
    let parameters = params![tenant, link.name(), target, after.unwrap_or(""), query::bounded(limit)];
    query::collect(connection, LINKED, parameters, |row| Columns::of(row).text())
}
