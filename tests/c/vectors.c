/*
 * The vectors of tests/vectors, asked through the calls by name; those that judge a move through handles besides. What an
 * answer says beyond the vectors (words, labels, what a random salt gives) is left out before it is compared.
 */
#include <dirent.h>
#include <jansson.h>

#include "columns.h"

typedef enum { ON_NOTHING, ON_PIPELINE, ON_WORKSPACE } on;

typedef struct {
    json_t *definitions;
    const char *ids[16];
    lifestage_pipeline *pipelines[16];
    size_t count;
} loaded;

static const char *now_of_all = "2026-03-02T09:00:00Z";

static json_t *parsed(const char *text) {
    json_error_t error;
    json_t *json = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (json == NULL) FAIL("%s: %s", error.text, text);
    return json;
}

static json_t *taken(lifestage_buffer *buffer) {
    json_t *json = parsed((const char *)lifestage_buffer_data(buffer));
    lifestage_buffer_free(buffer);
    return json;
}

static const char *text_of(const json_t *json, const char *name) {
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* An answer to take apart; `input` is given away. */
static json_t *ask(on what, const void *handle, const char *operation, json_t *input) {
    char *text = json_dumps(input, JSON_ENCODE_ANY);
    lifestage_buffer *buffer = NULL;
    CHECK(text != NULL);
    switch (what) {
    case ON_NOTHING:
        OK(lifestage_call(TEXT(operation), TEXT(text), &buffer, &error));
        break;
    case ON_PIPELINE:
        OK(lifestage_pipeline_call((const lifestage_pipeline *)handle, TEXT(operation), TEXT(text), &buffer, &error));
        break;
    default:
        OK(lifestage_workspace_call((const lifestage_workspace *)handle, TEXT(operation), TEXT(text), &buffer, &error));
    }
    free(text);
    json_decref(input);
    return taken(buffer);
}

/* What of a vector goes into the operation. */
static json_t *input_of(const json_t *vector) {
    static const char *about[] = {"name", "cites", "op", "definition", "publish", "steps", "expect"};
    json_t *input = json_copy((json_t *)vector);
    size_t each;
    for (each = 0; each < sizeof about / sizeof *about; each++) json_object_del(input, about[each]);
    return input;
}

/* The found is what the vector expects; it is given away. */
static void same(const json_t *about, const json_t *vector, json_t *found) {
    json_t *expected = json_object_get(vector, "expect");
    if (!json_equal(expected, found))
        FAIL("%s: expected\n%s\nfound\n%s", text_of(about, "name"), json_dumps(expected, JSON_ENCODE_ANY | JSON_SORT_KEYS),
             json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS));
    json_decref(found);
}

static json_t *or_else(const json_t *json, const char *name, json_t *otherwise) {
    json_t *found = json_object_get(json, name);
    if (found == NULL) return otherwise;
    json_decref(otherwise);
    return json_incref(found);
}

static json_t *without(const json_t *json, const char *name) {
    json_t *copy = json_copy((json_t *)json);
    json_object_del(copy, name);
    return copy;
}

static void plain(json_t *record, json_t *row) {
    static const char *random[] = {"salt", "personal", "effects", "previous", "hash"};
    size_t each;
    json_object_del(record, "head");
    for (each = 0; each < sizeof random / sizeof *random; each++) json_object_del(row, random[each]);
}

static json_t *change(const char *outcome, const json_t *told, int salted) {
    json_t *record = json_copy(json_object_get(told, "record")), *row = json_copy(json_object_get(told, "row"));
    if (!salted) plain(record, row);
    return json_pack("{s:s, s:o, s:o, s:o}", "outcome", outcome, "record", record, "row", row, "effects",
                     or_else(told, "effects", json_array()));
}

static json_t *reasons(const json_t *told) {
    json_t *all = json_array(), *one;
    size_t index;
    json_array_foreach(told, index, one) {
        json_array_append_new(all, json_pack("{s:O, s:o}", "code", json_object_get(one, "code"), "parameters",
                                             or_else(one, "parameters", json_object())));
    }
    return all;
}

