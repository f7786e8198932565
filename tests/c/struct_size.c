/* A struct of another size is not read. */
#include "proof.h"

static int dropped;

static void drop(void *user_data) {
    (void)user_data;
    dropped++;
}

int main(void) {
    static const uint32_t wrong[] = {0, 1, 8, sizeof(lifestage_store) - 1, sizeof(lifestage_store) + 8, UINT32_MAX};
    lifestage_pipeline *pipeline = proof_deals();
    lifestage_workspace *workspace = NULL;
    lifestage_store store;
    lifestage_batch batch;
    size_t each;
    memset(&store, 0, sizeof store);
    memset(&batch, 0, sizeof batch);
    store.drop = drop;
    for (each = 0; each < sizeof wrong / sizeof *wrong; each++) {
        store.struct_size = batch.struct_size = wrong[each];
        FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
        FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_pipeline_decide_batch(pipeline, &batch, NULL, 2, &error));
    }
    CHECK(workspace == NULL && dropped == 0);
    batch.struct_size = sizeof batch;
    batch.stages_width = batch.moves_width = batch.roles_width = 1;
    OK(lifestage_pipeline_decide_batch(pipeline, &batch, NULL, 2, &error));
    /* Of the right size it is read, and finds that it cannot say what is published. */
    store.struct_size = sizeof store;
    FAILS(LIFESTAGE_STATUS_UNSUPPORTED, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    CHECK(dropped == 1);
    lifestage_pipeline_free(pipeline);
    return 0;
}
