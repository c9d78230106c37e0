/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "stack.h"

#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

#include <abbe/abbe.h>

static int fail(const char *path, const char *why) {
    fprintf(stderr, "%s: %s\n", path, why);
    return -1;
}

static size_t sample_bytes(int32_t dtype) {
    return dtype == ABBE_DTYPE_F32 ? 4 : dtype == ABBE_DTYPE_U16 ? 2 : 1;
}

static size_t sample_count(const struct stack *stack) {
    return (size_t)stack->shape[0] * (size_t)stack->shape[1] * (size_t)stack->shape[2];
}

int stack_make(const int64_t shape[3], int32_t dtype, struct stack *stack) {
    memcpy(stack->shape, shape, sizeof stack->shape);
    stack->dtype = dtype;
    stack->bytes = sample_count(stack) * sample_bytes(dtype);
    stack->samples = calloc(stack->bytes, 1);
    return stack->samples ? 0 : fail("memory", "not enough for the stack");
}

void stack_free(struct stack *stack) {
    free(stack->samples);
    stack->samples = NULL;
}

/* The type of a page's samples, or 0. */
static int32_t page_dtype(TIFF *tiff) {
    uint16_t bits = 1, format = SAMPLEFORMAT_UINT, samples = 1;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    if (samples != 1 || TIFFIsTiled(tiff)) {
        return 0;
    }
    if (format == SAMPLEFORMAT_IEEEFP) {
        return bits == 32 ? ABBE_DTYPE_F32 : 0;
    }
    return format != SAMPLEFORMAT_UINT ? 0 : bits == 8 ? ABBE_DTYPE_U8 : bits == 16 ? ABBE_DTYPE_U16 : 0;
}

static int read_pages(const char *path, TIFF *tiff, struct stack *stack) {
    uint32_t columns = 0, rows = 0;
    int64_t shape[3], plane = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &columns);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &rows);
    shape[0] = TIFFNumberOfDirectories(tiff);
    shape[1] = rows;
    shape[2] = columns;
    if (columns == 0 || rows == 0 || page_dtype(tiff) == 0) {
        return fail(path, "only grey images of 8 or 16 bit integers or 32 bit numbers, in strips, are read here");
    }
    if (stack_make(shape, page_dtype(tiff), stack) != 0) {
        return -1;
    }
    do {
        char *target = (char *)stack->samples + (size_t)plane * (stack->bytes / (size_t)shape[0]);
        const size_t row_bytes = columns * sample_bytes(stack->dtype);
        uint32_t width = 0, height = 0, row;
        TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
        TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
        if (width != columns || height != rows || page_dtype(tiff) != stack->dtype) {
            return fail(path, "the pages are not alike");
        }
        for (row = 0; row < rows; row++) {
            if (TIFFReadScanline(tiff, target + row * row_bytes, row, 0) != 1) {
                return fail(path, "a row cannot be read");
            }
        }
        plane++;
    } while (plane < shape[0] && TIFFReadDirectory(tiff));
    return plane == shape[0] ? 0 : fail(path, "a page cannot be read");
}

int stack_read(const char *path, struct stack *stack) {
    TIFF *tiff;
    int result;
    memset(stack, 0, sizeof *stack);
    TIFFSetWarningHandler(NULL); /* Private tags of microscopes are no reason to warn. */
    tiff = TIFFOpen(path, "r");
    if (!tiff) {
        return fail(path, "cannot be opened as a TIFF file");
    }
    result = read_pages(path, tiff, stack);
    TIFFClose(tiff);
    if (result != 0) {
        stack_free(stack);
    }
    return result;
}

