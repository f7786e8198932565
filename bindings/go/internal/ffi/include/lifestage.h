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

#ifndef LIFESTAGE_H
#define LIFESTAGE_H

#include <stddef.h>
#include <stdint.h>
/**
 * The ABI that this header describes; `lifestage_abi_version()` says the one of the library.
 */
#define LIFESTAGE_ABI_VERSION 1

/**
 * What functions return.
 */
enum {
    /** Nothing went wrong. */
    LIFESTAGE_STATUS_OK = 0,
    /** What is there is not what the store expects: not a database, damaged, unreadable content. */
    LIFESTAGE_STATUS_CORRUPT = 300,
    /** It was made by a newer version of the store. */
    LIFESTAGE_STATUS_NEWER_SCHEMA = 301,
    /** Others hold it for longer than the store waits; trying again later can help. */
    LIFESTAGE_STATUS_BUSY = 302,
    /** It may not be written. */
    LIFESTAGE_STATUS_READ_ONLY = 303,
    /** There is no room. */
    LIFESTAGE_STATUS_FULL = 304,
    /** The operating system or the server failed. */
    LIFESTAGE_STATUS_IO = 305,
    /** The store was shut down, or stopped itself after a failure it could not survive. */
    LIFESTAGE_STATUS_CLOSED = 306,
    /** The change itself is malformed. */
    LIFESTAGE_STATUS_INVALID = 307,
    /** It does not do that: a store of a host that keeps less than there is to keep. */
    LIFESTAGE_STATUS_UNSUPPORTED = 308,
    /** A pointer is null that may not be. */
    LIFESTAGE_STATUS_NULL_ARGUMENT = 400,
    /** A text is not UTF-8. */
    LIFESTAGE_STATUS_INVALID_UTF8 = 401,
    /** A value is out of its range, or a struct has another size than any version of it. */
    LIFESTAGE_STATUS_INVALID_ARGUMENT = 402,
    /** There is no operation of this name. */
    LIFESTAGE_STATUS_UNKNOWN_OPERATION = 403,
    /** The input is not what the operation takes. */
    LIFESTAGE_STATUS_INVALID_INPUT = 404,
    /** A definition has errors; the detail lists the findings. */
    LIFESTAGE_STATUS_INVALID_DEFINITION = 405,
    /** A criterion has errors; the detail lists them. */
    LIFESTAGE_STATUS_INVALID_CRITERIA = 406,
    /** There is no such record. */
    LIFESTAGE_STATUS_NO_RECORD = 407,
    /** The record has no such journal row. */
    LIFESTAGE_STATUS_NO_ROW = 408,
    /** There is no such effect. */
    LIFESTAGE_STATUS_NO_EFFECT = 409,
    /** The pipeline is not published, or has no such version. */
    LIFESTAGE_STATUS_NO_VERSION = 410,
    /** There is no such migration. */
    LIFESTAGE_STATUS_NO_MIGRATION = 411,
    /** Somebody closed the migration while it was carried out; what had moved by then stays. */
    LIFESTAGE_STATUS_MIGRATION_CLOSED = 412,
    /** The columns of a batch do not go together. */
    LIFESTAGE_STATUS_INVALID_BATCH = 413,
    /** The buffer of the caller is too small; what is in it is of no use. */
    LIFESTAGE_STATUS_BUFFER_TOO_SMALL = 414,
    /** A defect of the library: it panicked, and the handle is of no more use. */
    LIFESTAGE_STATUS_PANIC = 415,
    /** The handle was in use when the library panicked, and is of no more use. */
    LIFESTAGE_STATUS_POISONED = 416,
    /** The system gave no random numbers. */
    LIFESTAGE_STATUS_NO_RANDOMNESS = 417,
};

/**
 * Why a request is refused.
 */
enum {
    /** The stage named does not exist in this pipeline. */
    LIFESTAGE_REASON_UNKNOWN_STAGE = 100,
    /** The move named does not exist in this pipeline. */
    LIFESTAGE_REASON_UNKNOWN_MOVE = 101,
    /** The move does not start at the record's stage. */
    LIFESTAGE_REASON_NOT_FROM_STAGE = 102,
    /** The record's stage is final: no move leads out. */
    LIFESTAGE_REASON_FINAL_STAGE = 103,
    /** The target is archived. */
    LIFESTAGE_REASON_ARCHIVED_STAGE = 104,
    /** The actor's roles do not allow it. */
    LIFESTAGE_REASON_PERMISSION_DENIED = 105,
    /** The actor's roles allow it for records the actor owns, and this one is not. */
    LIFESTAGE_REASON_NOT_OWNER = 106,
    /** A condition is false. */
    LIFESTAGE_REASON_CRITERIA_UNMET = 107,
    /** A condition cannot be judged, mostly because a field is missing. */
    LIFESTAGE_REASON_CRITERIA_UNKNOWN = 108,
    /** An input that the move asks for is missing. */
    LIFESTAGE_REASON_MISSING_INPUT = 109,
    /** An input is of the wrong type, not among the answers allowed, or not asked for. */
    LIFESTAGE_REASON_INVALID_INPUT = 110,
    /** A second person has to approve. */
    LIFESTAGE_REASON_APPROVAL_NEEDED = 111,
    /** The pipeline forbids leaping over open stages. */
    LIFESTAGE_REASON_NO_SKIPPING = 112,
    /** The pipeline forbids walking backward. */
    LIFESTAGE_REASON_NO_BACKWARD = 113,
    /** The record has changed since the caller saw it. */
    LIFESTAGE_REASON_STALE_RECORD = 114,
    /** The pipeline has been republished with another meaning. */
    LIFESTAGE_REASON_STALE_DEFINITION = 115,
    /** The record's stage is not in this definition. */
    LIFESTAGE_REASON_ORPHANED_STAGE = 116,
    /** Several moves lead to the target. */
    LIFESTAGE_REASON_AMBIGUOUS_MOVE = 117,
    /** Several pipelines have the stage. */
    LIFESTAGE_REASON_AMBIGUOUS_PIPELINE = 118,
    /** The request key has been used for another request. */
    LIFESTAGE_REASON_DUPLICATE_REQUEST = 119,
    /** The actor may not create records. */
    LIFESTAGE_REASON_NOT_PERMITTED_TO_CREATE = 120,
    /** The category named does not exist in this pipeline. */
    LIFESTAGE_REASON_UNKNOWN_CATEGORY = 121,
    /** The field, role, queue, action, workflow, automation or pipeline named does not exist. */
    LIFESTAGE_REASON_UNKNOWN_PART = 122,
    /** The id stands for something else already. */
    LIFESTAGE_REASON_ID_TAKEN = 123,
    /** An order leaves something out, repeats something or names something that is not there (S23). */
    LIFESTAGE_REASON_NOT_A_PERMUTATION = 124,
    /** The stage is protected, because a feature depends on it (S27). */
    LIFESTAGE_REASON_PROTECTED_STAGE = 125,
    /** The stage is the last open one (S27). */
    LIFESTAGE_REASON_LAST_OPEN_STAGE = 126,
    /** The category still has stages. */
    LIFESTAGE_REASON_CATEGORY_NOT_EMPTY = 127,
    /** Records are in a stage that would vanish, be archived or change its outcome (S24, S25, S32). */
    LIFESTAGE_REASON_OCCUPIED_STAGE = 128,
    /** A migration would change the outcome of records without being told that it may (S33a). */
    LIFESTAGE_REASON_OUTCOME_CHANGE = 129,
    /** A migration map names a source twice, or a source or target that will not do (S33). */
    LIFESTAGE_REASON_BAD_MAP = 130,
    /** The definition would not load; the parameters name the finding (S37). */
    LIFESTAGE_REASON_BAD_DEFINITION = 131,
    /** A migration of the pipeline is under way and has to be finished first. */
    LIFESTAGE_REASON_MIGRATION_OPEN = 132,
    /** Somebody owns the record already. */
    LIFESTAGE_REASON_ALREADY_OWNED = 133,
    /** Nobody of the pool is there to take the record. */
    LIFESTAGE_REASON_NOBODY_AVAILABLE = 134,
    /** The record is in the trash. */
    LIFESTAGE_REASON_TRASHED = 135,
    /** The record became one with another, which the parameters name. */
    LIFESTAGE_REASON_MERGED = 136,
    /** Several records are the same person: say which. */
    LIFESTAGE_REASON_SEVERAL_MATCHES = 137,
    /** The lead has to be converted first. */
    LIFESTAGE_REASON_NOT_CONVERTED = 138,
    /** Another record holds the e-mail address. */
    LIFESTAGE_REASON_RESERVED = 139,
};

