/* One input into the functions that take such a thing: nothing crashes, nothing panics. */
#include <dirent.h>

#include "entry.h"
#include "host.h"

#define CORPUS PROOF_ROOT "/tests/fuzz/corpus/"
#define MOST 300

fuzz_input fuzz_corpus[MOST];
size_t fuzz_inputs;

static const char *doing = "", *operation_of = "";
static const uint8_t *bytes; /* what goes in: exactly as long as it says */
static size_t length;

static uint64_t state = 1;
/* While `calls` runs its bytes are what is chosen, and there is nothing to choose behind them. */
static const uint8_t *choices;
static size_t choices_left;

void fuzz_seed(uint64_t seed) {
    state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

static uint8_t chosen(void) {
    if (choices_left == 0) return 0;
    choices_left--;
    return *choices++;
}

uint64_t fuzz_any(void) {
    if (choices != NULL) {
        uint64_t value = 0;
        int each;
        for (each = 0; each < 8; each++) value = value << 8 | chosen();
        return value;
    }
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

size_t fuzz_below(size_t most) {
    if (most == 0) return 0;
    if (choices != NULL && most <= 256) return chosen() % most;
    return (size_t)(fuzz_any() % most);
}

static int by_name(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The bytes of a file, exactly as many as it has. */
static uint8_t *read_bytes(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    long end;
    uint8_t *read;
    if (file == NULL) FAIL("cannot open %s", path);
    CHECK(fseek(file, 0, SEEK_END) == 0 && (end = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0);
    *count = (size_t)end;
    read = (uint8_t *)malloc(*count > 0 ? *count : 1);
    CHECK(read != NULL && fread(read, 1, *count, file) == *count);
    fclose(file);
    return read;
}

static void read_folder(const char *target) {
    char path[4096], *names[MOST];
    DIR *folder;
    struct dirent *entry;
    size_t count = 0, each;
    snprintf(path, sizeof path, "%s%s", CORPUS, target);
    folder = opendir(path);
    if (folder == NULL) FAIL("cannot open %s", path);
    while ((entry = readdir(folder)) != NULL) {
        if (strchr(entry->d_name, '-') == NULL) continue;
        CHECK(count < MOST);
        names[count] = (char *)malloc(strlen(entry->d_name) + 1);
        CHECK(names[count] != NULL);
        strcpy(names[count++], entry->d_name);
    }
    closedir(folder);
    /* In the order of their names, so that the seed says it all. */
    qsort(names, count, sizeof *names, by_name);
    for (each = 0; each < count; each++) {
        fuzz_input *input = &fuzz_corpus[fuzz_inputs++];
        CHECK(fuzz_inputs <= MOST);
        snprintf(path, sizeof path, "%s%s/%s", CORPUS, target, names[each]);
        snprintf(input->target, sizeof input->target, "%s", target);
        snprintf(input->operation, sizeof input->operation, "%.*s", (int)strcspn(names[each], "-"), names[each]);
        input->bytes = read_bytes(path, &input->length);
        free(names[each]);
    }
    CHECK(count > 0);
}

/* Whatever it is, it is a status that functions have, with its error, or an answer. */
static int holds(lifestage_status status, lifestage_error *error, lifestage_buffer *answer) {
    const uint8_t *text;
    size_t size = 0;
    int fine = status == LIFESTAGE_STATUS_OK;
    if (!fine && (status < 300 || status >= LIFESTAGE_STATUS_PANIC || lifestage_error_status(error) != status))
        FAIL("%s\n%s %s\n%.*s", proof_says(status, error), doing, operation_of, (int)length, (const char *)bytes);
    if (!fine) CHECK(answer == NULL && lifestage_error_message(error, &text, &size) == LIFESTAGE_STATUS_OK && strlen((const char *)text) == size);
    if (!fine) CHECK(lifestage_error_name(error, &text, &size) == LIFESTAGE_STATUS_OK && strlen((const char *)text) == size);
    if (!fine) CHECK(lifestage_error_detail(error, &text, &size) == LIFESTAGE_STATUS_OK && strlen((const char *)text) == size);
    if (fine) CHECK(error == NULL);
    if (answer != NULL) CHECK(lifestage_buffer_data(answer)[lifestage_buffer_length(answer)] == 0);
    lifestage_error_free(error);
    lifestage_buffer_free(answer);
    return fine;
}

/* The call holds; its answer, if there is one, goes to `answer`. */
#define TRY(call)                                            \
    do {                                                     \
        lifestage_error *error = NULL;                       \
        lifestage_buffer *answer = NULL;                     \
        lifestage_status status = (call);                    \
        (void)holds(status, error, answer);                  \
    } while (0)
#define IN bytes, length

static lifestage_pipeline *pipeline;
static lifestage_workspace *workspace, *hosted;
static host answering;

void fuzz_fresh(void) {
    static char *publish;
    lifestage_buffer *buffer = NULL;
    if (publish == NULL) {
        char *text = proof_read(CORPUS "workspace/publish-1.json");
        publish = text;
    }
    lifestage_workspace_free(workspace);
    workspace = NULL;
    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    OK(lifestage_workspace_call(workspace, T("publish"), TEXT(publish), &buffer, &error));
    LIFESTAGE_FREE_BUFFER(buffer);
    OK(lifestage_workspace_call(workspace, T("create"),
                                T("{\"record\": {\"id\": \"deal-1\", \"stage\": null, \"fields\": {\"budget\": 5000, \"source\": \"web\"}},"
                                  " \"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]}, \"now\": \"2026-03-02T08:30:00Z\"}"),
                                &buffer, &error));
    LIFESTAGE_FREE_BUFFER(buffer);
}

/* Numbers and positions of any size, arrays as long as they are said to be. */
static void hot(void) {
    static lifestage_fact facts[40];
    static uint64_t words[70];
    lifestage_column columns[4];
    lifestage_batch batch;
    uint32_t stage = (uint32_t)fuzz_below(9), move = (uint32_t)fuzz_below(18), slot = (uint32_t)fuzz_below(12), moves[4], number;
    uint16_t code, codes[8];
    uint64_t values[8], word;
    lifestage_text texts[8];
    size_t each, open, count = fuzz_below(41), rows = fuzz_below(9);
    const uint8_t *id;
    if (fuzz_below(20) == 0) stage = (uint32_t)fuzz_any(), move = (uint32_t)fuzz_any(), slot = (uint32_t)fuzz_any();
    for (each = 0; each < 40; each++) {
        facts[each].kind = (uint32_t)fuzz_below(10);
        facts[each].number = fuzz_below(2) ? (int64_t)fuzz_any() : (int64_t)fuzz_below(5);
        word = fuzz_any(), memcpy(&facts[each].real, &word, sizeof word);
        facts[each].text = bytes, facts[each].length = fuzz_below(length + 1);
        words[each] = fuzz_any();
        TRY(lifestage_fact_word(&facts[each], &word, &error));
    }
    TRY(lifestage_pipeline_verdict(pipeline, stage, move, fuzz_any(), (uint32_t)fuzz_any(), facts, count, &code, &error));
    TRY(lifestage_pipeline_verdict_by_words(pipeline, stage, move, fuzz_any(), (uint32_t)fuzz_any(), words, fuzz_below(71), fuzz_any(), fuzz_any(), &code, &error));
    TRY(lifestage_pipeline_open_moves(pipeline, stage, fuzz_any(), (uint32_t)fuzz_any(), facts, count, moves, fuzz_below(5), &open, &error));
    TRY(lifestage_pipeline_stage_id(pipeline, stage, &id, &open, &error));
    TRY(lifestage_pipeline_move_id(pipeline, move, &id, &open, &error));
    TRY(lifestage_pipeline_symbol(pipeline, slot, IN, &number, &error));
    memset(&batch, 0, sizeof batch);
    memset(columns, 0, sizeof columns);
    for (each = 0; each < 8; each++) values[each] = fuzz_below(3) ? fuzz_below(9) * UINT64_C(0x0101010101010101) : fuzz_any(), texts[each].data = bytes, texts[each].length = fuzz_below(length + 1);
    for (each = 0; each < 4; each++) {
        columns[each].slot = fuzz_below(9) ? (uint32_t)fuzz_below(12) : slot, columns[each].kind = (uint32_t)fuzz_below(9);
        columns[each].values = columns[each].kind == LIFESTAGE_COLUMN_TEXT ? (const void *)texts : (const void *)values;
        columns[each].bit = (uint32_t)fuzz_below(9), columns[each].present_bit = (uint32_t)fuzz_below(9);
        columns[each].present = fuzz_below(2) ? NULL : (const uint8_t *)values;
    }
    batch.struct_size = fuzz_below(20) ? sizeof batch : (uint32_t)fuzz_any();
    batch.flags = (uint32_t)fuzz_any(), batch.rows = rows;
    batch.stages = batch.moves = batch.roles = values;
    batch.stages_width = 1u << fuzz_below(5), batch.moves_width = 1u << fuzz_below(5), batch.roles_width = 1u << fuzz_below(5);
    batch.owners_bit = (uint32_t)fuzz_below(9), batch.owners = fuzz_below(2) ? NULL : (const uint8_t *)values;
    batch.facts = columns, batch.fact_count = fuzz_below(5);
    TRY(lifestage_pipeline_decide_batch(pipeline, &batch, codes, (uint32_t)fuzz_below(4), &error));
}

/* Bytes as texts of every function that takes one. */
static void texts(void) {
    lifestage_record *record = NULL;
    lifestage_request *request = NULL;
    lifestage_actor *actor = NULL;
    lifestage_decision *decision = NULL;
    lifestage_buffer *buffer = NULL;
    lifestage_workspace *opened = NULL;
    const uint8_t *role = bytes, *id;
    uint64_t bits;
    uint32_t index;
    size_t size;
    double real;
    uint64_t word = fuzz_any();
    memcpy(&real, &word, sizeof real);
    TRY(lifestage_record_new(IN, &record, &error));
    if (record == NULL) OK(lifestage_record_new(T("a"), &record, &error));
    TRY(lifestage_record_set_stage(record, IN, &error));
    TRY(lifestage_record_set_version(record, fuzz_any(), &error));
    TRY(lifestage_record_set_entered_at(record, (int64_t)fuzz_any(), &error));
    TRY(lifestage_record_set_owner(record, IN, &error));
    TRY(lifestage_record_set_text(record, IN, IN, &error));
    TRY(lifestage_record_set_int(record, IN, (int64_t)fuzz_any(), &error));
    TRY(lifestage_record_set_double(record, IN, real, &error));
    TRY(lifestage_record_set_bool(record, IN, (uint32_t)fuzz_any(), &error));
    TRY(lifestage_record_set_facts(record, IN, &error));
    TRY(lifestage_record_id(record, &id, &size, &error));
    TRY(lifestage_record_stage(record, &id, &size, &error));
    TRY(lifestage_record_json(record, &answer, &error));
    TRY(fuzz_below(2) ? lifestage_request_move(IN, &request, &error) : lifestage_request_stage(IN, &request, &error));
    if (request == NULL) OK(lifestage_request_move(T("offer"), &request, &error));
    TRY(lifestage_request_set_input(request, T("amount"), IN, &error));
    TRY(lifestage_request_set_input(request, IN, T("7"), &error));
    TRY(lifestage_request_expect_version(request, fuzz_any(), &error));
    TRY(lifestage_request_set_key(request, IN, &error));
    TRY(lifestage_request_force(request, IN, &error));
    TRY(lifestage_request_effective_at(request, (int64_t)fuzz_any(), &error));
    TRY(lifestage_actor_new(IN, (uint32_t)fuzz_below(2), &actor, &error));
    if (actor == NULL) OK(lifestage_actor_new(T("mia"), 0, &actor, &error));
    TRY(lifestage_actor_add_role(actor, IN, &error));
    TRY(lifestage_pipeline_decide(pipeline, record, request, actor, (int64_t)fuzz_any(), &decision, &error));
    TRY(lifestage_pipeline_stage_index(pipeline, IN, &index, &error));
    TRY(lifestage_pipeline_move_index(pipeline, IN, &index, &error));
    TRY(lifestage_pipeline_slot_index(pipeline, IN, &index, &error));
    TRY(lifestage_pipeline_roles(pipeline, &role, &length, 1, &bits, &error));
    TRY(lifestage_call(IN, IN, &answer, &error));
    TRY(lifestage_pipeline_call(pipeline, IN, IN, &answer, &error));
    TRY(lifestage_workspace_call(workspace, IN, IN, &answer, &error));
    OK(lifestage_buffer_new(&buffer, &error));
    TRY(lifestage_buffer_write(buffer, IN, &error));
    CHECK(lifestage_buffer_length(buffer) == length && (length == 0 || memcmp(lifestage_buffer_data(buffer), bytes, length) == 0));
    TRY(lifestage_workspace_open_memory(IN, &opened, &error));
    lifestage_workspace_free(opened);
    lifestage_buffer_free(buffer);
    lifestage_decision_free(decision);
    lifestage_actor_free(actor);
    lifestage_request_free(request);
    lifestage_record_free(record);
}

/* Decides with what was read, and takes the decision apart. */
static void decide(lifestage_record *record, lifestage_request *request) {
    lifestage_actor *actor = proof_actor("boss");
    lifestage_decision *decision = NULL;
    lifestage_record *after = NULL;
    const lifestage_refusal *refusal;
    const uint8_t *view;
    size_t index, size;
    TRY(lifestage_pipeline_decide(pipeline, record, request, actor, PROOF_NOW, &decision, &error));
    refusal = lifestage_decision_refusal(decision);
    CHECK((refusal != NULL) == (lifestage_decision_outcome(decision) == LIFESTAGE_OUTCOME_REFUSED));
    TRY(lifestage_decision_stage(decision, &view, &size, &error));
    TRY(lifestage_decision_change(decision, &answer, &error));
    TRY(lifestage_decision_record(decision, &after, &error));
    TRY(lifestage_refusal_json(refusal, &answer, &error));
    for (index = 0; index <= lifestage_refusal_count(refusal); index++) TRY(lifestage_refusal_message(refusal, index, &view, &size, &error));
    for (index = 0; index <= lifestage_refusal_route_length(refusal); index++) TRY(lifestage_refusal_route_move(refusal, index, &view, &size, &error));
    lifestage_record_free(after);
    lifestage_decision_free(decision);
    lifestage_actor_free(actor);
}

/* Bytes as a condition, over names of every type. */
static void criteria(void) {
    static const char head[] = "{\"names\":{\"budget\":\"int\",\"consent\":\"bool\",\"due\":\"timestamp\",\"email\":\"string\",\"now\":\"timestamp\","
                               "\"price\":\"double\",\"tags\":\"list<string>\",\"wait\":\"duration\"},\"facts\":{\"budget\":7500,\"consent\":true,"
                               "\"due\":\"2026-03-01T09:30:00Z\",\"email\":\"ada@ex\\u00e4mple.com\",\"now\":\"2026-03-02T00:00:00Z\",\"price\":0.5,"
                               "\"tags\":[\"vip\"],\"wait\":\"90m\"},\"criteria\":\"";
    char *json = (char *)malloc(sizeof head + 6 * length + 2);
    size_t end = sizeof head - 1, each;
    CHECK(json != NULL);
    memcpy(json, head, end);
    for (each = 0; each < length; each++) {
        if (bytes[each] < 0x20 || bytes[each] == '"' || bytes[each] == '\\')
            end += (size_t)sprintf(json + end, "\\u%04x", bytes[each]);
        else
            json[end++] = (char)bytes[each];
    }
    json[end++] = '"', json[end++] = '}';
    TRY(lifestage_call(T("criteria"), (const uint8_t *)json, end, &answer, &error));
    free(json);
}

/* What `calls` has in hand: made by one call, used by the next, freed, or not there at all. */
typedef struct {
    lifestage_pipeline *pipeline;
    lifestage_record *record;
    lifestage_request *request;
    lifestage_actor *actor;
    lifestage_decision *decision;
    lifestage_buffer *buffer;
} hand;

/* A text as an argument: one that means something, any bytes, or null. */
static const uint8_t *said;
static size_t said_length;
static uint8_t *said_bytes;

static void say(void) {
    static const char *const words[] = {
        "inbox", "offer", "contract", "customer", "back", "sign", "lucky", "member", "boss", "mia", "budget", "source", "signed", "email", "web",
        "input.amount", "tags", "none", "", "{}", "7", "\"x\"", "{\"budget\": 5000, \"signed\": true, \"email\": \"ceo@a.b\"}",
        "{\"move\": \"offer\"}", "{\"to\": \"customer\"}", "{\"id\": \"deal-1\", \"stage\": \"offer\"}", "{\"id\": \"deal-1\"}",
        "describe", "record", "presets",
    };
    size_t which = fuzz_below(sizeof words / sizeof *words + 8), each;
    free(said_bytes);
    said_bytes = NULL, said = NULL, said_length = 0;
    if (which == 0) {
        said_length = fuzz_below(2);
    } else if (which <= sizeof words / sizeof *words) {
        said = (const uint8_t *)words[which - 1], said_length = strlen(words[which - 1]);
    } else {
        said_length = fuzz_below(20);
        said_bytes = (uint8_t *)malloc(said_length > 0 ? said_length : 1);
        CHECK(said_bytes != NULL);
        for (each = 0; each < said_length; each++) said_bytes[each] = chosen();
        said = said_bytes;
    }
}
#define SAID said, said_length
/* A place that may be missing. */
#define PLACE(place) (fuzz_below(16) == 15 ? NULL : (place))
#define NEW(noun, call) (lifestage_##noun##_free(it.noun), it.noun = NULL, (void)0); TRY(call)

/* Bytes as calls, one after the other. */
static void calls(void) {
    hand it;
    const lifestage_refusal *refusal;
    const uint8_t *view = NULL, *role;
    size_t size = 0, at;
    uint32_t index;
    uint64_t number;
    double real;
    memset(&it, 0, sizeof it);
    choices = bytes, choices_left = length;
    while (choices_left > 0) {
        const lifestage_pipeline *judge = it.pipeline != NULL ? it.pipeline : pipeline;
        refusal = lifestage_decision_refusal(it.decision);
        say();
        switch (fuzz_below(64)) {
        case 0: NEW(record, lifestage_record_new(SAID, PLACE(&it.record), &error)); break;
        case 1: NEW(record, lifestage_record_from_json(SAID, PLACE(&it.record), &error)); break;
        case 2: TRY(lifestage_record_set_stage(it.record, SAID, &error)); break;
        case 3: TRY(lifestage_record_set_version(it.record, fuzz_any(), &error)); break;
        case 4: TRY(lifestage_record_set_entered_at(it.record, (int64_t)fuzz_any(), &error)); break;
        case 5: TRY(lifestage_record_set_owner(it.record, SAID, &error)); break;
        case 6: TRY(lifestage_record_set_text(it.record, SAID, T("a"), &error)); break;
        case 7: TRY(lifestage_record_set_text(it.record, T("email"), SAID, &error)); break;
        case 8: TRY(lifestage_record_set_int(it.record, SAID, (int64_t)fuzz_any(), &error)); break;
        case 9: number = fuzz_any(), memcpy(&real, &number, sizeof real); TRY(lifestage_record_set_double(it.record, SAID, real, &error)); break;
        case 10: TRY(lifestage_record_set_bool(it.record, SAID, (uint32_t)fuzz_below(3), &error)); break;
        case 11: TRY(lifestage_record_set_facts(it.record, SAID, &error)); break;
        case 12: TRY(lifestage_record_id(it.record, PLACE(&view), PLACE(&size), &error)); break;
        case 13: TRY(lifestage_record_stage(it.record, PLACE(&view), PLACE(&size), &error)); break;
        case 14: TRY(lifestage_record_json(it.record, &answer, &error)); (void)lifestage_record_version(it.record); break;
        case 15: LIFESTAGE_FREE_RECORD(it.record); break;
        case 16: NEW(request, lifestage_request_move(SAID, PLACE(&it.request), &error)); break;
        case 17: NEW(request, lifestage_request_stage(SAID, PLACE(&it.request), &error)); break;
        case 18: NEW(request, lifestage_request_from_json(SAID, PLACE(&it.request), &error)); break;
        case 19: TRY(lifestage_request_set_input(it.request, T("amount"), SAID, &error)); break;
        case 20: TRY(lifestage_request_expect_version(it.request, fuzz_below(3), &error)); break;
        case 21: TRY(lifestage_request_set_key(it.request, SAID, &error)); break;
        case 22: TRY(lifestage_request_force(it.request, SAID, &error)); break;
        case 23: TRY(lifestage_request_effective_at(it.request, (int64_t)fuzz_any(), &error)); break;
        case 24: LIFESTAGE_FREE_REQUEST(it.request); break;
        case 25: index = (uint32_t)fuzz_below(2); NEW(actor, lifestage_actor_new(SAID, index, PLACE(&it.actor), &error)); break;
        case 26: TRY(lifestage_actor_add_role(it.actor, SAID, &error)); break;
        case 27: LIFESTAGE_FREE_ACTOR(it.actor); break;
        case 28: case 29: case 30: case 31:
            number = fuzz_below(4) ? (uint64_t)PROOF_NOW : fuzz_any();
            NEW(decision, lifestage_pipeline_decide(judge, it.record, it.request, it.actor, (int64_t)number, PLACE(&it.decision), &error));
            break;
        case 32: TRY(lifestage_decision_stage(it.decision, PLACE(&view), PLACE(&size), &error)); break;
        case 33: TRY(lifestage_decision_change(it.decision, &answer, &error)); break;
        case 34: NEW(record, lifestage_decision_record(it.decision, PLACE(&it.record), &error)); break;
        case 35: (void)lifestage_decision_outcome(it.decision), (void)lifestage_decision_expected_version(it.decision); break;
        case 36: LIFESTAGE_FREE_DECISION(it.decision); break;
        case 37: TRY(lifestage_refusal_json(refusal, &answer, &error)); break;
        case 38: at = fuzz_below(5); TRY(lifestage_refusal_message(refusal, at, PLACE(&view), PLACE(&size), &error)); (void)lifestage_refusal_code(refusal, at); break;
        case 39: at = fuzz_below(5); TRY(lifestage_refusal_route_move(refusal, at, PLACE(&view), PLACE(&size), &error)); break;
        case 40: NEW(buffer, lifestage_buffer_new(PLACE(&it.buffer), &error)); break;
        case 41: TRY(lifestage_buffer_write(it.buffer, SAID, &error)); break;
        case 42: if (it.buffer != NULL) CHECK(lifestage_buffer_data(it.buffer)[lifestage_buffer_length(it.buffer)] == 0); break;
        case 43: LIFESTAGE_FREE_BUFFER(it.buffer); break;
        case 44: TRY(lifestage_call(SAID, T("{}"), &answer, &error)); break;
        case 45: TRY(lifestage_pipeline_call(judge, SAID, T("{}"), &answer, &error)); break;
        case 46: TRY(lifestage_workspace_call(workspace, T("record"), SAID, &answer, &error)); break;
        case 47: TRY(lifestage_pipeline_stage_index(judge, SAID, PLACE(&index), &error)); break;
        case 48: TRY(lifestage_pipeline_move_index(judge, SAID, PLACE(&index), &error)); break;
        case 49: TRY(lifestage_pipeline_slot_index(judge, SAID, PLACE(&index), &error)); break;
        case 50: index = (uint32_t)fuzz_below(20); TRY(lifestage_pipeline_symbol(judge, index, SAID, PLACE(&index), &error)); break;
        case 51: role = said, size = said_length; TRY(lifestage_pipeline_roles(judge, PLACE(&role), PLACE(&size), fuzz_below(2), PLACE(&number), &error)); break;
        case 52: TRY(lifestage_pipeline_stage_id(judge, (uint32_t)fuzz_below(9), PLACE(&view), PLACE(&size), &error)); break;
        case 53: TRY(lifestage_pipeline_move_id(judge, (uint32_t)fuzz_below(9), PLACE(&view), PLACE(&size), &error)); break;
        case 54: TRY(lifestage_pipeline_slot_kind(judge, (uint32_t)fuzz_below(20), PLACE(&index), &error)); break;
        case 55: TRY(lifestage_pipeline_id(it.pipeline, PLACE(&view), PLACE(&size), &error)); break;
        case 56: NEW(pipeline, lifestage_pipeline_from_json(SAID, (uint32_t)fuzz_any(), PLACE(&it.pipeline), &error)); break;
        case 57: NEW(pipeline, lifestage_pipeline_from_json(fuzz_corpus[0].bytes, fuzz_corpus[0].length, 1, PLACE(&it.pipeline), &error)); break;
        case 58: (void)lifestage_pipeline_stage_count(it.pipeline), (void)lifestage_pipeline_move_count(it.pipeline), (void)lifestage_pipeline_slot_count(it.pipeline); break;
        case 59: LIFESTAGE_FREE_PIPELINE(it.pipeline); break;
        default: hot(); break;
        }
    }
    choices = NULL;
    free(said_bytes);
    said_bytes = NULL;
    lifestage_buffer_free(it.buffer);
    lifestage_decision_free(it.decision);
    lifestage_actor_free(it.actor);
    lifestage_request_free(it.request);
    lifestage_record_free(it.record);
    lifestage_pipeline_free(it.pipeline);
}

static void run(const char *target, const char *operation) {
    if (strcmp(target, "definition") == 0) {
        lifestage_pipeline *made = NULL;
        TRY(lifestage_pipeline_from_json(IN, (uint32_t)fuzz_any(), &made, &error));
        if (made != NULL) TRY(lifestage_pipeline_call(made, T("describe"), NULL, 0, &answer, &error));
        lifestage_pipeline_free(made);
    } else if (strcmp(target, "record") == 0) {
        lifestage_record *record = NULL;
        lifestage_request *request = proof_move("offer");
        TRY(lifestage_record_from_json(IN, &record, &error));
        if (record != NULL) decide(record, request);
        lifestage_record_free(record);
        lifestage_request_free(request);
    } else if (strcmp(target, "request") == 0) {
        lifestage_request *request = NULL;
        lifestage_record *record = proof_deal();
        TRY(lifestage_request_from_json(IN, &request, &error));
        if (request != NULL) decide(record, request);
        lifestage_record_free(record);
        lifestage_request_free(request);
    } else if (strcmp(target, "criteria") == 0) {
        criteria();
    } else if (strcmp(target, "calls") == 0) {
        calls();
    } else if (strcmp(target, "call") == 0) {
        TRY(lifestage_call(TEXT(operation), IN, &answer, &error));
    } else if (strcmp(target, "pipeline") == 0) {
        uint8_t page[64];
        size_t written;
        TRY(lifestage_pipeline_call(pipeline, TEXT(operation), IN, &answer, &error));
        TRY(lifestage_pipeline_decide_json(pipeline, IN, page, fuzz_below(sizeof page + 1), &written, &error));
    } else if (strcmp(target, "workspace") == 0) {
        TRY(lifestage_workspace_call(workspace, TEXT(operation), IN, &answer, &error));
    } else {
        /* What a host answers to the operation that asks that, or to another. */
        static const char *const asking[][2] = {{"load", "record"}, {"receipt", "submit"}, {"commit", "create"}};
        const fuzz_input *asked = &fuzz_corpus[fuzz_below(fuzz_inputs)];
        const char *asking_for = fuzz_below(8) ? operation : asked->operation;
        lifestage_workspace *opened = NULL;
        size_t each;
        lifestage_store store = host_store(&answering);
        answering.answer = (const char *)bytes, answering.length = length;
        for (each = 0; each < sizeof asking / sizeof *asking; each++)
            if (strcmp(asking_for, asking[each][0]) == 0) asking_for = asking[each][1];
        for (each = 0; each < fuzz_inputs && (strcmp(fuzz_corpus[each].target, "workspace") != 0 || strcmp(fuzz_corpus[each].operation, asking_for) != 0);) each++;
        if (each < fuzz_inputs) TRY(lifestage_workspace_call(hosted, TEXT(asking_for), fuzz_corpus[each].bytes, fuzz_corpus[each].length, &answer, &error));
        TRY(lifestage_workspace_open_host(&store, T("acme"), &opened, &error));
        lifestage_workspace_free(opened);
    }
}

void fuzz_run(const char *target, const char *operation, const uint8_t *given, size_t count) {
    bytes = given, length = count;
    doing = target, operation_of = operation;
    run(target, operation);
}

void fuzz_sweep(const uint8_t *given, size_t count) {
    bytes = given, length = count;
    doing = "every text", operation_of = "";
    texts(), hot();
}

void fuzz_one(const uint8_t *given, size_t count) {
    static const char *target;
    char operation[32] = "";
    uint64_t seed = UINT64_C(0xcbf29ce484222325);
    uint8_t *copy;
    size_t each, end = 0;
    if (target == NULL) {
        target = getenv("LIFESTAGE_FUZZ");
        if (target == NULL) FAIL("LIFESTAGE_FUZZ names no folder of %s", CORPUS);
        fuzz_open();
    }
    for (each = 0; each < count; each++) seed = (seed ^ given[each]) * UINT64_C(0x100000001b3);
    fuzz_seed(seed);
    fuzz_fresh();
    if (strcmp(target, "call") == 0 || strcmp(target, "pipeline") == 0 || strcmp(target, "workspace") == 0 || strcmp(target, "store") == 0) {
        while (end < count && end < sizeof operation - 1 && given[end] != '\n' && given[end] != 0) operation[end] = (char)given[end], end++;
        if (end == count || given[end] != '\n') return;
        end++;
    }
    /* No byte more than it says, for those who watch what is read. */
    copy = (uint8_t *)malloc(count - end > 0 ? count - end : 1);
    CHECK(copy != NULL);
    if (count > end) memcpy(copy, given + end, count - end);
    fuzz_run(target, operation, copy, count - end);
    if (seed % 8 == 0) fuzz_sweep(copy, count - end);
    free(copy);
}

void fuzz_open(void) {
    static const char *const targets[] = {"definition", "call", "calls", "criteria", "pipeline", "record", "request", "store", "workspace"};
    size_t each;
    for (each = 0; each < sizeof targets / sizeof *targets; each++) read_folder(targets[each]);
    pipeline = proof_pipeline(CORPUS "definition/full-1.json");
    hosted = host_workspace(&answering);
}

void fuzz_close(void) {
    size_t each;
    for (each = 0; each < fuzz_inputs; each++) free(fuzz_corpus[each].bytes);
    lifestage_workspace_free(workspace);
    lifestage_workspace_free(hosted);
    lifestage_pipeline_free(pipeline);
}
