//! The course that the images of one plan share.
//!
//! Where every image ends its iterations by itself, channels of the same things differ in sharpness, and a series of steady
//! things flickers: what can be compared has gone as far. What is found of the camera and of the light without specimen is
//! shared for the same reason: a background that is found in one frame and not in the next makes a third of the light of dim
//! images come and go.
//!
//! Images of a channel that are about as bright belong to one scene, which its first image sets. The last few scenes are
//! remembered: a frame that flashes is a scene by itself, and those after it are of the one before again; where the light stays
//! changed, or changes by turns, each kind of frame is a scene. Scenes may fade, as dyes that bleach do.

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
    /// Of a hybrid: the share of the darkest places' level that is a pedestal.
    pub pedestal: f64,
}

impl Course {
    const UNKNOWN: Self = Self { iterations: 0, matched_from: 0, denoised: false, pedestal: 0.0 };

    fn known(self) -> Option<Self> {
        (self.iterations > 0).then_some(self)
    }
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

/// Images of a channel that are alike.
#[derive(Clone, Copy)]
struct Scene {
    course: Course,
    /// Of its first image.
    exposure: Exposure,
    /// The least brightness of its images.
    faintest: f64,
}

impl Scene {
    /// Whether an image may be of the same scene: neither much brighter or darker, nor with darkest places on another level.
    fn has(&self, brightness: f64, darkest: Option<f64>) -> bool {
        let own = &self.exposure;
        let shift = own.darkest.zip(darkest).map_or(0.0, |(own, other)| (own - other).abs());
        let alike = brightness <= BRIGHTER * own.brightness && self.faintest <= BRIGHTER * brightness;
        alike && shift <= SHIFTED * own.brightness
    }
}

/// Courses of the images of an execute, which come time point by time point, channel by channel.
pub(super) struct Courses {
    rule: Rule,
    /// Of each channel, since light and cameras differ: the last ones, the latest first.
    scenes: Vec<[Option<Scene>; SCENES]>,
    /// Whether the next image is of the latest scene of its channel.
    is_known: bool,
    /// What the first image with light took of this time point, and of the last one that had some.
    point: Course,
    last: Course,
    /// Images that were restored.
    images: usize,
}

impl Courses {
    /// For images that are by themselves.
    pub const APART: Self = Self {
        rule: Rule::Image,
        scenes: Vec::new(),
        is_known: false,
        point: Course::UNKNOWN,
        last: Course::UNKNOWN,
        images: 0,
    };

    /// For an image of so many channels.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(rule: Rule, channels: usize) -> Result<Self> {
        let channels = if rule == Rule::Image { 0 } else { channels };
        Ok(Self { rule, scenes: zeroed("scenes of channels", channels)?, ..Self::APART })
    }

    /// The next image is the first of all.
    pub fn begin(&mut self) {
        self.scenes.fill([None; SCENES]);
        (self.point, self.last) = (Course::default(), Course::default());
        self.images = 0;
    }

    /// The number of the next image.
    pub fn image(&self) -> usize {
        self.images
    }

    /// Scenes of the next image's channel.
    fn scenes(&self) -> &[Option<Scene>] {
        self.images.checked_rem(self.scenes.len()).map_or(&[], |channel| &self.scenes[channel])
    }

    /// Looks for the scene of the next image, by its brightness and darkest places, see [`Exposure`].
    pub fn look(&mut self, brightness: f64, darkest: Option<f64>) {
        let found = self.scenes().iter().position(|scene| scene.is_some_and(|scene| scene.has(brightness, darkest)));
        self.is_known = found.is_some();
        if let (Some(at), Some(channel)) = (found, self.images.checked_rem(self.scenes.len())) {
            self.scenes[channel][..=at].rotate_right(1);
        }
    }

    /// The scene of the next image, where it is known.
    fn scene(&self) -> Option<&Scene> {
        self.scenes().first()?.as_ref().filter(|_| self.is_known)
    }

    /// The course that the next image is to take, where one is known.
    pub fn given(&self) -> Option<Course> {
        let own = self.scene().and_then(|scene| scene.course.known());
        if self.rule != Rule::First {
            return own;
        }
        let is_new = self.scenes().iter().all(Option::is_none);
        self.point.known().or(own).or(self.last.known().filter(|_| is_new))
    }

    /// What the next image is to be taken for, where that is known.
    pub fn exposure(&self) -> Option<Exposure> {
        self.scene().map(|scene| scene.exposure)
    }

    /// The noise of the latest scene of the next image's channel that showed the camera's offset.
    pub fn camera(&self) -> Option<Noise> {
        let noises = self.scenes().iter().flatten().filter_map(|scene| scene.exposure.noise);
        noises.into_iter().find(Noise::shows_offset)
    }