/**
 * What is said of a definition.
 */
enum {
    /** The text is not JSON. */
    LIFESTAGE_FINDING_SYNTAX = 200,
    /** The document, a list, a name or a condition is over its limit. */
    LIFESTAGE_FINDING_TOO_LARGE = 201,
    /** The document is nested too deeply. */
    LIFESTAGE_FINDING_TOO_DEEP = 202,
    /** A value is of the wrong type or not one of the words allowed. */
    LIFESTAGE_FINDING_WRONG_TYPE = 203,
    /** A key that means nothing here. */
    LIFESTAGE_FINDING_UNKNOWN_KEY = 204,
    /** A key that comes twice in one object. */
    LIFESTAGE_FINDING_DUPLICATE_KEY = 205,
    /** A key that is needed. */
    LIFESTAGE_FINDING_MISSING_KEY = 206,
    /** An id that is empty, reserved or has characters ids may not have. */
    LIFESTAGE_FINDING_BAD_ID = 207,
    /** A name that is empty. */
    LIFESTAGE_FINDING_EMPTY_NAME = 208,
    /** An id that stands for two things. */
    LIFESTAGE_FINDING_DUPLICATE_ID = 209,
    /** A name that two things share after normalization (S22). */
    LIFESTAGE_FINDING_DUPLICATE_NAME = 210,
    /** A stage that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_STAGE = 211,
    /** A category that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_CATEGORY = 212,
    /** A role that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_ROLE = 213,
    /** A field that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_FIELD = 214,
    /** A move that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_MOVE = 215,
    /** A queue that does not exist. */
    LIFESTAGE_FINDING_UNKNOWN_QUEUE = 216,
    /** An icon that is not in the catalogue. */
    LIFESTAGE_FINDING_UNKNOWN_ICON = 217,
    /** A colour that is neither of the palette nor RGB. */
    LIFESTAGE_FINDING_BAD_COLOUR = 218,
    /** A condition that cannot be read or does not type-check. */
    LIFESTAGE_FINDING_BAD_CRITERIA = 219,
    /** A condition that nothing can meet; what it guards counts as absent. */
    LIFESTAGE_FINDING_NEVER_HOLDS = 220,
    /** A template that cannot be read or names an unknown variable. */
    LIFESTAGE_FINDING_BAD_TEMPLATE = 221,
    /** A value that its place does not allow, such as a due offset of `soon`. */
    LIFESTAGE_FINDING_BAD_VALUE = 222,
    /** There is no default stage, or more than one. */
    LIFESTAGE_FINDING_DEFAULT_STAGE = 223,
    /** The default stage is closed or archived. */
    LIFESTAGE_FINDING_DEFAULT_NOT_OPEN = 224,
    /** A move starts at a final stage. */
    LIFESTAGE_FINDING_MOVE_OUT_OF_FINAL = 225,
    /** A move leads to its own source without saying `internal` or `re_entry`. */
    LIFESTAGE_FINDING_UNDECLARED_SELF_MOVE = 226,
    /** A move is `internal` or `re_entry` and leads elsewhere. */
    LIFESTAGE_FINDING_NOT_A_SELF_MOVE = 227,
    /** Two unguarded moves with one label start at one stage. */
    LIFESTAGE_FINDING_AMBIGUOUS_MOVE = 228,
    /** A guarded alternative stands behind an unguarded one and can never be taken. */
    LIFESTAGE_FINDING_SHADOWED_MOVE = 229,
    /** Two alternatives can hold at once. */
    LIFESTAGE_FINDING_OVERLAPPING_CRITERIA = 230,
    /** A move leads to an archived stage, or starts at one. */
    LIFESTAGE_FINDING_ARCHIVED_STAGE = 231,
    /** Roles inherit from each other in a circle. */
    LIFESTAGE_FINDING_ROLE_CYCLE = 232,
    /** Tasks wait for each other in a circle. */
    LIFESTAGE_FINDING_TASK_CYCLE = 233,
    /** Nothing leads to the stage. */
    LIFESTAGE_FINDING_UNREACHABLE_STAGE = 234,
    /** No route leads from the open stage to a closed one. */
    LIFESTAGE_FINDING_NO_ROUTE_TO_CLOSED = 235,
    /** Records can enter the stage, which is not final, and never leave it. */
    LIFESTAGE_FINDING_TRAP = 236,
    /** An action that can never happen. */
    LIFESTAGE_FINDING_DEAD_ACTION = 237,
    /** There is no open category or no stage. */
    LIFESTAGE_FINDING_NO_STAGES = 238,
    /** No role may move records. */
    LIFESTAGE_FINDING_NOBODY_MOVES = 239,
    /** More was found than is listed. */
    LIFESTAGE_FINDING_MORE_FINDINGS = 240,
    /** A stage left out of a wildcard that does not take it in. */
    LIFESTAGE_FINDING_DEAD_EXCEPTION = 241,
    /** A move that can start nowhere. */
    LIFESTAGE_FINDING_DEAD_MOVE = 242,
    /** Automation moves records in a circle. */
    LIFESTAGE_FINDING_AUTOMATION_CYCLE = 243,
};


