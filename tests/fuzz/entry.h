/* Inputs for every function of the library: from the corpus, from `fuzz.c`, from libFuzzer. */
#ifndef ENTRY_H
#define ENTRY_H

#include "proof.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An input of the corpus: for a target and, where that has any, an operation. */
typedef struct {
    char target[16], operation[32];
    uint8_t *bytes;
    size_t length;
} fuzz_input;

extern fuzz_input fuzz_corpus[];
extern size_t fuzz_inputs;

/* Reads the corpus and opens what inputs go into; closes it all. */
void fuzz_open(void);
void fuzz_close(void);

/* A workspace that no input was in. */
void fuzz_fresh(void);

/* What is not said by an input is chosen at random, from this seed on. */
void fuzz_seed(uint64_t seed);
uint64_t fuzz_any(void);
size_t fuzz_below(size_t most);

/* Gives an input to what its target says: a name of a folder of the corpus. */
void fuzz_run(const char *target, const char *operation, const uint8_t *bytes, size_t length);
/* Gives bytes as the text of every function that takes one, and numbers of any size to those that take numbers. */
void fuzz_sweep(const uint8_t *bytes, size_t length);

/* An input of libFuzzer, for the target that LIFESTAGE_FUZZ names: where that has operations, a line with one first. */
void fuzz_one(const uint8_t *bytes, size_t length);

#ifdef __cplusplus
}
#endif

#endif
