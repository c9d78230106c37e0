// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The shortest complete program in C++: widefield optics, one stack of 16 bit integers.
#include <abbe/abbe.hpp>

#include <iostream>

int main() try {
    const std::vector<std::int64_t> shape = {16, 32, 32};
    std::vector<std::uint16_t> stack(16 * 32 * 32), sharp;
    stack[(8 * 32 + 16) * 32 + 16] = 1000;

    abbe::context context;
    abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
    psf.set(ABBE_PSF_NUMERICAL_APERTURE, 1.4);
    psf.set(ABBE_PSF_WAVELENGTH_NM, 525.0);
    psf.set(ABBE_PSF_PIXEL_NM, 65.0);
    psf.set(ABBE_PSF_STEP_NM, 200.0);

    abbe::plan plan(context);
    plan.add_step(ABBE_STEP_DECONVOLVE);
    plan.set_psf(psf);
    plan.add_step(ABBE_STEP_OUTPUT);
    plan.set_input(ABBE_DTYPE_U16, "zyx", shape);
    plan.commit();
    plan.execute(stack, sharp);
    std::cout << plan.report() << '\n';
} catch (const abbe::error &failure) {
    std::cerr << failure.what() << '\n';
    return 1;
}
