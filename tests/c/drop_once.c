/* A host's store is dropped once, whatever becomes of the workspace. */
#include "host.h"

int main(void) {
    host it;
    lifestage_store store = host_store(&it);
    lifestage_workspace *workspace = NULL;

    /* With the workspace, and not before; the struct itself may be gone by then. */
    OK(lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    memset(&store, 0xff, sizeof store);
    CHECK(it.dropped == 0);
    LIFESTAGE_FREE_WORKSPACE(workspace);
    LIFESTAGE_FREE_WORKSPACE(workspace);
    CHECK(it.dropped == 1);

    /* Before the function returns, when it fails: for the tenant, for the place, for the store. */
    store = host_store(&it);
    FAILS(LIFESTAGE_STATUS_NULL_ARGUMENT, lifestage_workspace_open_host(&store, NULL, 3, &workspace, &error));
    CHECK(it.dropped == 1 && it.asked == 0);
    store = host_store(&it);
    FAILS(LIFESTAGE_STATUS_INVALID_UTF8, lifestage_workspace_open_host(&store, T("\xff"), &workspace, &error));
    CHECK(it.dropped == 1 && it.asked == 0);
    store = host_store(&it);
    FAILS(LIFESTAGE_STATUS_NULL_ARGUMENT, lifestage_workspace_open_host(&store, T("acme"), NULL, &error));
    CHECK(it.dropped == 1 && it.asked == 0);
    store = host_store(&it);
    host_says(&it, LIFESTAGE_STATUS_CORRUPT, "no");
    FAILS(LIFESTAGE_STATUS_CORRUPT, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    CHECK(it.dropped == 1 && it.asked == 1);
    store = host_store(&it);
    host_says(&it, LIFESTAGE_STATUS_OK, "rubbish");
    CHECK(lifestage_workspace_open_host(&store, T("acme"), &workspace, NULL) == LIFESTAGE_STATUS_INVALID);
    CHECK(it.dropped == 1);

    /* Never, when it cannot be known; and nothing is called when there is nothing to call. */
    store = host_store(&it);
    store.struct_size--;
    FAILS(LIFESTAGE_STATUS_INVALID_ARGUMENT, lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    CHECK(it.dropped == 0);
    store = host_store(&it);
    store.drop = NULL;
    OK(lifestage_workspace_open_host(&store, T("acme"), &workspace, &error));
    lifestage_workspace_free(workspace);
    CHECK(it.dropped == 0);
    return 0;
}
