//! Steps that exist here only: what a plan must do for kinds that it does not know.

use serde_json::Value;

use super::blueprint::Blueprint;
use super::chain::Chain;
use super::draft::Draft;
use super::images::Buffers;
use super::objects::Arguments;
use super::step::{Channels, Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, outcomes};
use crate::error::{Error, Result};
use crate::image::Dtype;
use crate::runtime::{Answer, Context, Control, Limits, Watch, Workers};

/// The largest of all planes: a step that takes an axis away.
struct Project;

impl Step for Project {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        let [channels, _, ny, nx] = input.shape;
        Ok(Grid { shape: [channels, 1, ny, nx], ..input })
    }

    fn in_place(&self) -> bool {
        false
    }

    fn bytes(&self, _: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(0)
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let [_, planes, ny, nx] = place.grid.shape;
        Ok(Box::new(ProjectStage { planes, plane: ny * nx, outcomes: outcomes(place.images)? }))
    }
}

struct ProjectStage {
    planes: usize,
    plane: usize,
    outcomes: Vec<usize>,
}

impl Stage for ProjectStage {
    fn execute(&mut self, group: &mut Group<'_>, _: &Workers, _: &mut Watch<'_>) -> Result<()> {
        group.replace(|source, target| {
            for (volume, target) in source.chunks(self.planes * self.plane).zip(target.chunks_mut(self.plane)) {
                target.copy_from_slice(&volume[..self.plane]);
                for plane in volume.chunks(self.plane) {
                    target.iter_mut().zip(plane).for_each(|(top, sample)| *top = top.max(*sample));
                }
                self.outcomes.push(self.planes);
            }
            Ok(())
        })
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}

/// The mean of an image and what was given for the one before: a step that remembers.
struct Smooth;

impl Step for Smooth {
    fn channels(&self) -> Channels {
        Channels::Together
    }

    fn remembers(&self) -> Option<&'static str> {
        Some("smooth.memory is 1")
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(4 * place.grid.samples() as u64)
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        Ok(Box::new(SmoothStage { before: vec![0.0; place.grid.samples()], outcomes: outcomes(place.images)? }))
    }
}

struct SmoothStage {
    before: Vec<f32>,
    outcomes: Vec<()>,
}

impl Stage for SmoothStage {
    fn execute(&mut self, group: &mut Group<'_>, _: &Workers, _: &mut Watch<'_>) -> Result<()> {
        let mut before = self.before.iter_mut();
        for channel in group.channels() {
            for (sample, before) in channel.iter_mut().zip(&mut before) {
                *before = 0.5 * (*before + *sample);
                *sample = *before;
            }
            self.outcomes.push(());
        }
        Ok(())
    }

    fn settle(&mut self, done: bool) {
        if !done {
            self.before.fill(0.0);
        }
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }
}

/// Takes the mean of the whole series from every image: a step that reads all first.
struct Flatten;

impl Step for Flatten {
    fn reads_series(&self) -> Option<&'static str> {
        Some("flatten.over is 1")
    }

    fn bytes(&self, _: &Place<'_>, _: Option<u64>) -> Result<u64> {
        Ok(0)
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        Ok(Box::new(FlattenStage { sum: 0.0, count: 0, outcomes: outcomes(place.images)? }))
    }
}

struct FlattenStage {
    sum: f32,
    count: usize,
    outcomes: Vec<f32>,
}

