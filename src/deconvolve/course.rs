//! The course that the images of one plan share.
//!
//! Where every image ends its iterations by itself, channels of the same things differ in sharpness, and a series of steady
//! things flickers: what can be compared has gone as far.

use crate::error::{Result, zeroed};
use crate::params::Course as Rule;

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

/// Courses of the images of an execute, which come time point by time point, channel by channel.
pub(super) struct Courses {
    /// Of each channel, or of all.
    list: Vec<Course>,
    /// Images that were restored.
    images: usize,
}

impl Courses {
    /// For images that are by themselves.
    pub const APART: Self = Self { list: Vec::new(), images: 0 };

    /// For an image of so many channels.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(rule: Rule, channels: usize) -> Result<Self> {
        let courses = match rule {
            Rule::Series => channels,
            Rule::First => 1,
            Rule::Image => 0,
        };
        Ok(Self { list: zeroed("courses of channels", courses)?, images: 0 })
    }

    /// The next image is the first of all.
    pub fn begin(&mut self) {
        self.list.fill(Course::default());
        self.images = 0;
    }

    /// The course that the next image is to take, where one is known.
    pub fn given(&self) -> Option<Course> {
        let at = self.images.checked_rem(self.list.len())?;
        Some(self.list[at]).filter(|course| course.iterations > 0)
    }

    /// The course that the next image took, which is no longer the next one; `None` of an image without light.
    pub fn note(&mut self, course: Option<Course>) {
        let place = self.images.checked_rem(self.list.len()).filter(|&at| self.list[at].iterations == 0);
        if let (Some(at), Some(course)) = (place, course) {
            self.list[at] = course;
        }
        self.images += 1;
    }
}

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
                courses.note(own);
                given
            })
        });
        assert_eq!(given[0], [None, None, None, Some(5), Some(7)]);
        assert_eq!(given[1], [None, None, Some(5), Some(5), Some(5)]);
        assert_eq!(given[2], [None; 5]);
    }
}
