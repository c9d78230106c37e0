/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Draws the figures of docs/psf.md: sections of point spread functions on a logarithmic scale of four decades.
 *
 *   psf_gallery docs/figures/psf
 */
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abbe/abbe.h>

/** Sections in rows of equal tiles, a white line between them. */
struct figure {
    int columns, rows, side, zoom, drawn;
    unsigned char *grey;
};

/** What a tile shows: the plane in focus (y down, x across), or the section through the axis (z down), as it is, with its
 *  planes in the opposite order, or wrongly normalised plane by plane. */
enum view { PLANE, SECTION, REVERSED, EACH_PLANE };

static abbe_context *context;

/** Ends the program where a call failed. */
static void check(abbe_status status) {
    char text[512];
    if (status != ABBE_OK) {
        abbe_error_text(NULL, text, sizeof text);
        fprintf(stderr, "psf_gallery: %s\n", text);
        exit(EXIT_FAILURE);
    }
}

static void *memory(size_t count, size_t size) {
    void *found = calloc(count, size);
    if (!found) {
        fprintf(stderr, "psf_gallery: no memory\n");
        exit(EXIT_FAILURE);
    }
    return found;
}

static int width_of(const struct figure *figure, int tiles) { return tiles * (figure->side * figure->zoom + 1) - 1; }

/** Room for rows of square tiles of `side` samples, each drawn as `zoom` x `zoom` pixels. */
static struct figure figure_of(int columns, int rows, int side, int zoom) {
    struct figure figure = {0, 0, 0, 0, 0, NULL};
    size_t pixels;
    figure.columns = columns;
    figure.rows = rows;
    figure.side = side;
    figure.zoom = zoom;
    pixels = (size_t)width_of(&figure, columns) * (size_t)width_of(&figure, rows);
    figure.grey = (unsigned char *)memory(pixels, 1);
    memset(figure.grey, 255, pixels);
    return figure;
}

/** Draws a view and destroys `psf`. */
static void draw(struct figure *figure, abbe_psf *psf, enum view view, int height, int width) {
    const int64_t shape[3] = {view == PLANE ? 1 : height, view == PLANE ? height : 1, width};
    float *samples = (float *)memory((size_t)(height * width), sizeof *samples);
    float peak = 0.0f;
    const int left = figure->drawn % figure->columns * (figure->side * figure->zoom + 1);
    const int top = figure->drawn / figure->columns * (figure->side * figure->zoom + 1);
    int at, y, x;
    check(abbe_psf_sample(psf, samples, 3, shape));
    for (at = 0; at < height * width; at++) {
        peak = samples[at] > peak ? samples[at] : peak;
    }
    for (y = 0; y < height * figure->zoom; y++) {
        const int row = view == REVERSED ? height - 1 - y / figure->zoom : y / figure->zoom;
        const float *line = samples + row * width;
        float highest = view == EACH_PLANE ? 0.0f : peak;
        for (x = 0; x < width && view == EACH_PLANE; x++) {
            highest = line[x] > highest ? line[x] : highest;
        }
        for (x = 0; x < width * figure->zoom; x++) {
            const float share = line[x / figure->zoom] / highest;
            const float grey = 255.0f * (1.0f + log10f(share > 1e-4f ? share : 1e-4f) / 4.0f);
            figure->grey[(top + y) * width_of(figure, figure->columns) + left + x] = (unsigned char)grey;
        }
    }
    figure->drawn++;
    free(samples);
    abbe_psf_destroy(psf);
}

static void save(struct figure *figure, const char *folder, const char *name) {
    char path[1024];
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = (png_uint_32)width_of(figure, figure->columns);
    image.height = (png_uint_32)width_of(figure, figure->rows);
    image.format = PNG_FORMAT_GRAY;
    snprintf(path, sizeof path, "%s/%s.png", folder, name);
    if (!png_image_write_to_file(&image, path, 0, figure->grey, 0, NULL)) {
        fprintf(stderr, "psf_gallery: %s: %s\n", path, image.message);
        exit(EXIT_FAILURE);
    }
    printf("%s\n", path);
    free(figure->grey);
}

/** An oil objective of NA 1.4 and green emission; a source at a depth in a sample of that index. */
static abbe_psf *make(int32_t kind, double sample_index, double depth_nm) {
    abbe_psf *psf = NULL;
    check(abbe_psf_create(context, kind, &psf));
    check(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.4));
    check(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 525.0));
    check(abbe_psf_set_f64(psf, ABBE_PSF_EXCITATION_NM, kind == ABBE_PSF_TWO_PHOTON ? 900.0 : 488.0));
    check(abbe_psf_set_f64(psf, ABBE_PSF_SHEET_THICKNESS_NM, 1500.0));
    check(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 40.0));
    check(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 80.0));
    check(abbe_psf_set_f64(psf, ABBE_PSF_SAMPLE_INDEX, sample_index));
    check(abbe_psf_set_f64(psf, ABBE_PSF_DEPTH_NM, depth_nm));
    return psf;
}

