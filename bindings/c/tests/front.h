/*
 * lifestage: the life of a CRM record.
 *
 * A pipeline (lifestage_pipeline) is a definition, checked and compiled. It judges a request
 * (lifestage_request) of an actor (lifestage_actor) to move a record (lifestage_record), and gives a
 * decision (lifestage_decision): what to write, or every reason why not (lifestage_refusal). Nothing
 * is written by deciding. A workspace (lifestage_workspace) loads, decides and commits in one call, in
 * SQLite, in memory, or in a store of your own (lifestage_store).
 *
 *     lifestage_pipeline *pipeline = NULL;
 *     lifestage_error *error = NULL;
 *     if (lifestage_pipeline_from_json(json, json_length, 1, &pipeline, &error) != LIFESTAGE_STATUS_OK) {
 *         const uint8_t *message;
 *         size_t length;
 *         lifestage_error_message(error, &message, &length);
 *         fprintf(stderr, "%s\n", (const char *)message);
 *         LIFESTAGE_FREE_ERROR(error);
 *     }
 *
 * Errors. Functions that can fail return a lifestage_status. `error`, their last argument, may be NULL;
 * else it becomes an error that you own when, and only when, the status is not LIFESTAGE_STATUS_OK.
 * Other places for answers are written only on success. A refusal is an answer, not an error.
 *
 * Ownership. What a function hands out through a pointer to a pointer is yours: free it with the function
 * of its noun, once. Freeing NULL does nothing; LIFESTAGE_FREE_... sets the handle to NULL as well.
 * Nothing keeps a pointer that you give: texts and arrays need to live for the call only.
 *
 * Texts. In: UTF-8, as a pointer and a length, no NUL needed; NULL is allowed with length 0. Out: a view
 * of a text in a handle, without a NUL, good for as long as the function says; or a lifestage_buffer of your
 * own, with a NUL after its last byte. Errors and buffers can be printed with "%s".
 *
 * Threads. A handle given as `const T *` may be used by any number of threads at once; one given as `T *` by
 * one. Nothing is kept per thread, and there are no globals.
 *
 * Time is an input: int64_t microseconds since 1970-01-01T00:00:00Z, or RFC 3339 in JSON.
 *
 * Panics. A defect of the library does not end your program: the call returns LIFESTAGE_STATUS_PANIC, and the
 * handle it went through answers LIFESTAGE_STATUS_POISONED from then on; free it.
 *
 * Linking. `pkg-config --cflags --libs lifestage`, or in CMake `find_package(lifestage)` and the target
 * `lifestage::lifestage`. `cargo xtask install --prefix DIR` puts both in place.
 * A program should check `lifestage_abi_version() == LIFESTAGE_ABI_VERSION` when it starts.
 */

/* Made by `cargo xtask header`: do not edit. */
