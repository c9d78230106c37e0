/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the example programs need besides libabbe: image stacks in TIFF files (libtiff) and a picture (libpng).
 */
#ifndef ABBE_EXAMPLE_STACK_H
#define ABBE_EXAMPLE_STACK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An image stack, tightly packed, slowest axis first: planes, rows, columns. */
struct stack {
    int64_t shape[3];
    int32_t dtype; /**< ABBE_DTYPE_U8, ABBE_DTYPE_U16 or ABBE_DTYPE_F32. */
    void *samples; /**< To be freed by stack_free(). */
    size_t bytes;
};

/** Reads every page of a TIFF file as a plane. Answers 0, or prints why not and answers -1. */
int stack_read(const char *path, struct stack *stack);
/** A stack of that shape, all samples 0. */
int stack_make(const int64_t shape[3], int32_t dtype, struct stack *stack);
/** Writes a TIFF file, one page a plane. */
int stack_write(const char *path, const struct stack *stack);
/** Frees the samples; does no harm to an empty stack. */
void stack_free(struct stack *stack);
/** Sample number `index` of a stack. */
double stack_at(const struct stack *stack, size_t index);
/** Pearson's correlation of two stacks of equal shape. */
double stack_correlation(const struct stack *a, const struct stack *b);
/** Writes a PNG: the brightest sample along z of each of `count` stacks of equal extents, side by side, each stretched to its range. */
int stack_picture(const char *path, const struct stack *const *panels, size_t count);

#ifdef __cplusplus
}
#endif
#endif
