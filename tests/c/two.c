/* lifestage and another library written in Rust, both linked statically into one program. */
#include "proof.h"

#ifdef __cplusplus
extern "C"
#endif
    uint32_t second_commonest(const char *text);
#ifdef __cplusplus
extern "C"
#endif
    uint32_t second_panics(uint32_t number);

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_record *record = proof_deal();
    lifestage_decision *decision = proof_decide(pipeline, record, "offer");
    lifestage_workspace *workspace = NULL;
    CHECK(lifestage_decision_outcome(decision) == LIFESTAGE_OUTCOME_MOVED);
    CHECK(second_commonest("to be or not to be, that is to say") == 3);
    CHECK(second_panics(0) == 0);
    CHECK(second_panics(7) == 1);
    /* Threads, files and errors of the one after a panic of the other. */
    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    FAILS(LIFESTAGE_STATUS_IO, lifestage_workspace_open_sqlite(T("/nowhere/at/all.db"), T("acme"), &workspace, &error));
    lifestage_workspace_free(workspace);
    lifestage_decision_free(decision);
    lifestage_record_free(record);
    lifestage_pipeline_free(pipeline);
    return 0;
}
