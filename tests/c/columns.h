/* Batches of the vectors: the same rows as columns, and one by one as facts. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <jansson.h>

#include "proof.h"

#define MOST_ROWS 256
#define MOST_SLOTS 32

/* `2026-03-02T09:00:00.5Z` in microseconds. */
static int64_t columns_instant(const char *text) {
    int year, month, day, hour, minute, read = 0;
    double second;
    int64_t days;
    CHECK(sscanf(text, "%d-%d-%dT%d:%d:%lfZ%n", &year, &month, &day, &hour, &minute, &second, &read) == 6 && text[read] == 0);
    /* March is the first month, so that the odd day comes last. */
    year -= month < 3;
    month = (month + 9) % 12;
    days = (int64_t)year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719468;
    return ((days * 24 + hour) * 60 + minute) * 60000000 + (int64_t)(second * 1e6 + 0.5);
}

/* `90m` in microseconds. */
static int64_t columns_span(const char *text) {
    char *unit;
    int64_t number = strtoll(text, &unit, 10) * 1000000;
    CHECK(strlen(unit) == 1 && strchr("smh", *unit) != NULL);
    return *unit == 's' ? number : *unit == 'm' ? number * 60 : number * 3600;
}

typedef struct {
    int64_t numbers[MOST_ROWS];
    double reals[MOST_ROWS];
    lifestage_text texts[MOST_ROWS];
    uint8_t bits[MOST_ROWS]; /* the first for a bool, the second for a value at all */
} columns_values;

/* Reads the values of a slot into a column, and into the facts of each row. */
static void columns_read(const json_t *values, const char *type, lifestage_column *column, columns_values *into,
                         lifestage_fact (*facts)[MOST_SLOTS]) {
    const json_t *value;
    size_t row;
    int real = strcmp(type, "double") == 0, truth = strcmp(type, "bool") == 0, whole = strcmp(type, "int") == 0;
    int instant = strcmp(type, "timestamp") == 0, span = strcmp(type, "duration") == 0;
    json_array_foreach(values, row, value) {
        lifestage_fact *fact = &facts[row][column->slot];
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        into->bits[row] = (uint8_t)((json_is_null(value) ? 0 : 2) | json_is_true(value));
        into->reals[row] = json_number_value(value);
        into->numbers[row] = json_is_null(value) ? 0 : instant ? columns_instant(text) : span ? columns_span(text) : json_integer_value(value);
        into->texts[row].data = (const uint8_t *)text;
        into->texts[row].length = strlen(text);
        if (json_is_null(value)) continue;
        fact->kind = real ? LIFESTAGE_FACT_DOUBLE : truth ? LIFESTAGE_FACT_BOOL : whole ? LIFESTAGE_FACT_INT
                     : instant ? LIFESTAGE_FACT_TIMESTAMP : span ? LIFESTAGE_FACT_DURATION : LIFESTAGE_FACT_TEXT;
        fact->number = truth ? json_is_true(value) : into->numbers[row];
        fact->real = into->reals[row];
        fact->text = into->texts[row].data;
        fact->length = into->texts[row].length;
    }
    column->present = into->bits;
    column->present_bit = 1;
    column->kind = real ? LIFESTAGE_COLUMN_DOUBLE : truth ? LIFESTAGE_COLUMN_BOOL : whole ? LIFESTAGE_COLUMN_INT
                   : instant || span ? LIFESTAGE_COLUMN_MICROS : LIFESTAGE_COLUMN_TEXT;
    column->values = real ? (const void *)into->reals : truth ? (const void *)into->bits
                     : whole || instant || span ? (const void *)into->numbers : (const void *)into->texts;
}

static uint64_t columns_roles(const lifestage_pipeline *pipeline, const json_t *roles) {
    const uint8_t *ids[8];
    size_t lengths[8], index;
    const json_t *role;
    uint64_t bits = 0;
    CHECK(json_array_size(roles) <= 8);
    json_array_foreach(roles, index, role) {
        ids[index] = (const uint8_t *)json_string_value(role);
        lengths[index] = json_string_length(role);
    }
    OK(lifestage_pipeline_roles(pipeline, ids, lengths, json_array_size(roles), &bits, &error));
    return bits;
}

