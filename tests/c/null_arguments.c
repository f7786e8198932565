/* Null where something has to be is a status, in every function and for every pointer. */
#include "proof.h"

#define NULLS(call) FAILS(LIFESTAGE_STATUS_NULL_ARGUMENT, call)

static const uint8_t *view;
static size_t length;
static uint32_t number;
static uint64_t bits;
static uint16_t code;
static lifestage_buffer *buffer;

static void errors(void) {
    lifestage_error *error = NULL;
    CHECK(lifestage_error_status(NULL) == LIFESTAGE_STATUS_OK);
    CHECK(lifestage_error_name(NULL, &view, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_message(NULL, &view, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_detail(NULL, &view, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_buffer_new(NULL, &error) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_name(error, NULL, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_name(error, &view, NULL) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_message(error, NULL, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_message(error, &view, NULL) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_detail(error, NULL, &length) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    CHECK(lifestage_error_detail(error, &view, NULL) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    lifestage_error_free(error);
    lifestage_error_free(NULL);
}

static void buffers(void) {
    CHECK(lifestage_buffer_data(NULL) == NULL);
    CHECK(lifestage_buffer_length(NULL) == 0);
    NULLS(lifestage_buffer_write(NULL, T("text"), &error));
    OK(lifestage_buffer_new(&buffer, &error));
    NULLS(lifestage_buffer_write(buffer, NULL, 1, &error));
    OK(lifestage_buffer_write(buffer, NULL, 0, &error));
    CHECK(lifestage_buffer_length(buffer) == 0);
    LIFESTAGE_FREE_BUFFER(buffer);
    lifestage_buffer_free(NULL);
}

static void calls(lifestage_pipeline *pipeline) {
    lifestage_workspace *workspace = NULL;
    NULLS(lifestage_call(NULL, 1, T("{}"), &buffer, &error));
    NULLS(lifestage_call(T("presets"), NULL, 1, &buffer, &error));
    NULLS(lifestage_call(T("presets"), NULL, 0, NULL, &error));
    NULLS(lifestage_pipeline_call(NULL, T("describe"), NULL, 0, &buffer, &error));
    NULLS(lifestage_pipeline_call(pipeline, NULL, 1, NULL, 0, &buffer, &error));
    NULLS(lifestage_pipeline_call(pipeline, T("describe"), NULL, 1, &buffer, &error));
    NULLS(lifestage_pipeline_call(pipeline, T("describe"), NULL, 0, NULL, &error));
    NULLS(lifestage_workspace_open_memory(NULL, 1, &workspace, &error));
    NULLS(lifestage_workspace_open_memory(T("acme"), NULL, &error));
    NULLS(lifestage_workspace_open_sqlite(NULL, 1, T("acme"), &workspace, &error));
    NULLS(lifestage_workspace_open_sqlite(T("none.db"), NULL, 1, &workspace, &error));
    NULLS(lifestage_workspace_open_sqlite(T("none.db"), T("acme"), NULL, &error));
    NULLS(lifestage_workspace_open_host(NULL, T("acme"), &workspace, &error));
    CHECK(workspace == NULL);
    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    NULLS(lifestage_workspace_call(NULL, T("pipelines"), NULL, 0, &buffer, &error));
    NULLS(lifestage_workspace_call(workspace, NULL, 1, NULL, 0, &buffer, &error));
    NULLS(lifestage_workspace_call(workspace, T("pipelines"), NULL, 1, &buffer, &error));
    NULLS(lifestage_workspace_call(workspace, T("pipelines"), NULL, 0, NULL, &error));
    lifestage_workspace_free(workspace);
    lifestage_workspace_free(NULL);
}

static void pipelines(lifestage_pipeline *pipeline) {
    const uint8_t *role = NULL;
    lifestage_pipeline *made = NULL;
    NULLS(lifestage_pipeline_from_json(NULL, 1, 1, &made, &error));
    NULLS(lifestage_pipeline_from_json(T("{}"), 1, NULL, &error));
    CHECK(lifestage_pipeline_stage_count(NULL) == 0);
    CHECK(lifestage_pipeline_move_count(NULL) == 0);
    CHECK(lifestage_pipeline_slot_count(NULL) == 0);
    NULLS(lifestage_pipeline_stage_index(NULL, T("inbox"), &number, &error));
    NULLS(lifestage_pipeline_stage_index(pipeline, NULL, 1, &number, &error));
    NULLS(lifestage_pipeline_stage_index(pipeline, T("inbox"), NULL, &error));
    NULLS(lifestage_pipeline_move_index(NULL, T("offer"), &number, &error));
    NULLS(lifestage_pipeline_move_index(pipeline, NULL, 1, &number, &error));
    NULLS(lifestage_pipeline_move_index(pipeline, T("offer"), NULL, &error));
    NULLS(lifestage_pipeline_slot_index(NULL, T("budget"), &number, &error));
    NULLS(lifestage_pipeline_slot_index(pipeline, NULL, 1, &number, &error));
    NULLS(lifestage_pipeline_slot_index(pipeline, T("budget"), NULL, &error));
    NULLS(lifestage_pipeline_symbol(NULL, 0, T("web"), &number, &error));
    NULLS(lifestage_pipeline_symbol(pipeline, 0, NULL, 1, &number, &error));
    NULLS(lifestage_pipeline_symbol(pipeline, 0, T("web"), NULL, &error));
    length = 1;
    NULLS(lifestage_pipeline_roles(NULL, NULL, NULL, 0, &bits, &error));
    NULLS(lifestage_pipeline_roles(pipeline, NULL, &length, 1, &bits, &error));
    NULLS(lifestage_pipeline_roles(pipeline, &role, NULL, 1, &bits, &error));
    NULLS(lifestage_pipeline_roles(pipeline, &role, &length, 1, &bits, &error));
    NULLS(lifestage_pipeline_roles(pipeline, NULL, NULL, 0, NULL, &error));
    NULLS(lifestage_pipeline_stage_id(NULL, 0, &view, &length, &error));
    NULLS(lifestage_pipeline_stage_id(pipeline, 0, NULL, &length, &error));
    NULLS(lifestage_pipeline_stage_id(pipeline, 0, &view, NULL, &error));
    NULLS(lifestage_pipeline_move_id(NULL, 0, &view, &length, &error));
    NULLS(lifestage_pipeline_move_id(pipeline, 0, NULL, &length, &error));
    NULLS(lifestage_pipeline_move_id(pipeline, 0, &view, NULL, &error));
    NULLS(lifestage_pipeline_id(NULL, &view, &length, &error));
    NULLS(lifestage_pipeline_id(pipeline, NULL, &length, &error));
    NULLS(lifestage_pipeline_id(pipeline, &view, NULL, &error));
    lifestage_pipeline_free(NULL);
}

static void records(lifestage_record *record) {
    lifestage_record *made = NULL;
    NULLS(lifestage_record_new(NULL, 1, &made, &error));
    NULLS(lifestage_record_new(T("deal-1"), NULL, &error));
    NULLS(lifestage_record_from_json(NULL, 1, &made, &error));
    NULLS(lifestage_record_from_json(T("{\"id\": \"a\", \"stage\": null}"), NULL, &error));
    NULLS(lifestage_record_set_stage(NULL, T("inbox"), &error));
    NULLS(lifestage_record_set_stage(record, NULL, 1, &error));
    NULLS(lifestage_record_set_version(NULL, 1, &error));
    NULLS(lifestage_record_set_entered_at(NULL, 1, &error));
    NULLS(lifestage_record_set_owner(NULL, T("mia"), &error));
    NULLS(lifestage_record_set_owner(record, NULL, 1, &error));
    NULLS(lifestage_record_set_text(NULL, T("email"), T("a@example.com"), &error));
    NULLS(lifestage_record_set_text(record, NULL, 1, T("a@example.com"), &error));
    NULLS(lifestage_record_set_text(record, T("email"), NULL, 1, &error));
    NULLS(lifestage_record_set_int(NULL, T("budget"), 1, &error));
    NULLS(lifestage_record_set_int(record, NULL, 1, 1, &error));
    NULLS(lifestage_record_set_double(NULL, T("rate"), 1.5, &error));
    NULLS(lifestage_record_set_double(record, NULL, 1, 1.5, &error));
    NULLS(lifestage_record_set_bool(NULL, T("signed"), 1, &error));
    NULLS(lifestage_record_set_bool(record, NULL, 1, 1, &error));
    NULLS(lifestage_record_set_facts(NULL, T("{}"), &error));
    NULLS(lifestage_record_set_facts(record, NULL, 1, &error));
    NULLS(lifestage_record_id(NULL, &view, &length, &error));
    NULLS(lifestage_record_id(record, NULL, &length, &error));
    NULLS(lifestage_record_id(record, &view, NULL, &error));
    NULLS(lifestage_record_stage(NULL, &view, &length, &error));
    NULLS(lifestage_record_stage(record, NULL, &length, &error));
    NULLS(lifestage_record_stage(record, &view, NULL, &error));
    CHECK(lifestage_record_version(NULL) == 0);
    NULLS(lifestage_record_json(NULL, &buffer, &error));
    NULLS(lifestage_record_json(record, NULL, &error));
    CHECK(made == NULL);
    lifestage_record_free(NULL);
}

static void requests(lifestage_request *request, lifestage_actor *actor) {
    lifestage_request *made = NULL;
    lifestage_actor *acting = NULL;
    NULLS(lifestage_request_move(NULL, 1, &made, &error));
    NULLS(lifestage_request_move(T("offer"), NULL, &error));
    NULLS(lifestage_request_stage(NULL, 1, &made, &error));
    NULLS(lifestage_request_stage(T("offer"), NULL, &error));
    NULLS(lifestage_request_from_json(NULL, 1, &made, &error));
    NULLS(lifestage_request_from_json(T("{\"move\": \"offer\"}"), NULL, &error));
    NULLS(lifestage_request_set_input(NULL, T("amount"), T("1"), &error));
    NULLS(lifestage_request_set_input(request, NULL, 1, T("1"), &error));
    NULLS(lifestage_request_set_input(request, T("amount"), NULL, 1, &error));
    NULLS(lifestage_request_expect_version(NULL, 1, &error));
    NULLS(lifestage_request_set_key(NULL, T("key"), &error));
    NULLS(lifestage_request_set_key(request, NULL, 1, &error));
    NULLS(lifestage_request_force(NULL, T("reason"), &error));
    NULLS(lifestage_request_force(request, NULL, 1, &error));
    NULLS(lifestage_request_effective_at(NULL, 1, &error));
    NULLS(lifestage_actor_new(NULL, 1, 0, &acting, &error));
    NULLS(lifestage_actor_new(T("mia"), 0, NULL, &error));
    NULLS(lifestage_actor_add_role(NULL, T("member"), &error));
    NULLS(lifestage_actor_add_role(actor, NULL, 1, &error));
    CHECK(made == NULL && acting == NULL);
    lifestage_request_free(NULL);
    lifestage_actor_free(NULL);
}

static void decisions(const lifestage_pipeline *pipeline, const lifestage_record *record,
                      const lifestage_request *request, const lifestage_actor *actor) {
    lifestage_decision *moved, *refused, *made = NULL;
    lifestage_record *after = NULL;
    const lifestage_refusal *refusal;
    NULLS(lifestage_pipeline_decide(NULL, record, request, actor, 0, &made, &error));
    NULLS(lifestage_pipeline_decide(pipeline, NULL, request, actor, 0, &made, &error));
    NULLS(lifestage_pipeline_decide(pipeline, record, NULL, actor, 0, &made, &error));
    NULLS(lifestage_pipeline_decide(pipeline, record, request, NULL, 0, &made, &error));
    NULLS(lifestage_pipeline_decide(pipeline, record, request, actor, 0, NULL, &error));
    moved = proof_decide(pipeline, record, "offer");
    refused = proof_decide(pipeline, record, "sign");
    refusal = lifestage_decision_refusal(refused);
    CHECK(refusal != NULL && lifestage_decision_refusal(moved) == NULL);
    CHECK(lifestage_decision_outcome(NULL) == 0);
    NULLS(lifestage_decision_stage(NULL, &view, &length, &error));
    NULLS(lifestage_decision_stage(moved, NULL, &length, &error));
    NULLS(lifestage_decision_stage(moved, &view, NULL, &error));
    CHECK(lifestage_decision_expected_version(NULL) == 0);
    NULLS(lifestage_decision_change(NULL, &buffer, &error));
    NULLS(lifestage_decision_change(moved, NULL, &error));
    NULLS(lifestage_decision_record(NULL, &after, &error));
    NULLS(lifestage_decision_record(moved, NULL, &error));
    CHECK(lifestage_decision_refusal(NULL) == NULL);
    CHECK(lifestage_refusal_count(NULL) == 0);
    CHECK(lifestage_refusal_code(NULL, 0) == 0);
    NULLS(lifestage_refusal_message(NULL, 0, &view, &length, &error));
    NULLS(lifestage_refusal_message(refusal, 0, NULL, &length, &error));
    NULLS(lifestage_refusal_message(refusal, 0, &view, NULL, &error));
    CHECK(lifestage_refusal_route_length(NULL) == 0);
    NULLS(lifestage_refusal_route_move(NULL, 0, &view, &length, &error));
    NULLS(lifestage_refusal_route_move(refusal, 0, NULL, &length, &error));
    NULLS(lifestage_refusal_route_move(refusal, 0, &view, NULL, &error));
    NULLS(lifestage_refusal_json(NULL, &buffer, &error));
    NULLS(lifestage_refusal_json(refusal, NULL, &error));
    CHECK(made == NULL && after == NULL && buffer == NULL);
    lifestage_decision_free(moved);
    lifestage_decision_free(refused);
    lifestage_decision_free(NULL);
}

static void hot(const lifestage_pipeline *pipeline) {
    lifestage_fact fact;
    lifestage_batch batch;
    lifestage_column column;
    uint8_t bytes[4] = {0, 0, 0, 0};
    uint64_t word = 0;
    uint32_t moves[1];
    memset(&fact, 0, sizeof fact);
    NULLS(lifestage_pipeline_verdict(NULL, 0, 0, 0, 0, NULL, 0, &code, &error));
    NULLS(lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, NULL, 1, &code, &error));
    NULLS(lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, NULL, 0, NULL, &error));
    NULLS(lifestage_pipeline_verdict_by_words(NULL, 0, 0, 0, 0, &word, 1, 0, 0, &code, &error));
    NULLS(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, 0, 0, NULL, 1, 0, 0, &code, &error));
    NULLS(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, 0, 0, &word, 1, 0, 0, NULL, &error));
    NULLS(lifestage_fact_word(NULL, &word, &error));
    NULLS(lifestage_fact_word(&fact, NULL, &error));
    NULLS(lifestage_pipeline_open_moves(NULL, 0, 0, 0, NULL, 0, moves, 1, &length, &error));
    NULLS(lifestage_pipeline_open_moves(pipeline, 0, 0, 0, NULL, 1, moves, 1, &length, &error));
    NULLS(lifestage_pipeline_open_moves(pipeline, 0, 0, 0, NULL, 0, NULL, 1, &length, &error));
    NULLS(lifestage_pipeline_open_moves(pipeline, 0, 0, 0, NULL, 0, moves, 1, NULL, &error));
    OK(lifestage_pipeline_open_moves(pipeline, 0, 0, 0, NULL, 0, NULL, 0, &length, &error));

    NULLS(lifestage_pipeline_decide_json(NULL, T("{}"), bytes, 4, &length, &error));
    NULLS(lifestage_pipeline_decide_json(pipeline, NULL, 1, bytes, 4, &length, &error));
    NULLS(lifestage_pipeline_decide_json(pipeline, T("{}"), NULL, 4, &length, &error));
    NULLS(lifestage_pipeline_decide_json(pipeline, T("{}"), bytes, 4, NULL, &error));

    memset(&column, 0, sizeof column);
    memset(&batch, 0, sizeof batch);
    column.kind = LIFESTAGE_COLUMN_BOOL;
    column.values = bytes;
    OK(lifestage_pipeline_slot_index(pipeline, T("signed"), &column.slot, &error));
    batch.struct_size = sizeof batch;
    batch.rows = 4;
    batch.stages = batch.moves = batch.roles = bytes;
    batch.stages_width = batch.moves_width = batch.roles_width = 1;
    batch.facts = &column;
    batch.fact_count = 1;
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    NULLS(lifestage_pipeline_decide_batch(NULL, &batch, bytes, 1, &error));
    NULLS(lifestage_pipeline_decide_batch(pipeline, NULL, bytes, 1, &error));
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, NULL, 1, &error));
    batch.stages = NULL;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    batch.stages = bytes, batch.moves = NULL;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    batch.moves = bytes, batch.roles = NULL;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    batch.roles = bytes, batch.facts = NULL;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    batch.facts = &column, column.values = NULL;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
    column.kind = LIFESTAGE_COLUMN_TEXT;
    NULLS(lifestage_pipeline_decide_batch(pipeline, &batch, bytes, 1, &error));
}

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_record *record = proof_deal();
    lifestage_request *request = proof_move("offer");
    lifestage_actor *actor = proof_actor("member");
    errors();
    buffers();
    calls(pipeline);
    pipelines(pipeline);
    records(record);
    requests(request, actor);
    decisions(pipeline, record, request, actor);
    hot(pipeline);
    /* An error that nobody wants is no reason to fail in another way. */
    CHECK(lifestage_record_new(NULL, 1, &record, NULL) == LIFESTAGE_STATUS_NULL_ARGUMENT);
    lifestage_pipeline_free(pipeline);
    lifestage_record_free(record);
    lifestage_request_free(request);
    lifestage_actor_free(actor);
    return 0;
}
