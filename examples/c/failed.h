/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef ABBE_EXAMPLES_FAILED_H
#define ABBE_EXAMPLES_FAILED_H

#include <abbe/abbe.h>
#include <stdio.h>

/* Says why a call failed, where it did. */
static int failed(const char *what, abbe_status status) {
    char text[512];
    if (status == ABBE_OK) {
        return 0;
    }
    abbe_error_text(NULL, text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    return 1;
}

#endif
