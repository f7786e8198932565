/* Inputs of the corpus, changed at random from a fixed seed, into every function: nothing crashes, nothing panics. */
#include <dirent.h>
#include <time.h>

#include "host.h"

#define CORPUS PROOF_ROOT "/tests/fuzz/corpus/"
#define MOST 300

typedef struct {
    char target[16], operation[32];
    uint8_t *bytes;
    size_t length;
} seed_input;

static seed_input corpus[MOST];
static size_t inputs;
static uint64_t state = 1;
static long round_number;
static uint8_t *bytes; /* what goes in: exactly as long as it says */
static size_t length;

static uint64_t any(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static size_t below(size_t most) {
    return most == 0 ? 0 : (size_t)(any() % most);
}

static int by_name(const void *one, const void *other) {
    return strcmp(*(char *const *)one, *(char *const *)other);
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
        seed_input *input = &corpus[inputs++];
        CHECK(inputs <= MOST);
        snprintf(path, sizeof path, "%s%s/%s", CORPUS, target, names[each]);
        snprintf(input->target, sizeof input->target, "%s", target);
        snprintf(input->operation, sizeof input->operation, "%.*s", (int)strcspn(names[each], "-"), names[each]);
        input->bytes = (uint8_t *)proof_read(path);
        input->length = strlen((const char *)input->bytes);
        free(names[each]);
    }
    CHECK(count > 0);
}

/* A stretch of `from` in place of one of what goes in. */
static void splice(size_t at, size_t gone, const uint8_t *from, size_t more) {
    uint8_t *made = (uint8_t *)malloc(length - gone + more + 1);
    CHECK(made != NULL);
    memcpy(made, bytes, at);
    if (more > 0) memcpy(made + at, from, more);
    memcpy(made + at + more, bytes + at + gone, length - at - gone);
    free(bytes);
    bytes = made;
    length = length - gone + more;
}

static void change(void) {
    static const char *const words[] = {
        "null", "true", "-1", "0", "1e308", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "0.1", "\"\"", "[]", "{}", "\"\\u0000\"",
        "\"\\ud800\"", "[[[[[[[[", "{\"a\":", ",", "\"+262142-12-31T23:59:59.999999999Z\"", "\"-009999-01-01T00:00:00Z\"", "\"2016-12-31T23:59:60Z\"", "\"none\"",
        "\"999999999999d\"", "\"0000000000000000000000000000000000000000000000000000000000000000\"", "\xff", "\xed\xa0\x80", "4294967295", "65535", "65536", "1e-400",
    };
    size_t at = below(length + 1), rest = length - at, each;
    const seed_input *other = &corpus[below(inputs)];
    const char *word = words[below(sizeof words / sizeof *words)];
    uint8_t byte = (uint8_t)any();
    switch (below(8)) {
    case 0: if (rest > 0) bytes[at] ^= (uint8_t)(1u << below(8)); break;
    case 1: splice(at, 0, &byte, 1); break;
    case 2: splice(at, below(rest < 9 ? rest + 1 : 9), NULL, 0); break;
    case 3: splice(at, rest, NULL, 0); break;
    case 4: { /* a value for a value */
        while (at < length && bytes[at] != ':' && bytes[at] != '[' && bytes[at] != ',') at++;
        if (at == length) break;
        for (each = ++at; each < length && strchr(",]}", bytes[each]) == NULL;) each++;
        splice(at, each - at, (const uint8_t *)word, strlen(word));
        break;
    }
    case 5: splice(at, 0, (const uint8_t *)word, strlen(word)); break;
    case 6: each = below(other->length), splice(at, 0, other->bytes + each, below(other->length - each < 200 ? other->length - each : 200)); break;
    default: if (length < 20000) each = below(rest < 60 ? rest + 1 : 60), splice(at, 0, bytes + at, each); break;
    }
}