/**
 * No stage, as a position.
 */
#define LIFESTAGE_NO_STAGE 65535

/**
 * The request is granted; `lifestage_decision_change` is what to write.
 */
#define LIFESTAGE_OUTCOME_MOVED 1

/**
 * The request waits for the approval of a second person; `lifestage_decision_change` is what to write.
 */
#define LIFESTAGE_OUTCOME_PROPOSED 2

/**
 * The record is where it was asked to be; there is nothing to write.
 */
#define LIFESTAGE_OUTCOME_UNCHANGED 3

/**
 * The request is refused; `lifestage_decision_refusal` says why. There is nothing to write.
 */
#define LIFESTAGE_OUTCOME_REFUSED 4

/**
 * The move does not start there, or does not exist.
 */
#define LIFESTAGE_VERDICT_NOT_FROM_STAGE 65535

/**
 * The actor may not make it, or the order of the stages forbids it.
 */
#define LIFESTAGE_VERDICT_DENIED 65534

/**
 * A condition is false or cannot be judged.
 */
#define LIFESTAGE_VERDICT_UNMET 65533

/**
 * An input that the move asks for has no value.
 */
#define LIFESTAGE_VERDICT_MISSING_INPUT 65532

/**
 * A second person has to approve.
 */
#define LIFESTAGE_VERDICT_NEEDS_APPROVAL 65531

/**
 * The actor owns the record.
 */
#define LIFESTAGE_WHO_OWNER 1

/**
 * The actor is an automation that may not move backward.
 */
#define LIFESTAGE_WHO_FORWARD_ONLY 2

/**
 * No value.
 */
#define LIFESTAGE_FACT_MISSING 0

/**
 * True, when `number` is not 0, or false.
 */
#define LIFESTAGE_FACT_BOOL 1

/**
 * A whole number, in `number`.
 */
#define LIFESTAGE_FACT_INT 2

/**
 * A number with a fraction, in `real`.
 */
#define LIFESTAGE_FACT_DOUBLE 3

/**
 * A text, in `text` and `length`. One that is not UTF-8 counts as a value of the wrong type.
 */
#define LIFESTAGE_FACT_TEXT 4

/**
 * A text by its number, in `number`, from `lifestage_pipeline_symbol`.
 */
#define LIFESTAGE_FACT_SYMBOL 5

/**
 * An instant, in `number`, in microseconds since 1970.
 */
#define LIFESTAGE_FACT_TIMESTAMP 6

/**
 * A length of time, in `number`, in microseconds.
 */
#define LIFESTAGE_FACT_DURATION 7

/**
 * `int64_t`: whole numbers.
 */
#define LIFESTAGE_COLUMN_INT 1

/**
 * `uint32_t`: whole numbers that are never negative.
 */
#define LIFESTAGE_COLUMN_NATURAL 2

/**
 * `double`: numbers with a fraction.
 */
#define LIFESTAGE_COLUMN_DOUBLE 3

/**
 * `uint8_t`: texts by their numbers, from `lifestage_pipeline_symbol`.
 */
#define LIFESTAGE_COLUMN_SYMBOL 4

/**
 * `lifestage_text`: texts.
 */
#define LIFESTAGE_COLUMN_TEXT 5

/**
 * `uint8_t`: one bit of each, `bit`.
 */
#define LIFESTAGE_COLUMN_BOOL 6

/**
 * `int64_t`: timestamps or durations in microseconds.
 */
#define LIFESTAGE_COLUMN_MICROS 7

/**
 * Who acts: an id and roles.
 *
 * Threads: may be read by several at once; changed by one.
 */
typedef struct lifestage_actor lifestage_actor;

/**
 * Bytes that the library hands out or a callback fills. Owned by whoever has it, but for the one that a callback is
 * given, which it only fills.
 *
 * Threads: may be read by several at once; written by one.
 */
typedef struct lifestage_buffer lifestage_buffer;

/**
 * What the library says to a request.
 *
 * Threads: it never changes, and may be read by several at once.
 */
typedef struct lifestage_decision lifestage_decision;

/**
 * What went wrong: a code, words for a person, and more for a program. Owned by the caller.
 *
 * Threads: once made it never changes, and may be read by several at once.
 */
typedef struct lifestage_error lifestage_error;

/**
 * A definition, checked and compiled.
 *
 * Threads: it never changes, and any number of threads may use it at once.
 */
typedef struct lifestage_pipeline lifestage_pipeline;

/**
 * A record as a decision sees it: id, stage, version, owner, facts.
 *
 * Threads: may be read by several at once; changed by one.
 */
typedef struct lifestage_record lifestage_record;

/**
 * Every reason against a request, and the lawful way, if there is one.
 *
 * Ownership: it belongs to the decision that it came from, and lives as long.
 * Threads: it never changes, and may be read by several at once.
 */
typedef struct lifestage_refusal lifestage_refusal;

/**
 * A wish to move a record.
 *
 * Threads: may be read by several at once; changed by one.
 */
typedef struct lifestage_request lifestage_request;

/**
 * One tenant's records in a store, and the pipelines published for them: load, decide and commit as one call.
 *
 * Threads: any number of threads may use it at once; calls that write take turns where they have to.
 */
