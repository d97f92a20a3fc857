/* SPDX-License-Identifier: Apache-2.0 */
#include "source/source.h"

const char *const loss_names[LOSS_COUNT] = {
#define X(name, text) [LOSS_##name] = #name,
    LOSS_CAUSES(X)
#undef X
};

const char *const loss_texts[LOSS_COUNT] = {
#define X(name, text) [LOSS_##name] = text,
    LOSS_CAUSES(X)
#undef X
};
