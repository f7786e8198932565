/* The macros free once and leave NULL behind, so that freeing again does nothing. */
#include "proof.h"

int main(void) {
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_record *record = proof_deal();
    lifestage_request *request = proof_move("sign");
    lifestage_actor *actor = proof_actor("member");
    lifestage_decision *decision = proof_decide(pipeline, record, "sign");
    lifestage_workspace *workspace = NULL;
    lifestage_buffer *buffer = NULL;
    lifestage_error *error = NULL;
    const lifestage_refusal *refusal = lifestage_decision_refusal(decision);
    size_t again;
    CHECK(refusal != NULL);
    CHECK(lifestage_refusal_json(refusal, &buffer, NULL) == LIFESTAGE_STATUS_OK);
    CHECK(lifestage_workspace_open_memory(T("acme"), &workspace, NULL) == LIFESTAGE_STATUS_OK);
    CHECK(lifestage_call(T("none"), T("{}"), &buffer, &error) == LIFESTAGE_STATUS_UNKNOWN_OPERATION);
    for (again = 0; again < 2; again++) {
        LIFESTAGE_FREE_PIPELINE(pipeline);
        LIFESTAGE_FREE_RECORD(record);
        LIFESTAGE_FREE_REQUEST(request);
        LIFESTAGE_FREE_ACTOR(actor);
        LIFESTAGE_FREE_DECISION(decision);
        LIFESTAGE_FREE_WORKSPACE(workspace);
        LIFESTAGE_FREE_BUFFER(buffer);
        LIFESTAGE_FREE_ERROR(error);
        CHECK(pipeline == NULL && record == NULL && request == NULL && actor == NULL);
        CHECK(decision == NULL && workspace == NULL && buffer == NULL && error == NULL);
    }
    /* As an expression, where a statement would not do. */
    OK(lifestage_buffer_new(&buffer, &error));
    for (again = 0; buffer != NULL; LIFESTAGE_FREE_BUFFER(buffer)) again++;
    CHECK(again == 1);
    return 0;
}
