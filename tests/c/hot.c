/* Positions, numbers and columns say what the decision says. */
#include "proof.h"

#define ROWS 6

static lifestage_pipeline *pipeline;
static uint32_t budget, source, is_signed, email, amount;
static uint64_t member, boss;

static uint32_t slot(const char *name) {
    uint32_t index = 0;
    OK(lifestage_pipeline_slot_index(pipeline, TEXT(name), &index, &error));
    return index;
}

static uint64_t roles(const char *role) {
    const uint8_t *ids[1];
    size_t length = strlen(role);
    uint64_t bits = 0;
    ids[0] = (const uint8_t *)role;
    OK(lifestage_pipeline_roles(pipeline, ids, &length, 1, &bits, &error));
    return bits;
}

static void names(void) {
    const uint8_t *id;
    size_t length;
    uint32_t index = 77;
    OK(lifestage_pipeline_id(pipeline, &id, &length, &error));
    CHECK(length == 5 && memcmp(id, "deals", 5) == 0);
    OK(lifestage_pipeline_stage_id(pipeline, 2, &id, &length, &error));
    CHECK(length == 8 && memcmp(id, "contract", 8) == 0);
    OK(lifestage_pipeline_stage_index(pipeline, id, length, &index, &error));
    CHECK(index == 2);
    OK(lifestage_pipeline_move_id(pipeline, 3, &id, &length, &error));
    CHECK(length == 4 && memcmp(id, "back", 4) == 0);
    OK(lifestage_pipeline_move_index(pipeline, id, length, &index, &error));
    CHECK(index == 3);
    CHECK(member != 0 && boss != member && (boss & member) == member && roles("nobody") == 0);
    OK(lifestage_pipeline_symbol(pipeline, source, T("web"), &index, &error));
    CHECK(index != 0);
    OK(lifestage_pipeline_symbol(pipeline, source, T("moon"), &index, &error));
    CHECK(index == 0);
}

static uint16_t verdict(uint32_t stage, uint32_t move, uint64_t who, uint32_t flags, const lifestage_fact *facts) {
    uint16_t code = 0;
    OK(lifestage_pipeline_verdict(pipeline, stage, move, who, flags, facts, 16, &code, &error));
    return code;
}

static void facts(void) {
    lifestage_fact facts[16];
    memset(facts, 0, sizeof facts);
    CHECK(verdict(0, 0, 0, 0, facts) == LIFESTAGE_VERDICT_DENIED);
    CHECK(verdict(1, 0, member, 0, facts) == LIFESTAGE_VERDICT_NOT_FROM_STAGE);
    CHECK(verdict(0, 0, member, 0, facts) == LIFESTAGE_VERDICT_UNMET);
    facts[budget].kind = LIFESTAGE_FACT_INT, facts[budget].number = 1000;
    facts[source].kind = LIFESTAGE_FACT_TEXT, facts[source].text = (const uint8_t *)"web", facts[source].length = 3;
    CHECK(verdict(0, 0, member, 0, facts) == 1);
    facts[budget].number = 999;
    CHECK(verdict(0, 0, member, 0, facts) == LIFESTAGE_VERDICT_UNMET);
    facts[budget].kind = 99, facts[budget].number = 1000;
    CHECK(verdict(0, 0, member, 0, facts) == LIFESTAGE_VERDICT_UNMET);
    CHECK(verdict(1, 1, member, 0, facts) == LIFESTAGE_VERDICT_MISSING_INPUT);
    facts[amount].kind = LIFESTAGE_FACT_INT;
    CHECK(verdict(1, 1, member, 0, facts) == 2);
    facts[is_signed].kind = LIFESTAGE_FACT_BOOL, facts[is_signed].number = 5;
    CHECK(verdict(2, 2, member, 0, facts) == LIFESTAGE_VERDICT_NEEDS_APPROVAL);
    CHECK(verdict(1, 3, member, 0, facts) == LIFESTAGE_VERDICT_DENIED);
    CHECK(verdict(1, 3, member, LIFESTAGE_WHO_OWNER, facts) == 0);
    CHECK(verdict(1, 3, member, LIFESTAGE_WHO_OWNER | LIFESTAGE_WHO_FORWARD_ONLY, facts) == LIFESTAGE_VERDICT_DENIED);
    facts[email].kind = LIFESTAGE_FACT_TEXT, facts[email].text = (const uint8_t *)"ceo@example.com", facts[email].length = 15;
    CHECK(verdict(0, 4, boss, 0, facts) == 3);
    CHECK(verdict(0, 4, member, 0, facts) == LIFESTAGE_VERDICT_DENIED);
}