static json_t *moves(const json_t *route) {
    json_t *all = json_array(), *step;
    size_t index;
    json_array_foreach(route, index, step) json_array_append(all, json_object_get(step, "move"));
    return all;
}

static json_t *refused(const json_t *told) {
    json_t *json = json_pack("{s:s, s:o}", "outcome", "refused", "reasons", reasons(json_object_get(told, "reasons")));
    json_t *route = json_object_get(told, "route");
    if (route != NULL) json_object_set_new(json, "route", moves(route));
    return json;
}

static json_t *decided(const json_t *told, int salted) {
    const char *outcome = text_of(told, "outcome");
    if (strcmp(outcome, "moved") == 0 || strcmp(outcome, "proposed") == 0)
        return change(outcome, json_object_get(told, "change"), salted);
    if (strcmp(outcome, "refused") == 0) return refused(told);
    return json_incref((json_t *)told);
}

/* How each move, stage or deed stands, without the words. */
static json_t *standings(const json_t *told) {
    json_t *all = json_array(), *one;
    size_t index;
    json_array_foreach(told, index, one) {
        json_t *json = without(one, "label");
        json_t *standing = json_object_get(json, "standing"), *route = json_object_get(json, "route");
        if (json_is_array(standing)) json_object_set_new(json, "standing", reasons(standing));
        if (json_is_array(route)) json_object_set_new(json, "route", moves(route));
        json_array_append_new(all, json);
    }
    return all;
}

static json_t *explained(const lifestage_pipeline *pipeline, const json_t *told, json_t *input) {
    json_t *offers = ask(ON_PIPELINE, pipeline, "moves", input), *buttons = json_array(), *offer;
    size_t index;
    json_array_foreach(offers, index, offer) {
        json_array_append_new(buttons, json_pack("[O, O]", json_object_get(offer, "id"), json_object_get(offer, "label")));
    }
    json_decref(offers);
    return json_pack("{s:o, s:o, s:o}", "buttons", buttons, "moves", standings(json_object_get(told, "moves")), "stages",
                     standings(json_object_get(told, "stages")));
}

static json_t *routed(const json_t *told) {
    const json_t *steps = json_object_get(told, "steps");
    json_t *all, *step;
    size_t index;
    if (!json_is_array(steps)) return json_pack("{s:n}", "steps");
    all = json_array();
    json_array_foreach(steps, index, step) {
        json_array_append_new(all, json_pack("{s:O, s:O, s:o, s:o, s:o}", "move", json_object_get(step, "move"), "to",
                                             json_object_get(step, "to"), "asks", or_else(step, "asks", json_array()),
                                             "conditions", or_else(step, "conditions", json_array()), "approval",
                                             or_else(step, "approval", json_false())));
    }
    return json_pack("{s:o}", "steps", all);
}

static json_t *one(const lifestage_pipeline *pipeline, const char *op, const json_t *vector) {
    json_t *told = ask(ON_PIPELINE, pipeline, op, input_of(vector)), *found;
    const char *outcome = text_of(told, "outcome");
    if (strcmp(op, "explain") == 0) {
        found = explained(pipeline, told, input_of(vector));
    } else if (strcmp(op, "deeds") == 0) {
        found = standings(told);
    } else if (strcmp(op, "route") == 0) {
        found = routed(told);
    } else if (strcmp(op, "merge") == 0 && strcmp(outcome, "merged") == 0) {
        found = json_pack("{s:s, s:o, s:o}", "outcome", "merged", "head", change("moved", json_object_get(told, "head"), 0), "tail",
                          change("moved", json_object_get(told, "tail"), 0));
    } else if (strcmp(op, "revise") == 0 && strcmp(outcome, "accepted") == 0) {
        found = without(told, "definition");
    } else {
        found = decided(told, 0);
    }
    json_decref(told);
    return found;
}

