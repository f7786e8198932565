/* Places for answers are written only on success; the error only on failure. */
#include "proof.h"

static char mark;
#define HANDLE(type) ((type *)(void *)&mark)

/* The call fails, and leaves `place` as it was. */
#define KEEPS(place, call)                                                                  \
    do {                                                                                    \
        lifestage_error *error = NULL;                                                      \
        CHECK((call) != LIFESTAGE_STATUS_OK);                                               \
        CHECK((const void *)(place) == (const void *)&mark);                                \
        CHECK(error != NULL);                                                               \
        lifestage_error_free(error);                                                        \
    } while (0)

static void handles(lifestage_pipeline *pipeline, lifestage_record *record) {
    lifestage_pipeline *made = HANDLE(lifestage_pipeline);
    lifestage_record *after = HANDLE(lifestage_record);
    lifestage_request *request = HANDLE(lifestage_request);
    lifestage_actor *actor = HANDLE(lifestage_actor);
    lifestage_decision *decision = HANDLE(lifestage_decision), *refused = proof_decide(pipeline, record, "sign");
    lifestage_buffer *buffer = HANDLE(lifestage_buffer);
    lifestage_workspace *workspace = HANDLE(lifestage_workspace), *open = NULL;
    lifestage_store store;
    memset(&store, 0, sizeof store);
    KEEPS(made, lifestage_pipeline_from_json(T("{}"), 1, &made, &error));
    KEEPS(after, lifestage_record_new(T("\xff"), &after, &error));
    KEEPS(after, lifestage_record_from_json(T("{}"), &after, &error));
    KEEPS(after, lifestage_decision_record(refused, &after, &error));
    KEEPS(request, lifestage_request_move(T("\xff"), &request, &error));
    KEEPS(request, lifestage_request_stage(T("\xff"), &request, &error));
    KEEPS(request, lifestage_request_from_json(T("{}"), &request, &error));
    KEEPS(actor, lifestage_actor_new(T("\xff"), 0, &actor, &error));
    KEEPS(decision, lifestage_pipeline_decide(pipeline, record, NULL, NULL, 0, &decision, &error));
    KEEPS(buffer, lifestage_decision_change(refused, &buffer, &error));
    KEEPS(buffer, lifestage_refusal_json(NULL, &buffer, &error));
    KEEPS(buffer, lifestage_record_json(NULL, &buffer, &error));
    KEEPS(buffer, lifestage_call(T("preset"), T("{\"id\": \"none\"}"), &buffer, &error));
    KEEPS(buffer, lifestage_pipeline_call(pipeline, T("decide"), T("{}"), &buffer, &error));
    KEEPS(workspace, lifestage_workspace_open_memory(T("\xff"), &workspace, &error));
    KEEPS(workspace, lifestage_workspace_open_sqlite(T("/nowhere/at/all.db"), T("acme"), &workspace, &error));
    KEEPS(workspace, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    OK(lifestage_workspace_open_memory(T("acme"), &open, &error));
    KEEPS(buffer, lifestage_workspace_call(open, T("definition"), T("{\"pipeline\": \"none\"}"), &buffer, &error));
    lifestage_workspace_free(open);
    lifestage_decision_free(refused);
}

static void values(lifestage_pipeline *pipeline, lifestage_record *record) {
    const uint8_t *view = (const uint8_t *)&mark;
    size_t length = 77;
    uint32_t index = 77;
    uint64_t bits = 77;
    uint16_t code = 77;
    lifestage_fact fact;
    lifestage_decision *refused = proof_decide(pipeline, record, "sign");
    memset(&fact, 0, sizeof fact);
    KEEPS(view, lifestage_pipeline_stage_id(pipeline, 99, &view, &length, &error));
    KEEPS(view, lifestage_pipeline_move_id(pipeline, 99, &view, &length, &error));
    KEEPS(view, lifestage_pipeline_id(NULL, &view, &length, &error));
    KEEPS(view, lifestage_record_id(NULL, &view, &length, &error));
    KEEPS(view, lifestage_record_stage(NULL, &view, &length, &error));
    KEEPS(view, lifestage_decision_stage(NULL, &view, &length, &error));
    KEEPS(view, lifestage_refusal_message(lifestage_decision_refusal(refused), 99, &view, &length, &error));
    KEEPS(view, lifestage_refusal_route_move(lifestage_decision_refusal(refused), 99, &view, &length, &error));
    CHECK(lifestage_error_message(NULL, &view, &length) != LIFESTAGE_STATUS_OK && view == (const uint8_t *)&mark);
    KEEPS(&mark, lifestage_pipeline_stage_index(pipeline, T("none"), &index, &error));
    KEEPS(&mark, lifestage_pipeline_move_index(pipeline, T("none"), &index, &error));
    KEEPS(&mark, lifestage_pipeline_slot_index(pipeline, T("none"), &index, &error));
    KEEPS(&mark, lifestage_pipeline_symbol(pipeline, 99, T("web"), &index, &error));
    KEEPS(&mark, lifestage_pipeline_roles(NULL, NULL, NULL, 0, &bits, &error));
    KEEPS(&mark, lifestage_pipeline_verdict(NULL, 0, 0, 0, 0, NULL, 0, &code, &error));
    KEEPS(&mark, lifestage_pipeline_verdict_by_words(NULL, 0, 0, 0, 0, NULL, 0, 0, 0, &code, &error));
    KEEPS(&mark, lifestage_pipeline_verdict_by_words(pipeline, 0, 4, 3, 0, NULL, 0, 0, 0, &code, &error));
    KEEPS(&mark, lifestage_fact_word(&fact, &bits, &error));
    KEEPS(&mark, lifestage_pipeline_open_moves(NULL, 0, 0, 0, NULL, 0, &index, 1, &length, &error));
    CHECK(length == 77 && index == 77 && bits == 77 && code == 77);
    lifestage_decision_free(refused);
}

/* What is changed stays as it was when the change fails. */
static void changes(lifestage_record *record) {
    lifestage_buffer *before = NULL, *after = NULL;
    lifestage_error *error = HANDLE(lifestage_error);
    OK(lifestage_record_json(record, &before, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_INPUT, lifestage_record_set_facts(record, T("{\"budget\": 1, \"email\": {}}"), &error));
    FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_record_set_double(record, T("rate"), -1e308 * 10, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_UTF8, lifestage_record_set_stage(record, T("\xff"), &error));
    OK(lifestage_record_json(record, &after, &error));
    CHECK(strcmp((const char *)lifestage_buffer_data(before), (const char *)lifestage_buffer_data(after)) == 0);
    lifestage_buffer_free(before);
    lifestage_buffer_free(after);
    /* And the place for the error when there is none. */
    CHECK(lifestage_record_set_version(record, 3, &error) == LIFESTAGE_STATUS_OK);
    CHECK((void *)error == (void *)&mark);
}

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_record *record = proof_deal();
    handles(pipeline, record);
    values(pipeline, record);
    changes(record);
    lifestage_pipeline_free(pipeline);
    lifestage_record_free(record);
    return 0;
}
