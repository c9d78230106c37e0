//! Nothing is allocated while a plan executes, and a commit that gets no memory says so and harms nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use abbe::codes::{Code, Count, Dtype, Level, PsfKind, StepKind};
use abbe::ffi::constants::{abbe_context, abbe_plan, abbe_psf};
use abbe::ffi::context::{
    abbe_context_create, abbe_context_destroy, abbe_context_set_i64, abbe_context_set_log, abbe_context_set_text,
};
use abbe::ffi::library::abbe_error_text;
use abbe::ffi::model::{abbe_model_destroy, abbe_model_load};
use abbe::ffi::plan::{
    abbe_plan_add_step, abbe_plan_create, abbe_plan_select_step, abbe_plan_set_i64, abbe_plan_set_input,
    abbe_plan_set_model, abbe_plan_set_output, abbe_plan_set_psf,
};
use abbe::ffi::plan_run::{abbe_plan_commit, abbe_plan_destroy, abbe_plan_execute, abbe_plan_get_i64};
use abbe::ffi::psf::{abbe_psf_create, abbe_psf_destroy, abbe_psf_set_f64, abbe_psf_set_text};
use abbe::ffi::stream::{
    abbe_stream_counts, abbe_stream_create, abbe_stream_destroy, abbe_stream_set_result, abbe_stream_start,
    abbe_stream_submit, abbe_stream_wait,
};
use abbe::params::{
    self, Algorithm, BackgroundMode, Denoising, Device, FilterKind, Normalisation, SeamCheck, Statistics,
};

mod network_support;

/// Counts allocations on all threads; from a given one on, large ones fail.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
/// Large allocations until one fails; negative: none does.
static LARGE_UNTIL_FAILURE: AtomicI64 = AtomicI64::new(-1);
static LARGE: AtomicU64 = AtomicU64::new(0);
/// Bytes that are allocated now.
static LIVE: AtomicI64 = AtomicI64::new(0);
/// The counters are one for the process, so tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Rust ends the process when a small allocation fails; libabbe reserves what is larger with a check.
const LARGE_BYTES: usize = 16 * 1024;

// SAFETY: every call goes on to the system's allocator as it came, or returns NULL as an allocator may.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        if layout.size() >= LARGE_BYTES {
            LARGE.fetch_add(1, Ordering::SeqCst);
            if LARGE_UNTIL_FAILURE.load(Ordering::SeqCst) >= 0
                && LARGE_UNTIL_FAILURE.fetch_sub(1, Ordering::SeqCst) == 0
            {
                return null_mut();
            }
        }
        LIVE.fetch_add(layout.size() as i64, Ordering::SeqCst);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, address: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as i64, Ordering::SeqCst);
        // SAFETY: passed on.
        unsafe { System.dealloc(address, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NY: usize = 96;
const NX: usize = 80;

struct Handles {
    context: *mut abbe_context,
    psf: *mut abbe_psf,
    plan: *mut abbe_plan,
}

/// A kind of point spread function, parameters of its own, and aberrations.
type Optics<'a> = (i32, &'a [(params::Id, f64)], &'a CStr);

/// A plan of background and deconvolution for a stack, not committed; with several slabs they follow the depth.
fn prepare(threads: i64, planes: usize, slabs: i64) -> Handles {
    let mut handles = Handles { context: null_mut(), psf: null_mut(), plan: null_mut() };
    let shape = [planes as i64, NY as i64, NX as i64];
    // SAFETY: all addresses are those of live variables.
    unsafe {
        ok(abbe_context_create(&mut handles.context));
        ok(abbe_context_set_i64(handles.context, params::CONTEXT_THREADS, threads));
        let kind = if slabs > 1 { PsfKind::Widefield } else { PsfKind::Gaussian };
        ok(abbe_psf_create(handles.context, kind.number(), &mut handles.psf));
        for (param, value) in [
            (params::PSF_SIGMA_NM, 150.0),
            (params::PSF_SIGMA_AXIAL_NM, 400.0),
            (params::PSF_PIXEL_NM, 100.0),
            (params::PSF_STEP_NM, 200.0),
            (params::PSF_NUMERICAL_APERTURE, 1.3),
            (params::PSF_WAVELENGTH_NM, 520.0),
            (params::PSF_SAMPLE_INDEX, 1.4),
        ] {
            ok(abbe_psf_set_f64(handles.psf, param, value));
        }
        ok(abbe_plan_create(handles.context, &mut handles.plan));
        ok(abbe_plan_add_step(handles.plan, StepKind::Background.number()));
        ok(abbe_plan_add_step(handles.plan, StepKind::Deconvolve.number()));
        ok(abbe_plan_set_psf(handles.plan, handles.psf));
        ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_ITERATIONS, 3));
        ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_DEPTH_SLABS, slabs));
        // What is below 0 after the background step is no sign of values around 0.
        ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_CONTRAST, params::Contrast::Emission as i64));
        ok(abbe_plan_set_input(handles.plan, Dtype::U16.number(), c"zyx".as_ptr(), shape.as_ptr(), null(), 0));
    }
    handles
}

