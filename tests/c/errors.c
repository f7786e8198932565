/* An error says its status, its name, words for a person, and more for a program. */
#include "proof.h"

static const uint8_t *view;
static size_t length;

static void says(lifestage_status status, lifestage_error *error, lifestage_status expected, const char *name,
                 const char *message) {
    CHECK(error != NULL);
    CHECK(status == expected && lifestage_error_status(error) == expected);
    CHECK(lifestage_error_name(error, &view, &length) == LIFESTAGE_STATUS_OK);
    CHECK(length == strlen(name) && strcmp((const char *)view, name) == 0);
    CHECK(lifestage_error_message(error, &view, &length) == LIFESTAGE_STATUS_OK);
    CHECK(strlen((const char *)view) == length);
    if (strcmp((const char *)view, message) != 0) FAIL("it says `%s`, not `%s`", (const char *)view, message);
}

static const char *detail(lifestage_error *error) {
    CHECK(lifestage_error_detail(error, &view, &length) == LIFESTAGE_STATUS_OK);
    CHECK(strlen((const char *)view) == length);
    return (const char *)view;
}

int main(void) {
    lifestage_error *error = NULL;
    lifestage_pipeline *pipeline = NULL;
    lifestage_record *record = proof_deal();
    lifestage_workspace *workspace = NULL;
    lifestage_buffer *buffer = NULL;
    lifestage_status status;

    status = lifestage_call(NULL, 3, NULL, 0, &buffer, &error);
    says(status, error, LIFESTAGE_STATUS_NULL_ARGUMENT, "null_argument", "`operation` is null");
    CHECK(strcmp(detail(error), "null") == 0);
    LIFESTAGE_FREE_ERROR(error);

    status = lifestage_call(T("pre\xffset"), NULL, 0, &buffer, &error);
    says(status, error, LIFESTAGE_STATUS_INVALID_UTF8, "invalid_utf8", "`operation` is not UTF-8 from byte 3 on");
    LIFESTAGE_FREE_ERROR(error);

    status = lifestage_record_set_double(record, T("rate"), 1e308 * 10, &error);
    says(status, error, LIFESTAGE_STATUS_INVALID_ARGUMENT, "invalid_argument",
         "`rate` is inf, which is no value that can be kept");
    LIFESTAGE_FREE_ERROR(error);

    status = lifestage_call(T("steal"), T("{}"), &buffer, &error);
    says(status, error, LIFESTAGE_STATUS_UNKNOWN_OPERATION, "unknown_operation",
         "there is no operation `steal` that needs nothing but its input");
    LIFESTAGE_FREE_ERROR(error);

    /* A NUL would end the words too early. */
    status = lifestage_call(T("st\0al"), T("{}"), &buffer, &error);
    says(status, error, LIFESTAGE_STATUS_UNKNOWN_OPERATION, "unknown_operation",
         "there is no operation `st\xef\xbf\xbd" "al` that needs nothing but its input");
    LIFESTAGE_FREE_ERROR(error);

    status = lifestage_call(T("preset"), T("{\"id\": 7}"), &buffer, &error);
    says(status, error, LIFESTAGE_STATUS_INVALID_INPUT, "invalid_input",
         "`preset`: `id`: invalid type: integer `7`, expected a string at line 1 column 1");
    LIFESTAGE_FREE_ERROR(error);

    /* Every finding, each with code and place. */
    status = lifestage_pipeline_from_json(T("{\"id\": \"a\", \"name\": \"\"}"), 1, &pipeline, &error);
    CHECK(status == LIFESTAGE_STATUS_INVALID_DEFINITION && lifestage_error_status(error) == status);
    CHECK(strstr(detail(error), "\"findings\":[{\"code\":\"") != NULL);
    CHECK(strstr(detail(error), "\"code\":\"empty_name\"") != NULL && strstr(detail(error), "\"pointer\":\"/name\"") != NULL);
    CHECK(strstr(detail(error), "\"code\":\"missing_key\"") != NULL);
    LIFESTAGE_FREE_ERROR(error);

    status = lifestage_call(T("criteria"), T("{\"names\": {}, \"criteria\": \"1 +\"}"), &buffer, &error);
    CHECK(status == LIFESTAGE_STATUS_INVALID_CRITERIA && strstr(detail(error), "{\"errors\":[{") == detail(error));
    LIFESTAGE_FREE_ERROR(error);

    OK(lifestage_workspace_open_memory(T("acme"), &workspace, &error));
    status = lifestage_workspace_call(workspace, T("history"), T("{\"id\": \"nobody\"}"), &buffer, &error);
    CHECK(status == LIFESTAGE_STATUS_NO_RECORD || status == LIFESTAGE_STATUS_OK);
    LIFESTAGE_FREE_ERROR(error);
    LIFESTAGE_FREE_BUFFER(buffer);
    FAILS(LIFESTAGE_STATUS_NO_VERSION,
          lifestage_workspace_call(workspace, T("definition"), T("{\"pipeline\": \"none\"}"), &buffer, &error));
    FAILS(LIFESTAGE_STATUS_NO_EFFECT,
          lifestage_workspace_call(workspace, T("entry"), T("{\"effect\": \"deal-1/1/0\"}"), &buffer, &error));
    FAILS(LIFESTAGE_STATUS_NO_MIGRATION,
          lifestage_workspace_call(workspace, T("resume"), T("{\"id\": \"m\", \"now\": \"2026-03-02T09:00:00Z\"}"), &buffer, &error));
    lifestage_workspace_free(workspace);

    /* Nobody is obliged to listen. */
    CHECK(lifestage_call(T("steal"), T("{}"), &buffer, NULL) == LIFESTAGE_STATUS_UNKNOWN_OPERATION);
    CHECK(lifestage_abi_version() == LIFESTAGE_ABI_VERSION);
    lifestage_record_free(record);
    return 0;
}