static void words(void) {
    lifestage_fact fact;
    uint64_t words[16], known;
    uint32_t symbol = 0;
    uint16_t code = 0;
    memset(words, 0, sizeof words);
    memset(&fact, 0, sizeof fact);
    fact.kind = LIFESTAGE_FACT_INT, fact.number = 5000;
    OK(lifestage_fact_word(&fact, &words[budget], &error));
    OK(lifestage_pipeline_symbol(pipeline, source, T("web"), &symbol, &error));
    fact.kind = LIFESTAGE_FACT_SYMBOL, fact.number = symbol;
    OK(lifestage_fact_word(&fact, &words[source], &error));
    known = UINT64_C(1) << budget | UINT64_C(1) << source;
    OK(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, member, 0, words, 16, known, known, &code, &error));
    CHECK(code == 1);
    OK(lifestage_pipeline_verdict_by_words(pipeline, 0, 0, member, 0, words, 16, 0, 0, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_UNMET);
    fact.kind = LIFESTAGE_FACT_TEXT, fact.text = (const uint8_t *)"web", fact.length = 3;
    FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_fact_word(&fact, words, &error));
    FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT,
          lifestage_pipeline_verdict_by_words(pipeline, 0, 4, boss, 0, words, 16, known, known, &code, &error));
}

/* Every row of a batch is what the verdict is of it. */
static void batch(void) {
    static const uint16_t stages[ROWS] = {0, 0, 1, 1, 2, UINT16_MAX};
    static const uint32_t moves[ROWS] = {0, 0, 3, 1, 2, 0};
    static const int64_t budgets[ROWS] = {5000, 10, 0, 0, 0, 5000};
    static const uint8_t bits[ROWS] = {1, 1, 3, 1, 5, 1}; /* has a budget, is the owner, is signed */
    lifestage_text sources[ROWS];
    uint64_t who[ROWS];
    uint16_t wide[ROWS];
    uint8_t narrow[ROWS];
    lifestage_column columns[3];
    lifestage_batch given;
    size_t row;
    memset(columns, 0, sizeof columns);
    memset(&given, 0, sizeof given);
    for (row = 0; row < ROWS; row++) {
        who[row] = member;
        sources[row].data = (const uint8_t *)"web";
        sources[row].length = 3;
    }
    columns[0].slot = budget, columns[0].kind = LIFESTAGE_COLUMN_INT, columns[0].values = budgets, columns[0].present = bits;
    columns[1].slot = source, columns[1].kind = LIFESTAGE_COLUMN_TEXT, columns[1].values = sources;
    columns[2].slot = is_signed, columns[2].kind = LIFESTAGE_COLUMN_BOOL, columns[2].values = bits, columns[2].bit = 2;
    given.struct_size = sizeof given, given.rows = ROWS;
    given.stages = stages, given.stages_width = 2;
    given.moves = moves, given.moves_width = 4;
    given.roles = who, given.roles_width = 8;
    given.owners = bits, given.owners_bit = 1;
    given.facts = columns, given.fact_count = 3;
    OK(lifestage_pipeline_decide_batch(pipeline, &given, wide, 2, &error));
    OK(lifestage_pipeline_decide_batch(pipeline, &given, narrow, 1, &error));
    CHECK(wide[0] == 1 && wide[1] == LIFESTAGE_VERDICT_UNMET && wide[2] == 0 && wide[3] == LIFESTAGE_VERDICT_MISSING_INPUT);
    CHECK(wide[4] == LIFESTAGE_VERDICT_NEEDS_APPROVAL && wide[5] == LIFESTAGE_VERDICT_NOT_FROM_STAGE);
    for (row = 0; row < ROWS; row++) CHECK(narrow[row] == (uint8_t)wide[row]);
}

/* The short form of an answer, in the caller's own memory: as much as there is room for, or none of it. */
static void brief(void) {
    static const char input[] =
        "{\"record\": {\"id\": \"deal-1\", \"stage\": \"inbox\", \"version\": 3, \"fields\": {\"budget\": 5000, \"source\": \"web\"}},"
        " \"request\": {\"move\": \"offer\"}, \"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]}, \"now\": \"2026-03-02T09:00:00Z\"}";
    uint8_t answer[200];
    size_t length = 7, whole, room;
    OK(lifestage_pipeline_decide_json(pipeline, T(input), answer, sizeof answer, &length, &error));
    CHECK(length > 20 && length < sizeof answer && answer[0] == '{' && answer[length - 1] == '}');
    whole = length;
    for (room = 0; room < whole; room++) {
        length = 7;
        memset(answer, 'x', sizeof answer);
        FAILS(LIFESTAGE_STATUS_BUFFER_TOO_SMALL, lifestage_pipeline_decide_json(pipeline, T(input), answer, room, &length, &error));
        CHECK(length == 7 && answer[room] == 'x');
    }
    OK(lifestage_pipeline_decide_json(pipeline, T(input), answer, whole, &length, &error));
    CHECK(length == whole && answer[whole] == 'x');
    FAILS(LIFESTAGE_STATUS_INVALID_INPUT, lifestage_pipeline_decide_json(pipeline, T("{}"), answer, sizeof answer, &length, &error));
}

int main(void) {
    pipeline = proof_deals();
    budget = slot("budget"), source = slot("source"), is_signed = slot("signed"), email = slot("email");
    amount = slot("input.amount");
    member = roles("member"), boss = roles("boss");
    CHECK(lifestage_pipeline_slot_count(pipeline) <= 16);
    names();
    facts();
    words();
    batch();
    brief();
    lifestage_pipeline_free(pipeline);
    return 0;
}