impl Drop for Handles {
    fn drop(&mut self) {
        abbe_plan_destroy(self.plan);
        abbe_psf_destroy(self.psf);
        abbe_context_destroy(self.context);
    }
}

fn ok(status: i32) {
    assert_eq!(status, 0, "{}", error_text());
}

fn error_text() -> String {
    let mut text = [0; 512];
    // SAFETY: the text has that many bytes.
    unsafe {
        abbe_error_text(null(), text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    }
}

fn execute(handles: &Handles, source: &[u16], target: &mut [u16]) -> i32 {
    // SAFETY: both buffers have the bytes stated.
    unsafe {
        abbe_plan_execute(
            handles.plan,
            source.as_ptr().cast(),
            size_of_val(source),
            target.as_mut_ptr().cast(),
            size_of_val(target),
        )
    }
}

/// Lines of the log.
static LINES: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn count_line(_: *mut c_void, _: i32, _: *const c_char) {
    LINES.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn execute_allocates_nothing() {
    let _turn = TURN.lock().unwrap();
    for (threads, planes, slabs) in [(1, 1, 1), (1, 12, 1), (3, 12, 1), (2, 8, 2)] {
        let handles = prepare(threads, planes, slabs);
        // Bright samples in 8 bits are clipped, which the log hears of.
        // SAFETY: the function takes any address; there are no strides.
        unsafe {
            ok(abbe_plan_set_output(handles.plan, Dtype::U8.number(), null(), 0));
            ok(abbe_context_set_log(handles.context, Some(count_line), null_mut(), Level::Warning.number()));
            if threads == 3 {
                ok(abbe_plan_add_step(handles.plan, StepKind::Output.number()));
            }
        }
        ok(abbe_plan_commit(handles.plan));
        // A bright edge, since what varies as noise does is taken for noise.
        let edge = |at: usize| if at % NX < 8 { 20_000 } else { 0 };
        let source: Vec<u16> = (0..planes * NY * NX).map(|at| 10_000 + edge(at) + (at * 7919 % 2510) as u16).collect();
        let lines = LINES.load(Ordering::SeqCst);
        let mut target = vec![0_u16; source.len()];
        ok(execute(&handles, &source, &mut target)); // threads touch their thread-locals once
        // The test harness allocates where it tells of another test in between: not in every round.
        let fewest = (0..4).map(|_| {
            let before = ALLOCATIONS.load(Ordering::SeqCst);
            for _ in 0..50 / planes / slabs as usize {
                ok(execute(&handles, &source, &mut target));
            }
            ALLOCATIONS.load(Ordering::SeqCst) - before
        });
        assert_eq!(fewest.min(), Some(0), "{threads} threads, {planes} planes, {slabs} slabs");
        // Nor in an execute that takes a number that was set after the commit.
        ok(abbe_plan_select_step(handles.plan, 1));
        let fewest = (1..6).map(|iterations| {
            ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_ITERATIONS, iterations));
            let before = ALLOCATIONS.load(Ordering::SeqCst);
            ok(execute(&handles, &source, &mut target));
            ALLOCATIONS.load(Ordering::SeqCst) - before
        });
        assert_eq!(fewest.min(), Some(0), "{threads} threads, {planes} planes, {slabs} slabs: live numbers");
        assert!(target.iter().any(|sample| *sample > 0));
        assert!(LINES.load(Ordering::SeqCst) > lines);
    }
}

