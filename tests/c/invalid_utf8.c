/* A text that is not UTF-8 is a status, wherever one goes in; strict UTF-8, without surrogates or overlong forms. */
#include "proof.h"

#define BAD T("a\xff")
#define UTF8(call) FAILS(LIFESTAGE_STATUS_INVALID_UTF8, call)

static uint32_t number;

static void in_pipelines(void) {
    lifestage_pipeline *pipeline = proof_deals(), *made = NULL;
    lifestage_buffer *buffer = NULL;
    const uint8_t *role = (const uint8_t *)"a\xff";
    size_t length = 2;
    uint64_t bits = 0;
    UTF8(lifestage_pipeline_from_json(BAD, 1, &made, &error));
    UTF8(lifestage_pipeline_call(pipeline, BAD, T("{}"), &buffer, &error));
    UTF8(lifestage_pipeline_call(pipeline, T("describe"), BAD, &buffer, &error));
    UTF8(lifestage_pipeline_decide_json(pipeline, BAD, NULL, 0, &length, &error));
    UTF8(lifestage_call(BAD, T("{}"), &buffer, &error));
    UTF8(lifestage_call(T("presets"), BAD, &buffer, &error));
    UTF8(lifestage_pipeline_stage_index(pipeline, BAD, &number, &error));
    UTF8(lifestage_pipeline_move_index(pipeline, BAD, &number, &error));
    UTF8(lifestage_pipeline_slot_index(pipeline, BAD, &number, &error));
    UTF8(lifestage_pipeline_symbol(pipeline, 0, BAD, &number, &error));
    UTF8(lifestage_pipeline_roles(pipeline, &role, &length, 1, &bits, &error));
    CHECK(made == NULL && buffer == NULL && bits == 0);
    lifestage_pipeline_free(pipeline);
}

static void in_values(void) {
    lifestage_record *record = proof_deal(), *made = NULL;
    lifestage_request *request = proof_move("offer"), *asked = NULL;
    lifestage_actor *actor = proof_actor("member"), *acting = NULL;
    UTF8(lifestage_record_new(BAD, &made, &error));
    UTF8(lifestage_record_from_json(BAD, &made, &error));
    UTF8(lifestage_record_set_stage(record, BAD, &error));
    UTF8(lifestage_record_set_owner(record, BAD, &error));
    UTF8(lifestage_record_set_text(record, BAD, T("a"), &error));
    UTF8(lifestage_record_set_text(record, T("a"), BAD, &error));
    UTF8(lifestage_record_set_int(record, BAD, 1, &error));
    UTF8(lifestage_record_set_double(record, BAD, 1, &error));
    UTF8(lifestage_record_set_bool(record, BAD, 1, &error));
    UTF8(lifestage_record_set_facts(record, BAD, &error));
    UTF8(lifestage_request_move(BAD, &asked, &error));
    UTF8(lifestage_request_stage(BAD, &asked, &error));
    UTF8(lifestage_request_from_json(BAD, &asked, &error));
    UTF8(lifestage_request_set_input(request, BAD, T("1"), &error));
    UTF8(lifestage_request_set_input(request, T("amount"), BAD, &error));
    UTF8(lifestage_request_set_key(request, BAD, &error));
    UTF8(lifestage_request_force(request, BAD, &error));
    UTF8(lifestage_actor_new(BAD, 0, &acting, &error));
    UTF8(lifestage_actor_add_role(actor, BAD, &error));
    CHECK(made == NULL && asked == NULL && acting == NULL);
    /* Of the first byte of two, half a surrogate pair, an overlong slash, beyond the last code point. */
    UTF8(lifestage_record_new(T("\xc3"), &made, &error));
    UTF8(lifestage_record_new(T("\xed\xa0\x80"), &made, &error));
    UTF8(lifestage_record_new(T("\xc0\xaf"), &made, &error));
    UTF8(lifestage_record_new(T("\xf4\x90\x80\x80"), &made, &error));
    OK(lifestage_record_new(T("z\xc3\xbcrich \xf0\x9f\x8f\x94"), &made, &error));
    lifestage_record_free(made);
    lifestage_record_free(record);
    lifestage_request_free(request);
    lifestage_actor_free(actor);
}

static void in_workspaces(void) {
    lifestage_workspace *workspace = NULL;
    lifestage_buffer *buffer = NULL;
    lifestage_store store;
    memset(&store, 0, sizeof store);
    store.struct_size = sizeof store;
    UTF8(lifestage_workspace_open_memory(BAD, &workspace, &error));
    UTF8(lifestage_workspace_open_sqlite(BAD, T("acme"), &workspace, &error));
    UTF8(lifestage_workspace_open_sqlite(T("none.db"), BAD, &workspace, &error));
    UTF8(lifestage_workspace_open_host(&store, BAD, &workspace, &error));
    CHECK(workspace == NULL);
    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    UTF8(lifestage_workspace_call(workspace, BAD, T("{}"), &buffer, &error));
    UTF8(lifestage_workspace_call(workspace, T("pipelines"), BAD, &buffer, &error));
    CHECK(buffer == NULL);
    lifestage_workspace_free(workspace);
}

/* On the hot path it counts as a value of the wrong type, and in a batch the batch is refused. */
static void in_facts(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_fact facts[16];
    lifestage_text texts[1];
    lifestage_column column;
    lifestage_batch batch;
    uint8_t zero = 0, role = 1, codes[1] = {9};
    uint32_t budget = 0, source = 0;
    uint16_t code = 0;
    OK(lifestage_pipeline_slot_index(pipeline, T("budget"), &budget, &error));
    OK(lifestage_pipeline_slot_index(pipeline, T("source"), &source, &error));
    CHECK(lifestage_pipeline_slot_count(pipeline) <= 16);
    memset(facts, 0, sizeof facts);
    facts[budget].kind = LIFESTAGE_FACT_INT, facts[budget].number = 5000;
    facts[source].kind = LIFESTAGE_FACT_TEXT, facts[source].text = (const uint8_t *)"web", facts[source].length = 3;
    OK(lifestage_pipeline_verdict(pipeline, 0, 0, 1, 0, facts, 16, &code, &error));
    CHECK(code == 1);
    facts[source].text = (const uint8_t *)"we\xff";
    OK(lifestage_pipeline_verdict(pipeline, 0, 0, 1, 0, facts, 16, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_UNMET);

    memset(&column, 0, sizeof column);
    memset(&batch, 0, sizeof batch);
    texts[0].data = (const uint8_t *)"we\xff", texts[0].length = 3;
    column.slot = source, column.kind = LIFESTAGE_COLUMN_TEXT, column.values = texts;
    batch.struct_size = sizeof batch, batch.rows = 1;
    batch.stages = batch.moves = &zero, batch.roles = &role;
    batch.stages_width = batch.moves_width = batch.roles_width = 1;
    batch.facts = &column, batch.fact_count = 1;
    UTF8(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 1, &error));
    CHECK(codes[0] == 9);
    lifestage_pipeline_free(pipeline);
}

int main(void) {
    in_pipelines();
    in_values();
    in_workspaces();
    in_facts();
    return 0;
}