/* Whatever it is, it is a status that functions have, with its error, or an answer. */
static int holds(lifestage_status status, lifestage_error *error, lifestage_buffer *answer) {
    const uint8_t *text;
    size_t size = 0;
    int fine = status == LIFESTAGE_STATUS_OK;
    if (!fine && (status < 300 || status >= LIFESTAGE_STATUS_PANIC || lifestage_error_status(error) != status))
        FAIL("round %ld: %s\n%.*s", round_number, proof_says(status, error), (int)length, (const char *)bytes);
    if (!fine) CHECK(answer == NULL && lifestage_error_message(error, &text, &size) == LIFESTAGE_STATUS_OK && strlen((const char *)text) == size);
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

static void fresh_workspace(void) {
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
    uint32_t stage = (uint32_t)below(9), move = (uint32_t)below(18), slot = (uint32_t)below(12), moves[4], number;
    uint16_t code, codes[8];
    uint64_t values[8], word;
    lifestage_text texts[8];
    size_t each, open, count = below(41), rows = below(9);
    const uint8_t *id;
    if (below(20) == 0) stage = (uint32_t)any(), move = (uint32_t)any(), slot = (uint32_t)any();
    for (each = 0; each < 40; each++) {
        facts[each].kind = (uint32_t)below(10);
        facts[each].number = below(2) ? (int64_t)any() : (int64_t)below(5);
        word = any(), memcpy(&facts[each].real, &word, sizeof word);
        facts[each].text = bytes, facts[each].length = below(length + 1);
        words[each] = any();
        TRY(lifestage_fact_word(&facts[each], &word, &error));
    }
    TRY(lifestage_pipeline_verdict(pipeline, stage, move, any(), (uint32_t)any(), facts, count, &code, &error));
    TRY(lifestage_pipeline_verdict_by_words(pipeline, stage, move, any(), (uint32_t)any(), words, below(71), any(), any(), &code, &error));
    TRY(lifestage_pipeline_open_moves(pipeline, stage, any(), (uint32_t)any(), facts, count, moves, below(5), &open, &error));
    TRY(lifestage_pipeline_stage_id(pipeline, stage, &id, &open, &error));
    TRY(lifestage_pipeline_move_id(pipeline, move, &id, &open, &error));
    TRY(lifestage_pipeline_symbol(pipeline, slot, IN, &number, &error));
    memset(&batch, 0, sizeof batch);
    memset(columns, 0, sizeof columns);
    for (each = 0; each < 8; each++) values[each] = below(3) ? below(9) * UINT64_C(0x0101010101010101) : any(), texts[each].data = bytes, texts[each].length = below(length + 1);
    for (each = 0; each < 4; each++) {
        columns[each].slot = below(9) ? (uint32_t)below(12) : slot, columns[each].kind = (uint32_t)below(9);
        columns[each].values = columns[each].kind == LIFESTAGE_COLUMN_TEXT ? (const void *)texts : (const void *)values;
        columns[each].bit = (uint32_t)below(9), columns[each].present_bit = (uint32_t)below(9);
        columns[each].present = below(2) ? NULL : (const uint8_t *)values;
    }
    batch.struct_size = below(20) ? sizeof batch : (uint32_t)any();
    batch.flags = (uint32_t)any(), batch.rows = rows;
    batch.stages = batch.moves = batch.roles = values;
    batch.stages_width = 1u << below(5), batch.moves_width = 1u << below(5), batch.roles_width = 1u << below(5);
    batch.owners_bit = (uint32_t)below(9), batch.owners = below(2) ? NULL : (const uint8_t *)values;
    batch.facts = columns, batch.fact_count = below(5);
    TRY(lifestage_pipeline_decide_batch(pipeline, &batch, codes, (uint32_t)below(4), &error));
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
    uint64_t word = any();
    memcpy(&real, &word, sizeof real);
    TRY(lifestage_record_new(IN, &record, &error));
    if (record == NULL) OK(lifestage_record_new(T("a"), &record, &error));
    TRY(lifestage_record_set_stage(record, IN, &error));
    TRY(lifestage_record_set_version(record, any(), &error));
    TRY(lifestage_record_set_entered_at(record, (int64_t)any(), &error));
    TRY(lifestage_record_set_owner(record, IN, &error));
    TRY(lifestage_record_set_text(record, IN, IN, &error));
    TRY(lifestage_record_set_int(record, IN, (int64_t)any(), &error));
    TRY(lifestage_record_set_double(record, IN, real, &error));
    TRY(lifestage_record_set_bool(record, IN, (uint32_t)any(), &error));
    TRY(lifestage_record_set_facts(record, IN, &error));
    TRY(lifestage_record_id(record, &id, &size, &error));
    TRY(lifestage_record_stage(record, &id, &size, &error));
    TRY(lifestage_record_json(record, &answer, &error));
    TRY(below(2) ? lifestage_request_move(IN, &request, &error) : lifestage_request_stage(IN, &request, &error));
    if (request == NULL) OK(lifestage_request_move(T("offer"), &request, &error));
    TRY(lifestage_request_set_input(request, T("amount"), IN, &error));
    TRY(lifestage_request_set_input(request, IN, T("7"), &error));
    TRY(lifestage_request_expect_version(request, any(), &error));
    TRY(lifestage_request_set_key(request, IN, &error));
    TRY(lifestage_request_force(request, IN, &error));
    TRY(lifestage_request_effective_at(request, (int64_t)any(), &error));
    TRY(lifestage_actor_new(IN, (uint32_t)below(2), &actor, &error));
    if (actor == NULL) OK(lifestage_actor_new(T("mia"), 0, &actor, &error));
    TRY(lifestage_actor_add_role(actor, IN, &error));
    TRY(lifestage_pipeline_decide(pipeline, record, request, actor, (int64_t)any(), &decision, &error));
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

static void run(const seed_input *input) {
    const char *target = input->target;
    if (strcmp(target, "definition") == 0) {
        lifestage_pipeline *made = NULL;
        TRY(lifestage_pipeline_from_json(IN, (uint32_t)any(), &made, &error));
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
    } else if (strcmp(target, "call") == 0) {
        TRY(lifestage_call(TEXT(input->operation), IN, &answer, &error));
    } else if (strcmp(target, "pipeline") == 0) {
        uint8_t page[64];
        size_t written;
        TRY(lifestage_pipeline_call(pipeline, TEXT(input->operation), IN, &answer, &error));
        TRY(lifestage_pipeline_decide_json(pipeline, IN, page, below(sizeof page + 1), &written, &error));
    } else if (strcmp(target, "workspace") == 0) {
        TRY(lifestage_workspace_call(workspace, TEXT(input->operation), IN, &answer, &error));
    } else {
        /* What a host answers to the operation that asks that, or to another. */
        static const char *const asking[][2] = {{"load", "record"}, {"receipt", "submit"}, {"commit", "create"}};
        const seed_input *asked = &corpus[below(inputs)];
        const char *operation = below(8) ? input->operation : asked->operation;
        lifestage_workspace *opened = NULL;
        size_t each;
        lifestage_store store = host_store(&answering);
        answering.answer = (const char *)bytes, answering.length = length;
        for (each = 0; each < sizeof asking / sizeof *asking; each++)
            if (strcmp(operation, asking[each][0]) == 0) operation = asking[each][1];
        for (each = 0; each < inputs && (strcmp(corpus[each].target, "workspace") != 0 || strcmp(corpus[each].operation, operation) != 0);) each++;
        if (each < inputs) TRY(lifestage_workspace_call(hosted, TEXT(operation), corpus[each].bytes, corpus[each].length, &answer, &error));
        TRY(lifestage_workspace_open_host(&store, T("acme"), &opened, &error));
        lifestage_workspace_free(opened);
    }
}

int main(int argc, char **argv) {
    static const char *const targets[] = {"call", "definition", "pipeline", "record", "request", "store", "workspace"};
    long rounds = argc > 1 ? atol(argv[1]) : 20000;
    size_t each;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) | 1 : UINT64_C(0x243f6a8885a308d3);
    for (each = 0; each < sizeof targets / sizeof *targets; each++) read_folder(targets[each]);
    pipeline = proof_pipeline(CORPUS "definition/full-1.json");
    hosted = host_workspace(&answering);
    for (round_number = 0; round_number < rounds; round_number++) {
        /* First each as it is, in a workspace of its own. */
        const seed_input *input = (size_t)round_number < inputs ? &corpus[round_number] : &corpus[below(inputs)];
        size_t changes = (size_t)round_number < inputs ? 0 : 1 + below(4);
        if (round_number % 50 == 0 || (size_t)round_number < inputs) fresh_workspace();
        free(bytes);
        bytes = (uint8_t *)malloc(input->length > 0 ? input->length : 1);
        CHECK(bytes != NULL);
        length = input->length;
        memcpy(bytes, input->bytes, length);
        while (changes-- > 0) change();
        /* No byte more than it says, for those who watch what is read. */
        bytes = (uint8_t *)realloc(bytes, length > 0 ? length : 1);
        run(input);
        if (round_number % 8 == 0) texts(), hot();
    }
    free(bytes);
    for (each = 0; each < inputs; each++) free(corpus[each].bytes);
    lifestage_workspace_free(workspace);
    lifestage_workspace_free(hosted);
    lifestage_pipeline_free(pipeline);
    return 0;
}