/// Results that a stream gave.
static RESULTS: AtomicI64 = AtomicI64::new(0);
/// Frames that it released.
static RELEASED: AtomicI64 = AtomicI64::new(0);

unsafe extern "C" fn count_result(_: *mut c_void, _: *const c_void, _: usize, _: *const i64, _: i32) {
    RESULTS.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn count_released(_: *mut c_void, _: *const c_void) {
    RELEASED.fetch_add(1, Ordering::SeqCst);
}

/// Frames come as fast as they can: many are dropped, all are accounted for at any instant, and nothing is allocated.
#[test]
fn a_stream_of_many_frames_allocates_nothing_either() {
    const FRAMES: i64 = 10_000;
    let _turn = TURN.lock().unwrap();
    let handles = prepare(1, 1, 1);
    ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_ITERATIONS, 1));
    ok(abbe_plan_commit(handles.plan));
    let frame = vec![1000_u16; NY * NX];
    let (mut stream, mut counts) = (null_mut(), [0_i64; Count::ALL.len()]);
    // SAFETY: the addresses are those of live variables, and the functions take any.
    unsafe {
        ok(abbe_stream_create(handles.plan, &mut stream));
        ok(abbe_stream_set_result(stream, Some(count_result), null_mut()));
    }
    ok(abbe_stream_start(stream));
    let mut submitted = 0;
    let mut submit = |frames: i64| {
        for _ in 0..frames {
            let mut answer = -1;
            // SAFETY: the frame lives until the stream is destroyed, and nobody writes it.
            unsafe {
                let (source, bytes) = (frame.as_ptr().cast(), size_of_val(&*frame));
                ok(abbe_stream_submit(stream, source, bytes, submitted, Some(count_released), null_mut(), &mut answer));
                ok(abbe_stream_counts(stream, counts.as_mut_ptr(), counts.len() as i32));
            }
            submitted += 1;
            assert_eq!(counts[Count::Submitted as usize], submitted);
            assert_eq!(counts[1..=Count::Pending as usize].iter().sum::<i64>(), submitted, "{counts:?}");
        }
        ok(abbe_stream_wait(stream, 600_000));
    };
    submit(20); // Threads touch their thread-locals once.
    let fewest = (0..4).map(|_| {
        let before = ALLOCATIONS.load(Ordering::SeqCst);
        submit(FRAMES / 4);
        ALLOCATIONS.load(Ordering::SeqCst) - before
    });
    assert_eq!(fewest.min(), Some(0));
    abbe_stream_destroy(stream);
    assert_eq!(RELEASED.load(Ordering::SeqCst), FRAMES + 20);
    assert_eq!(counts[Count::Missing as usize], 0);
    assert!(counts[Count::DroppedOverflow as usize] > 0, "{counts:?}");
    assert!(RESULTS.load(Ordering::SeqCst) > 0);
}

