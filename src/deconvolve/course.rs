//! The course that the images of one plan share.
//!
//! Where every image ends its iterations by itself, channels of the same things differ in sharpness, and a series of steady
//! things flickers: what can be compared has gone as far. What is found of the camera and of the light without specimen is
//! shared for the same reason: a background that is found in one frame and not in the next makes a third of the light of dim
//! images come and go.

use crate::error::{Result, zeroed};
use crate::noise::Noise;
use crate::params::{Contrast, Course as Rule};

/// How far an image went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Course {
    /// Iterations, at least 1; 0: none is known yet.
    pub iterations: usize,
    /// See [`super::result::RunResult::matched_from`].
    pub matched_from: usize,
    /// Of a hybrid: whether it was denoised.
    pub denoised: bool,
}

/// What an image was found to be, which decides how bright its result is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exposure {
    /// Its number in the execute.
    pub image: usize,
    /// Where it was looked at.
    pub noise: Option<Noise>,
    pub background: f64,
    pub contrast: Contrast,
    /// Whether the specimen itself goes below 0.
    pub is_free: bool,
    /// How far its mean is above its darkest places, or above a background that is stated.
    pub brightness: f64,
    /// The level of its darkest places, where it was looked for.
    pub darkest: Option<f64>,
}

impl Exposure {
    /// Whether another image is too different to be taken for the same: much brighter, so that this one was hardly lit, or with
    /// darker places than it may have had.
    fn is_contradicted(&self, brightness: f64, darkest: Option<f64>) -> bool {
        let fall = self.darkest.zip(darkest).map_or(0.0, |(own, other)| own - other);
        brightness > BRIGHTER * self.brightness || fall > DARKER * self.brightness
    }
}

/// Courses of the images of an execute, which come time point by time point, channel by channel.
pub(super) struct Courses {
    /// Of each channel, or of all.
    list: Vec<Course>,
    /// Of each channel: light and cameras differ.
    exposures: Vec<Option<Exposure>>,
    /// Images that were restored.
    images: usize,
}

impl Courses {
    /// For images that are by themselves.
    pub const APART: Self = Self { list: Vec::new(), exposures: Vec::new(), images: 0 };

    /// For an image of so many channels.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(rule: Rule, channels: usize) -> Result<Self> {
        let courses = match rule {
            Rule::Series => channels,
            Rule::First => 1,
            Rule::Image => return Ok(Self::APART),
        };
        let list = zeroed("courses of channels", courses)?;
        Ok(Self { list, exposures: zeroed("exposures of channels", channels)?, images: 0 })
    }

    /// The next image is the first of all.
    pub fn begin(&mut self) {
        self.list.fill(Course::default());
        self.exposures.fill(None);
        self.images = 0;
    }

    /// The number of the next image.
    pub fn image(&self) -> usize {
        self.images
    }

    /// Forgets what the next image contradicts, see [`Exposure`].
    pub fn look(&mut self, brightness: f64, darkest: Option<f64>) {
        let Some(at) = self.images.checked_rem(self.exposures.len()) else { return };
        if self.exposures[at].is_some_and(|exposure| exposure.is_contradicted(brightness, darkest)) {
            self.exposures[at] = None;
            let course = self.images % self.list.len();
            self.list[course] = Course::default();
        }
    }

    /// The course that the next image is to take, where one is known.
    pub fn given(&self) -> Option<Course> {
        let at = self.images.checked_rem(self.list.len())?;
        Some(self.list[at]).filter(|course| course.iterations > 0)
    }

    /// What the next image is to be taken for, where that is known.
    pub fn exposure(&self) -> Option<Exposure> {
        self.exposures[self.images.checked_rem(self.exposures.len())?]
    }

    /// What the next image took, which is no longer the next one; `None` of an image without light.
    pub fn note(&mut self, found: Option<(Course, Exposure)>) {
        if let Some((course, exposure)) = found {
            let place = self.images.checked_rem(self.list.len()).filter(|&at| self.list[at].iterations == 0);
            if let Some(at) = place {
                self.list[at] = course;
            }
            if let Some(at) = self.images.checked_rem(self.exposures.len()) {
                self.exposures[at].get_or_insert(exposure);
            }
        }
        self.images += 1;
    }
}

/// As many times brighter is another scene.
const BRIGHTER: f64 = 2.0;
/// Share of the brightness by which the darkest places may fall.
const DARKER: f64 = 0.25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_follow_the_first_one_with_light() {
        let course = |iterations| Course { iterations, ..Course::default() };
        let given = [(Rule::Series, 2), (Rule::First, 2), (Rule::Image, 2)].map(|(rule, channels)| {
            let mut courses = Courses::new(rule, channels).unwrap();
            courses.begin();
            // The first channel of the first time point is empty.
            [None, Some(course(5)), Some(course(7)), Some(course(9)), Some(course(11))].map(|own| {
                let given = courses.given().map(|course| course.iterations);
                courses.note(own.map(|course| (course, EXPOSURE)));
                given
            })
        });
        assert_eq!(given[0], [None, None, None, Some(5), Some(7)]);
        assert_eq!(given[1], [None, None, Some(5), Some(5), Some(5)]);
        assert_eq!(given[2], [None; 5]);
    }

    #[test]
    fn another_scene_begins_anew() {
        for (brightness, darkest, is_same) in
            [(9.0, 20.0, true), (0.5, 21.0, true), (21.0, 20.0, false), (9.0, 16.0, false)]
        {
            let mut courses = Courses::new(Rule::First, 2).unwrap();
            courses.begin();
            for at in 0..2 {
                courses.note(Some((Course { iterations: 5 + at, ..Course::default() }, EXPOSURE)));
            }
            courses.look(brightness, Some(darkest));
            assert_eq!(courses.given().map(|course| course.iterations), is_same.then_some(5), "{brightness} {darkest}");
            assert_eq!(courses.exposure(), is_same.then_some(EXPOSURE));
        }
    }

    const EXPOSURE: Exposure = Exposure {
        image: 0,
        noise: None,
        background: 20.0,
        contrast: Contrast::Emission,
        is_free: false,
        brightness: 10.0,
        darkest: Some(20.0),
    };
}
