/*
 * A host with tables of its own in SQLite, given to lifestage as a store. Each method gets its arguments as one JSON
 * text, ?1, which SQLite takes apart itself; what the statement selects is the answer.
 */
#include "crm.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char TABLES[] =
    "CREATE TABLE IF NOT EXISTS records (tenant, id, version, seq, stage, reserved, json, PRIMARY KEY (tenant, id), UNIQUE (tenant, reserved));"
    "CREATE TABLE IF NOT EXISTS journal (tenant, record, seq, key, json, PRIMARY KEY (tenant, record, seq), UNIQUE (tenant, key));"
    "CREATE TABLE IF NOT EXISTS effects (tenant, record, seq, place, json, PRIMARY KEY (tenant, record, seq, place));"
    "CREATE TABLE IF NOT EXISTS definitions (tenant, pipeline, version, meaning, json, PRIMARY KEY (tenant, pipeline, version));"
    "CREATE VIEW IF NOT EXISTS published AS SELECT tenant, pipeline, max(version) AS version, meaning, json FROM definitions GROUP BY tenant, pipeline;";

/* What becomes of a change (?1) of a tenant (?2), asked in the order that stores owe. */
static const char OUTCOME[] =
    "SELECT CASE WHEN k.json->>'request' = ?1->>'$.row.request' THEN json_object('outcome', 'duplicate', 'detail', json(k.json))"
    " WHEN k.json IS NOT NULL THEN json_object('outcome', 'key_reused')"
    " WHEN ?1->>'expected_seq' = 0 AND r.id IS NOT NULL THEN json_object('outcome', 'exists')"
    " WHEN ?1->>'expected_seq' > 0 AND r.id IS NULL THEN json_object('outcome', 'missing')"
    " WHEN r.version <> ?1->>'expected_version' OR r.seq <> ?1->>'expected_seq' THEN json_object('outcome', 'conflict', 'detail', json(r.json))"
    " WHEN ?1->>'meaning' IS NOT NULL AND ?1->>'meaning' IS NOT p.meaning  THEN json_object('outcome', 'stale_definition', 'detail', json_object('published', p.version))"
    " WHEN h.id IS NOT NULL THEN json_object('outcome', 'reserved', 'detail', json_object('by', h.id))"
    " ELSE json_object('outcome', 'applied') END FROM (SELECT ?2 AS tenant) AS t"
    " LEFT JOIN journal AS k ON k.tenant = t.tenant AND k.key = ?1->>'$.row.key'"
    " LEFT JOIN records AS r ON r.tenant = t.tenant AND r.id = ?1->>'$.record.id'"
    " LEFT JOIN published AS p ON p.tenant = t.tenant AND p.pipeline = ?1->>'$.row.pipeline'"
    " LEFT JOIN records AS h ON h.tenant = t.tenant AND h.reserved = ?1->>'$.record.reserved' AND h.id <> ?1->>'$.record.id'";

/* What is written of it. */
static const char *const WRITES[] = {
    "INSERT OR REPLACE INTO records SELECT ?2, ?1->>'$.record.id', ?1->>'$.record.version', ?1->>'$.record.seq', ?1->>'$.record.stage', ?1->>'$.record.reserved', ?1->'$.record'",
    "INSERT INTO journal SELECT ?2, ?1->>'$.record.id', ?1->>'$.row.seq', ?1->>'$.row.key', ?1->'$.row'",
    "INSERT INTO effects SELECT ?2, ?1->>'$.record.id', ?1->>'$.row.seq', key, value FROM json_each(?1, '$.effects')",
};

typedef struct {
    sqlite3 *db;
    pthread_mutex_t lock; /* one transaction at a time on one connection */
} host;

static int fine(host *it) {
    int code = sqlite3_errcode(it->db);
    return code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE;
}

