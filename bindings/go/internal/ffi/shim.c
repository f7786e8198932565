#include <stdlib.h>
#include <string.h>

#include "shim.h"

#include "_cgo_export.h"

static void spread(const lifestage_go_fact *from, size_t count, const uint8_t *texts, lifestage_fact *to) {
    for (size_t i = 0; i < count; i++) {
        to[i].kind = from[i].kind;
        to[i].number = from[i].number;
        memcpy(&to[i].real, &from[i].number, sizeof to[i].real);
        to[i].text = from[i].kind == LIFESTAGE_FACT_TEXT ? texts + from[i].number : NULL;
        to[i].length = from[i].length;
    }
}

/* Facts as the library reads them: on the stack, or, when there are many, on the heap. */
#define WITH_FACTS(call)                                                        \
    if (count <= LIFESTAGE_GO_FACTS) {                                          \
        lifestage_fact given[LIFESTAGE_GO_FACTS];                               \
        spread(facts, count, texts, given);                                     \
        status = call;                                                          \
    } else {                                                                    \
        lifestage_fact *given = malloc(count * sizeof *given);                  \
        if (given == NULL) return -LIFESTAGE_STATUS_FULL;                       \
        spread(facts, count, texts, given);                                     \
        status = call;                                                          \
        free(given);                                                            \
    }

int64_t lifestage_go_verdict(uintptr_t handle, uint32_t stage, uint32_t move_index, uint64_t roles,
                             uint32_t flags, const lifestage_go_fact *facts, size_t count, const uint8_t *texts) {
    uint16_t code = 0;
    lifestage_status status;
    WITH_FACTS(lifestage_pipeline_verdict((const lifestage_pipeline *)handle, stage, move_index, roles, flags, given, count, &code, NULL))
    return status == LIFESTAGE_STATUS_OK ? code : -(int64_t)status;
}

int64_t lifestage_go_open_moves(const lifestage_pipeline *pipeline, uint32_t stage, uint64_t roles, uint32_t flags,
                                const lifestage_go_fact *facts, size_t count, const uint8_t *texts, uint32_t *moves,
                                size_t capacity) {
    size_t open = 0;
    lifestage_status status;
    WITH_FACTS(lifestage_pipeline_open_moves(pipeline, stage, roles, flags, given, count, moves, capacity, &open, NULL))
    return status == LIFESTAGE_STATUS_OK ? (int64_t)open : -(int64_t)status;
}

int64_t lifestage_go_fact_word(const lifestage_go_fact *fact, uint64_t *word) {
    lifestage_fact given;
    spread(fact, 1, NULL, &given);
    return -(int64_t)lifestage_fact_word(&given, word, NULL);
}

/* A method of a store has no name when it is called: one function for each. */
#define METHODS(X)                                                                                                 \
    X(0, load) X(1, commit) X(2, receipt) X(3, publish) X(4, published) X(5, publication) X(6, publications)       \
    X(7, history) X(8, effects) X(9, page) X(10, rows) X(11, linked) X(12, counts) X(13, find) X(14, feed)         \
    X(15, claim) X(16, settle) X(17, outbox) X(18, entry) X(19, tasks) X(20, next_ready) X(21, queue)              \
    X(22, migrations) X(23, begin_migration) X(24, finish_migration)

#define DEFINE(number, name)                                                                                       \
    static lifestage_status answer_##name(void *data, const uint8_t *input, size_t length, lifestage_buffer *to) { \
        return lifestageGoAnswer((uintptr_t)data, number, (uint8_t *)input, length, to);                           \
    }
METHODS(DEFINE)

static void drop(void *data) { lifestageGoDrop((uintptr_t)data); }

lifestage_status lifestage_go_open_host(uintptr_t handle, uint32_t methods, const uint8_t *tenant,
                                        size_t tenant_length, lifestage_workspace **workspace,
                                        lifestage_error **error) {
    lifestage_store store;
    memset(&store, 0, sizeof store);
    store.struct_size = sizeof store;
    store.user_data = (void *)handle;
    store.drop = drop;
#define PUT(number, name) \
    if (methods & (1u << number)) store.name = answer_##name;
    METHODS(PUT)
    return lifestage_workspace_open_host(&store, tenant, tenant_length, workspace, error);
}
