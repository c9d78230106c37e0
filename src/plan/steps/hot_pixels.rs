//! The step that replaces hot pixels.

use serde_json::{Value, json};

use crate::error::{Result, reserved};
use crate::filter::{Found, HotPixels};
use crate::params::{HOT_PIXELS_LISTED, Settings};
use crate::plan::step::{Group, Kind, Outcomes, Place, Stage, Step, outcomes, swap};
use crate::plan::warnings::Tell;
use crate::runtime::{Watch, Workers};

pub const KIND: Kind = Kind { takes: &[], make: |arguments| Box::new(HotPixelsStep { settings: arguments.settings }) };

struct HotPixelsStep {
    settings: Settings,
}

impl HotPixelsStep {
    /// Places of the report.
    fn places(&self, images: usize, samples: usize) -> usize {
        let listed = usize::try_from(self.settings.i64(HOT_PIXELS_LISTED)).unwrap_or(0);
        images.saturating_mul(listed.min(samples))
    }
}

impl Step for HotPixelsStep {
    fn bytes(&self, place: &Place<'_>, _: Option<u64>) -> Result<u64> {
        let shape = place.grid.volume();
        let places = self.places(place.images, shape.iter().product()) as u64;
        // The list is kept of the last execute too, while the next is at work.
        Ok(HotPixels::bytes(shape).saturating_add(places.saturating_mul(2 * size_of::<usize>() as u64)))
    }

    fn build(self: Box<Self>, place: &Place<'_>, _: Option<u64>, _: &mut Watch<'_>) -> Result<Box<dyn Stage>> {
        let shape = place.grid.volume();
        let places = self.places(place.images, shape.iter().product());
        let report = Report {
            shape,
            images: outcomes(place.images)?,
            places: reserved("the list of hot pixels", places)?,
            listed: places / place.images.max(1),
        };
        Ok(Box::new(HotPixelsStage { work: HotPixels::new(shape, &self.settings, &place.grid.camera)?, report }))
    }
}

struct HotPixelsStage {
    work: HotPixels,
    report: Report,
}

impl Stage for HotPixelsStage {
    fn execute(&mut self, group: &mut Group<'_>, workers: &Workers, watch: &mut Watch<'_>) -> Result<()> {
        let Self { work, report: Report { images, places, listed, .. } } = self;
        for channel in group.channels() {
            let mut left = *listed;
            let found = work.execute(channel, workers, watch, |at| {
                if left > 0 && places.len() < places.capacity() {
                    places.push(at);
                    left -= 1;
                }
            })?;
            images.push((found, *listed - left));
        }
        Ok(())
    }

    fn outcomes(&mut self) -> &mut dyn Outcomes {
        &mut self.report
    }

    fn warnings(&self, tell: &mut Tell<'_>) {
        let images = || self.report.images.iter().map(|(found, _)| found);
        if images().any(|found| !found.judged) {
            let text = format_args!(
                "no noise could be seen in an image, and so no hot pixels were looked for there; state plan.camera_gain and \
                 plan.camera_read_noise"
            );
            tell("hot_pixels_noise", text);
        }
        if let Some(found) = images().find(|found| found.replaced < found.hot_pixels) {
            let text = format_args!(
                "{} samples of an image stand out alone, more than one in 512, and none was replaced; look at \
                 hot_pixels.fwhm_px and at what is stated of the camera",
                found.hot_pixels
            );
            tell("hot_pixels", text);
        }
    }
}

/// What was found in each image, in space reserved when the stage was built.
struct Report {
    shape: [usize; 3],
    /// With as many of `places` as are listed of each.
    images: Vec<(Found, usize)>,
    /// Numbers of samples (z, y, x), image after image.
    places: Vec<usize>,
    /// Most of them of an image.
    listed: usize,
}

impl Outcomes for Report {
    fn clear(&mut self) {
        self.images.clear();
        self.places.clear();
    }

    fn twin(&mut self) -> Result<Box<dyn Outcomes>> {
        let (images, places) = (outcomes(self.images.capacity())?, outcomes(self.places.capacity())?);
        Ok(Box::new(Self { images, places, ..*self }))
    }

    fn swap(&mut self, twin: &mut dyn Outcomes) {
        swap(self, twin);
    }

    fn report(&mut self) -> Value {
        let ([_, ny, nx], mut rest) = (self.shape, &self.places[..]);
        let image = |(found, listed): &(Found, usize)| {
            let (places, left) = rest.split_at(*listed);
            rest = left;
            let mut image = json!(found);
            image["places"] = places.iter().map(|at| json!([at / (ny * nx), at / nx % ny, at % nx])).collect();
            image
        };
        self.images.iter().map(image).collect()
    }
}
