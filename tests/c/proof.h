/* What the proofs share: every CHECK that fails says where and what, and ends the program. */
#ifndef PROOF_H
#define PROOF_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lifestage.h"

#define FAIL(...) (fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), exit(1))
#define CHECK(holds) ((holds) ? (void)0 : FAIL("does not hold: %s", #holds))

/* A text as functions take it: its bytes, and how many. */
#define T(literal) ((const uint8_t *)(literal)), (sizeof(literal) - 1)
#define TEXT(text) ((const uint8_t *)(text)), strlen(text)

/* The call succeeds. Its last argument is `&error`. */
#define OK(call)                                                                            \
    do {                                                                                    \
        lifestage_error *error = NULL;                                                      \
        lifestage_status status_ = (call);                                                  \
        if (status_ != LIFESTAGE_STATUS_OK) FAIL("%s: %s", #call, proof_says(status_, error)); \
        CHECK(error == NULL);                                                               \
    } while (0)

/* The call fails with this status, and an error that has the same. Its last argument is `&error`. */
#define FAILS(expected, call)                                                               \
    do {                                                                                    \
        lifestage_error *error = NULL;                                                      \
        lifestage_status status_ = (call);                                                  \
        if (status_ != (expected)) FAIL("%s: %s", #call, proof_says(status_, error));       \
        CHECK(lifestage_error_status(error) == status_);                                    \
        LIFESTAGE_FREE_ERROR(error);                                                        \
    } while (0)

static inline const char *proof_says(lifestage_status status, const lifestage_error *error) {
    static char said[1000];
    const uint8_t *message = (const uint8_t *)"no error";
    size_t length;
    lifestage_error_message(error, &message, &length);
    snprintf(said, sizeof said, "status %d: %s", (int)status, (const char *)message);
    return said;
}

/* A whole file, with a NUL after it. Freed by whoever asked. */
static inline char *proof_read(const char *path) {
    FILE *file = fopen(path, "rb");
    long length;
    char *text;
    if (file == NULL) FAIL("cannot open %s", path);
    CHECK(fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0);
    text = (char *)malloc((size_t)length + 1);
    CHECK(text != NULL && fread(text, 1, (size_t)length, file) == (size_t)length);
    text[length] = 0;
    fclose(file);
    return text;
}

static inline lifestage_pipeline *proof_pipeline(const char *path) {
    lifestage_pipeline *pipeline = NULL;
    char *text = proof_read(path);
    OK(lifestage_pipeline_from_json(TEXT(text), 1, &pipeline, &error));
    free(text);
    return pipeline;
}

/* The deals of this folder. */
static inline lifestage_pipeline *proof_deals(void) {
    return proof_pipeline(PROOF_ROOT "/tests/c/deals.json");
}

/* A record in the inbox that may be offered something. */
static inline lifestage_record *proof_deal(void) {
    lifestage_record *record = NULL;
    OK(lifestage_record_new(T("deal-1"), &record, &error));
    OK(lifestage_record_set_stage(record, T("inbox"), &error));
    OK(lifestage_record_set_int(record, T("budget"), 5000, &error));
    OK(lifestage_record_set_text(record, T("source"), T("web"), &error));
    return record;
}

static inline lifestage_actor *proof_actor(const char *role) {
    lifestage_actor *actor = NULL;
    OK(lifestage_actor_new(T("mia"), 0, &actor, &error));
    OK(lifestage_actor_add_role(actor, TEXT(role), &error));
    return actor;
}

static inline lifestage_request *proof_move(const char *id) {
    lifestage_request *request = NULL;
    OK(lifestage_request_move(TEXT(id), &request, &error));
    return request;
}

/* 2026-03-02T09:00:00Z. */
#define PROOF_NOW INT64_C(1772442000000000)

static inline lifestage_decision *proof_decide(const lifestage_pipeline *pipeline, const lifestage_record *record,
                                               const char *move) {
    lifestage_decision *decision = NULL;
    lifestage_request *request = proof_move(move);
    lifestage_actor *actor = proof_actor("member");
    OK(lifestage_pipeline_decide(pipeline, record, request, actor, PROOF_NOW, &decision, &error));
    lifestage_request_free(request);
    lifestage_actor_free(actor);
    return decision;
}

/* The answer holds this text. */
static inline int proof_has(const lifestage_buffer *buffer, const char *text) {
    return strstr((const char *)lifestage_buffer_data(buffer), text) != NULL;
}

#endif
