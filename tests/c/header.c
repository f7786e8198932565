/* The header stands alone, and may come twice. */
#include "lifestage.h"

#include "lifestage.h"

int main(void) {
    return lifestage_abi_version() == LIFESTAGE_ABI_VERSION ? 0 : 1;
}
