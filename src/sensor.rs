//! What a sensor does to light before there is an image, taken back.
//!
//! Packed samples in axis order z, y, x; 2-D is z = 1. Every plane is a frame of the same sensor, whose pixels (y, x) have maps.
//!
//! | file | what |
//! |---|---|
//! | `map` | what is known of each pixel |
//! | `camera` | offset and gain of each pixel taken out, its variance handed on |
//! | `flat_field` | uneven light and sensitivity, found in a series |
//! | `measure` | maps from stacks of dark and flat frames |

mod camera;
mod flat_field;
mod map;
mod measure;

pub use camera::{Camera, Corrected, Given};
pub use flat_field::{Field, FieldSearch};
pub use map::PixelMap;
pub use measure::{Frames, Maps, measure};
