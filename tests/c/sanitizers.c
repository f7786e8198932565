/* Shows that the sanitizers are on, by doing what each is there to find. */
#include <limits.h>

#include "proof.h"

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "leak") == 0) {
        lifestage_pipeline *volatile lost = proof_deals();
        lost = NULL;
        (void)lost;
    } else if (strcmp(what, "use") == 0) {
        lifestage_buffer *buffer = NULL;
        const uint8_t *volatile data;
        OK(lifestage_buffer_new(&buffer, &error));
        OK(lifestage_buffer_write(buffer, T("gone"), &error));
        data = lifestage_buffer_data(buffer);
        lifestage_buffer_free(buffer);
        return *data == 'g';
    } else if (strcmp(what, "overflow") == 0) {
        volatile int most = INT_MAX;
        most = most + 1;
    } else {
        return 0;
    }
    return 0;
}
