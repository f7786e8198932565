//! What is personal in the journal of a record, taken out of it (S44).

use lifestage::journal::Row;
use rusqlite::{Connection, params};

use crate::codec::integer;
use crate::failure::Failure;

/// Takes what is personal out of every row of the record before `row`, and the effects of those rows.
pub(crate) fn erase(connection: &Connection, tenant: &str, row: &Row) -> Result<(), Failure> {
    const ROWS: &str =
        "UPDATE journal SET salt = NULL, reason = NULL, input = NULL, facts = NULL, was_lost_reason = NULL
            WHERE tenant = ?1 AND record = ?2 AND seq < ?3";
    const EFFECTS: &str = "DELETE FROM effects WHERE tenant = ?1 AND record = ?2 AND seq < ?3";
    for sql in [ROWS, EFFECTS] {
        connection.prepare_cached(sql)?.execute(params![tenant, row.record.as_str(), integer(row.seq)?])?;
    }
    Ok(())
}
