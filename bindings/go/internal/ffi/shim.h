/* What stands between Go and lifestage.h: functions that take no pointer to a pointer of Go, so that nothing has to be
 * allocated or pinned for a call, and that make one call of two. */

#ifndef LIFESTAGE_GO_SHIM_H
#define LIFESTAGE_GO_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include "lifestage.h"

/* A fact without pointers: a text is `length` bytes at `number` of the texts that go along. */
typedef struct {
    uint32_t kind;
    uint32_t length;
    int64_t number;
} lifestage_go_fact;

/* As many facts as are spread out on the stack. */
enum { LIFESTAGE_GO_FACTS = 64 };

/* A code, or what can be no code: the status, negated. The handle is the pipeline, as a number, since Go looks into
 * pointers to what it does not know. */
int64_t lifestage_go_verdict(uintptr_t handle, uint32_t stage, uint32_t move_index, uint64_t roles,
                             uint32_t flags, const lifestage_go_fact *facts, size_t count, const uint8_t *texts);

static inline int64_t lifestage_go_verdict_by_words(uintptr_t handle, uint32_t stage, uint32_t move_index,
                                                    uint64_t roles, uint32_t flags, const uint64_t *words,
                                                    size_t count, uint64_t known, uint64_t present) {
    uint16_t code = 0;
    lifestage_status status = lifestage_pipeline_verdict_by_words(
        (const lifestage_pipeline *)handle, stage, move_index, roles, flags, words, count, known, present, &code, NULL);
    return status == LIFESTAGE_STATUS_OK ? code : -(int64_t)status;
}

int64_t lifestage_go_open_moves(const lifestage_pipeline *pipeline, uint32_t stage, uint64_t roles, uint32_t flags,
                                const lifestage_go_fact *facts, size_t count, const uint8_t *texts, uint32_t *moves,
                                size_t capacity);

int64_t lifestage_go_fact_word(const lifestage_go_fact *fact, uint64_t *word);

/* Opens a workspace over the store of this handle, with the methods whose bits are in `methods`. */
lifestage_status lifestage_go_open_host(uintptr_t handle, uint32_t methods, const uint8_t *tenant,
                                        size_t tenant_length, lifestage_workspace **workspace,
                                        lifestage_error **error);

#endif
