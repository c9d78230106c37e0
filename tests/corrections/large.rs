//! Samples near the end of what f32 holds.

use abbe::codes::{Code, StepKind};
use abbe::params::{
    BACKGROUND_MODE, BIN_KIND, BLEACH_MODE, BackgroundMode, BinKind, Bleach, CAMERA_RESULT, CameraResult,
    DENOISE_METHOD, Denoising, FILTER_KIND, FLAT_FIELD_MODE, FilterKind, FlatField, Id, RESAMPLE_FACTOR_PX,
};

use crate::harness::{Images, Step, run};

/// A result is finite, or it is refused with a text that says what to do; nobody gets infinities that he did not give.
#[test]
fn no_step_makes_infinities() {
    let numbers = |kind| Step::of_numbers(kind, &[]);
    let mut steps = vec![
        numbers(StepKind::Output),
        numbers(StepKind::HotPixels),
        numbers(StepKind::Reassign),
        numbers(StepKind::Esrrf),
        Step::of_numbers(StepKind::Resample, &[(RESAMPLE_FACTOR_PX, 1.5)]),
    ];
    steps.extend(each::<CameraResult>(StepKind::Camera, CAMERA_RESULT));
    steps.extend(each::<BackgroundMode>(StepKind::Background, BACKGROUND_MODE));
    steps.extend(each::<FlatField>(StepKind::FlatField, FLAT_FIELD_MODE));
    steps.extend(each::<Bleach>(StepKind::Bleach, BLEACH_MODE));
    steps.extend(each::<BinKind>(StepKind::Bin, BIN_KIND));
    steps.extend(each::<FilterKind>(StepKind::Filter, FILTER_KIND));
    steps.extend(each::<Denoising>(StepKind::Denoise, DENOISE_METHOD));
    let shape = [6, 24, 28];
    let mut refused = 0;
    for largest in [3.4e38_f32, 1e37, 1e20] {
        let sample =
            |at: usize| largest * ((at * 7919 % 1009) as f32 / 1009.0 - if at.is_multiple_of(5) { 1.0 } else { 0.0 });
        let samples: Vec<f32> = (0..shape.iter().product()).map(sample).collect();
        for step in &steps {
            match run(step, &Images::of("tyx", &shape, &samples)) {
                Ok((found, _)) => assert!(found.iter().all(|sample| sample.is_finite()), "{:?}", step.choices),
                Err(error) => {
                    let text = error.to_string();
                    assert!(!text.contains("infinite") || text.contains("multiply them by a constant"), "{text}");
                    refused += usize::from(text.contains("multiply them by a constant"));
                }
            }
        }
    }
    assert!(refused > 0, "no step went beyond f32");
}

/// The step with each value of a choice.
fn each<T: Code>(kind: StepKind, choice: Id) -> impl Iterator<Item = Step> {
    (0..20).filter_map(T::of).map(move |value| Step::new(kind, (choice, value), &[]))
}