int stack_write(const char *path, const struct stack *stack) {
    const size_t row_bytes = (size_t)stack->shape[2] * sample_bytes(stack->dtype);
    const char *source = (const char *)stack->samples;
    TIFF *tiff = TIFFOpen(path, "w");
    int64_t plane, row;
    int result = 0;
    if (!tiff) {
        return fail(path, "cannot be written");
    }
    for (plane = 0; plane < stack->shape[0] && result == 0; plane++) {
        TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)stack->shape[2]);
        TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)stack->shape[1]);
        TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)stack->shape[1]);
        TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)sample_bytes(stack->dtype) * 8);
        TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT,
                     stack->dtype == ABBE_DTYPE_F32 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
        TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        for (row = 0; row < stack->shape[1] && result == 0; row++) {
            if (TIFFWriteScanline(tiff, (void *)(uintptr_t)source, (uint32_t)row, 0) != 1) {
                result = fail(path, "a row cannot be written");
            }
            source += row_bytes;
        }
        if (result == 0 && !TIFFWriteDirectory(tiff)) {
            result = fail(path, "a page cannot be written");
        }
    }
    TIFFClose(tiff);
    return result;
}

double stack_at(const struct stack *stack, size_t index) {
    switch (stack->dtype) {
    case ABBE_DTYPE_U8:
        return ((const uint8_t *)stack->samples)[index];
    case ABBE_DTYPE_U16:
        return ((const uint16_t *)stack->samples)[index];
    default:
        return ((const float *)stack->samples)[index];
    }
}

double stack_correlation(const struct stack *a, const struct stack *b) {
    const size_t count = sample_count(a);
    double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
    size_t at;
    for (at = 0; at < count; at++) {
        mean_a += stack_at(a, at) / (double)count;
        mean_b += stack_at(b, at) / (double)count;
    }
    for (at = 0; at < count; at++) {
        const double da = stack_at(a, at) - mean_a, db = stack_at(b, at) - mean_b;
        aa += da * da;
        bb += db * db;
        ab += da * db;
    }
    return ab / sqrt(aa * bb);
}

/* The brightest sample along z of every column of the stack, 0 to 255, and the range that it was. */
static void project(const struct stack *stack, uint8_t *target) {
    const size_t area = (size_t)stack->shape[1] * (size_t)stack->shape[2];
    double least = INFINITY, greatest = -INFINITY;
    int pass;
    for (pass = 0; pass < 2; pass++) {
        size_t pixel;
        for (pixel = 0; pixel < area; pixel++) {
            double brightest = -INFINITY;
            int64_t plane;
            for (plane = 0; plane < stack->shape[0]; plane++) {
                brightest = fmax(brightest, stack_at(stack, (size_t)plane * area + pixel));
            }
            if (pass == 0) {
                least = fmin(least, brightest);
                greatest = fmax(greatest, brightest);
            } else {
                target[pixel] = greatest > least ? (uint8_t)((brightest - least) / (greatest - least) * 255.0 + 0.5) : 0;
            }
        }
    }
}

int stack_picture(const char *path, const struct stack *const *panels, size_t count) {
    const size_t rows = (size_t)panels[0]->shape[1], columns = (size_t)panels[0]->shape[2], gap = 4;
    /* Small images are magnified, so that their pixels can be seen. */
    const size_t zoom = columns < 256 ? 256 / columns + 1 : 1;
    const size_t step = columns * zoom + gap, width = count * step - gap, height = rows * zoom;
    uint8_t *panel = calloc(rows * columns, 1), *picture = malloc(width * height);
    png_image image;
    size_t at, y, x;
    int result = -1;
    if (panel && picture) {
        memset(picture, 255, width * height);
        for (at = 0; at < count; at++) {
            project(panels[at], panel);
            for (y = 0; y < height; y++) {
                for (x = 0; x < columns * zoom; x++) {
                    picture[y * width + at * step + x] = panel[y / zoom * columns + x / zoom];
                }
            }
        }
        memset(&image, 0, sizeof image);
        image.version = PNG_IMAGE_VERSION;
        image.width = (png_uint_32)width;
        image.height = (png_uint_32)height;
        image.format = PNG_FORMAT_GRAY;
        result = png_image_write_to_file(&image, path, 0, picture, 0, NULL) ? 0 : fail(path, "cannot be written");
    }
    free(panel);
    free(picture);
    return result;
}
