/* A host's store for the proofs: it answers what it is told to, and counts. */
#ifndef HOST_H
#define HOST_H

#include "proof.h"

typedef struct {
    lifestage_status status;
    const char *answer; /* when a method is asked */
    size_t length;
    int asked;
    int dropped;
} host;

static inline lifestage_status host_answer(void *user_data, const uint8_t *input, size_t length, lifestage_buffer *answer) {
    host *it = (host *)user_data;
    it->asked++;
    CHECK(length > 10 && memcmp(input, "{", 1) == 0 && input[length - 1] == '}');
    CHECK(lifestage_buffer_length(answer) == 0);
    CHECK(lifestage_buffer_write(answer, (const uint8_t *)it->answer, it->length, NULL) == LIFESTAGE_STATUS_OK);
    return it->status;
}

static inline void host_drop(void *user_data) {
    ((host *)user_data)->dropped++;
}

static inline void host_says(host *it, lifestage_status status, const char *answer) {
    it->status = status;
    it->answer = answer;
    it->length = strlen(answer);
}

/* Every method answers as the host says. */
static inline lifestage_store host_store(host *it) {
    lifestage_store store;
    size_t count = (sizeof store - offsetof(lifestage_store, load)) / sizeof(lifestage_store_method);
    memset(&store, 0, sizeof store);
    store.struct_size = sizeof store;
    store.user_data = it;
    store.drop = host_drop;
    memset(it, 0, sizeof *it);
    host_says(it, LIFESTAGE_STATUS_OK, "[]");
    while (count-- > 0) {
        lifestage_store_method method = host_answer;
        memcpy((char *)&store + offsetof(lifestage_store, load) + count * sizeof method, &method, sizeof method);
    }
    return store;
}

/* A workspace over a host with nothing in it. */
static inline lifestage_workspace *host_workspace(host *it) {
    lifestage_store store = host_store(it);
    lifestage_workspace *workspace = NULL;
    OK(lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    CHECK(it->asked > 0 && it->dropped == 0);
    return workspace;
}

#endif
