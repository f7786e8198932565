/* Inputs of the corpus, changed at random from a fixed seed, into every function: nothing crashes, nothing panics. */
#include "entry.h"

static uint8_t *bytes; /* what goes in: exactly as long as it says */
static size_t length;

/* A stretch of `from` in place of one of what goes in. */
static void splice(size_t at, size_t gone, const uint8_t *from, size_t more) {
    uint8_t *made = (uint8_t *)malloc(length - gone + more + 1);
    CHECK(made != NULL);
    memcpy(made, bytes, at);
    if (more > 0) memcpy(made + at, from, more);
    memcpy(made + at + more, bytes + at + gone, length - at - gone);
    free(bytes);
    bytes = made;
    length = length - gone + more;
}

static void change(void) {
    static const char *const words[] = {
        "null", "true", "-1", "0", "1e308", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "0.1", "\"\"", "[]", "{}", "\"\\u0000\"",
        "\"\\ud800\"", "[[[[[[[[", "{\"a\":", ",", "\"+262142-12-31T23:59:59.999999999Z\"", "\"-009999-01-01T00:00:00Z\"", "\"2016-12-31T23:59:60Z\"", "\"none\"",
        "\"999999999999d\"", "\"0000000000000000000000000000000000000000000000000000000000000000\"", "\xff", "\xed\xa0\x80", "4294967295", "65535", "65536", "1e-400",
    };
    size_t at = fuzz_below(length + 1), rest = length - at, each;
    const fuzz_input *other = &fuzz_corpus[fuzz_below(fuzz_inputs)];
    const char *word = words[fuzz_below(sizeof words / sizeof *words)];
    uint8_t byte = (uint8_t)fuzz_any();
    switch (fuzz_below(8)) {
    case 0: if (rest > 0) bytes[at] ^= (uint8_t)(1u << fuzz_below(8)); break;
    case 1: splice(at, 0, &byte, 1); break;
    case 2: splice(at, fuzz_below(rest < 9 ? rest + 1 : 9), NULL, 0); break;
    case 3: splice(at, rest, NULL, 0); break;
    case 4: { /* a value for a value */
        while (at < length && bytes[at] != ':' && bytes[at] != '[' && bytes[at] != ',') at++;
        if (at == length) break;
        for (each = ++at; each < length && strchr(",]}", bytes[each]) == NULL;) each++;
        splice(at, each - at, (const uint8_t *)word, strlen(word));
        break;
    }
    case 5: splice(at, 0, (const uint8_t *)word, strlen(word)); break;
    case 6: each = fuzz_below(other->length), splice(at, 0, other->bytes + each, fuzz_below(other->length - each < 200 ? other->length - each : 200)); break;
    default: if (length < 20000) each = fuzz_below(rest < 60 ? rest + 1 : 60), splice(at, 0, bytes + at, each); break;
    }
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 20000, round;
    fuzz_open();
    fuzz_seed(argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
    for (round = 0; round < rounds; round++) {
        /* First each as it is, in a workspace of its own. */
        int fresh = (size_t)round < fuzz_inputs;
        const fuzz_input *input = &fuzz_corpus[fresh ? (size_t)round : fuzz_below(fuzz_inputs)];
        size_t changes = fresh ? 0 : 1 + fuzz_below(4);
        if (round % 50 == 0 || fresh) fuzz_fresh();
        free(bytes);
        bytes = (uint8_t *)malloc(input->length > 0 ? input->length : 1);
        CHECK(bytes != NULL);
        length = input->length;
        memcpy(bytes, input->bytes, length);
        while (changes-- > 0) change();
        /* No byte more than it says, for those who watch what is read. */
        bytes = (uint8_t *)realloc(bytes, length > 0 ? length : 1);
        fuzz_run(input->target, input->operation, bytes, length);
        if (round % 8 == 0) fuzz_sweep(bytes, length);
    }
    free(bytes);
    fuzz_close();
    return 0;
}