/* The same through handles. */
static void by_handles(const lifestage_pipeline *pipeline, const json_t *vector) {
    const json_t *expect = json_object_get(vector, "expect"), *acting = json_object_get(vector, "actor"), *role;
    char *record_text = json_dumps(json_object_get(vector, "record"), 0);
    char *request_text = json_dumps(json_object_get(vector, "request"), 0);
    const char *outcome = text_of(expect, "outcome"), *id = text_of(acting, "id");
    lifestage_record *record = NULL, *after = NULL;
    lifestage_request *request = NULL;
    lifestage_actor *actor = NULL;
    lifestage_decision *decision = NULL;
    lifestage_buffer *buffer = NULL;
    const lifestage_refusal *refusal;
    const uint8_t *view;
    size_t length, index;
    json_t *told;
    CHECK(strcmp(text_of(vector, "now"), now_of_all) == 0);
    OK(lifestage_record_from_json(TEXT(record_text), &record, &error));
    OK(lifestage_request_from_json(TEXT(request_text), &request, &error));
    OK(lifestage_actor_new(TEXT(id), (uint32_t)json_is_true(json_object_get(acting, "automation")), &actor, &error));
    json_array_foreach(json_object_get(acting, "roles"), index, role) {
        OK(lifestage_actor_add_role(actor, TEXT(json_string_value(role)), &error));
    }
    OK(lifestage_pipeline_decide(pipeline, record, request, actor, PROOF_NOW, &decision, &error));
    refusal = lifestage_decision_refusal(decision);
    OK(lifestage_decision_stage(decision, &view, &length, &error));
    switch (lifestage_decision_outcome(decision)) {
    case LIFESTAGE_OUTCOME_MOVED:
    case LIFESTAGE_OUTCOME_PROPOSED: {
        const json_t *written = json_object_get(expect, "record");
        const char *stage = text_of(written, "stage");
        CHECK(refusal == NULL && strlen(stage) == length && memcmp(stage, view, length) == 0);
        CHECK(lifestage_decision_expected_version(decision) == lifestage_record_version(record));
        OK(lifestage_decision_change(decision, &buffer, &error));
        told = taken(buffer);
        same(vector, vector, change(outcome, told, 0));
        OK(lifestage_decision_record(decision, &after, &error));
        OK(lifestage_record_json(after, &buffer, &error));
        json_object_set_new(told, "record", taken(buffer));
        same(vector, vector, change(outcome, told, 0));
        json_decref(told);
        CHECK((strcmp(outcome, "moved") == 0) == (lifestage_decision_outcome(decision) == LIFESTAGE_OUTCOME_MOVED));
        break;
    }
    case LIFESTAGE_OUTCOME_UNCHANGED:
        CHECK(refusal == NULL);
        same(vector, vector, json_pack("{s:s, s:s%}", "outcome", "unchanged", "stage", (const char *)view, length));
        FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_decision_change(decision, &buffer, &error));
        break;
    default: {
        const json_t *all, *route, *each;
        CHECK(refusal != NULL && length == 0);
        OK(lifestage_refusal_json(refusal, &buffer, &error));
        told = taken(buffer);
        all = json_object_get(told, "reasons"), route = json_object_get(told, "route");
        CHECK(lifestage_refusal_count(refusal) == json_array_size(all));
        json_array_foreach(all, index, each) {
            OK(lifestage_refusal_message(refusal, index, &view, &length, &error));
            CHECK(length > 0 && lifestage_refusal_code(refusal, index) == json_integer_value(json_object_get(each, "number")));
        }
        CHECK(lifestage_refusal_code(refusal, index) == 0);
        CHECK(lifestage_refusal_route_length(refusal) == json_array_size(route));
        json_array_foreach(route, index, each) {
            const char *move = text_of(each, "move");
            OK(lifestage_refusal_route_move(refusal, index, &view, &length, &error));
            CHECK(strlen(move) == length && memcmp(move, view, length) == 0);
        }
        same(vector, vector, refused(told));
        json_decref(told);
    }
    }
    lifestage_decision_free(decision);
    lifestage_record_free(after);
    lifestage_record_free(record);
    lifestage_request_free(request);
    lifestage_actor_free(actor);
    free(record_text);
    free(request_text);
}