static json_t *columns_word(const lifestage_pipeline *pipeline, uint16_t code) {
    static const char *words[] = {"!needs_approval", "!missing_input", "!unmet", "!denied", "!not_from_stage"};
    const uint8_t *id;
    size_t length;
    if (code >= LIFESTAGE_VERDICT_NEEDS_APPROVAL) return json_string(words[code - LIFESTAGE_VERDICT_NEEDS_APPROVAL]);
    OK(lifestage_pipeline_stage_id(pipeline, code, &id, &length, &error));
    return json_stringn((const char *)id, length);
}

static json_t *columns_judged(const lifestage_pipeline *pipeline, const json_t *definition, const json_t *vector) {
    static columns_values values[MOST_SLOTS];
    static lifestage_fact facts[MOST_ROWS][MOST_SLOTS];
    lifestage_column columns[MOST_SLOTS];
    lifestage_batch batch;
    uint16_t stages[MOST_ROWS], codes[MOST_ROWS], alone;
    uint8_t narrow[MOST_ROWS], owners[MOST_ROWS];
    uint32_t moves[MOST_ROWS], index;
    uint64_t roles[MOST_ROWS];
    json_t *owned = json_object_get(vector, "owned"), *given, *verdicts = json_array();
    const char *name;
    size_t row;
    memset(&batch, 0, sizeof batch);
    memset(columns, 0, sizeof columns);
    memset(facts, 0, sizeof facts);
    batch.struct_size = sizeof batch;
    batch.rows = json_array_size(json_object_get(vector, "moves"));
    batch.flags = json_is_true(json_object_get(vector, "forward_only")) ? LIFESTAGE_WHO_FORWARD_ONLY : 0;
    CHECK(batch.rows <= MOST_ROWS && lifestage_pipeline_slot_count(pipeline) <= MOST_SLOTS);
    for (row = 0; row < batch.rows; row++) {
        const char *stage = json_string_value(json_array_get(json_object_get(vector, "stages"), row));
        const char *move = json_string_value(json_array_get(json_object_get(vector, "moves"), row));
        stages[row] = LIFESTAGE_NO_STAGE;
        if (stage != NULL) {
            OK(lifestage_pipeline_stage_index(pipeline, TEXT(stage), &index, &error));
            stages[row] = (uint16_t)index;
        }
        /* A move that the pipeline does not have is one that starts nowhere. */
        if (lifestage_pipeline_move_index(pipeline, TEXT(move), &moves[row], NULL) != LIFESTAGE_STATUS_OK) moves[row] = UINT32_MAX;
        roles[row] = columns_roles(pipeline, json_array_get(json_object_get(vector, "roles"), row));
        owners[row] = (uint8_t)(json_is_true(json_array_get(owned, row)) << 5);
    }
    json_object_foreach(json_object_get(vector, "facts"), name, given) {
        const char *type = json_string_value(json_object_get(json_object_get(json_object_get(definition, "fields"), name), "type"));
        OK(lifestage_pipeline_slot_index(pipeline, TEXT(name), &columns[batch.fact_count].slot, &error));
        columns_read(given, type == NULL ? "string" : type, &columns[batch.fact_count], &values[batch.fact_count], facts);
        batch.fact_count++;
    }
    batch.stages = stages, batch.stages_width = sizeof *stages;
    batch.moves = moves, batch.moves_width = sizeof *moves;
    batch.roles = roles, batch.roles_width = sizeof *roles;
    batch.owners = owned == NULL ? NULL : owners, batch.owners_bit = 5;
    batch.facts = columns;
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, codes, 2, &error));
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, narrow, 1, &error));
    for (row = 0; row < batch.rows; row++) {
        uint32_t flags = batch.flags | (owned != NULL && owners[row] != 0 ? LIFESTAGE_WHO_OWNER : 0);
        OK(lifestage_pipeline_verdict(pipeline, stages[row], moves[row], roles[row], flags, facts[row], MOST_SLOTS, &alone, &error));
        CHECK(alone == codes[row] && (uint8_t)alone == narrow[row]);
        json_array_append_new(verdicts, columns_word(pipeline, codes[row]));
    }
    return json_pack("{s:o}", "verdicts", verdicts);
}

#endif
