/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Wine 8 lacks this library of Windows 10, from which Rust's hash tables take their random keys. For tests only.
 */
#include <stddef.h>

__declspec(dllexport) int ProcessPrng(unsigned char *data, size_t size);

int ProcessPrng(unsigned char *data, size_t size) {
    static unsigned state = 2463534242u;
    size_t at;
    for (at = 0; at < size; at++) {
        state ^= state << 13, state ^= state >> 17, state ^= state << 5;
        data[at] = (unsigned char)state;
    }
    return 1;
}