#[test]
fn corrections_allocate_nothing_either() {
    let _turn = TURN.lock().unwrap();
    let corrections = FilterKind::ALL.iter().map(|kind| (StepKind::Filter, params::FILTER_KIND, kind.number()));
    let backgrounds = [BackgroundMode::Percentile, BackgroundMode::RollingBall, BackgroundMode::TopHat];
    let backgrounds = backgrounds.iter().map(|mode| (StepKind::Background, params::BACKGROUND_MODE, mode.number()));
    for (step, choice, number) in corrections
        .chain(backgrounds)
        .chain([(StepKind::HotPixels, params::HOT_PIXELS_LISTED, 50), (StepKind::Bin, params::BIN_PLANES, 0)])
        .chain([
            (StepKind::Reassign, params::REASSIGN_MAGNIFICATION, 1),
            (StepKind::Esrrf, params::ESRRF_MAGNIFICATION, 1),
            (StepKind::Resample, params::RESAMPLE_BETWEEN, 1),
            (StepKind::Denoise, params::DENOISE_METHOD, Denoising::Network.number()),
            (StepKind::Denoise, params::DENOISE_METHOD, Denoising::Wavelets.number()),
        ])
        .chain((0..3).map(|mode| (StepKind::Bleach, params::BLEACH_MODE, mode)))
    {
        let (mut context, mut plan) = (null_mut(), null_mut());
        let shape = [2, 3, NY as i64, NX as i64];
        // SAFETY: all addresses are those of live variables.
        unsafe {
            ok(abbe_context_create(&mut context));
            ok(abbe_context_set_i64(context, params::CONTEXT_THREADS, 2));
            ok(abbe_plan_create(context, &mut plan));
            ok(abbe_plan_add_step(plan, step.number()));
            ok(abbe_plan_set_i64(plan, choice, number.into()));
            let axes = if step == StepKind::Bleach { c"tzyx" } else { c"czyx" };
            ok(abbe_plan_set_input(plan, Dtype::U16.number(), axes.as_ptr(), shape.as_ptr(), null(), 0));
        }
        let handles = Handles { context, psf: null_mut(), plan };
        let mut promised = 0;
        // SAFETY: the address is that of a live variable.
        unsafe { ok(abbe_plan_get_i64(handles.plan, params::PLAN_WORKSPACE_BYTES, &mut promised)) };
        let before = LIVE.load(Ordering::SeqCst);
        ok(abbe_plan_commit(handles.plan));
        let held = LIVE.load(Ordering::SeqCst) - before;
        // Beside large buffers, the plan's own small parts.
        assert!((promised..promised + 24_000).contains(&held), "{step:?} {number}: {held} bytes, {promised} promised");
        let source: Vec<u16> = (0..6 * NY * NX).map(|at| 10_000 + (at * 7919 % 2510) as u16).collect();
        let mut target = vec![0_u16; source.len()];
        ok(execute(&handles, &source, &mut target));
        let fewest = (0..4).map(|_| {
            let before = ALLOCATIONS.load(Ordering::SeqCst);
            ok(execute(&handles, &source, &mut target));
            ALLOCATIONS.load(Ordering::SeqCst) - before
        });
        assert_eq!(fewest.min(), Some(0), "{step:?} {number}");
    }
}

/// Of networks, what ONNX Runtime takes for itself is not counted here: it has an allocator of its own.
#[test]
fn a_network_allocates_nothing_either() {
    let _turn = TURN.lock().unwrap();
    let Some(runtime) = network_support::onnxruntime() else { return };
    let runtime = CString::new(runtime.to_str().unwrap()).unwrap();
    let (mut context, mut plan, mut model) = (null_mut(), null_mut(), null_mut());
    let path = CString::new(network_support::fixture("u_net.onnx")).unwrap();
    let shape = [3, 150, 170];
    // SAFETY: all addresses are those of live variables.
    unsafe {
        ok(abbe_context_create(&mut context));
        ok(abbe_context_set_text(context, params::CONTEXT_ONNXRUNTIME, runtime.as_ptr()));
        ok(abbe_context_set_i64(context, params::CONTEXT_DEVICE, i64::from(Device::Cpu.number())));
        ok(abbe_model_load(context, path.as_ptr(), &mut model));
        ok(abbe_plan_create(context, &mut plan));
        ok(abbe_plan_add_step(plan, StepKind::Model.number()));
        ok(abbe_plan_set_model(plan, model));
        // Percentiles, several tiles, and the tile across their seams.
        for (param, value) in [
            (params::MODEL_NORMALISATION, Normalisation::Percentile.number()),
            (params::MODEL_TILE_PX, 96),
            (params::MODEL_SEAM_CHECK, SeamCheck::Always.number()),
        ] {
            ok(abbe_plan_set_i64(plan, param, value.into()));
        }
        ok(abbe_plan_set_input(plan, Dtype::U16.number(), c"tyx".as_ptr(), shape.as_ptr(), null(), 0));
    }
    let handles = Handles { context, psf: null_mut(), plan };
    let source: Vec<u16> = (0..3 * 150 * 170).map(|at| 1000 + (at * 7919 % 2510) as u16).collect();
    let mut target = vec![0_u16; source.len()];
    for statistics in [Statistics::Image, Statistics::First, Statistics::Series] {
        ok(abbe_plan_set_i64(handles.plan, params::MODEL_STATISTICS, statistics.number().into()));
        ok(abbe_plan_commit(handles.plan));
        ok(execute(&handles, &source, &mut target));
        let fewest = (0..4).map(|_| {
            let before = ALLOCATIONS.load(Ordering::SeqCst);
            ok(execute(&handles, &source, &mut target));
            ALLOCATIONS.load(Ordering::SeqCst) - before
        });
        assert_eq!(fewest.min(), Some(0), "{statistics:?}");
    }
    abbe_model_destroy(model);
}