impl Stage for FlattenStage {
    fn execute(&mut self, group: &mut Group<'_>, _: &Workers, _: &mut Watch<'_>) -> Result<()> {
        let mean = self.sum / self.count as f32;
        for channel in group.channels() {
            channel.iter_mut().for_each(|sample| *sample -= mean);
            self.outcomes.push(mean);
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn series(&mut self) -> Option<&mut dyn Series> {
        Some(self)
    }
}

impl Series for FlattenStage {
    fn begin(&mut self) {
        (self.sum, self.count) = (0.0, 0);
    }

    fn passes(&self) -> usize {
        1
    }

    fn observe(&mut self, _: usize, group: &[f32], _: &Workers) {
        self.sum += group.iter().sum::<f32>();
        self.count += group.len();
    }

    fn end_pass(&mut self, _: usize) {}
}

static PROJECT: Kind = Kind { takes: &[], make: |_: Arguments| Box::new(Project) };
static SMOOTH: Kind = Kind { takes: &[], make: |_: Arguments| Box::new(Smooth) };
static FLATTEN: Kind = Kind { takes: &[], make: |_: Arguments| Box::new(Flatten) };

fn draft(axes: &str, shape: &[i64], steps: &[&'static Kind]) -> Draft {
    let mut draft = Draft::default();
    draft.set_input(Dtype::F32, axes, shape, None, 0).unwrap();
    steps.iter().for_each(|kind| draft.append("toy", kind));
    draft
}

/// The results of two executes of the same image, and the report of the second.
fn run(draft: &Draft, source: &[f32]) -> Result<([Vec<f32>; 2], Value)> {
    let (context, control, mut listener) = (Context::default(), Control::new(), |_| Answer::Continue);
    let mut watch = Watch::new(&control, &mut listener);
    let (mut chain, mut report) = Chain::build(draft, &context, &mut watch)?;
    let source: Vec<u8> = source.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let mut results = [Vec::new(), Vec::new()];
    for result in &mut results {
        let mut target = vec![0; chain.facts().output_bytes as usize];
        control.begin();
        chain.execute(Buffers::Apart { source: &source, target: &mut target }, &mut watch)?;
        *result = target.as_chunks().0.iter().map(|bytes| f32::from_ne_bytes(*bytes)).collect();
    }
    chain.tell(&mut report);
    Ok((results, report.json()))
}

#[test]
fn a_step_may_take_an_axis_away() {
    let source: Vec<f32> = (0..24).map(|at| ((at * 7) % 24) as f32).collect();
    let plan = draft("czyx", &[2, 3, 2, 2], &[&PROJECT, &PROJECT]);
    assert_eq!(plan.output_shape(Limits::of(&Context::default().settings())).unwrap(), [2, 1, 2, 2]);
    let ([first, second], report) = run(&plan, &source).unwrap();
    let top = |at: usize| (0..3).map(|z| source[at / 4 * 12 + z * 4 + at % 4]).fold(0.0, f32::max);
    assert_eq!(first, (0..8).map(top).collect::<Vec<_>>());
    assert_eq!(second, first);
    assert_eq!(report["steps"][0]["images"], serde_json::json!([3, 3]));
    assert_eq!(report["steps"][1]["images"], serde_json::json!([1, 1]));
    // Two frames of one channel.
    assert_eq!(report["workspace_bytes"], 2 * 4 * 12);
}

#[test]
fn a_step_may_remember_images() {
    let source = [8.0, 0.0, 0.0, 8.0];
    let ([first, second], report) = run(&draft("tcyx", &[2, 2, 1, 1], &[&SMOOTH]), &source).unwrap();
    assert_eq!(first, [4.0, 0.0, 2.0, 4.0]);
    assert_eq!(second, [5.0, 2.0, 2.5, 5.0]);
    assert_eq!(report["steps"][0]["images"].as_array().unwrap().len(), 4);
    assert_eq!(report["workspace_bytes"], 2 * 4 * 2);
}

#[test]
fn a_step_forgets_what_no_host_has_seen() {
    let (context, control) = (Context::default(), Control::new());
    let mut proceed = |_| Answer::Continue;
    let plan = draft("tcyx", &[2, 1, 1, 1], &[&SMOOTH]);
    let (mut chain, _) = Chain::build(&plan, &context, &mut Watch::new(&control, &mut proceed)).unwrap();
    let mut run = |source: [f32; 2], cancel_at: Option<usize>| {
        let source: Vec<u8> = source.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let (mut target, mut calls) = ([0; 8], 0);
        let mut listener = |_| {
            calls += 1;
            if cancel_at == Some(calls) { Answer::Cancel } else { Answer::Continue }
        };
        control.begin();
        let done = chain
            .execute(Buffers::Apart { source: &source, target: &mut target }, &mut Watch::new(&control, &mut listener));
        done.map(|()| [0, 4].map(|at| f32::from_ne_bytes(target[at..at + 4].try_into().unwrap())))
    };
    assert_eq!(run([8.0, 8.0], None).unwrap(), [4.0, 6.0]);
    assert_eq!(run([8.0, 8.0], None).unwrap(), [7.0, 7.5]);
    assert!(matches!(run([8.0, f32::NAN], None), Err(Error::Argument(_))));
    let mut cancelled = 0;
    while let Err(error) = run([80.0, 80.0], Some(cancelled + 1)) {
        assert!(matches!(error, Error::Cancelled), "{error}");
        cancelled += 1;
        assert_eq!(run([8.0, 8.0], None).unwrap(), [4.0, 6.0], "after a cancel at call {cancelled}");
    }
    assert!(cancelled > 1);
}

#[test]
fn a_step_may_see_a_series_first() {
    let source = [1.0, 3.0, 5.0, 2.0, 2.0, 11.0];
    // The series as the step before leaves it: 3, 2, 5 and 11.
    let plan = draft("tzyx", &[2, 3, 1, 1], &[&PROJECT, &FLATTEN]);
    let ([first, second], report) = run(&plan, &source).unwrap();
    assert_eq!(first, [-3.0, 3.0]);
    assert_eq!(second, first);
    for (step, images) in [(0, serde_json::json!([3, 3])), (1, serde_json::json!([8.0, 8.0]))] {
        assert_eq!(report["steps"][step]["images"], images, "what was done to see the series is no outcome");
    }
}

#[test]
fn no_image_goes_twice_through_a_step_that_remembers() {
    let refused = |steps: &[&'static Kind]| {
        let (context, control, mut listener) = (Context::default(), Control::new(), |_| Answer::Continue);
        let drawn =
            Blueprint::draw(&draft("tyx", &[2, 1, 2], steps), &context, &mut Watch::new(&control, &mut listener));
        drawn.err().map(|error| error.text().to_owned())
    };
    let text = refused(&[&SMOOTH, &FLATTEN]).expect("an error");
    assert!(text.contains("smooth.memory is 1") && text.contains("flatten.over is 1"), "{text}");
    assert_eq!(refused(&[&FLATTEN, &SMOOTH]), None);
}
