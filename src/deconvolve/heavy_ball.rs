//! Acceleration by a heavy ball: every step starts from a point ahead, along the last step.
//!
//! y = x + m (x - x₋), x' = step(y), with m = (k - 1) / (k + 2) in iteration k: H. Wang and P. C. Miller 2014, "Scaled
//! heavy-ball acceleration of the Richardson-Lucy algorithm for 3D microscopy image restoration",
//! doi 10.1109/TIP.2013.2291324, eq. 19; Y. Nesterov 1983. The momentum is known before the step, so that it costs no
//! pass over memory.

/// The share of the last step that is added after iteration `k`, counted from 1.
pub(super) fn momentum(k: usize) -> f32 {
    (k as f64 - 1.0).max(0.0) as f32 / (k as f64 + 2.0) as f32
}

/// The point ahead, never below a trace of what a positive estimate has.
#[inline(always)]
pub(super) fn ahead(now: f32, before: f32, momentum: f32, trace: f32) -> f32 {
    (now + momentum * (now - before)).max(trace)
}
