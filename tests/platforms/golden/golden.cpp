// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The integers of golden.c by the classes of abbe.hpp.
#include <cstdio>
#include <vector>

#include <abbe/abbe.hpp>

int main() {
    const std::int64_t planes = 4, rows = 40, columns = 32;
    std::vector<std::uint8_t> image, result;
    for (std::int64_t z = 0; z < planes; z++) {
        for (std::int64_t y = 0; y < rows; y++) {
            for (std::int64_t x = 0; x < columns; x++) {
                const auto at = static_cast<std::uint32_t>((z * rows + y) * columns + x);
                const std::uint32_t bar = x % 10 < 3 && y > 10 && y < 36, point = z == 2 && y % 16 == 5 && x % 16 == 11;
                const auto height = static_cast<std::uint32_t>(z + 1);
                image.push_back(static_cast<std::uint8_t>(2 + 9 * bar * height / 4 + 22 * point + ((at + 6) * 2654435761u >> 30)));
            }
        }
    }
    abbe::context context;
    abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
    psf.set(ABBE_PSF_NUMERICAL_APERTURE, 1.2);
    psf.set(ABBE_PSF_WAVELENGTH_NM, 520.0);
    psf.set(ABBE_PSF_PIXEL_NM, 100.0);
    psf.set(ABBE_PSF_STEP_NM, 300.0);
    psf.set(ABBE_PSF_IMMERSION_INDEX, 1.333);
    abbe::plan plan(context);
    plan.add_step(ABBE_STEP_DECONVOLVE);
    plan.set_psf(psf);
    plan.set(ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY);
    plan.set(ABBE_DECONVOLVE_ITERATIONS, 10);
    plan.set_input(ABBE_DTYPE_U8, "zyx", {planes, rows, columns});
    plan.commit();
    plan.execute(image, result);
    std::uint64_t sum = UINT64_C(14695981039346656037);
    for (const std::uint8_t sample : result) {
        sum = (sum ^ sample) * UINT64_C(1099511628211);
    }
    std::printf("checksum %08x%08x\n", static_cast<unsigned>(sum >> 32), static_cast<unsigned>(sum));
}