static abbe_psf *with(abbe_psf *psf, abbe_param param, int64_t value) {
    check(abbe_psf_set_i64(psf, param, value));
    return psf;
}

static void models(const char *folder) {
    static const int32_t kinds[] = {ABBE_PSF_GAUSSIAN,  ABBE_PSF_BORN_WOLF,  ABBE_PSF_WIDEFIELD,     ABBE_PSF_VECTORIAL,
                                    ABBE_PSF_CONFOCAL, ABBE_PSF_TWO_PHOTON, ABBE_PSF_SPINNING_DISK, ABBE_PSF_LIGHT_SHEET};
    struct figure figure = figure_of(8, 2, 97, 1);
    int at;
    for (at = 0; at < 16; at++) {
        draw(&figure, make(kinds[at % 8], 1.515, 0.0), at / 8 ? SECTION : PLANE, 97, 97);
    }
    save(&figure, folder, "models");
}

static void conventions(const char *folder) {
    static const int32_t waves[] = {ABBE_PSF_BORN_WOLF, ABBE_PSF_WIDEFIELD, ABBE_PSF_VECTORIAL};
    static const double depths[] = {0.0, 5e3, 10e3, 20e3};
    struct figure figure = figure_of(4, 1, 97, 1);
    int at;
    for (at = 0; at < 4; at++) {
        draw(&figure, with(make(ABBE_PSF_WIDEFIELD, 1.47, 3000.0), ABBE_PSF_CENTRE, at), SECTION, 97, 97);
    }
    save(&figure, folder, "centre");

    figure = figure_of(4, 1, 97, 1);
    for (at = 0; at < 4; at++) {
        draw(&figure, make(ABBE_PSF_WIDEFIELD, 1.47, depths[at]), SECTION, 97, 97);
    }
    save(&figure, folder, "depth");

    figure = figure_of(2, 1, 97, 1);
    draw(&figure, make(ABBE_PSF_WIDEFIELD, 1.47, 5e3), SECTION, 97, 97);
    draw(&figure, make(ABBE_PSF_WIDEFIELD, 1.47, 5e3), REVERSED, 97, 97);
    save(&figure, folder, "sign");

    figure = figure_of(2, 1, 97, 1);
    draw(&figure, make(ABBE_PSF_WIDEFIELD, 1.515, 0.0), SECTION, 97, 97);
    draw(&figure, make(ABBE_PSF_WIDEFIELD, 1.515, 0.0), EACH_PLANE, 97, 97);
    save(&figure, folder, "normalisation");

    figure = figure_of(4, 1, 97, 1);
    for (at = 0; at < 4; at++) {
        draw(&figure, with(make(ABBE_PSF_VECTORIAL, 1.33, at / 2 * 500.0), ABBE_PSF_BEYOND_CRITICAL, 1 - at % 2), SECTION, 97, 97);
    }
    save(&figure, folder, "critical");

    figure = figure_of(3, 1, 65, 2);
    for (at = 0; at < 3; at++) {
        draw(&figure, make(waves[at], 1.515, 0.0), PLANE, 65, 65);
    }
    save(&figure, folder, "apodisation");
}

static void grids(const char *folder) {
    static const int64_t pixels[] = {ABBE_PIXEL_POINT, ABBE_PIXEL_AREA};
    struct figure figure = figure_of(2, 1, 17, 6);
    int at;
    for (at = 0; at < 2; at++) {
        abbe_psf *psf = with(make(ABBE_PSF_WIDEFIELD, 1.515, 0.0), ABBE_PSF_PIXEL, pixels[at]);
        check(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 90.0));
        draw(&figure, psf, PLANE, 17, 17);
    }
    save(&figure, folder, "pixels");

    figure = figure_of(3, 1, 9, 12);
    for (at = 7; at <= 9; at++) {
        abbe_psf *psf = make(ABBE_PSF_WIDEFIELD, 1.515, 0.0);
        check(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 90.0));
        draw(&figure, psf, PLANE, at, at);
    }
    save(&figure, folder, "sizes");
}

static void aberrations(const char *folder) {
    struct figure figure = figure_of(7, 1, 65, 1);
    char text[32];
    int at;
    for (at = 0; at < 7; at++) {
        abbe_psf *psf = make(ABBE_PSF_WIDEFIELD, 1.515, 0.0);
        snprintf(text, sizeof text, "noll %d:60", 5 + at);
        check(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, text));
        draw(&figure, psf, PLANE, 65, 65);
    }
    save(&figure, folder, "zernike");
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: psf_gallery FOLDER\n");
        return EXIT_FAILURE;
    }
    check(abbe_context_create(&context));
    models(argv[1]);
    conventions(argv[1]);
    grids(argv[1]);
    aberrations(argv[1]);
    abbe_context_destroy(context);
    return EXIT_SUCCESS;
}
