// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The C host in C++11: a TIFF stack in, a measured point spread function or optics, a TIFF stack out.
//
//   sharpen stack.tif psf.tif sharp.tif
//   sharpen stack.tif 1.4,525,65,200 sharp.tif          (numerical aperture, wavelength, pixel, step, in nm)
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <abbe/abbe.hpp>

#include "../c/stack.h"

struct Stack : stack {
    Stack() : stack() {}
    Stack(const Stack &) = delete;
    Stack &operator=(const Stack &) = delete;
    ~Stack() { stack_free(this); }
};

static void must(int result) {
    if (result != 0) {
        throw std::runtime_error("no result"); // The stack functions have said why.
    }
}

static abbe::psf make_psf(const abbe::context &context, const std::string &source) {
    if (source.find(".tif") != std::string::npos) {
        Stack kernel;
        must(stack_read(source.c_str(), &kernel));
        std::vector<float> samples;
        for (std::size_t at = 0; at < std::size_t(kernel.shape[0] * kernel.shape[1] * kernel.shape[2]); at++) {
            samples.push_back(float(stack_at(&kernel, at)));
        }
        abbe::psf psf(context, ABBE_PSF_MEASURED);
        psf.set_samples(samples.data(), {kernel.shape[0], kernel.shape[1], kernel.shape[2]});
        return psf;
    }
    abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
    std::istringstream numbers(source);
    for (abbe_param param : {ABBE_PSF_NUMERICAL_APERTURE, ABBE_PSF_WAVELENGTH_NM, ABBE_PSF_PIXEL_NM, ABBE_PSF_STEP_NM}) {
        std::string number;
        std::getline(numbers, number, ',');
        psf.set(param, std::strtod(number.c_str(), nullptr));
    }
    return psf;
}

int main(int argc, char **argv) try {
    if (argc != 4) {
        std::cerr << "usage: sharpen INPUT.tif PSF.tif|NA,WAVELENGTH,PIXEL,STEP OUTPUT.tif\n";
        return EXIT_FAILURE;
    }
    Stack before, after;
    must(stack_read(argv[1], &before));
    must(stack_make(before.shape, ABBE_DTYPE_F32, &after));

    abbe::context context;
    abbe::plan plan(context);
    plan.add_step(ABBE_STEP_DECONVOLVE);
    plan.set_psf(make_psf(context, argv[2]));
    plan.set_input(before.dtype, "zyx", {before.shape[0], before.shape[1], before.shape[2]});
    plan.set_output(ABBE_DTYPE_F32);
    plan.set_progress([](double fraction) {
        std::cerr << "\r" << int(fraction * 100) << " %" << std::flush;
        return ABBE_CONTINUE;
    });
    plan.commit();
    plan.execute(before.samples, before.bytes, after.samples, after.bytes);
    std::cerr << "\n";
    std::cout << plan.report() << "\n";

    must(stack_write(argv[3], &after));
    return EXIT_SUCCESS;
} catch (const std::exception &failure) {
    std::cerr << failure.what() << "\n";
    return EXIT_FAILURE;
}
