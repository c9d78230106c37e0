//! The C ABI: every exported function, and nothing else.
//!
//! A function here is a shell of a few lines: look the handles up ([`handle`]), turn pointers into slices and texts
//! ([`buffers`]), call the safe core inside the panic boundary ([`boundary`]), give its status back. The comments of
//! the functions and constants become the C header's.
// Comments here are Doxygen's, for the header: `[out]` is no link.
#![allow(unsafe_code, non_camel_case_types, rustdoc::broken_intra_doc_links)]

pub mod assess;
pub mod blocks;
pub mod boundary;
pub mod buffers;
pub mod constants;
pub mod context;
pub mod handle;
pub mod library;
pub mod model;
pub mod params;
pub mod plan;
pub mod plan_run;
pub mod psf;
pub mod recipe;
pub mod sensor;
pub mod slots;
pub mod stream;
