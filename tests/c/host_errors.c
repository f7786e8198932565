/* What a host's store fails with is what the call fails with, and in its words. */
#include "host.h"

static const uint8_t record[] = "{\"id\": \"deal-1\"}";

int main(void) {
    static const lifestage_status of_stores[] = {
        LIFESTAGE_STATUS_CORRUPT, LIFESTAGE_STATUS_NEWER_SCHEMA, LIFESTAGE_STATUS_BUSY,    LIFESTAGE_STATUS_READ_ONLY,
        LIFESTAGE_STATUS_FULL,    LIFESTAGE_STATUS_IO,           LIFESTAGE_STATUS_CLOSED,  LIFESTAGE_STATUS_INVALID,
        LIFESTAGE_STATUS_UNSUPPORTED,
    };
    static const lifestage_status of_nobody[] = {-1, 1, 299, 309, LIFESTAGE_STATUS_PANIC, INT32_MAX, INT32_MIN};
    host it;
    lifestage_store store;
    lifestage_workspace *workspace = host_workspace(&it), *other = NULL;
    lifestage_buffer *buffer = NULL;
    lifestage_error *error = NULL;
    const uint8_t *message;
    size_t each, length;

    for (each = 0; each < sizeof of_stores / sizeof *of_stores; each++) {
        host_says(&it, of_stores[each], "the cupboard is locked");
        CHECK(lifestage_workspace_call(workspace, T("record"), record, sizeof record - 1, &buffer, &error) == of_stores[each]);
        CHECK(lifestage_error_status(error) == of_stores[each]);
        CHECK(lifestage_error_message(error, &message, &length) == LIFESTAGE_STATUS_OK);
        CHECK(strstr((const char *)message, "the cupboard is locked") != NULL);
        LIFESTAGE_FREE_ERROR(error);
    }
    /* Any other number is a failure of the machine. */
    for (each = 0; each < sizeof of_nobody / sizeof *of_nobody; each++) {
        host_says(&it, of_nobody[each], "");
        FAILS(LIFESTAGE_STATUS_IO, lifestage_workspace_call(workspace, T("record"), record, sizeof record - 1, &buffer, &error));
    }
    /* Words that cannot be read do not hide what it was. */
    host_says(&it, LIFESTAGE_STATUS_BUSY, "\xff\xfe");
    FAILS(LIFESTAGE_STATUS_BUSY, lifestage_workspace_call(workspace, T("record"), record, sizeof record - 1, &buffer, &error));
    CHECK(buffer == NULL);

    /* It goes on where the host does. */
    host_says(&it, LIFESTAGE_STATUS_OK, "[null]");
    OK(lifestage_workspace_call(workspace, T("record"), record, sizeof record - 1, &buffer, &error));
    CHECK(strcmp((const char *)lifestage_buffer_data(buffer), "null") == 0);
    LIFESTAGE_FREE_BUFFER(buffer);
    lifestage_workspace_free(workspace);
    CHECK(it.dropped == 1);

    /* A method that is not there. */
    store = host_store(&it);
    store.load = NULL;
    OK(lifestage_workspace_open_host(&store, T("acme"), &other, &error));
    FAILS(LIFESTAGE_STATUS_UNSUPPORTED, lifestage_workspace_call(other, T("record"), record, sizeof record - 1, &buffer, &error));
    lifestage_workspace_free(other);
    return 0;
}
