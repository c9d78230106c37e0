//! The step that takes uneven light and sensitivity out.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::codes::SensorMap;
use crate::error::{Error, Result, reserved};
use crate::image::Layout;
use crate::noise::Stated;
use crate::params::{CameraResult, FLAT_FIELD_DEGREE, FLAT_FIELD_MODE, FlatField};
use crate::plan::objects::{Arguments, Role};
use crate::plan::step::{Grid, Group, Kind, Outcomes, Place, Series, Stage, Step, outcomes};
use crate::runtime::{Limits, Watch, Workers};
use crate::sensor::{Camera, FieldSearch, Given};

pub const KIND: Kind = Kind {
    takes: &[Role::Map(SensorMap::Offset), Role::Map(SensorMap::Flat)],
    make: |arguments| Box::new(FlatFieldStep { arguments }),
};

struct FlatFieldStep {
    arguments: Arguments,
}

impl FlatFieldStep {
    fn is_series(&self) -> bool {
        self.arguments.settings.choice::<FlatField>(FLAT_FIELD_MODE) == FlatField::Series
    }

    fn degree(&self) -> usize {
        usize::try_from(self.arguments.settings.i64(FLAT_FIELD_DEGREE)).unwrap_or(0)
    }

    /// What takes the dark frame out, and divides by the flat one where it is given: light above the dark frame is as gain.
    fn camera(&self, grid: &Grid) -> Result<Camera> {
        let volume = grid.volume();
        let map = |what| self.arguments.map(what).map(|map| map.of_image(volume)).transpose();
        let (dark, flat) = (map(SensorMap::Offset)?, map(SensorMap::Flat)?);
        let offset = grid.camera.offset.unwrap_or(0.0);
        let numbers = Stated { gain: Some(1.0), offset: Some(offset), read_noise: None, correlation: None };
        if self.is_series() {
            return Camera::new(volume, Given { offset: dark, ..Given::default() }, &numbers, CameraResult::Photons);
        }
        let flat = flat.ok_or_else(|| {
            Error::State(
                "the flat_field step has no map of even light; call abbe_plan_set_sensor_map() first, or set flat_field.mode to \
                 series"
                    .into(),
            )
        })?;
        let mut light = reserved("a flat frame", flat.len())?;
        let above = |at: usize| f64::from(flat[at]) - dark.map_or(offset, |dark| f64::from(dark[at]));
        light.extend((0..flat.len()).map(|at| above(at).max(0.0) as f32));
        let lit = light.iter().filter(|light| **light > 0.0).count();
        if lit == 0 {
            return Err(Error::Argument(
                "the map of even light is nowhere above the dark one; some pixels must see light".into(),
            ));
        }
        let mean = light.iter().map(|light| f64::from(*light)).sum::<f64>() / lit as f64;
        light.iter_mut().for_each(|light| *light = (f64::from(*light) / mean) as f32);
        Camera::new(volume, Given { offset: dark, gain: Some(&light), variance: None }, &numbers, CameraResult::Photons)
    }

    /// Planes of a channel, over all time points.
    fn frames(place: &Place<'_>) -> usize {
        place.images / place.channels.max(1) * place.grid.shape[1]
    }
}

impl Step for FlatFieldStep {
    fn output(&self, input: Grid, _: Limits<'_>) -> Result<Grid> {
        // The gain is the same in the mean.
        let camera = Stated { offset: Some(0.0), ..input.camera };
        Ok(Grid { camera, extra: None, ..input })
    }

    fn check(&self, source: &Layout) -> Result<()> {
        let frames = source.volumes() / source.channels() * source.volume_shape()[0];
        if self.is_series() && frames < LEAST_FRAMES {
            return Err(Error::Argument(format!(
                "flat_field.mode is series for images of {frames} frames (time points and planes of a channel); a field is found \
                 from {LEAST_FRAMES} or more; give the map of a flat frame, or all time points along an axis t"
            )));
        }
        Ok(())
    }