static json_t *judged(const json_t *vector) {
    json_t *input = input_of(vector), *told, *all = json_array(), *each;
    char *text = json_dumps(input, 0);
    lifestage_buffer *buffer = NULL;
    lifestage_error *error = NULL;
    lifestage_status status = lifestage_call(T("criteria"), TEXT(text), &buffer, &error);
    size_t index;
    free(text);
    json_decref(input);
    if (status == LIFESTAGE_STATUS_OK) {
        told = taken(buffer);
        json_array_foreach(json_object_get(told, "failures"), index, each) {
            json_array_append_new(all, json_pack("{s:O, s:O, s:o, s:o, s:o, s:o}", "text", json_object_get(each, "text"), "truth",
                                                 json_object_get(each, "truth"), "missing", or_else(each, "missing", json_array()),
                                                 "wrong", or_else(each, "wrong", json_array()), "reason",
                                                 or_else(each, "reason", json_null()), "values", or_else(each, "values", json_object())));
        }
        json_object_set_new(told, "failures", all);
        return told;
    } else {
        const uint8_t *detail = NULL;
        size_t length;
        CHECK(status == LIFESTAGE_STATUS_INVALID_CRITERIA);
        CHECK(lifestage_error_detail(error, &detail, &length) == LIFESTAGE_STATUS_OK);
        told = parsed((const char *)detail);
        json_array_foreach(json_object_get(told, "errors"), index, each) json_array_append(all, json_object_get(each, "kind"));
        json_decref(told);
        lifestage_error_free(error);
        return json_pack("{s:o}", "errors", all);
    }
}

static json_t *verified(const json_t *vector) {
    json_t *told = ask(ON_NOTHING, NULL, "verify", input_of(vector)), *found;
    if (json_is_string(told)) return told;
    found = json_pack("{s:O, s:O}", "row", json_object_get(told, "row"), "fault", json_object_get(told, "fault"));
    json_decref(told);
    return found;
}

/* A life from the creation on: each step on what the one before it left. */
static void journal(const lifestage_pipeline *pipeline, const json_t *vector) {
    json_t *record = json_incref(json_object_get(vector, "record")), *rows = json_array(), *step, *told, *visits, *visit;
    size_t index;
    json_array_foreach(json_object_get(vector, "steps"), index, step) {
        json_t *input = input_of(step), *wrote;
        json_object_set(input, "record", record);
        if (strcmp(text_of(step, "op"), "undo") == 0) json_object_set(input, "rows", rows);
        told = ask(ON_PIPELINE, pipeline, text_of(step, "op"), input);
        same(vector, step, decided(told, json_object_get(step, "salt") != NULL));
        wrote = json_object_get(told, "change");
        if (wrote != NULL) {
            json_decref(record);
            record = json_incref(json_object_get(wrote, "record"));
            json_array_append(rows, json_object_get(wrote, "row"));
        }
        json_decref(told);
    }
    told = ask(ON_NOTHING, NULL, "verify", json_pack("{s:o, s:O}", "record", record, "rows", rows));
    CHECK(json_is_string(told) && strcmp(json_string_value(told), "holds") == 0);
    json_decref(told);
    visits = ask(ON_NOTHING, NULL, "visits", json_pack("{s:o}", "rows", rows));
    json_array_foreach(visits, index, visit) {
        json_t *id = json_object_get(json_object_get(visit, "stage"), "id");
        if (id == NULL) json_object_set_new(visit, "stage", json_null());
        else json_object_set(visit, "stage", id);
    }
    same(vector, vector, json_pack("{s:o}", "visits", visits));
}

static void workspace(const loaded *file, const json_t *vector) {
    lifestage_workspace *crm = NULL;
    json_t *each, *told;
    size_t index;
    OK(lifestage_workspace_open_memory(T("tenant"), &crm, &error));
    json_array_foreach(json_object_get(vector, "publish"), index, each) {
        json_t *definition = json_object_get(file->definitions, json_string_value(each));
        told = ask(ON_WORKSPACE, crm, "publish",
                   json_pack("{s:O, s:{s:s}, s:s}", "definition", definition, "actor", "id", "admin", "now", "2026-03-01T12:00:00Z"));
        CHECK(strcmp(text_of(told, "outcome"), "published") == 0);
        json_decref(told);
    }
    json_array_foreach(json_object_get(vector, "steps"), index, each) {
        const char *op = text_of(each, "op"), *outcome;
        json_t *input = input_of(each), *found;
        if (strcmp(op, "create") != 0) {
            json_object_set(input, "id", json_object_get(json_object_get(each, "record"), "id"));
            json_object_del(input, "record");
        }
        told = ask(ON_WORKSPACE, crm, strcmp(op, "decide") == 0 ? "submit" : op, input);
        outcome = text_of(told, "outcome");
        if (strcmp(outcome, "refused") == 0) {
            found = refused(told);
            json_decref(told);
        } else if (strcmp(outcome, "converted") == 0) {
            found = json_pack("{s:s, s:O}", "outcome", outcome, "how", json_object_get(told, "how"));
            json_decref(told);
        } else {
            found = told;
            if (strcmp(outcome, "moved") == 0 || strcmp(outcome, "proposed") == 0)
                plain(json_object_get(told, "record"), json_object_get(told, "row"));
        }
        same(vector, each, found);
    }
    lifestage_workspace_free(crm);
}