#[test]
fn a_commit_without_memory_is_an_error_and_can_be_tried_again() {
    let _turn = TURN.lock().unwrap();
    // Of the optical ones: phases that turn often, which take many nodes; pinholes; a pupil that is not round.
    let kinds: [Optics; 4] = [
        (1, &[], c""),
        (6, &[(params::PSF_DEPTH_NM, 60_000.0)], c""),
        (8, &[(params::PSF_EXCITATION_NM, 488.0), (params::PSF_BLUR_NM, 60.0)], c""),
        (2, &[], c"noll 7:30"),
    ];
    for (kind, values, zernike) in kinds {
        let mut handles = prepare(2, 12, 1);
        if kind > 1 {
            abbe_psf_destroy(handles.psf);
            // SAFETY: the address is that of a live variable, and the text ends in a NUL.
            unsafe {
                ok(abbe_psf_create(handles.context, kind, &mut handles.psf));
                ok(abbe_psf_set_text(handles.psf, params::PSF_ZERNIKE, zernike.as_ptr()));
            }
            let usual = [
                (params::PSF_PIXEL_NM, 100.0),
                (params::PSF_STEP_NM, 200.0),
                (params::PSF_NUMERICAL_APERTURE, 1.3),
                (params::PSF_WAVELENGTH_NM, 520.0),
                (params::PSF_SAMPLE_INDEX, 1.4),
                (params::PSF_ENERGY, 0.8),
            ];
            for (param, value) in usual.iter().chain(values) {
                ok(abbe_psf_set_f64(handles.psf, *param, *value));
            }
            ok(abbe_plan_set_psf(handles.plan, handles.psf));
        }
        let before = LARGE.load(Ordering::SeqCst);
        ok(abbe_plan_commit(handles.plan));
        let large = LARGE.load(Ordering::SeqCst) - before;
        println!("kind {kind}: {large} large allocations");
        assert!(large >= 3, "only {large} large allocations: this test would prove nothing");
        for failing in 0..large {
            LARGE_UNTIL_FAILURE.store(failing as i64, Ordering::SeqCst);
            let status = abbe_plan_commit(handles.plan);
            LARGE_UNTIL_FAILURE.store(-1, Ordering::SeqCst);
            assert_eq!(status, -5, "kind {kind}, allocation {failing} of {large}: {}", error_text());
        }
        ok(abbe_plan_commit(handles.plan));
    }
}

#[test]
fn the_workspace_is_told_to_five_per_cent() {
    let _turn = TURN.lock().unwrap();
    for (algorithm, share) in [
        (Algorithm::Automatic, 0.0),
        (Algorithm::RichardsonLucy, 0.0),
        (Algorithm::HeavyBall, 0.0),
        (Algorithm::BiggsAndrews, 0.0),
        (Algorithm::Isra, 0.0),
        (Algorithm::Wiener, 0.0),
        (Algorithm::Automatic, 0.6),
        (Algorithm::RichardsonLucy, 0.6),
        (Algorithm::BiggsAndrews, 0.6),
    ] {
        let handles = prepare(2, 96, 1);
        let workspace = || {
            let mut bytes = 0;
            // SAFETY: the address is that of a live variable.
            ok(unsafe { abbe_plan_get_i64(handles.plan, params::PLAN_WORKSPACE_BYTES, &mut bytes) });
            bytes
        };
        ok(abbe_plan_set_i64(handles.plan, params::DECONVOLVE_ALGORITHM, algorithm.number().into()));
        if share > 0.0 {
            let cap = (workspace() as f64 * share) as i64;
            ok(abbe_plan_set_i64(handles.plan, params::PLAN_MEMORY_CAP_BYTES, cap));
            assert!(workspace() <= cap);
        }
        let told = workspace();
        let before = LIVE.load(Ordering::SeqCst);
        ok(abbe_plan_commit(handles.plan));
        let held = LIVE.load(Ordering::SeqCst) - before;
        println!("{algorithm:?}, cap {share}: {told} told, {held} held");
        assert!((held - told).abs() as f64 <= 0.05 * told as f64, "{algorithm:?}: {told} told, {held} held");
    }
}
