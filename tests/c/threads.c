/* What is const may be used by any number of threads at once. */
#include <pthread.h>

#include "proof.h"

#define THREADS 8
#define ROUNDS 200

typedef struct {
    const lifestage_pipeline *pipeline;
    const lifestage_record *record;
    const lifestage_request *request;
    const lifestage_actor *actor;
    const lifestage_decision *decision;
    const lifestage_workspace *workspace;
    int number;
    int moved;
} work;

static void *read_everything(void *given) {
    work *it = (work *)given;
    int round;
    for (round = 0; round < ROUNDS; round++) {
        const lifestage_refusal *refusal = lifestage_decision_refusal(it->decision);
        lifestage_decision *decision = NULL;
        lifestage_buffer *buffer = NULL;
        uint16_t code = 0;
        const uint8_t *view;
        size_t length;
        OK(lifestage_pipeline_decide(it->pipeline, it->record, it->request, it->actor, PROOF_NOW, &decision, &error));
        CHECK(lifestage_decision_outcome(decision) == LIFESTAGE_OUTCOME_MOVED);
        lifestage_decision_free(decision);
        OK(lifestage_pipeline_verdict(it->pipeline, 0, 0, 0, 0, NULL, 0, &code, &error));
        CHECK(code == LIFESTAGE_VERDICT_DENIED);
        OK(lifestage_pipeline_call(it->pipeline, T("describe"), NULL, 0, &buffer, &error));
        CHECK(proof_has(buffer, "\"id\":\"deals\""));
        LIFESTAGE_FREE_BUFFER(buffer);
        OK(lifestage_record_json(it->record, &buffer, &error));
        LIFESTAGE_FREE_BUFFER(buffer);
        OK(lifestage_refusal_message(refusal, 0, &view, &length, &error));
        CHECK(length > 0);
        FAILS(LIFESTAGE_STATUS_UNKNOWN_OPERATION, lifestage_call(T("steal"), T("{}"), &buffer, &error));
    }
    return NULL;
}

/* Each makes a record of its own, and all want to move one and the same: the first wins. */
static void *write_as_well(void *given) {
    work *it = (work *)given;
    lifestage_buffer *buffer = NULL;
    char input[300];
    snprintf(input, sizeof input,
             "{\"record\": {\"id\": \"deal-%d\", \"stage\": null}, \"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]},"
             " \"now\": \"2026-03-02T09:00:00Z\"}",
             it->number);
    OK(lifestage_workspace_call(it->workspace, T("create"), TEXT(input), &buffer, &error));
    CHECK(proof_has(buffer, "\"outcome\":\"moved\""));
    LIFESTAGE_FREE_BUFFER(buffer);
    OK(lifestage_workspace_call(it->workspace, T("submit"),
                                T("{\"id\": \"shared\", \"request\": {\"move\": \"offer\", \"expect_version\": 1},"
                                  " \"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]}, \"now\": \"2026-03-02T09:00:00Z\"}"),
                                &buffer, &error));
    it->moved = proof_has(buffer, "\"outcome\":\"moved\"");
    CHECK(it->moved || proof_has(buffer, "\"code\":\"stale_record\""));
    LIFESTAGE_FREE_BUFFER(buffer);
    return NULL;
}

static int run(void *(*what)(void *), work *all) {
    pthread_t threads[THREADS];
    int each, moved = 0;
    for (each = 0; each < THREADS; each++) CHECK(pthread_create(&threads[each], NULL, what, &all[each]) == 0);
    for (each = 0; each < THREADS; each++) {
        CHECK(pthread_join(threads[each], NULL) == 0);
        moved += all[each].moved;
    }
    return moved;
}

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_record *record = proof_deal();
    lifestage_request *request = proof_move("offer");
    lifestage_actor *actor = proof_actor("member");
    lifestage_decision *decision = proof_decide(pipeline, record, "sign");
    lifestage_workspace *workspace = NULL;
    lifestage_buffer *buffer = NULL;
    char *definition = proof_read(PROOF_ROOT "/tests/c/deals.json");
    char *publish = (char *)malloc(strlen(definition) + 200);
    work all[THREADS];
    int each;
    CHECK(publish != NULL);
    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    sprintf(publish, "{\"definition\": %s, \"actor\": {\"id\": \"ann\"}, \"now\": \"2026-03-02T08:00:00Z\"}", definition);
    OK(lifestage_workspace_call(workspace, T("publish"), TEXT(publish), &buffer, &error));
    LIFESTAGE_FREE_BUFFER(buffer);
    OK(lifestage_workspace_call(workspace, T("create"),
                                T("{\"record\": {\"id\": \"shared\", \"stage\": null, \"fields\": {\"budget\": 5000, \"source\": \"web\"}},"
                                  " \"actor\": {\"id\": \"mia\", \"roles\": [\"member\"]}, \"now\": \"2026-03-02T08:30:00Z\"}"),
                                &buffer, &error));
    LIFESTAGE_FREE_BUFFER(buffer);
    memset(all, 0, sizeof all);
    for (each = 0; each < THREADS; each++) {
        all[each].pipeline = pipeline;
        all[each].record = record;
        all[each].request = request;
        all[each].actor = actor;
        all[each].decision = decision;
        all[each].workspace = workspace;
        all[each].number = each;
    }
    run(read_everything, all);
    CHECK(run(write_as_well, all) == 1);
    OK(lifestage_workspace_call(workspace, T("verify_all"), T("{\"pipeline\": \"deals\"}"), &buffer, &error));
    CHECK(proof_has(buffer, "\"faults\":[],\"records\":9,\"rows\":10"));
    LIFESTAGE_FREE_BUFFER(buffer);
    free(definition);
    free(publish);
    lifestage_workspace_free(workspace);
    lifestage_decision_free(decision);
    lifestage_actor_free(actor);
    lifestage_request_free(request);
    lifestage_record_free(record);
    lifestage_pipeline_free(pipeline);
    return 0;
}
