//! Texts of parameters, names and axes.

use std::ffi::CString;
use std::ptr::{null, null_mut};

use abbe::ffi::library::abbe_status_text;
use abbe::ffi::params::abbe_param_find;
use abbe::ffi::plan::{abbe_plan_add_step, abbe_plan_create, abbe_plan_set_input, abbe_plan_set_text};
use abbe::ffi::plan_run::abbe_plan_destroy;
use abbe::ffi::psf::{abbe_psf_create, abbe_psf_destroy, abbe_psf_sample, abbe_psf_set_f64, abbe_psf_set_text};
use abbe::params;
use proptest::prelude::*;

use super::mutation::{apply, edits};
use super::{Context, known};

const SEEDS: [&str; 8] = [
    "noll 7:35 11:-20",
    "ansi 8:35 12:1e1",
    "numerical_aperture spherical_nm",
    "psf.wavelength_nm",
    "tczyx",
    "bcyx",
    "zyx",
    "/nowhere/libonnxruntime.so",
];

/// Gives the text to everything that takes one, and samples a point spread function that took it.
fn give(text: &CString) {
    let context = Context::new();
    let (mut psf, mut plan, mut param) = (null_mut(), null_mut(), 0);
    let shape = [3_i64; 5];
    let mut samples = [0.0_f32; 25];
    // SAFETY: addresses of variables, texts that end, and five extents for at most five axes that are taken.
    unsafe {
        known(abbe_param_find(text.as_ptr(), &mut param));
        assert_eq!(abbe_psf_create(context.0, 2, &mut psf), 0);
        for (param, value) in
            [(params::PSF_NUMERICAL_APERTURE, 0.8), (params::PSF_WAVELENGTH_NM, 500.0), (params::PSF_PIXEL_NM, 100.0)]
        {
            assert_eq!(abbe_psf_set_f64(psf, param, value), 0);
        }
        for param in [params::PSF_ZERNIKE, params::PSF_FIT, params::PSF_PIXEL_NM, -7] {
            known(abbe_psf_set_text(psf, param, text.as_ptr()));
        }
        known(abbe_psf_sample(psf, samples.as_mut_ptr(), 2, [5, 5].as_ptr()));
        abbe_psf_destroy(psf);
        assert_eq!(abbe_plan_create(context.0, &mut plan), 0);
        assert_eq!(abbe_plan_add_step(plan, 4), 0);
        known(abbe_plan_set_text(plan, params::MODEL_AXES, text.as_ptr()));
        known(abbe_plan_set_input(plan, 4, text.as_ptr(), shape.as_ptr(), null(), 0));
        abbe_plan_destroy(plan);
    }
    assert!(!abbe_status_text(i32::from(text.as_bytes().first().copied().unwrap_or(0)) - 128).is_null());
}

#[test]
fn texts() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((at, edits) in edits(SEEDS.len()), free in any::<Option<String>>())| {
        let bytes = free.map_or_else(|| apply(SEEDS[at].as_bytes(), &edits), String::into_bytes);
        give(&CString::new(bytes.split(|byte| *byte == 0).next().unwrap()).unwrap());
    });
}