/* Definitions by their ids, presets in their place; jansson keeps the order of members, which counts. */
static void load(loaded *file, json_t *json) {
    const char *id;
    json_t *given;
    memset(file, 0, sizeof *file);
    file->definitions = json_object();
    json_object_foreach(json_object_get(json, "definitions"), id, given) {
        const char *preset = text_of(given, "preset");
        char *text;
        if (*preset == 0) {
            json_object_set(file->definitions, id, given);
        } else {
            json_t *told = ask(ON_NOTHING, NULL, "preset", json_pack("{s:s}", "id", preset));
            json_object_set_new(file->definitions, id, parsed(text_of(told, "definition")));
            json_decref(told);
        }
        CHECK(file->count < sizeof file->ids / sizeof *file->ids);
        text = json_dumps(json_object_get(file->definitions, id), 0);
        OK(lifestage_pipeline_from_json(TEXT(text), 1, &file->pipelines[file->count], &error));
        file->ids[file->count++] = id;
        free(text);
    }
}

static const lifestage_pipeline *named(const loaded *file, const char *id) {
    size_t each;
    for (each = 0; each < file->count; each++)
        if (strcmp(file->ids[each], id) == 0) return file->pipelines[each];
    return NULL;
}

static void run(const char *path) {
    char *text = proof_read(path);
    json_t *json = parsed(text), *vectors = json_object_get(json, "vectors"), *vector;
    size_t index, ran = 0, count = (size_t)json_integer_value(json_object_get(json, "count"));
    loaded file;
    load(&file, json);
    json_array_foreach(vectors, index, vector) {
        const char *op = text_of(vector, "op");
        const lifestage_pipeline *pipeline = named(&file, text_of(vector, "definition"));
        if (strcmp(op, "journal") == 0) journal(pipeline, vector);
        else if (strcmp(op, "workspace") == 0) workspace(&file, vector);
        else if (strcmp(op, "criteria") == 0) same(vector, vector, judged(vector));
        else if (strcmp(op, "batch") == 0)
            same(vector, vector, columns_judged(pipeline, json_object_get(file.definitions, text_of(vector, "definition")), vector));
        else if (strcmp(op, "verify") == 0) same(vector, vector, verified(vector));
        else same(vector, vector, one(pipeline, op, vector));
        if (strcmp(op, "decide") == 0) by_handles(pipeline, vector);
        ran++;
    }
    if (ran != count || count == 0) FAIL("%s: ran %zu of %zu", path, ran, count);
    while (file.count > 0) lifestage_pipeline_free(file.pipelines[--file.count]);
    json_decref(file.definitions);
    json_decref(json);
    free(text);
}

/* Every file there is, so that a new one is run here too. */
int main(void) {
    static const char folder[] = PROOF_ROOT "/tests/vectors";
    DIR *listing = opendir(folder);
    struct dirent *entry;
    size_t files = 0;
    CHECK(listing != NULL);
    while ((entry = readdir(listing)) != NULL) {
        size_t length = strlen(entry->d_name);
        char path[sizeof folder + sizeof entry->d_name];
        if (length < 5 || strcmp(entry->d_name + length - 5, ".json") != 0) continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        run(path);
        files++;
    }
    closedir(listing);
    CHECK(files >= 9);
    return 0;
}
