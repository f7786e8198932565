/* The life of a lead in a CRM's own tables. An argument names the file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crm.h"

#define TEXT(text) (const uint8_t *)(text), strlen(text)
#define NOW "\"now\": \"2026-03-02T09:00:00Z\""
#define SAM "\"actor\": {\"id\": \"sam\", \"roles\": [\"sales\"]}, " NOW
#define MIA "\"actor\": {\"id\": \"mia\", \"roles\": [\"sales\"]}, " NOW
#define OLGA "\"actor\": {\"id\": \"olga\", \"roles\": [\"owner\"]}, " NOW

/* What is said of an answer, ?1. */
#define PUBLISHED "SELECT (?1->>'$.pipeline.name') || ', version ' || (?1->>'$.pipeline.version')"
#define WROTE                                                                                                     \
    "SELECT (?1->>'$.row.actor') || ': ' || coalesce((?1->>'$.row.from.label') || ' -> ', '') ||"                 \
    " (?1->>'$.row.to.label') || ', version ' || (?1->>'$.record.version') || iif(?1->>'repeated', ', as before', '')"
#define REFUSED                                                                                                   \
    "SELECT 'no: ' || group_concat(value->>'message', '; ') || coalesce('. First: ' ||"                           \
    " (SELECT group_concat(value->>'move', ', ') FROM json_each(?1, '$.route')), '') FROM json_each(?1, '$.reasons')"
#define ROWS "SELECT group_concat((value->>'seq') || ' ' || (value->>'kind') || ' by ' || (value->>'actor'), ', ') FROM json_each(?1)"
#define HOLDS "SELECT iif(?1 = 'null', 'every row as it was written', 'damaged: ' || ?1)"

static lifestage_store store;

static void failed(const char *what, lifestage_error *error) {
    const uint8_t *words = (const uint8_t *)"?";
    size_t length;
    lifestage_error_message(error, &words, &length);
    fprintf(stderr, "%s: %s\n", what, (const char *)words);
    exit(1);
}

static void say(const char *what, const char *sql, const char *text) {
    char *line = crm_value(&store, sql, text, NULL);
    printf("%-8s %s\n", what, line != NULL ? line : "?");
    sqlite3_free(line);
}

static void ask(const lifestage_workspace *crm, const char *operation, const char *input, const char *sql) {
    lifestage_buffer *answer = NULL;
    lifestage_error *error = NULL;
    if (lifestage_workspace_call(crm, TEXT(operation), TEXT(input), &answer, &error) != LIFESTAGE_STATUS_OK) failed(operation, error);
    say(operation, sql, (const char *)lifestage_buffer_data(answer));
    lifestage_buffer_free(answer);
}

/* What a pipeline says to a move of the record as it is now, without writing it. */
static char *judged(const lifestage_pipeline *pipeline, const char *request) {
    char *input = crm_value(&store, "SELECT json_set(?1, '$.record', json(json)) FROM records WHERE id = 'lead-42'", request, NULL), *change;
    lifestage_buffer *answer = NULL;
    lifestage_error *error = NULL;
    if (lifestage_pipeline_call(pipeline, TEXT("decide"), TEXT(input), &answer, &error) != LIFESTAGE_STATUS_OK) failed("decide", error);
    change = crm_value(&store, "SELECT ?1->'change'", (const char *)lifestage_buffer_data(answer), NULL);
    lifestage_buffer_free(answer);
    sqlite3_free(input);
    return change;
}

int main(int argc, char **argv) {
    lifestage_pipeline *lead = NULL;
    lifestage_workspace *crm = NULL;
    lifestage_buffer *answer = NULL;
    lifestage_error *error = NULL;
    char *document, *publish, *sam, *mia, *both;

    if (!crm_open(argc > 1 ? argv[1] : ":memory:", &store)) return fprintf(stderr, "the tables cannot be opened\n"), 1;
    if (lifestage_workspace_open_host(&store, TEXT("acme"), &crm, &error) != LIFESTAGE_STATUS_OK) failed("open", error);
    if (lifestage_call(TEXT("preset"), TEXT("{\"id\": \"lead\"}"), &answer, &error) != LIFESTAGE_STATUS_OK) failed("preset", error);
    document = crm_value(&store, "SELECT ?1->>'definition'", (const char *)lifestage_buffer_data(answer), NULL);
    publish = crm_value(&store, "SELECT json_set(?1, '$.definition', ?2)", "{" OLGA "}", document);

    ask(crm, "publish", publish, PUBLISHED);
    ask(crm, "create", "{\"record\": {\"id\": \"lead-42\", \"stage\": null, \"fields\": {\"name\": \"Ada\"}}, " OLGA "}", WROTE);
    ask(crm, "submit", "{\"id\": \"lead-42\", \"request\": {\"move\": \"mark_contacted\", \"key\": \"click-1\"}, " SAM "}", WROTE);
    ask(crm, "submit", "{\"id\": \"lead-42\", \"request\": {\"move\": \"mark_contacted\", \"key\": \"click-1\"}, " SAM "}", WROTE);
    ask(crm, "submit", "{\"id\": \"lead-42\", \"request\": {\"move\": \"start_negotiation\"}, " SAM "}", REFUSED);
    ask(crm, "submit", "{\"id\": \"lead-42\", \"request\": {\"move\": \"mark_engaged\", \"expect_version\": 1}, " MIA "}", REFUSED);

    /* Two people decide on what they both see; the tables let one of them through. */
    if (lifestage_pipeline_from_json(TEXT(document), 1, &lead, &error) != LIFESTAGE_STATUS_OK) failed("load", error);
    sam = judged(lead, "{\"request\": {\"move\": \"mark_engaged\"}, " SAM "}");
    mia = judged(lead, "{\"request\": {\"move\": \"mark_lost\"}, " MIA "}");
    both = crm_value(&store, "SELECT json_object('tenant', 'acme', 'mode', 'per_item', 'changes', json_array(json(?1), json(?2)))", sam, mia);
    lifestage_buffer_free(answer);
    if (lifestage_buffer_new(&answer, &error) != LIFESTAGE_STATUS_OK) failed("buffer", error);
    if (store.commit(store.user_data, TEXT(both), answer) != LIFESTAGE_STATUS_OK) failed("commit", NULL);
    say("commit", "SELECT group_concat(value->>'outcome', ', ') FROM json_each(?1)", (const char *)lifestage_buffer_data(answer));

    ask(crm, "history", "{\"id\": \"lead-42\"}", ROWS);
    ask(crm, "verify", "{\"id\": \"lead-42\"}", HOLDS);
    /* They are the host's own tables: what it wants to know it asks them. */
    say("select", "SELECT group_concat(n || ' in ' || stage) FROM (SELECT count(*) AS n, stage FROM records WHERE tenant = ?1 GROUP BY stage)", "acme");

    sqlite3_free(document), sqlite3_free(publish), sqlite3_free(sam), sqlite3_free(mia), sqlite3_free(both);
    lifestage_buffer_free(answer);
    lifestage_pipeline_free(lead);
    lifestage_workspace_free(crm);
    return 0;
}
