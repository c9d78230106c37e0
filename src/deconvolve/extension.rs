//! What lies around an image, as far as the image tells: the reflection of its nearest end.
//!
//! Nothing of what lies around an end depends on how far away the other one is, or on what is there: around a tile at
//! the image's rim lies the same as around the whole image.

use crate::image::Source;

/// An image continued around a field.
pub(super) struct Extension {
    image: [usize; 3],
    field: [usize; 3],
    reflection: Reflection,
}

/// What the image is continued by at its ends.
#[derive(Clone, Copy)]
pub(super) enum Reflection {
    /// Its mirror image: the level goes on, and nothing becomes negative.
    Mirror,
    /// Its reflection in the last sample: level and slope go on, and fade into `level` within `reach` samples.
    Point {
        /// At most half of what lies around the image.
        reach: [usize; 3],
        level: f32,
    },
}

impl Extension {
    /// Continues images of shape `image` around a `field`.
    pub fn new(image: [usize; 3], field: [usize; 3], reflection: Reflection) -> Self {
        Self { image, field, reflection }
    }

    /// Row (z, y) of the field.
    pub fn fill(&self, image: Source, z: usize, y: usize, row: &mut [f32]) {
        let nx = self.image[2];
        let (inside, margin) = row.split_at_mut(nx);
        let level = if let Reflection::Point { level, .. } = self.reflection { level } else { 0.0 };
        let mut rest = 1.0;
        inside.fill(0.0);
        for (z, z_share) in self.sources(0, z) {
            for (y, y_share) in self.sources(1, y) {
                let share = z_share * y_share;
                if share != 0.0 {
                    rest -= share;
                    image.runs(z, y, nx, |x, run| {
                        inside[x..].iter_mut().zip(run).for_each(|(value, sample)| *value += share * sample);
                    });
                }
            }
        }
        if rest != 0.0 {
            inside.iter_mut().for_each(|value| *value += rest * level);
        }
        for (index, value) in margin.iter_mut().enumerate() {
            let [(one, share), (other, less)] = self.sources(2, nx + index);
            *value = share * inside[one] + less * inside[other] + (1.0 - share - less) * level;
        }
    }

    /// The samples along `axis` that make the field's sample `at`, and their shares; the rest is the level.
    fn sources(&self, axis: usize, at: usize) -> [(usize, f32); 2] {
        let (n, full) = (self.image[axis], self.field[axis]);
        let nothing = (0, 0.0);
        if at < n {
            return [(at, 1.0), nothing];
        }
        let (after, before) = (at - n, full - 1 - at);
        let (distance, is_after) = (after.min(before), after <= before);
        let from_end = |steps: usize| if is_after { n - 1 - steps } else { steps };
        match self.reflection {
            Reflection::Mirror => {
                let folded = distance % (2 * n);
                [(from_end(folded.min(2 * n - 1 - folded)), 1.0), nothing]
            }
            Reflection::Point { reach, .. } => {
                let reach = reach[axis].min((full - n) / 2);
                if distance >= reach {
                    return [nothing; 2];
                }
                let place = (distance as f32 + 0.5) / reach as f32;
                let share = 1.0 - place * place * (3.0 - 2.0 * place);
                // Beyond the image's own extent the reflection holds its last value.
                [(from_end(0), 2.0 * share), (from_end((distance + 1).min(n - 1)), -share)]
            }
        }
    }
}