    /// What the next image took, which is no longer the next one; `None` of an image without light.
    pub fn note(&mut self, found: Option<(Course, Exposure)>) {
        let channels = self.scenes.len();
        let channel = self.images.checked_rem(channels);
        if let (Some((course, exposure)), Some(channel)) = (found, channel) {
            let scenes = &mut self.scenes[channel];
            if let (true, Some(scene)) = (self.is_known, &mut scenes[0]) {
                scene.faintest = scene.faintest.min(exposure.brightness);
                scene.course = scene.course.known().unwrap_or(course);
            } else {
                scenes.rotate_right(1);
                scenes[0] = Some(Scene { course, exposure, faintest: exposure.brightness });
            }
            self.point = self.point.known().unwrap_or(course);
        }
        self.images += 1;
        if self.images.checked_rem(channels) == Some(0) {
            self.last = self.point.known().unwrap_or(self.last);
            self.point = Course::default();
        }
    }
}

/// As many times brighter or darker is another scene.
const BRIGHTER: f64 = 2.0;
/// Share of the brightness by which the level of the darkest places may differ.
const SHIFTED: f64 = 0.25;
/// Scenes remembered of a channel.
const SCENES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Camera;

    #[test]
    fn images_follow_the_first_one_with_light() {
        let course = |iterations| Course { iterations, ..Course::default() };
        let given = [(Rule::Series, 2), (Rule::First, 2), (Rule::Image, 2)].map(|(rule, channels)| {
            let mut courses = Courses::new(rule, channels).unwrap();
            courses.begin();
            // The first channel of the first time point is empty.
            [None, Some(course(5)), Some(course(7)), Some(course(9)), Some(course(11))].map(|own| {
                courses.look(EXPOSURE.brightness, EXPOSURE.darkest);
                let given = courses.given();
                courses.note(own.map(|course| (given.unwrap_or(course), EXPOSURE)));
                given.map(|course| course.iterations)
            })
        });
        assert_eq!(given[0], [None, None, None, Some(5), Some(7)]);
        assert_eq!(given[1], [None, None, Some(5), Some(5), Some(5)]);
        assert_eq!(given[2], [None; 5]);
    }

    #[test]
    fn each_image_takes_the_numbers_of_its_scene() {
        // Brightness of each image, and the image that it is to follow.
        let steady = [(10.0, None), (9.0, Some(0)), (10.0, Some(0))];
        let flash = [(10.0, None), (80.0, None), (10.0, Some(0)), (9.0, Some(0))];
        let first_flashes = [(80.0, None), (10.0, None), (9.0, Some(1)), (10.0, Some(1))];
        let brighter = [(10.0, None), (80.0, None), (79.0, Some(1)), (80.0, Some(1))];
        let darker = [(80.0, None), (10.0, None), (9.0, Some(1)), (80.0, Some(0))];
        let fading = [(10.0, None), (7.0, Some(0)), (4.0, Some(0)), (2.5, Some(0)), (10.0, Some(0))];
        let many_flashes = [(1.0, None), (4.0, None), (1.0, Some(0)), (16.0, None), (64.0, None), (1.0, Some(0))];
        for rule in [Rule::Series, Rule::First] {
            for images in [&steady[..], &flash, &first_flashes, &brighter, &darker, &fading, &many_flashes] {
                let mut courses = Courses::new(rule, 1).unwrap();
                courses.begin();
                for (at, &(brightness, wanted)) in images.iter().enumerate() {
                    courses.look(brightness, Some(20.0));
                    let exposure = courses.exposure();
                    assert_eq!(exposure.map(|exposure| exposure.image), wanted, "image {at} of {images:?}");
                    assert_eq!(courses.given().map(|course| course.iterations), wanted.map(|image| 5 + image));
                    let course = Course { iterations: 5 + at, ..Course::default() };
                    courses.note(Some((course, Exposure { image: at, brightness, ..EXPOSURE })));
                }
            }
        }
    }

    #[test]
    fn darkest_places_on_another_level_are_another_scene() {
        for (darkest, is_same) in [(21.0, true), (18.0, true), (24.0, false), (16.0, false)] {
            let mut courses = Courses::new(Rule::Series, 1).unwrap();
            courses.begin();
            courses.note(Some((Course { iterations: 5, ..Course::default() }, EXPOSURE)));
            courses.look(9.0, Some(darkest));
            assert_eq!(courses.exposure(), is_same.then_some(EXPOSURE), "{darkest}");
        }
    }

    #[test]
    fn the_latest_scene_that_shows_an_offset_tells_it() {
        let noise = |offset: f64| Noise::stated(Camera { offset, ..Camera::COUNTS });
        let mut courses = Courses::new(Rule::Series, 1).unwrap();
        courses.begin();
        for (at, offset) in [90.0, 100.0, 0.0].into_iter().enumerate() {
            let brightness = 9_f64.powi(at as i32);
            courses.look(brightness, None);
            courses.note(Some((Course::default(), Exposure { noise: Some(noise(offset)), brightness, ..EXPOSURE })));
        }
        courses.look(9e9, None);
        assert_eq!((courses.exposure(), courses.camera()), (None, Some(noise(100.0))));
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
