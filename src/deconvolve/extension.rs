//! What lies around an image, as far as the image tells: reflections that fade into each other.

use crate::image::Source;

/// An image continued around a field.
pub(super) struct Extension {
    image: [usize; 3],
    field: [usize; 3],
    reflection: Reflection,
}

/// What the image is continued by at its ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reflection {
    /// Its mirror image: the level goes on, and nothing becomes negative.
    Mirror,
    /// Its reflection in the last sample: level and slope go on.
    Point,
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
        inside.fill(0.0);
        for (z, z_share) in self.sources(0, z) {
            for (y, y_share) in self.sources(1, y) {
                let share = z_share * y_share;
                if share != 0.0 {
                    image.runs(z, y, nx, |x, run| {
                        inside[x..].iter_mut().zip(run).for_each(|(value, sample)| *value += share * sample);
                    });
                }
            }
        }
        for (index, value) in margin.iter_mut().enumerate() {
            *value = self.sources(2, nx + index).iter().map(|&(x, share)| share * inside[x]).sum();
        }
    }

    /// The samples along `axis` that make the field's sample `at`, and their shares.
    fn sources(&self, axis: usize, at: usize) -> [(usize, f32); 4] {
        let (n, full) = (self.image[axis], self.field[axis]);
        let nothing = (0, 0.0);
        if at < n {
            return [(at, 1.0), nothing, nothing, nothing];
        }
        let (after, before) = (at - n, full - 1 - at);
        let place = (after as f32 + 0.5) / (full - n) as f32;
        let share = place * place * (3.0 - 2.0 * place);
        match self.reflection {
            Reflection::Mirror => {
                [(mirrored(n + after, n), 1.0 - share), (mirrored(before, n), share), nothing, nothing]
            }
            Reflection::Point => {
                // Beyond the image's own extent the reflection holds its last value.
                let (last, first) = (n - 1 - (after + 1).min(n - 1), (before + 1).min(n - 1));
                [(n - 1, 2.0 - 2.0 * share), (last, share - 1.0), (0, 2.0 * share), (first, -share)]
            }
        }
    }
}

/// Index of the sample that lies at `at` when `n` samples are repeated by reflection about their ends.
fn mirrored(at: usize, n: usize) -> usize {
    let at = at % (2 * n);
    if at < n { at } else { 2 * n - 1 - at }
}
