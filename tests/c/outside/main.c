/* A program that knows nothing of the tree: built against what `cargo xtask install` put in place. */
#include <stdio.h>
#include <string.h>

#include <lifestage.h>

static const char DEFINITION[] =
    "{\"id\": \"deals\", \"name\": \"Deals\","
    " \"categories\": [{\"id\": \"open\", \"name\": \"Open\", \"outcome\": \"open\"},"
    "                  {\"id\": \"won\", \"name\": \"Won\", \"outcome\": \"won\"}],"
    " \"stages\": [{\"id\": \"new\", \"name\": \"New\", \"category\": \"open\", \"default\": true},"
    "              {\"id\": \"won\", \"name\": \"Won\", \"category\": \"won\", \"final\": true}],"
    " \"policy\": {\"moves\": [{\"id\": \"win\", \"label\": \"Win\", \"from\": \"new\", \"to\": \"won\"}]},"
    " \"roles\": {\"rep\": {\"can\": [\"create\", \"view\", \"move\"]}}}";

#define TEXT(text) (const uint8_t *)(text), strlen(text)

int main(void) {
    lifestage_pipeline *pipeline = NULL;
    lifestage_record *record = NULL;
    lifestage_request *request = NULL;
    lifestage_actor *actor = NULL;
    lifestage_decision *decision = NULL;
    const uint8_t *stage = NULL;
    size_t length = 0;

    if (lifestage_abi_version() != LIFESTAGE_ABI_VERSION
        || lifestage_pipeline_from_json(TEXT(DEFINITION), 1, &pipeline, NULL) != LIFESTAGE_STATUS_OK
        || lifestage_record_new(TEXT("deal-1"), &record, NULL) != LIFESTAGE_STATUS_OK
        || lifestage_record_set_stage(record, TEXT("new"), NULL) != LIFESTAGE_STATUS_OK
        || lifestage_request_move(TEXT("win"), &request, NULL) != LIFESTAGE_STATUS_OK
        || lifestage_actor_new(TEXT("sam"), 0, &actor, NULL) != LIFESTAGE_STATUS_OK
        || lifestage_actor_add_role(actor, TEXT("rep"), NULL) != LIFESTAGE_STATUS_OK
        || lifestage_pipeline_decide(pipeline, record, request, actor, 1772442000000000, &decision, NULL)
               != LIFESTAGE_STATUS_OK
        || lifestage_decision_outcome(decision) != LIFESTAGE_OUTCOME_MOVED
        || lifestage_decision_stage(decision, &stage, &length, NULL) != LIFESTAGE_STATUS_OK) {
        return 1;
    }
    printf("deal-1 is %.*s\n", (int)length, (const char *)stage);
    LIFESTAGE_FREE_DECISION(decision);
    LIFESTAGE_FREE_ACTOR(actor);
    LIFESTAGE_FREE_REQUEST(request);
    LIFESTAGE_FREE_RECORD(record);
    LIFESTAGE_FREE_PIPELINE(pipeline);
    return 0;
}