typedef struct lifestage_workspace lifestage_workspace;

/**
 * What every function returns: `LIFESTAGE_STATUS_OK`, or a number that says what went wrong.
 */
typedef int32_t lifestage_status;

/**
 * The value of one slot.
 */
typedef struct {
  /**
   * One of `LIFESTAGE_FACT_...`; any other counts as a value of the wrong type.
   */
  uint32_t kind;
  /**
   * The value, for those kinds that name it.
   */
  int64_t number;
  /**
   * The value of a double.
   */
  double real;
  /**
   * The bytes of a text.
   */
  const uint8_t *text;
  /**
   * How many.
   */
  size_t length;
} lifestage_fact;

/**
 * The values of one slot, one for each row.
 */
typedef struct {
  /**
   * The slot, from `lifestage_pipeline_slot_index`.
   */
  uint32_t slot;
  /**
   * One of `LIFESTAGE_COLUMN_...`.
   */
  uint32_t kind;
  /**
   * As many values as the batch has rows, of the type that `kind` says.
   */
  const void *values;
  /**
   * Which bit of each byte of `values` it is, from 0 to 7; for bools.
   */
  uint32_t bit;
  /**
   * Which bit of each byte of `present` it is, from 0 to 7.
   */
  uint32_t present_bit;
  /**
   * A byte for each row, with a bit that says whether it has a value; null when all have one.
   */
  const uint8_t *present;
} lifestage_column;

/**
 * Requests as columns. Set `struct_size` to `sizeof(lifestage_batch)`, and the rest to 0 first.
 */
typedef struct {
  /**
   * `sizeof(lifestage_batch)`.
   */
  uint32_t struct_size;
  /**
   * `LIFESTAGE_WHO_FORWARD_ONLY` when the actors are automations.
   */
  uint32_t flags;
  /**
   * How many requests there are.
   */
  size_t rows;
  /**
   * The position of each record's stage; the greatest number of the type is no stage.
   */
  const void *stages;
  /**
   * The position of each move.
   */
  const void *moves;
  /**
   * The bits of the roles of each actor.
   */
  const void *roles;
  /**
   * The bytes of one number in `stages`: 1, 2, 4 or 8.
   */
  uint32_t stages_width;
  /**
   * The bytes of one number in `moves`: 1, 2, 4 or 8.
   */
  uint32_t moves_width;
  /**
   * The bytes of one number in `roles`: 1, 2, 4 or 8.
   */
  uint32_t roles_width;
  /**
   * Which bit of each byte of `owners` it is, from 0 to 7.
   */
  uint32_t owners_bit;
  /**
   * A byte for each row, with a bit that says whether the actor owns the record; null when none does.
   */
  const uint8_t *owners;
  /**
   * The facts.
   */
  const lifestage_column *facts;
  /**
   * How many columns of facts there are.
   */
  size_t fact_count;
} lifestage_batch;

/**
 * One method of a host's store.
 *
 * `input` is one JSON object with the arguments, `tenant` among them; the host writes the answer as JSON to
 * `answer` with `lifestage_buffer_write`, and returns `LIFESTAGE_STATUS_OK`. When it fails it returns one of the
 * statuses of stores, such as `LIFESTAGE_STATUS_BUSY` or `LIFESTAGE_STATUS_IO`, and `answer` holds words for a person.
 *
 * `input` and `answer` live for the call. It runs on the thread that called the library, several at once when
 * several threads do; it must not use the workspace that it serves, nor unwind or jump out. `docs/host-store.md`
 * says what each method owes.
 */
typedef lifestage_status (*lifestage_store_method)(void *user_data,
                                                   const uint8_t *input,
                                                   size_t input_length,
                                                   lifestage_buffer *answer);

/**
 * A store of the host's own. Set `struct_size` to `sizeof(lifestage_store)`, and the rest to 0 first: a method that
 * is null is not there, and what needs it fails with `LIFESTAGE_STATUS_UNSUPPORTED`.
 *
 * For moves one needs `load`, `commit`, `publish`, `published` and `migrations`, which may answer that there are none;
 * for request keys `receipt` and `effects`, to publish again `counts`, to read and verify journals `history`.
 */
typedef struct {
  /**
   * `sizeof(lifestage_store)`.
   */
  uint32_t struct_size;
  /**
   * Handed to each function.
   */
  void *user_data;
  /**
   * Called once, when nothing of the store is used any more. It may be null.
   */
  void (*drop)(void *user_data);
  /**
   * Records by their ids: `ids` -> a list of records, null for each that is not there.
   */
  lifestage_store_method load;
  /**
   * Writes changes, in one transaction each, or in one for all when `mode` is `atomic`: `changes`, `mode` -> a
   * list of outcomes.
   */
  lifestage_store_method commit;
  /**
   * The row written under a request key: `key` -> the row, or null.
   */
  lifestage_store_method receipt;
  /**
   * Puts a definition into force: `publication`, `alongside` -> an outcome.
   */
  lifestage_store_method publish;
  /**
   * The definitions in force -> a list of publications.
   */
  lifestage_store_method published;
  /**
   * One version: `pipeline`, `version` -> a publication, or null.
   */
  lifestage_store_method publication;
  /**
   * Versions after one: `pipeline`, `after`, `limit` -> a list of publications.
   */
  lifestage_store_method publications;
  /**
   * Rows after one: `record`, `after`, `limit` -> a list of rows.
   */
  lifestage_store_method history;
  /**
   * What a row set in motion: `record`, `seq` -> a list of effects.
   */
  lifestage_store_method effects;
  /**
   * Records of a stage: `query` -> a page.
   */
  lifestage_store_method page;
  /**
   * Rows, newest first: `record`, `query` -> a list of rows.
   */
  lifestage_store_method rows;
  /**
   * Records that point at another: `link`, `target`, `after`, `limit` -> a list of ids.
   */
  lifestage_store_method linked;
  /**
   * How many records are in each stage: `pipeline` -> a list of tallies.
   */
  lifestage_store_method counts;
  /**
   * Records with a text: `field`, `value`, `limit` -> a list of ids.
   */
  lifestage_store_method find;
  /**
   * Rows of all records: `after`, `limit` -> a list of pairs of cursor and row.
   */
  lifestage_store_method feed;
  /**
   * Takes effects that are due: `claim` -> a list of deliveries.
   */
  lifestage_store_method claim;
  /**
   * What became of them: `settlements` -> a list of whether each applied.
   */
  lifestage_store_method settle;
  /**
   * Effects, by time: `query` -> a page.
   */
  lifestage_store_method outbox;
  /**
   * One effect: `effect` -> an entry, or null.
   */
  lifestage_store_method entry;
  /**
   * Open tasks, due first: `query` -> a page.
   */
  lifestage_store_method tasks;
  /**
   * When the next effect is due: `kinds` -> a time, or null.
   */
  lifestage_store_method next_ready;
  /**
   * Records on a queue: `pipeline`, `queue`, `after`, `limit` -> a list of places.
   */
  lifestage_store_method queue;
  /**
   * Every migration -> a list.
   */
  lifestage_store_method migrations;
  /**
   * Writes down that a migration begins: `migration` -> an outcome.
   */
  lifestage_store_method begin_migration;
  /**
   * Writes down that it is over: `id`, `at` -> null.
   */
  lifestage_store_method finish_migration;
} lifestage_store;