    fn reads_series(&self) -> Option<&'static str> {
        self.is_series().then_some("flat_field.mode is series")
    }

    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let (shape, pixels) = (place.grid.volume(), place.grid.shape[2] * place.grid.shape[3]);
        let dark = self.arguments.map(SensorMap::Offset).map(|_| &[][..]);
        let is_series = self.is_series();
        let given = Given { offset: dark, gain: (!is_series).then_some(&[][..]), variance: None };
        let searches = if is_series {
            place.channels as u64 * FieldSearch::bytes([shape[1], shape[2]], Self::frames(place), self.degree())
        } else {
            // The flat frame less the dark one, while the stage is built.
            (size_of::<f32>() * pixels) as u64
        };
        Ok(Camera::bytes(shape, given) + searches)
    }

    fn describe(&self) -> Result<Map<String, Value>> {
        let mode = self.arguments.settings.choice::<FlatField>(FLAT_FIELD_MODE);
        Ok(Map::from_iter([("mode".into(), mode.name().into())]))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let shape = place.grid.volume();
        let search = |_| FieldSearch::new([shape[1], shape[2]], Self::frames(place), self.degree());
        let searches = (0..if self.is_series() { place.channels } else { 0 }).map(search).collect::<Result<_>>()?;
        let camera = self.camera(&place.grid)?;
        Ok(Box::new(FlatFieldStage { camera, searches, shape, seen: 0, done: 0, outcomes: outcomes(place.images)? }))
    }
}

/// What was done to an image.
#[derive(Clone, Copy, Serialize)]
struct Flattened {
    /// The lowest and the highest value of the field, whose mean is 1; none of a map.
    field: Option<[f64; 2]>,
    flux_in: f64,
    flux_out: f64,
}

struct FlatFieldStage {
    camera: Camera,
    /// One for each channel; none where a map is given.
    searches: Vec<FieldSearch>,
    shape: [usize; 3],
    /// Images seen, and done, of the series.
    seen: usize,
    done: usize,
    outcomes: Vec<Flattened>,
}

impl FlatFieldStage {
    /// Shows an image of the series to the search of its channel.
    fn see(&mut self, image: &[f32]) {
        let channels = self.searches.len().max(1);
        if let Some(search) = self.searches.get_mut(self.seen % channels) {
            for plane in image.chunks_exact(self.shape[1] * self.shape[2]) {
                search.see(plane, |at, sample| self.camera.above(at, sample));
            }
        }
        self.seen += 1;
    }
}

impl Stage for FlatFieldStage {
    fn knows_gaps(&self) -> bool {
        true
    }

    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        if !self.searches.is_empty() && self.seen == 0 {
            // One group is a series that is measured here.
            group.channels().for_each(|channel| self.see(channel));
            self.end_pass(0);
        }
        for channel in group.channels() {
            let flux_in = sum(channel);
            self.camera.execute(channel, workers, watch)?;
            let channels = self.searches.len().max(1);
            let field = self.searches.get(self.done % channels).map(FieldSearch::field);
            if let Some(field) = field {
                field.divide(channel, self.shape, workers);
            }
            self.done += 1;
            self.outcomes.push(Flattened { field: field.map(|field| field.range()), flux_in, flux_out: sum(channel) });
        }
        Ok(())
    }

    fn settle(&mut self, _: bool) {
        self.begin();
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.outcomes
    }

    fn series(&mut self) -> Option<&mut dyn Series> {
        Some(self)
    }
}

impl Series for FlatFieldStage {
    fn begin(&mut self) {
        (self.seen, self.done) = (0, 0);
        self.searches.iter_mut().for_each(FieldSearch::begin);
    }

    fn passes(&self) -> usize {
        usize::from(!self.searches.is_empty())
    }

    fn observe(&mut self, _: usize, group: &[f32], _: &Workers) {
        let volume = self.shape.iter().product();
        group.chunks_exact(volume).for_each(|image| self.see(image));
    }

    fn end_pass(&mut self, _: usize) {
        self.searches.iter_mut().for_each(|search| {
            search.find();
        });
    }
}

fn sum(image: &[f32]) -> f64 {
    image.iter().filter(|sample| !sample.is_nan()).map(|sample| f64::from(*sample)).sum()
}

/// Fewer frames do not tell a field from what they show.
const LEAST_FRAMES: usize = 8;
