/* A million calls leave the memory as it was. */
#include <unistd.h>

#include "host.h"

/* Bytes of the process that are in memory. */
static long resident(void) {
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    CHECK(fscanf(file, "%ld %ld", &size, &pages) == 2);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

static lifestage_pipeline *pipeline;
static lifestage_record *record;
static lifestage_request *request;
static lifestage_actor *actor;
static lifestage_workspace *workspace;

static void verdict(void) {
    uint16_t code = 0;
    OK(lifestage_pipeline_verdict(pipeline, 0, 0, 0, 0, NULL, 0, &code, &error));
    CHECK(code == LIFESTAGE_VERDICT_DENIED);
}

static void decide(void) {
    lifestage_decision *decision = NULL;
    OK(lifestage_pipeline_decide(pipeline, record, request, actor, PROOF_NOW, &decision, &error));
    lifestage_decision_free(decision);
}

static void set(void) {
    OK(lifestage_record_set_text(record, T("email"), T("somebody.with.a.long.name@example.com"), &error));
}

static void ask(void) {
    lifestage_buffer *buffer = NULL;
    OK(lifestage_pipeline_call(pipeline, T("describe"), NULL, 0, &buffer, &error));
    lifestage_buffer_free(buffer);
}

static void fail(void) {
    lifestage_buffer *buffer = NULL;
    FAILS(LIFESTAGE_STATUS_UNKNOWN_OPERATION, lifestage_call(T("steal"), T("{}"), &buffer, &error));
}

static void call_back(void) {
    lifestage_buffer *buffer = NULL;
    OK(lifestage_workspace_call(workspace, T("record"), T("{\"id\": \"deal-1\"}"), &buffer, &error));
    lifestage_buffer_free(buffer);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*call)(void);
        long share; /* of a million, in percent */
    } calls[] = {
        {"verdict", verdict, 70}, {"decide", decide, 5}, {"set", set, 10}, {"ask", ask, 5}, {"fail", fail, 5}, {"call back", call_back, 5},
    };
    long million = argc > 1 ? atol(argv[1]) : 1000000;
    size_t each;
    host it;
    pipeline = proof_deals();
    record = proof_deal();
    request = proof_move("offer");
    actor = proof_actor("member");
    workspace = host_workspace(&it);
    host_says(&it, LIFESTAGE_STATUS_OK, "[null]");
    for (each = 0; each < sizeof calls / sizeof *calls; each++) {
        long times = million / 100 * calls[each].share, done, before, grown;
        for (done = 0; done < times / 10; done++) calls[each].call();
        before = resident();
        for (; done < times; done++) calls[each].call();
        grown = resident() - before;
        /* The least that can be asked for takes 32 bytes: less than 16 a call is none. Of a few calls it says nothing. */
        if (argc == 1 && grown > (times - times / 10) * 16 + 65536) FAIL("`%s` grew by %ld bytes in %ld calls", calls[each].name, grown, times);
    }
    lifestage_workspace_free(workspace);
    lifestage_pipeline_free(pipeline);
    lifestage_record_free(record);
    lifestage_request_free(request);
    lifestage_actor_free(actor);
    return 0;
}