/* What a statement selects of a text and another, for `sqlite3_free`; NULL when that is nothing, or it failed. */
static char *value(host *it, const char *sql, const void *text, size_t length, const char *other) {
    sqlite3_stmt *statement = NULL;
    char *found = NULL;
    if (sqlite3_prepare_v2(it->db, sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_text64(statement, 1, (const char *)text, length, SQLITE_STATIC, SQLITE_UTF8);
        if (sqlite3_bind_parameter_count(statement) > 1) sqlite3_bind_text(statement, 2, other, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
            found = sqlite3_mprintf("%s", sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return found;
}

/* The answer, or what SQLite failed with as a status that stores have. */
static lifestage_status told(host *it, const char *text, lifestage_buffer *answer) {
    int code = fine(it) ? SQLITE_OK : sqlite3_errcode(it->db);
    if (code != SQLITE_OK) text = sqlite3_errmsg(it->db);
    lifestage_buffer_write(answer, (const uint8_t *)text, strlen(text), NULL);
    switch (code) {
    case SQLITE_OK: return LIFESTAGE_STATUS_OK;
    case SQLITE_BUSY: return LIFESTAGE_STATUS_BUSY;
    case SQLITE_FULL: return LIFESTAGE_STATUS_FULL;
    default: return LIFESTAGE_STATUS_IO;
    }
}

static lifestage_status ask(host *it, const char *sql, const uint8_t *input, size_t length, lifestage_buffer *answer) {
    char *found;
    lifestage_status status;
    pthread_mutex_lock(&it->lock);
    found = value(it, sql, input, length, NULL);
    status = told(it, found != NULL ? found : "null", answer);
    pthread_mutex_unlock(&it->lock);
    sqlite3_free(found);
    return status;
}

/* A method that is one statement. */
#define METHOD(name, sql)                                                                                               \
    static lifestage_status name(void *it, const uint8_t *input, size_t length, lifestage_buffer *answer) {             \
        return ask((host *)it, sql, input, length, answer);                                                             \
    }
#define LIST "SELECT json_group_array(json(json)) FROM "

METHOD(load, LIST "(SELECT r.json FROM json_each(?1, '$.ids') AS asked LEFT JOIN records AS r ON r.tenant = ?1->>'tenant' AND r.id = asked.value ORDER BY asked.key)")
METHOD(receipt, "SELECT json FROM journal WHERE tenant = ?1->>'tenant' AND key = ?1->>'key'")
METHOD(published, LIST "(SELECT json FROM published WHERE tenant = ?1->>'tenant' ORDER BY pipeline)")
METHOD(migrations, "SELECT '[]'") /* none is ever begun */
METHOD(effects, LIST "(SELECT json FROM effects WHERE tenant = ?1->>'tenant' AND record = ?1->>'record' AND seq = ?1->>'seq' ORDER BY place)")
METHOD(history, LIST "(SELECT json FROM journal WHERE tenant = ?1->>'tenant' AND record = ?1->>'record' AND seq > ?1->>'after' ORDER BY seq LIMIT ?1->>'limit')")

/* Writes are one transaction each. What this host does not do it says: batches that stand or fall together, erasures,
 * records that change along with a definition. */
static lifestage_status ended(host *it, char *text, lifestage_buffer *answer) {
    lifestage_status status;
    if (fine(it)) sqlite3_exec(it->db, "COMMIT", NULL, NULL, NULL);
    status = told(it, text != NULL ? text : "null", answer);
    if (!sqlite3_get_autocommit(it->db)) sqlite3_exec(it->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&it->lock);
    sqlite3_free(text);
    return status;
}

static lifestage_status begun(host *it, const char *unless, const uint8_t *input, size_t length) {
    char *more;
    pthread_mutex_lock(&it->lock);
    sqlite3_exec(it->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (!fine(it) || (more = value(it, unless, input, length, NULL)) == NULL) return LIFESTAGE_STATUS_OK;
    sqlite3_free(more);
    sqlite3_exec(it->db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&it->lock);
    return LIFESTAGE_STATUS_UNSUPPORTED;
}

static lifestage_status commit(void *user_data, const uint8_t *input, size_t length, lifestage_buffer *answer) {
    host *it = (host *)user_data;
    char *outcomes, *tenant, *change, *more, place[40];
    size_t write;
    int each;
    static const char UNLESS[] = "SELECT 1 FROM json_each(?1, '$.changes') WHERE (?1->>'mode' = 'atomic' AND key > 0) OR value->>'$.row.kind' = 'erasure'";
    if (begun(it, UNLESS, input, length) != LIFESTAGE_STATUS_OK) return LIFESTAGE_STATUS_UNSUPPORTED;
    outcomes = sqlite3_mprintf("[");
    tenant = value(it, "SELECT ?1->>'tenant'", input, length, NULL);
    for (each = 0; fine(it); each++) {
        sqlite3_snprintf(sizeof place, place, "$.changes[%d]", each);
        if ((change = value(it, "SELECT json_extract(?1, ?2)", input, length, place)) == NULL) break;
        more = value(it, OUTCOME, change, strlen(change), tenant);
        if (more != NULL && strcmp(more, "{\"outcome\":\"applied\"}") == 0)
            for (write = 0; fine(it) && write < sizeof WRITES / sizeof *WRITES; write++)
                sqlite3_free(value(it, WRITES[write], change, strlen(change), tenant));
        outcomes = sqlite3_mprintf("%z%s%z", outcomes, each > 0 ? "," : "", more);
        sqlite3_free(change);
    }
    sqlite3_free(tenant);
    return ended(it, sqlite3_mprintf("%z]", outcomes), answer);
}

static lifestage_status publish(void *user_data, const uint8_t *input, size_t length, lifestage_buffer *answer) {
    host *it = (host *)user_data;
    static const char UNLESS[] = "SELECT 1 FROM json_each(?1, '$.alongside') WHERE value NOT IN ('[]') AND value IS NOT NULL";
    static const char CONFLICT[] =
        "SELECT json_object('outcome', 'conflict', 'detail', json_object('published', p.version)) FROM (SELECT ?1->'$.publication' AS it) LEFT JOIN"
        " published AS p ON p.tenant = ?1->>'tenant' AND p.pipeline = it->>'pipeline' WHERE it->>'replaces' IS NOT p.version";
    static const char INSERT[] =
        "INSERT INTO definitions SELECT ?1->>'tenant', it->>'pipeline', it->>'version', it->>'meaning', it FROM (SELECT ?1->'$.publication' AS it)";
    char *outcome;
    if (begun(it, UNLESS, input, length) != LIFESTAGE_STATUS_OK) return LIFESTAGE_STATUS_UNSUPPORTED;
    outcome = value(it, CONFLICT, input, length, NULL);
    if (outcome == NULL && fine(it)) {
        sqlite3_free(value(it, INSERT, input, length, NULL));
        outcome = sqlite3_mprintf("{\"outcome\": \"published\"}");
    }
    return ended(it, outcome, answer);
}

static void closed(void *user_data) {
    host *it = (host *)user_data;
    sqlite3_close(it->db);
    pthread_mutex_destroy(&it->lock);
    free(it);
}

int crm_open(const char *path, lifestage_store *store) {
    host *it = (host *)calloc(1, sizeof *it);
    memset(store, 0, sizeof *store);
    if (it == NULL) return 0;
    pthread_mutex_init(&it->lock, NULL);
    if (sqlite3_open(path, &it->db) != SQLITE_OK || sqlite3_exec(it->db, TABLES, NULL, NULL, NULL) != SQLITE_OK) {
        closed(it);
        return 0;
    }
    sqlite3_busy_timeout(it->db, 5000);
    store->struct_size = sizeof *store;
    store->user_data = it;
    store->drop = closed;
    store->load = load;
    store->commit = commit;
    store->receipt = receipt;
    store->publish = publish;
    store->published = published;
    store->effects = effects;
    store->migrations = migrations;
    store->history = history;
    return 1;
}

char *crm_value(const lifestage_store *store, const char *sql, const char *text, const char *other) {
    return value((host *)store->user_data, sql, text, strlen(text), other);
}
