/* Lengths and positions that cannot be are a status; those that can be are taken at their word. */
#include "proof.h"

#define WRONG(call) FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, call)
#define BATCH(call) FAILS(LIFESTAGE_STATUS_INVALID_BATCH, call)

static const uint8_t *view;
static size_t length;
static uint32_t number;
static uint16_t code;

static void texts(lifestage_pipeline *pipeline) {
    static const uint8_t nul[] = "in\0box";
    const uint8_t *roles[1] = {(const uint8_t *)"member"};
    size_t lengths[1] = {SIZE_MAX};
    uint64_t bits = 0;
    lifestage_buffer *buffer = NULL;
    lifestage_record *record = NULL;
    lifestage_pipeline *made = NULL;
    lifestage_workspace *workspace = NULL;
    char *text = proof_read(PROOF_ROOT "/tests/c/deals.json");

    /* More than there can be. */
    WRONG(lifestage_record_new((const uint8_t *)"a", SIZE_MAX, &record, &error));
    WRONG(lifestage_pipeline_from_json((const uint8_t *)text, (size_t)1 + PTRDIFF_MAX, 1, &made, &error));
    WRONG(lifestage_call(T("presets"), (const uint8_t *)"{}", SIZE_MAX, &buffer, &error));
    WRONG(lifestage_pipeline_roles(pipeline, roles, lengths, 1, &bits, &error));
    WRONG(lifestage_pipeline_roles(pipeline, roles, lengths, SIZE_MAX / 4, &bits, &error));
    WRONG(lifestage_workspace_open_memory((const uint8_t *)"a", SIZE_MAX, &workspace, &error));

    /* Less than there is. */
    FAILS(LIFESTAGE_STATUS_INVALID_DEFINITION, lifestage_pipeline_from_json((const uint8_t *)text, 20, 1, &made, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_DEFINITION, lifestage_pipeline_from_json((const uint8_t *)text, 0, 1, &made, &error));
    FAILS(LIFESTAGE_STATUS_UNKNOWN_OPERATION, lifestage_call((const uint8_t *)"presets", 5, T("{}"), &buffer, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_INPUT, lifestage_call(T("preset"), (const uint8_t *)"{\"id\": \"lead\"}", 13, &buffer, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_INPUT, lifestage_record_from_json(T("{\"id\": "), &record, &error));
    OK(lifestage_pipeline_stage_index(pipeline, (const uint8_t *)"inboxes", 5, &number, &error));
    CHECK(number == 0);
    WRONG(lifestage_pipeline_stage_index(pipeline, (const uint8_t *)"inbox", 4, &number, &error));
    WRONG(lifestage_pipeline_stage_index(pipeline, (const uint8_t *)"inbox", 6, &number, &error));
    WRONG(lifestage_pipeline_stage_index(pipeline, NULL, 0, &number, &error));

    /* A NUL is a byte like any other. */
    WRONG(lifestage_pipeline_stage_index(pipeline, nul, sizeof nul - 1, &number, &error));
    OK(lifestage_record_new(nul, sizeof nul - 1, &record, &error));
    OK(lifestage_record_id(record, &view, &length, &error));
    CHECK(length == sizeof nul - 1 && memcmp(view, nul, length) == 0);
    lifestage_record_free(record);
    OK(lifestage_buffer_new(&buffer, &error));
    WRONG(lifestage_buffer_write(buffer, nul, SIZE_MAX, &error));
    OK(lifestage_buffer_write(buffer, nul, sizeof nul - 1, &error));
    OK(lifestage_buffer_write(buffer, T("es"), &error));
    CHECK(lifestage_buffer_length(buffer) == 8 && memcmp(lifestage_buffer_data(buffer), "in\0boxes", 9) == 0);
    lifestage_buffer_free(buffer);
    free(text);
}

static void positions(lifestage_pipeline *pipeline) {
    uint32_t moves[3] = {7, 7, 7};
    lifestage_fact facts[2];
    uint64_t roles = 0, word = 0;
    const uint8_t *role = (const uint8_t *)"member";
    size_t role_length = 6;
    uint32_t stages = lifestage_pipeline_stage_count(pipeline), listed = lifestage_pipeline_move_count(pipeline);
    CHECK(stages == 4 && listed == 5);
    WRONG(lifestage_pipeline_stage_id(pipeline, stages, &view, &length, &error));
    WRONG(lifestage_pipeline_stage_id(pipeline, UINT32_MAX, &view, &length, &error));
    WRONG(lifestage_pipeline_stage_id(pipeline, LIFESTAGE_NO_STAGE, &view, &length, &error));
    WRONG(lifestage_pipeline_move_id(pipeline, listed, &view, &length, &error));
    WRONG(lifestage_pipeline_move_id(pipeline, UINT32_MAX, &view, &length, &error));
    WRONG(lifestage_pipeline_symbol(pipeline, UINT32_MAX, T("web"), &number, &error));
    OK(lifestage_pipeline_slot_index(pipeline, T("budget"), &number, &error));
    WRONG(lifestage_pipeline_symbol(pipeline, number, T("web"), &number, &error));
    OK(lifestage_pipeline_roles(pipeline, &role, &role_length, 1, &roles, &error));

    /* What does not exist leads nowhere. */
    OK(lifestage_pipeline_verdict(pipeline, stages, 0, roles, 0, NULL, 0, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_NOT_FROM_STAGE);
    OK(lifestage_pipeline_verdict(pipeline, UINT32_MAX, UINT32_MAX, roles, UINT32_MAX, NULL, 0, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_NOT_FROM_STAGE);
    /* Facts that are not given are missing, and more than there are slots are not looked at. */
    OK(lifestage_pipeline_verdict(pipeline, 0, 0, roles, 0, NULL, 0, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_UNMET);
    OK(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, roles, 0, &word, 1, UINT64_MAX, UINT64_MAX, &code, &error));
    OK(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, roles, 0, NULL, 0, UINT64_MAX, UINT64_MAX, &code, &error));

    /* Not where such a thing can be. */
    memset(facts, 0, sizeof facts);
    {
        const lifestage_fact *crooked = (const lifestage_fact *)(const void *)((const char *)facts + 1);
        const uint64_t *askew = (const uint64_t *)(const void *)((const char *)facts + 1);
        WRONG(lifestage_pipeline_verdict(pipeline, 0, 0, roles, 0, crooked, 1, &code, &error));
        WRONG(lifestage_pipeline_verdict(pipeline, 0, 0, roles, 0, facts, SIZE_MAX / 8, &code, &error));
        WRONG(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, roles, 0, askew, 1, 0, 0, &code, &error));
    }

    /* As many as there is room for, and how many there are. */
    OK(lifestage_pipeline_open_moves(pipeline, 1, roles, LIFESTAGE_WHO_OWNER, NULL, 0, moves, 1, &length, &error));
    CHECK(length == 2 && moves[0] == 1 && moves[1] == 7);
    OK(lifestage_pipeline_open_moves(pipeline, 1, roles, LIFESTAGE_WHO_OWNER, NULL, 0, moves, 3, &length, &error));
    CHECK(length == 2 && moves[1] == 3 && moves[2] == 7);
}

static void batches(lifestage_pipeline *pipeline) {
    uint16_t codes[3] = {7, 7, 7};
    uint8_t bytes[3] = {0, 0, 0};
    lifestage_batch batch;
    lifestage_column column;
    memset(&batch, 0, sizeof batch);
    memset(&column, 0, sizeof column);
    batch.struct_size = sizeof batch;
    batch.rows = 3;
    batch.stages = batch.moves = batch.roles = bytes;
    batch.stages_width = batch.moves_width = batch.roles_width = 1;
    batch.stages_width = 3;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    batch.stages_width = 1, batch.moves_width = 0;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    batch.moves_width = 1, batch.roles_width = 16;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    batch.roles_width = 1;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 4, &error));
    batch.owners = bytes, batch.owners_bit = 8;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    batch.owners_bit = 7, batch.facts = &column, batch.fact_count = 1;
    column.values = bytes;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error)); /* no kind 0 */
    column.kind = LIFESTAGE_COLUMN_BOOL, column.bit = 8;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    column.bit = 0, column.present = bytes, column.present_bit = 9;
    BATCH(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    CHECK(codes[0] == 7 && codes[1] == 7 && codes[2] == 7);
    /* A slot that does not exist is not looked at, as with facts. */
    column.present_bit = 0, column.slot = UINT32_MAX;
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    CHECK(codes[0] != 7 && codes[1] != 7 && codes[2] != 7);
    batch.fact_count = 0, batch.rows = SIZE_MAX;
    WRONG(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    batch.rows = 0, batch.stages = batch.moves = batch.roles = NULL;
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, NULL, 2, &error));
}

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    texts(pipeline);
    positions(pipeline);
    batches(pipeline);
    lifestage_pipeline_free(pipeline);
    return 0;
}
