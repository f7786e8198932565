/* A panic inside is a status, closes the handle that it went through and no other, and leaves the program alone. */
#include "proof.h"

#ifdef __cplusplus
extern "C"
#endif
lifestage_status defect(const lifestage_pipeline *pipeline, lifestage_error **error);

int main(void) {
    lifestage_pipeline *pipeline = proof_deals(), *other = proof_deals();
    lifestage_record *record = proof_deal();
    lifestage_request *request = proof_move("offer");
    lifestage_actor *actor = proof_actor("member");
    lifestage_decision *before = proof_decide(pipeline, record, "offer"), *after = NULL;
    lifestage_error *error = NULL;
    const uint8_t *text;
    lifestage_buffer *buffer = NULL;
    size_t length;

    CHECK(defect(pipeline, &error) == LIFESTAGE_STATUS_PANIC);
    CHECK(lifestage_error_message(error, &text, &length) == LIFESTAGE_STATUS_OK);
    CHECK(strstr((const char *)text, "a defect") != NULL);
    LIFESTAGE_FREE_ERROR(error);
    CHECK(defect(pipeline, NULL) == LIFESTAGE_STATUS_POISONED);

    /* It answers so from now on, whatever is asked. */
    FAILS(LIFESTAGE_STATUS_POISONED, lifestage_pipeline_decide(pipeline, record, request, actor, PROOF_NOW, &after, &error));
    FAILS(LIFESTAGE_STATUS_POISONED, lifestage_pipeline_call(pipeline, T("describe"), T(""), &buffer, &error));
    CHECK(after == NULL && buffer == NULL);
    CHECK(lifestage_pipeline_stage_count(pipeline) == 0);

    /* What it gave before is whole, another handle works, and all can be freed. */
    CHECK(lifestage_decision_outcome(before) == LIFESTAGE_OUTCOME_MOVED);
    OK(lifestage_pipeline_decide(other, record, request, actor, PROOF_NOW, &after, &error));
    CHECK(lifestage_decision_outcome(after) == LIFESTAGE_OUTCOME_MOVED);
    LIFESTAGE_FREE_PIPELINE(pipeline);
    LIFESTAGE_FREE_PIPELINE(other);
    LIFESTAGE_FREE_DECISION(before);
    LIFESTAGE_FREE_DECISION(after);
    LIFESTAGE_FREE_RECORD(record);
    LIFESTAGE_FREE_REQUEST(request);
    LIFESTAGE_FREE_ACTOR(actor);
    return 0;
}