/**
 * A text in a column.
 */
typedef struct {
  /**
   * Its bytes, in UTF-8.
   */
  const uint8_t *data;
  /**
   * How many.
   */
  size_t length;
} lifestage_text;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The ABI that this library was built with, as `LIFESTAGE_ABI_VERSION` says it in the header: the major
 * and minor version of the library as `1000 * major + minor`. A program that was compiled with another
 * number must not go on.
 */
uint32_t lifestage_abi_version(void);

/**
 * The status that came with the error; `LIFESTAGE_STATUS_OK` for null.
 */
lifestage_status lifestage_error_status(const lifestage_error *error);

/**
 * The stable name of the status, such as `no_record`, with a NUL after the last byte that `length` does not count.
 *
 * Ownership: the text lives as long as the error.
 */
lifestage_status lifestage_error_name(const lifestage_error *error,
                                      const uint8_t **name,
                                      size_t *length);

/**
 * What went wrong, for a person, with a NUL after the last byte that `length` does not count.
 *
 * Ownership: the text lives as long as the error.
 */
lifestage_status lifestage_error_message(const lifestage_error *error,
                                         const uint8_t **message,
                                         size_t *length);

/**
 * More for a program, as JSON: `findings` of a definition, `errors` of a criterion, or `null`; with a NUL
 * after the last byte that `length` does not count.
 *
 * Ownership: the text lives as long as the error.
 */
lifestage_status lifestage_error_detail(const lifestage_error *error,
                                        const uint8_t **detail,
                                        size_t *length);

/**
 * Frees an error. Null is nothing.
 */
void lifestage_error_free(lifestage_error *error);

/**
 * Makes an empty buffer.
 */
lifestage_status lifestage_buffer_new(lifestage_buffer **buffer, lifestage_error **error);

/**
 * The bytes, with a NUL after the last one. Null for null.
 *
 * Ownership: they live until the buffer is written to or freed.
 */
const uint8_t *lifestage_buffer_data(const lifestage_buffer *buffer);

/**
 * How many bytes there are, without the NUL. 0 for null.
 */
size_t lifestage_buffer_length(const lifestage_buffer *buffer);

/**
 * Writes bytes behind those that are there.
 */
lifestage_status lifestage_buffer_write(lifestage_buffer *buffer,
                                        const uint8_t *data,
                                        size_t length,
                                        lifestage_error **error);

/**
 * Frees a buffer. Null is nothing.
 */
void lifestage_buffer_free(lifestage_buffer *buffer);

/**
 * Reads, checks and compiles a definition. `version` is the number that the host knows it by, from 1.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_DEFINITION`; the detail of the error lists all findings, each with code and
 * place. Warnings do not fail: the operation `describe` tells them.
 */
lifestage_status lifestage_pipeline_from_json(const uint8_t *json,
                                              size_t json_length,
                                              uint32_t version,
                                              lifestage_pipeline **pipeline,
                                              lifestage_error **error);

/**
 * Asks a pipeline in JSON: `moves`, `decide`, `explain`, `route`, `revise` and the other operations that
 * `docs/operations.md` lists, with the members of `input` and the form of the answer. Pure: nothing is written
 * anywhere.
 *
 * Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`.
 */
lifestage_status lifestage_pipeline_call(const lifestage_pipeline *pipeline,
                                         const uint8_t *operation,
                                         size_t operation_length,
                                         const uint8_t *input,
                                         size_t input_length,
                                         lifestage_buffer **answer,
                                         lifestage_error **error);

/**
 * Asks what needs no pipeline, in JSON: `check` a definition, judge `criteria`, `verify` a journal, and the other
 * operations that `docs/operations.md` lists.
 *
 * Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`.
 */
lifestage_status lifestage_call(const uint8_t *operation,
                                size_t operation_length,
                                const uint8_t *input,
                                size_t input_length,
                                lifestage_buffer **answer,
                                lifestage_error **error);

/**
 * How many stages there are; 0 for null. Positions count from 0 in the order of the definition.
 */
uint32_t lifestage_pipeline_stage_count(const lifestage_pipeline *pipeline);

/**
 * How many listed moves there are; 0 for null. Positions count from 0 in the order of the definition.
 */
uint32_t lifestage_pipeline_move_count(const lifestage_pipeline *pipeline);

/**
 * How many slots the facts of a decision have; 0 for null.
 */
uint32_t lifestage_pipeline_slot_count(const lifestage_pipeline *pipeline);

/**
 * The position of a stage, for the hot path.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none of this id.
 */
lifestage_status lifestage_pipeline_stage_index(const lifestage_pipeline *pipeline,
                                                const uint8_t *id,
                                                size_t id_length,
                                                uint32_t *index,
                                                lifestage_error **error);

/**
 * The position of a move, for the hot path.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none of this id.
 */
lifestage_status lifestage_pipeline_move_index(const lifestage_pipeline *pipeline,
                                               const uint8_t *id,
                                               size_t id_length,
                                               uint32_t *index,
                                               lifestage_error **error);

/**
 * The slot of a name that conditions may use: a field, or `input.` and an input.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when no condition can use it.
 */
lifestage_status lifestage_pipeline_slot_index(const lifestage_pipeline *pipeline,
                                               const uint8_t *name,
                                               size_t name_length,
                                               uint32_t *index,
                                               lifestage_error **error);

