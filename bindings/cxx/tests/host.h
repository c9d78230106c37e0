/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

#include "rust/cxx.h"

#include <cstdint>

namespace abbe_host {

/** Deconvolves a u16 frame through abbe.hpp, its rows lying upwards with padding; false when cancelled at `stop`. */
bool through_hpp(rust::Slice<const std::uint16_t> padded, rust::Slice<float> target, std::int64_t rows,
                 std::int64_t columns, std::int64_t pitch, std::int64_t iterations, double stop);

/** The text of the failure of a numerical aperture of 3 through abbe.hpp, with its status. */
rust::String refused_by_hpp();

/** Deconvolves a stack through the in-tree bridge, and gives the report. */
rust::String through_bridge(rust::Slice<const float> source, rust::Slice<float> target, std::int64_t planes,
                            std::int64_t rows, std::int64_t columns, std::int64_t iterations);

/** Moves objects of abbe.hpp about and destroys them in an order of their own; the number of bytes of a plan's input. */
std::int64_t lives();

} // namespace abbe_host
