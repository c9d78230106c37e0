/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "abbe-cxx/tests/host.h"

#include "abbe-cxx/src/lib.rs.h"

#include <abbe/abbe.hpp>

namespace abbe_host {

namespace {

abbe::psf optics(const abbe::context &context) {
    abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
    psf.set(ABBE_PSF_NUMERICAL_APERTURE, 1.4);
    psf.set(ABBE_PSF_WAVELENGTH_NM, 525.0);
    psf.set(ABBE_PSF_PIXEL_NM, 65.0);
    psf.set(ABBE_PSF_STEP_NM, 200.0);
    return psf;
}

} // namespace

bool through_hpp(rust::Slice<const std::uint16_t> padded, rust::Slice<float> target, std::int64_t rows,
                 std::int64_t columns, std::int64_t pitch, std::int64_t iterations, double stop) {
    abbe::context context;
    abbe::plan plan(context);
    plan.add_step(ABBE_STEP_DECONVOLVE);
    plan.set(ABBE_DECONVOLVE_ITERATIONS, iterations);
    plan.set_psf(optics(context));
    plan.set_input(ABBE_DTYPE_U16, "yx", {rows, columns}, {-2 * pitch, 2}, 2 * pitch * (rows - 1));
    plan.set_output(ABBE_DTYPE_F32);
    plan.commit();
    double last = 0.0;
    plan.set_progress([&](double fraction) {
        last = fraction;
        return fraction < stop ? ABBE_CONTINUE : ABBE_CANCEL;
    });
    try {
        plan.execute(padded.data(), padded.size() * sizeof(std::uint16_t), target.data(),
                     target.size() * sizeof(float));
    } catch (const abbe::error &failure) {
        if (failure.status() == ABBE_ERROR_CANCELLED && last >= stop) {
            return false;
        }
        throw;
    }
    return true;
}

rust::String refused_by_hpp() {
    abbe::context context;
    abbe::psf psf(context, ABBE_PSF_WIDEFIELD);
    try {
        psf.set(ABBE_PSF_NUMERICAL_APERTURE, 3.0);
    } catch (const abbe::error &failure) {
        return std::to_string(failure.status()) + ": " + failure.what();
    }
    return "accepted";
}

rust::String through_bridge(rust::Slice<const float> source, rust::Slice<float> target, std::int64_t planes,
                            std::int64_t rows, std::int64_t columns, std::int64_t iterations) {
    auto plan =
        abbe::in_tree::deconvolution({1.4, 525.0, 1.515, 65.0, 200.0}, {planes, rows, columns}, iterations);
    plan->execute(source, target);
    return plan->report();
}

std::int64_t lives() {
    abbe::context first;
    abbe::context context(std::move(first));
    abbe::plan kept(context);
    {
        abbe::plan plan(context);
        plan.add_step(ABBE_STEP_DECONVOLVE);
        plan.set_psf(optics(context));
        plan.set_input(ABBE_DTYPE_U16, "yx", {9, 7});
        kept = std::move(plan);
    }
    context = abbe::context();
    kept.commit();
    return kept.i64(ABBE_PLAN_INPUT_BYTES);
}

} // namespace abbe_host