/**
 * The number of a text that conditions compare a slot with: for facts given as symbols. 0 for every text that
 * no condition names.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such slot, or it has no texts.
 */
lifestage_status lifestage_pipeline_symbol(const lifestage_pipeline *pipeline,
                                           uint32_t slot,
                                           const uint8_t *value,
                                           size_t value_length,
                                           uint32_t *symbol,
                                           lifestage_error **error);

/**
 * The bits of roles, with those that they inherit from, for the hot path and batches. Roles that the definition
 * does not have are nothing.
 */
lifestage_status lifestage_pipeline_roles(const lifestage_pipeline *pipeline,
                                          const uint8_t *const *roles,
                                          const size_t *lengths,
                                          size_t count,
                                          uint64_t *bits,
                                          lifestage_error **error);

/**
 * The id of the stage at a position.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none.
 */
lifestage_status lifestage_pipeline_stage_id(const lifestage_pipeline *pipeline,
                                             uint32_t index,
                                             const uint8_t **id,
                                             size_t *length,
                                             lifestage_error **error);

/**
 * The id of the move at a position.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is none.
 */
lifestage_status lifestage_pipeline_move_id(const lifestage_pipeline *pipeline,
                                            uint32_t index,
                                            const uint8_t **id,
                                            size_t *length,
                                            lifestage_error **error);

/**
 * The id of the pipeline.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the pipeline.
 */
lifestage_status lifestage_pipeline_id(const lifestage_pipeline *pipeline,
                                       const uint8_t **id,
                                       size_t *length,
                                       lifestage_error **error);

/**
 * Frees a pipeline. Null is nothing.
 */
void lifestage_pipeline_free(lifestage_pipeline *pipeline);

/**
 * Makes a record that is in no stage and has no facts.
 */
lifestage_status lifestage_record_new(const uint8_t *id,
                                      size_t id_length,
                                      lifestage_record **record,
                                      lifestage_error **error);

/**
 * Reads a record from its JSON form: what `lifestage_record_json` gives, and what stores keep.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_INPUT` names the place.
 */
lifestage_status lifestage_record_from_json(const uint8_t *json,
                                            size_t json_length,
                                            lifestage_record **record,
                                            lifestage_error **error);

/**
 * Puts a record in a stage.
 */
lifestage_status lifestage_record_set_stage(lifestage_record *record,
                                            const uint8_t *stage,
                                            size_t stage_length,
                                            lifestage_error **error);

/**
 * Says at which version a record is: what the host compares when it writes the change.
 */
lifestage_status lifestage_record_set_version(lifestage_record *record,
                                              uint64_t version,
                                              lifestage_error **error);

/**
 * Says since when a record is in its stage, in microseconds since 1970.
 */
lifestage_status lifestage_record_set_entered_at(lifestage_record *record,
                                                 int64_t micros,
                                                 lifestage_error **error);

/**
 * Says whose record it is.
 */
lifestage_status lifestage_record_set_owner(lifestage_record *record,
                                            const uint8_t *owner,
                                            size_t owner_length,
                                            lifestage_error **error);

/**
 * Gives a record a fact that is a text; timestamps are RFC 3339, durations such as `90m`.
 */
lifestage_status lifestage_record_set_text(lifestage_record *record,
                                           const uint8_t *name,
                                           size_t name_length,
                                           const uint8_t *value,
                                           size_t value_length,
                                           lifestage_error **error);

/**
 * Gives a record a fact that is a whole number.
 */
lifestage_status lifestage_record_set_int(lifestage_record *record,
                                          const uint8_t *name,
                                          size_t name_length,
                                          int64_t value,
                                          lifestage_error **error);

/**
 * Gives a record a fact that is a number with a fraction. It has to be finite.
 */
lifestage_status lifestage_record_set_double(lifestage_record *record,
                                             const uint8_t *name,
                                             size_t name_length,
                                             double value,
                                             lifestage_error **error);

/**
 * Gives a record a fact that is true (other than 0) or false.
 */
lifestage_status lifestage_record_set_bool(lifestage_record *record,
                                           const uint8_t *name,
                                           size_t name_length,
                                           uint32_t value,
                                           lifestage_error **error);

/**
 * Gives a record several facts, as a JSON object by name; lists of texts are only to be given so.
 */
lifestage_status lifestage_record_set_facts(lifestage_record *record,
                                            const uint8_t *json,
                                            size_t json_length,
                                            lifestage_error **error);

/**
 * The id of a record.
 *
 * Ownership: the text is not ended by a NUL, and lives until the record is changed or freed.
 */
lifestage_status lifestage_record_id(const lifestage_record *record,
                                     const uint8_t **id,
                                     size_t *length,
                                     lifestage_error **error);

/**
 * The stage of a record; of length 0 when it is in none.
 *
 * Ownership: the text is not ended by a NUL, and lives until the record is changed or freed.
 */
lifestage_status lifestage_record_stage(const lifestage_record *record,
                                        const uint8_t **stage,
                                        size_t *length,
                                        lifestage_error **error);

/**
 * The version of a record; 0 for null.
 */
uint64_t lifestage_record_version(const lifestage_record *record);

/**
 * A record in its JSON form, whole: what a host keeps to give it back to `lifestage_record_from_json`.
 */
lifestage_status lifestage_record_json(const lifestage_record *record,
                                       lifestage_buffer **json,
                                       lifestage_error **error);

/**
 * Frees a record. Null is nothing.
 */
void lifestage_record_free(lifestage_record *record);

/**
 * Asks for a move by its id: a button.
 */
lifestage_status lifestage_request_move(const uint8_t *id,
                                        size_t id_length,
                                        lifestage_request **request,
                                        lifestage_error **error);

/**
 * Asks for a stage by its id, whatever move leads there: drag and drop.
 */
lifestage_status lifestage_request_stage(const uint8_t *stage,
                                         size_t stage_length,
                                         lifestage_request **request,
                                         lifestage_error **error);

/**
 * Reads a request from its JSON form: `move` or `to`, and what goes with it.
 */
lifestage_status lifestage_request_from_json(const uint8_t *json,
                                             size_t json_length,
                                             lifestage_request **request,
                                             lifestage_error **error);

