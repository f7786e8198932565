/* A callback may use the library as it likes, but for the workspace that it serves. */
#include "host.h"

static const lifestage_pipeline *pipeline;
static const lifestage_workspace *another;
static int entered;

static lifestage_status load(void *user_data, const uint8_t *input, size_t length, lifestage_buffer *answer) {
    lifestage_record *record = proof_deal();
    lifestage_decision *decision = proof_decide(pipeline, record, "offer");
    lifestage_buffer *told = NULL;
    (void)user_data, (void)input, (void)length;
    entered++;
    CHECK(lifestage_decision_outcome(decision) == LIFESTAGE_OUTCOME_MOVED);
    /* Another workspace, whose own host answers. */
    OK(lifestage_workspace_call(another, T("record"), T("{\"id\": \"deal-7\"}"), &told, &error));
    CHECK(strcmp((const char *)lifestage_buffer_data(told), "null") == 0);
    LIFESTAGE_FREE_BUFFER(told);
    OK(lifestage_record_json(record, &told, &error));
    OK(lifestage_buffer_write(answer, T("["), &error));
    OK(lifestage_buffer_write(answer, lifestage_buffer_data(told), lifestage_buffer_length(told), &error));
    OK(lifestage_buffer_write(answer, T("]"), &error));
    lifestage_buffer_free(told);
    lifestage_decision_free(decision);
    lifestage_record_free(record);
    return LIFESTAGE_STATUS_OK;
}

int main(void) {
    host one, two;
    lifestage_store store = host_store(&one);
    lifestage_pipeline *deals = proof_deals();
    lifestage_workspace *workspace = NULL, *second = host_workspace(&two);
    lifestage_buffer *buffer = NULL;
    pipeline = deals;
    another = second;
    host_says(&two, LIFESTAGE_STATUS_OK, "[null]");
    store.load = load;
    OK(lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    OK(lifestage_workspace_call(workspace, T("record"), T("{\"id\": \"deal-1\"}"), &buffer, &error));
    CHECK(entered == 1 && proof_has(buffer, "\"budget\":5000"));
    lifestage_buffer_free(buffer);
    lifestage_workspace_free(workspace);
    lifestage_workspace_free(second);
    lifestage_pipeline_free(deals);
    CHECK(one.dropped == 1 && two.dropped == 1);
    return 0;
}
