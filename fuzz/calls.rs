//! Orders of calls on a few objects, live and destroyed ones.

use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicUsize, Ordering};

use abbe::ffi::constants::{abbe_context, abbe_plan, abbe_psf};
use abbe::ffi::context::{abbe_context_create, abbe_context_destroy, abbe_context_set_i64, abbe_context_unset};
use abbe::ffi::plan::{
    abbe_plan_add_step, abbe_plan_create, abbe_plan_output_shape, abbe_plan_select_step, abbe_plan_set_f64,
    abbe_plan_set_i64, abbe_plan_set_input, abbe_plan_set_output, abbe_plan_set_psf, abbe_plan_unset,
};
use abbe::ffi::plan_run::{
    abbe_plan_cancel, abbe_plan_commit, abbe_plan_destroy, abbe_plan_estimated_psf, abbe_plan_execute,
    abbe_plan_get_f64, abbe_plan_get_i64, abbe_plan_report,
};
use abbe::ffi::psf::{
    abbe_psf_create, abbe_psf_destroy, abbe_psf_get_f64, abbe_psf_sample, abbe_psf_set_f64, abbe_psf_set_i64,
    abbe_psf_set_samples, abbe_psf_unset,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::known;

/// Executes that worked.
static EXECUTED: AtomicUsize = AtomicUsize::new(0);

/// Places for handles of each kind; a call names one.
const PLACES: usize = 3;

#[derive(Clone, Debug)]
enum Call {
    Create(u8, usize, i32),
    Destroy(u8, usize),
    Whole(u8, usize, i32, i64),
    Real(u8, usize, i32, f64),
    Unset(u8, usize, i32),
    Get(u8, usize, i32),
    Samples(usize, [i64; 3], i32),
    AddStep(usize, i32),
    SelectStep(usize, i32),
    SetPsf(usize, usize),
    Input(usize, i32, usize, [i64; 3], i64),
    Output(usize, i32, i64),
    Commit(usize),
    Execute(usize, usize, bool),
    Report(usize),
    Cancel(usize),
}

fn call() -> impl Strategy<Value = Call> {
    // Numbers of parameters and beside them; values within ranges, at their ends and outside.
    let param = || {
        prop_oneof![
            1000..1008_i32,
            2000..2037_i32,
            3000..3002_i32,
            3100..3102_i32,
            3200..3214_i32,
            3400..3404_i32,
            4000..4004_i32,
            any::<i32>()
        ]
    };
    let whole = || prop_oneof![4 => 0..14_i64, 1 => select(vec![-1, 50, 1 << 20, i64::MAX, i64::MIN])];
    let real = || prop_oneof![4 => 0.0..2.0_f64, 4 => 10.0..2000.0_f64, 1 => any::<f64>()];
    let extents = || {
        let extent = || prop_oneof![8 => 1..24_i64, 1 => select(vec![0, -1, 1 << 17, i64::MAX])];
        [extent(), extent(), extent()]
    };
    let (kind, place) = (|| 0..3_u8, || 0..PLACES);
    prop_oneof![
        4 => (kind(), place(), 0..12_i32).prop_map(|(a, b, c)| Call::Create(a, b, c)),
        1 => (kind(), place()).prop_map(|(a, b)| Call::Destroy(a, b)),
        4 => (kind(), place(), param(), whole()).prop_map(|(a, b, c, d)| Call::Whole(a, b, c, d)),
        8 => (kind(), place(), param(), real()).prop_map(|(a, b, c, d)| Call::Real(a, b, c, d)),
        1 => (kind(), place(), param()).prop_map(|(a, b, c)| Call::Unset(a, b, c)),
        2 => (kind(), place(), param()).prop_map(|(a, b, c)| Call::Get(a, b, c)),
        2 => (place(), extents(), -1..5_i32).prop_map(|(a, b, c)| Call::Samples(a, b, c)),
        4 => (place(), 0..6_i32).prop_map(|(a, b)| Call::AddStep(a, b)),
        1 => (place(), -1..4_i32).prop_map(|(a, b)| Call::SelectStep(a, b)),
        3 => (place(), place()).prop_map(|(a, b)| Call::SetPsf(a, b)),
        5 => (place(), 0..6_i32, 0..4_usize, extents(), -4..9_i64).prop_map(|(a, b, c, d, e)| Call::Input(a, b, c, d, e)),
        1 => (place(), 0..6_i32, -4..9_i64).prop_map(|(a, b, c)| Call::Output(a, b, c)),
        4 => place().prop_map(Call::Commit),
        4 => (place(), 0..4_usize, any::<bool>()).prop_map(|(a, b, c)| Call::Execute(a, b, c)),
        2 => place().prop_map(Call::Report),
        1 => place().prop_map(Call::Cancel),
    ]
}

struct Objects {
    contexts: [*mut abbe_context; PLACES],
    psfs: [*mut abbe_psf; PLACES],
    plans: [*mut abbe_plan; PLACES],
    buffers: [Vec<u8>; 2],
}

impl Objects {
    fn new() -> Self {
        let buffers = [vec![1; 1 << 16], vec![0; 1 << 16]];
        Self { contexts: [null_mut(); PLACES], psfs: [null_mut(); PLACES], plans: [null_mut(); PLACES], buffers }
    }

    fn run(&mut self, call: &Call) {
        // SAFETY: all addresses are those of variables and buffers of the sizes stated; handles may be anything.
        unsafe {
            match *call {
                Call::Create(0, at, _) => {
                    abbe_context_destroy(self.contexts[at]);
                    known(abbe_context_create(&mut self.contexts[at]));
                    known(abbe_context_set_i64(self.contexts[at], 1000, 1));
                }
                // Without a destruction before: handles leak into their context, which is allowed.
                Call::Create(1, at, kind) => {
                    known(abbe_psf_create(self.contexts[at], kind, &mut self.psfs[at]));
                }
                Call::Create(_, at, _) => {
                    known(abbe_plan_create(self.contexts[at], &mut self.plans[at]));
                }
                Call::Destroy(0, at) => abbe_context_destroy(self.contexts[at]),
                Call::Destroy(1, at) => abbe_psf_destroy(self.psfs[at]),
                Call::Destroy(_, at) => abbe_plan_destroy(self.plans[at]),
                // Texts of paths, threads by the hundred and iterations by the thousand only take time.
                Call::Whole(0, at, param, value) => {
                    known(abbe_context_set_i64(
                        self.contexts[at],
                        param,
                        if param == 1000 { value.min(4) } else { value },
                    ));
                }
                Call::Whole(1, at, param, value) => {
                    known(abbe_psf_set_i64(self.psfs[at], param, value));
                }
                Call::Whole(_, at, param, value) => {
                    known(abbe_plan_set_i64(self.plans[at], param, if param == 3200 { value.min(3) } else { value }));
                }
                Call::Real(1, at, param, value) => {
                    known(abbe_psf_set_f64(self.psfs[at], param, value));
                }
                Call::Real(_, at, param, value) => {
                    known(abbe_plan_set_f64(self.plans[at], param, value));
                }
                Call::Unset(0, at, param) => {
                    known(abbe_context_unset(self.contexts[at], param));
                }
                Call::Unset(1, at, param) => {
                    known(abbe_psf_unset(self.psfs[at], param));
                }
                Call::Unset(_, at, param) => {
                    known(abbe_plan_unset(self.plans[at], param));
                }
                Call::Get(kind, at, param) => {
                    let (mut whole, mut real) = (0, 0.0);
                    if kind == 1 {
                        known(abbe_psf_get_f64(self.psfs[at], param, &mut real));
                    } else {
                        known(abbe_plan_get_i64(self.plans[at], param, &mut whole));
                        known(abbe_plan_get_f64(self.plans[at], param, &mut real));
                    }
                }
                Call::Samples(at, shape, ndim) => {
                    let fits = shape.iter().all(|extent| (1..24).contains(extent));
                    let mut samples = vec![0.0; 24 * 24 * 24];
                    if fits && (2..=3).contains(&ndim) {
                        known(abbe_psf_sample(self.psfs[at], samples.as_mut_ptr(), ndim, shape.as_ptr()));
                        known(abbe_psf_set_samples(self.psfs[at], samples.as_ptr(), ndim, shape.as_ptr()));
                    }
                }
                Call::AddStep(at, step) => {
                    known(abbe_plan_add_step(self.plans[at], step));
                }
                Call::SelectStep(at, index) => {
                    known(abbe_plan_select_step(self.plans[at], index));
                }
                Call::SetPsf(at, psf) => {
                    known(abbe_plan_set_psf(self.plans[at], self.psfs[psf]));
                }
                Call::Input(at, dtype, axes, shape, offset) => {
                    let axes = [c"yx", c"zyx", c"cyx", c"yxc"][axes].as_ptr();
                    known(abbe_plan_set_input(self.plans[at], dtype, axes, shape.as_ptr(), null(), offset));
                    let (mut out, mut count) = ([0; 8], 0);
                    known(abbe_plan_output_shape(self.plans[at], out.as_mut_ptr(), 8, &mut count));
                }
                Call::Output(at, dtype, offset) => {
                    known(abbe_plan_set_output(self.plans[at], dtype, null(), offset));
                }
                Call::Commit(at) => self.commit(at),
                Call::Execute(at, share, in_place) => {
                    let [source, target] = &mut self.buffers;
                    let bytes = source.len() >> (2 * share);
                    let source = source.as_mut_ptr();
                    let target = if in_place { source } else { target.as_mut_ptr() };
                    let status = known(abbe_plan_execute(self.plans[at], source.cast(), bytes, target.cast(), bytes));
                    EXECUTED.fetch_add(usize::from(status == 0), Ordering::Relaxed);
                }
                Call::Report(at) => {
                    let mut needed = 0;
                    known(abbe_plan_report(self.plans[at], null_mut(), 0, &mut needed));
                    known(abbe_plan_estimated_psf(self.plans[at], self.psfs[at]));
                }
                Call::Cancel(at) => abbe_plan_cancel(self.plans[at]),
            }
        }
    }

    /// Commits plans that hold little.
    fn commit(&self, at: usize) {
        let mut bytes = 0;
        // SAFETY: the address of a variable.
        let status = unsafe { known(abbe_plan_get_i64(self.plans[at], 4002, &mut bytes)) };
        if status != 0 || bytes < 1 << 26 {
            known(abbe_plan_commit(self.plans[at]));
        }
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        self.plans.iter().for_each(|plan| abbe_plan_destroy(*plan));
        self.psfs.iter().for_each(|psf| abbe_psf_destroy(*psf));
        self.contexts.iter().for_each(|context| abbe_context_destroy(*context));
    }
}

#[test]
fn calls() {
    // Two plans that work, so that most calls meet something.
    let first: Vec<Call> = (0..2).flat_map(working).collect();
    let config = ProptestConfig { failure_persistence: None, max_shrink_iters: 400, ..ProptestConfig::default() };
    let cases = config.cases as usize;
    proptest!(config, |(calls in proptest::collection::vec(call(), 1..80))| {
        let mut objects = Objects::new();
        first.iter().chain(&calls).for_each(|call| objects.run(call));
    });
    let done = EXECUTED.load(Ordering::Relaxed);
    assert!(done > 2 * cases + cases / 4, "{done} executes in {cases} cases: those made up never work");
}

/// Makes the objects of a place, and has them work once: a deconvolution, or at another place a denoising.
fn working(at: usize) -> Vec<Call> {
    let mut calls = vec![Call::Create(0, at, 0), Call::Create(1, at, 1), Call::Create(2, at, 0)];
    let gaussian = [(2002, 100.0), (2003, 200.0), (2008, 150.0), (2009, 300.0)];
    calls.extend(gaussian.map(|(param, value)| Call::Real(1, at, param, value)));
    calls.extend([Call::AddStep(at, 2 + at as i32), Call::SetPsf(at, at), Call::Whole(2, at, 3200, 2)]);
    calls.extend([Call::Input(at, 2, 1, [3, 9, 11], 0), Call::Commit(at), Call::Execute(at, 0, false)]);
    calls
}