/**
 * Answers something that the move asks for; the answer is JSON: `"price"`, `5000`, `true`.
 */
lifestage_status lifestage_request_set_input(lifestage_request *request,
                                             const uint8_t *name,
                                             size_t name_length,
                                             const uint8_t *json,
                                             size_t json_length,
                                             lifestage_error **error);

/**
 * Asks on condition that the record is still at this version.
 */
lifestage_status lifestage_request_expect_version(lifestage_request *request,
                                                  uint64_t version,
                                                  lifestage_error **error);

/**
 * Names the request, so that asking twice does it once.
 */
lifestage_status lifestage_request_set_key(lifestage_request *request,
                                           const uint8_t *key,
                                           size_t key_length,
                                           lifestage_error **error);

/**
 * Asks to go past the rules, for this reason. Needs the capability `force`.
 */
lifestage_status lifestage_request_force(lifestage_request *request,
                                         const uint8_t *reason,
                                         size_t reason_length,
                                         lifestage_error **error);

/**
 * Says when the move took effect, in microseconds since 1970, if not now.
 */
lifestage_status lifestage_request_effective_at(lifestage_request *request,
                                                int64_t micros,
                                                lifestage_error **error);

/**
 * Frees a request. Null is nothing.
 */
void lifestage_request_free(lifestage_request *request);

/**
 * Makes an actor without roles. `automation` other than 0 makes one that moves records forward only.
 */
lifestage_status lifestage_actor_new(const uint8_t *id,
                                     size_t id_length,
                                     uint32_t automation,
                                     lifestage_actor **actor,
                                     lifestage_error **error);

/**
 * Gives an actor a role.
 */
lifestage_status lifestage_actor_add_role(lifestage_actor *actor,
                                          const uint8_t *role,
                                          size_t role_length,
                                          lifestage_error **error);

/**
 * Frees an actor. Null is nothing.
 */
void lifestage_actor_free(lifestage_actor *actor);

/**
 * Judges a request. Pure: nothing is written anywhere, and nothing is kept.
 *
 * `now` is in microseconds since 1970. A refusal is an answer: the status is `LIFESTAGE_STATUS_OK` then too.
 */
lifestage_status lifestage_pipeline_decide(const lifestage_pipeline *pipeline,
                                           const lifestage_record *record,
                                           const lifestage_request *request,
                                           const lifestage_actor *actor,
                                           int64_t now,
                                           lifestage_decision **decision,
                                           lifestage_error **error);

/**
 * One of `LIFESTAGE_OUTCOME_...`; 0 for null.
 */
uint32_t lifestage_decision_outcome(const lifestage_decision *decision);

/**
 * The stage that the record is in when the change is written; of length 0 for none, and for a refusal.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the decision.
 */
lifestage_status lifestage_decision_stage(const lifestage_decision *decision,
                                          const uint8_t **stage,
                                          size_t *length,
                                          lifestage_error **error);

/**
 * The version that the record has to be at for the change to be written: compare it in the transaction that writes,
 * and write nothing if it differs. 0 when the record must not be there yet; and when there is no change, or for null.
 */
uint64_t lifestage_decision_expected_version(const lifestage_decision *decision);

/**
 * The change as JSON: the record after, its history row, its effects, what becomes of earlier ones, and what to
 * compare. All of it is to be written in one transaction, or none.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when nothing is to be written.
 */
lifestage_status lifestage_decision_change(const lifestage_decision *decision,
                                           lifestage_buffer **json,
                                           lifestage_error **error);

/**
 * The record as it is when the change is written.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when nothing is to be written.
 */
lifestage_status lifestage_decision_record(const lifestage_decision *decision,
                                           lifestage_record **record,
                                           lifestage_error **error);

/**
 * Why the request is refused; null when it is not, or for null.
 *
 * Ownership: it belongs to the decision, and lives as long.
 */
const lifestage_refusal *lifestage_decision_refusal(const lifestage_decision *decision);

/**
 * Frees a decision, and its refusal with it. Null is nothing.
 */
void lifestage_decision_free(lifestage_decision *decision);

/**
 * How many reasons there are; 0 for null.
 */
size_t lifestage_refusal_count(const lifestage_refusal *refusal);

/**
 * The code of a reason, one of `LIFESTAGE_REASON_...`; 0 when there is no such reason.
 */
uint32_t lifestage_refusal_code(const lifestage_refusal *refusal, size_t index);

/**
 * A reason in words.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the refusal.
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such reason.
 */
lifestage_status lifestage_refusal_message(const lifestage_refusal *refusal,
                                           size_t index,
                                           const uint8_t **message,
                                           size_t *length,
                                           lifestage_error **error);

/**
 * How many moves the lawful way has; 0 when there is none, or for null.
 */
size_t lifestage_refusal_route_length(const lifestage_refusal *refusal);

/**
 * The id of a move of the lawful way.
 *
 * Ownership: the text is not ended by a NUL, and lives as long as the refusal.
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when the way has no such step.
 */
lifestage_status lifestage_refusal_route_move(const lifestage_refusal *refusal,
                                              size_t index,
                                              const uint8_t **id,
                                              size_t *length,
                                              lifestage_error **error);

/**
 * A refusal in its JSON form: reasons with codes, words and parameters, and the route.
 */
lifestage_status lifestage_refusal_json(const lifestage_refusal *refusal,
                                        lifestage_buffer **json,
                                        lifestage_error **error);

/**
 * Judges one listed move by positions: the move's id is that of `lifestage_pipeline_move_index`, `facts` has the
 * value of each slot in the order of `lifestage_pipeline_slot_index`, and what is not given is missing.
 *
 * `code` becomes the position of the stage that the move leads to, or one of `LIFESTAGE_VERDICT_...`.
 * No allocation, no lock.
 */
lifestage_status lifestage_pipeline_verdict(const lifestage_pipeline *pipeline,
                                            uint32_t stage,
                                            uint32_t move_index,
                                            uint64_t roles,
                                            uint32_t flags,
                                            const lifestage_fact *facts,
                                            size_t fact_count,
                                            uint16_t *code,
                                            lifestage_error **error);

/**
 * Judges one listed move over words, the quickest way there is: one word for each slot, from
 * `lifestage_fact_word`; `known` has a bit for each of the first 64 slots with a value of its type, `present` for
 * each with a value at all.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when a condition of the move needs more than words can say: a text
 * itself, a list, arithmetic, `||`.
 */
