/* A host's store that answers rubbish is an error of every operation, and never a crash. */
#include "host.h"

#define ACTOR "\"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]}, \"now\": \"2026-03-02T09:00:00Z\""

static const struct {
    const char *operation, *input;
} operations[] = {
    {"record", "{\"id\": \"deal-1\"}"},
    {"history", "{\"id\": \"deal-1\"}"},
    {"verify", "{\"id\": \"deal-1\"}"},
    {"submit", "{\"id\": \"deal-1\", \"request\": {\"move\": \"offer\"}, " ACTOR "}"},
    {"submit", "{\"id\": \"deal-1\", \"request\": {\"move\": \"offer\", \"key\": \"k\"}, " ACTOR "}"},
    {"counts", "{\"pipeline\": \"deals\"}"},
    {"page", "{\"pipeline\": \"deals\", \"limit\": 3}"},
    {"feed", "{\"limit\": 3}"},
    {"migrations", "{}"},
    {"versions", "{\"pipeline\": \"deals\"}"},
    {"definition", "{\"pipeline\": \"deals\", \"version\": 1}"},
    {"refresh", "{}"},
    {"entry", "{\"effect\": \"deal-1/1/0\"}"},
};

/* No answer to any of them. */
static const char *rubbish[] = {
    "", "{", "[", "nul", "\"", "7", "[7]", "[[]]", "[{}]", "{\"outcome\": \"applied\"}", "[{\"outcome\": \"applied\"}, 1]", "[{\"id\": 7}]",
    "[1e999]", "[{\"pipeline\": \"deals\", \"version\": -1}]", "\xff", "true", "{\"records\": 7}", "[null, null, null]",
};

static void open_on_rubbish(void) {
    size_t each;
    for (each = 0; each < sizeof rubbish / sizeof *rubbish; each++) {
        host it;
        lifestage_store store = host_store(&it);
        lifestage_workspace *workspace = NULL;
        host_says(&it, LIFESTAGE_STATUS_OK, rubbish[each]);
        FAILS(LIFESTAGE_STATUS_INVALID, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
        CHECK(workspace == NULL && it.dropped == 1);
    }
}

/* A definition that does not load is one of the store's that is damaged. */
static void open_on_a_bad_definition(void) {
    static const char published[] =
        "[{\"pipeline\": \"deals\", \"version\": 1, \"replaces\": null, \"document\": \"{}\", \"published_by\": \"ann\","
        " \"meaning\": \"0000000000000000000000000000000000000000000000000000000000000000\","
        " \"published_at\": \"2026-03-02T09:00:00Z\"}]";
    host it;
    lifestage_store store = host_store(&it);
    lifestage_workspace *workspace = NULL;
    host_says(&it, LIFESTAGE_STATUS_OK, published);
    FAILS(LIFESTAGE_STATUS_INVALID_DEFINITION, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    CHECK(workspace == NULL && it.dropped == 1);
}

int main(void) {
    host it;
    lifestage_workspace *workspace = host_workspace(&it);
    size_t each, other;
    for (each = 0; each < sizeof operations / sizeof *operations; each++) {
        for (other = 0; other < sizeof rubbish / sizeof *rubbish; other++) {
            lifestage_buffer *buffer = NULL;
            lifestage_error *error = NULL;
            lifestage_status status;
            host_says(&it, LIFESTAGE_STATUS_OK, rubbish[other]);
            status = lifestage_workspace_call(workspace, TEXT(operations[each].operation), TEXT(operations[each].input), &buffer, &error);
            if (status != LIFESTAGE_STATUS_INVALID)
                FAIL("`%s` takes `%s`: %s", operations[each].operation, rubbish[other], proof_says(status, error));
            CHECK(buffer == NULL && lifestage_error_status(error) == status);
            lifestage_error_free(error);
        }
    }
    /* Nothing of it is kept. */
    host_says(&it, LIFESTAGE_STATUS_OK, "[]");
    {
        lifestage_buffer *buffer = NULL;
        OK(lifestage_workspace_call(workspace, T("refresh"), NULL, 0, &buffer, &error));
        LIFESTAGE_FREE_BUFFER(buffer);
        OK(lifestage_workspace_call(workspace, T("pipelines"), NULL, 0, &buffer, &error));
        CHECK(strcmp((const char *)lifestage_buffer_data(buffer), "[]") == 0);
        lifestage_buffer_free(buffer);
    }
    lifestage_workspace_free(workspace);
    CHECK(it.dropped == 1);
    open_on_rubbish();
    open_on_a_bad_definition();
    return 0;
}