lifestage_status lifestage_pipeline_verdict_by_words(const lifestage_pipeline *pipeline,
                                                     uint32_t stage,
                                                     uint32_t move_index,
                                                     uint64_t roles,
                                                     uint32_t flags,
                                                     const uint64_t *words,
                                                     size_t word_count,
                                                     uint64_t known,
                                                     uint64_t present,
                                                     uint16_t *code,
                                                     lifestage_error **error);

/**
 * The word of a value, for `lifestage_pipeline_verdict_by_words`.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` for a text or what is missing: those have no word.
 */
lifestage_status lifestage_fact_word(const lifestage_fact *fact,
                                     uint64_t *word,
                                     lifestage_error **error);

/**
 * Which kind of fact a slot takes, one of `LIFESTAGE_FACT_...`: `LIFESTAGE_FACT_TEXT` for texts, which may be symbols too,
 * and `LIFESTAGE_FACT_MISSING` for lists, which only the other ways of asking take. A value of another kind is one of the
 * wrong type: over words it is `present` and not `known`.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_ARGUMENT` when there is no such slot.
 */
lifestage_status lifestage_pipeline_slot_kind(const lifestage_pipeline *pipeline,
                                              uint32_t slot,
                                              uint32_t *kind,
                                              lifestage_error **error);

/**
 * The listed moves that are open from a stage, by position and in the order of the definition. Conditions on input
 * are not held against them.
 *
 * Up to `capacity` positions are written to `moves`; `count` becomes how many are open, which may be more.
 */
lifestage_status lifestage_pipeline_open_moves(const lifestage_pipeline *pipeline,
                                               uint32_t stage,
                                               uint64_t roles,
                                               uint32_t flags,
                                               const lifestage_fact *facts,
                                               size_t fact_count,
                                               uint32_t *moves,
                                               size_t capacity,
                                               size_t *count,
                                               lifestage_error **error);

/**
 * Judges a move in JSON, and writes the short form of the answer into the caller's own memory: `outcome`, `from`, `to`,
 * `move` and `version`, or `outcome` and `codes`. The input is that of the operation `decide`. For hosts that judge
 * often and write the move in their own way; `lifestage_pipeline_decide` and the operation give all of it.
 *
 * Errors: `LIFESTAGE_STATUS_BUFFER_TOO_SMALL` when the answer has more than `capacity` bytes. What is in `answer` after
 * an error is of no use; `length` is written only on success.
 */
lifestage_status lifestage_pipeline_decide_json(const lifestage_pipeline *pipeline,
                                                const uint8_t *input,
                                                size_t input_length,
                                                uint8_t *answer,
                                                size_t capacity,
                                                size_t *length,
                                                lifestage_error **error);

/**
 * Judges many requests: for each row a code as `lifestage_pipeline_verdict` gives it, in `codes` of `codes_width`
 * bytes each: 2, or 1, where the codes are the same modulo 256 and the pipeline may have no more than 250 stages.
 *
 * `codes` must not overlap a column.
 *
 * Errors: `LIFESTAGE_STATUS_INVALID_BATCH`; what is in `codes` is of no use then.
 */
lifestage_status lifestage_pipeline_decide_batch(const lifestage_pipeline *pipeline,
                                                 const lifestage_batch *batch,
                                                 void *codes,
                                                 uint32_t codes_width,
                                                 lifestage_error **error);

/**
 * Opens a tenant in a SQLite file, which is made when it is not there.
 *
 * Errors: `LIFESTAGE_STATUS_CORRUPT`, `LIFESTAGE_STATUS_IO` and the others of stores.
 */
lifestage_status lifestage_workspace_open_sqlite(const uint8_t *path,
                                                 size_t path_length,
                                                 const uint8_t *tenant,
                                                 size_t tenant_length,
                                                 lifestage_workspace **workspace,
                                                 lifestage_error **error);

/**
 * Opens a tenant in memory, which is gone with the workspace.
 */
lifestage_status lifestage_workspace_open_memory(const uint8_t *tenant,
                                                 size_t tenant_length,
                                                 lifestage_workspace **workspace,
                                                 lifestage_error **error);

/**
 * Opens a tenant in a store of the host's own.
 *
 * Ownership: `store` is copied. `drop` of it is called once, whatever this function returns: when the workspace is
 * freed, or before the function returns when it fails. With a `store` that is null or of another size it is not
 * called, because it cannot be known.
 */
lifestage_status lifestage_workspace_open_host(const lifestage_store *store,
                                               const uint8_t *tenant,
                                               size_t tenant_length,
                                               lifestage_workspace **workspace,
                                               lifestage_error **error);

/**
 * Asks a workspace in JSON: `publish`, `create`, `submit`, `history`, `tasks`, `claim` and the other operations that
 * `docs/operations.md` lists, with the members of `input` and the form of the answer. A refusal is an answer.
 *
 * Errors: `LIFESTAGE_STATUS_UNKNOWN_OPERATION`, `LIFESTAGE_STATUS_INVALID_INPUT`, `LIFESTAGE_STATUS_NO_RECORD` and
 * its kin, and those of stores; nothing is written then, unless the error says so.
 */
lifestage_status lifestage_workspace_call(const lifestage_workspace *workspace,
                                          const uint8_t *operation,
                                          size_t operation_length,
                                          const uint8_t *input,
                                          size_t input_length,
                                          lifestage_buffer **answer,
                                          lifestage_error **error);

/**
 * Closes a workspace and its store, and frees it. Null is nothing.
 */
void lifestage_workspace_free(lifestage_workspace *workspace);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LIFESTAGE_H */


/*
 * Frees a handle and sets it to NULL, so that freeing it again does nothing.
 */
#define LIFESTAGE_FREE_ERROR(handle) (lifestage_error_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_BUFFER(handle) (lifestage_buffer_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_PIPELINE(handle) (lifestage_pipeline_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_RECORD(handle) (lifestage_record_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_REQUEST(handle) (lifestage_request_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_ACTOR(handle) (lifestage_actor_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_DECISION(handle) (lifestage_decision_free(handle), (void)((handle) = NULL))
#define LIFESTAGE_FREE_WORKSPACE(handle) (lifestage_workspace_free(handle), (void)((handle) = NULL))
