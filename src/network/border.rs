//! Images continued at their border as a package asks, and results without what lies there.
//!
//! A BioImage.IO 0.5 package may call the outermost samples of a result unreliable (`halo`) and say how an image is to be
//! continued (`pad`; symmetric where it does not). The image then gets as much around it as the halo takes away, before
//! any step of the package, so that statistics see it too, as in `bioimageio.core`.

use super::axis::AxisKind;
use super::description::Padding;
use super::fit;
use super::model::Model;
use crate::error::Result;
use crate::image::reflected;
use crate::params::{self, Extent, Settings};
use crate::runtime::{Limits, Rows, Workers};

/// What is added to an image and taken from its result.
#[derive(Clone, Debug)]
pub struct Border {
    padding: Padding,
    /// Samples added at either end along z, y and x.
    width: [usize; 3],
    /// Samples of the result taken off at the start.
    crop: [usize; 3],
    /// Extents (c, z, y, x) of the image as it comes.
    shape: [usize; 4],
}

impl Border {
    /// What the network's package asks for images of `shape` (c, z, y, x); `None` where it asks for nothing.
    ///
    /// # Errors
    /// As [`super::Network::output_shape`].
    pub fn new(model: &Model, shape: [usize; 4], settings: &Settings, limits: Limits<'_>) -> Result<Option<Self>> {
        let asked = model.description().inputs.iter().any(|port| port.padding.is_some());
        let halo = model.description().outputs.iter().flat_map(|port| &port.axes).any(|axis| axis.halo > 0);
        if !asked || !halo || settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Network {
            return Ok(None);
        }
        let geometry = fit::any(model, settings, limits)?;
        let Some(padding) = geometry.inputs[geometry.image].padding else { return Ok(None) };
        let (mut width, mut crop) = ([0; 3], [0; 3]);
        for (at, kind) in [AxisKind::Z, AxisKind::Y, AxisKind::X].into_iter().enumerate() {
            let halo = |&output: &usize| {
                let port = &geometry.outputs[output];
                port.position(kind).map_or(0, |position| port.axes[position].halo)
            };
            let halo = geometry.given.iter().map(halo).max().unwrap_or(0);
            let scale = geometry.rules[at].scale;
            width[at] = (halo as f64 / scale).ceil() as usize;
            crop[at] = (width[at] as f64 * scale).round() as usize;
        }
        Ok((width != [0; 3]).then_some(Self { padding, width, crop, shape }))
    }

    /// Samples added at either end along z, y and x.
    pub fn width(&self) -> [usize; 3] {
        self.width
    }

    /// How the image is continued.
    pub fn padding(&self) -> Padding {
        self.padding
    }

    /// Extents (c, z, y, x) of the image with its border.
    pub fn padded(&self) -> [usize; 4] {
        let [c, z, y, x] = self.shape;
        let [deep, line, across] = self.width.map(|width| 2 * width);
        [c, z + deep, y + line, x + across]
    }

    /// Puts a packed image into one with a border.
    pub fn pad(&self, image: &[f32], padded: &mut [f32], workers: &Workers) {
        let [_, planes, rows, columns] = self.shape;
        let [_, deep, tall, wide] = self.padded();
        let place = |at: usize, axis: usize, extent: usize| {
            let at = at as i64 - self.width[axis] as i64;
            self.padding.place(at, extent)
        };
        let outside = match self.padding {
            Padding::Constant(value) => value as f32,
            _ => 0.0,
        };
        workers.each(Rows::of_mut(padded, wide.max(1)), |_, at, row| {
            let (c, z, y) = (at / (deep * tall), at / tall % deep, at % tall);
            let (Some(z), Some(y)) = (place(z, 0, planes), place(y, 1, rows)) else { return row.fill(outside) };
            let line = &image[((c * planes + z) * rows + y) * columns..][..columns];
            for (x, sample) in row.iter_mut().enumerate() {
                *sample = place(x, 2, columns).map_or(outside, |x| line[x]);
            }
        });
    }

    /// Takes the result of an image out of that of the image with its border; extents are (c, z, y, x).
    pub fn crop(&self, made: &[f32], from: [usize; 4], result: &mut [f32], to: [usize; 4], workers: &Workers) {
        let [_, deep, tall, wide] = from;
        let [_, planes, rows, columns] = to;
        let [front, top, left] = self.crop;
        workers.each(Rows::of_mut(result, columns.max(1)), |_, at, row| {
            let (c, z, y) = (at / (planes * rows), at / rows % planes, at % rows);
            let line = ((c * deep + (z + front).min(deep - 1)) * tall + (y + top).min(tall - 1)) * wide;
            for (x, sample) in row.iter_mut().enumerate() {
                *sample = made[line + (x + left).min(wide - 1)];
            }
        });
    }
}

impl Padding {
    /// The sample of an image of `extent` samples that stands at a place outside it; `None` for a constant.
    fn place(self, at: i64, extent: usize) -> Option<usize> {
        let last = extent as i64 - 1;
        Some(match self {
            _ if (0..=last).contains(&at) => at as usize,
            Self::Constant(_) => return None,
            Self::Edge => at.clamp(0, last) as usize,
            Self::Reflect => reflected(at, extent),
            Self::Symmetric => {
                let place = at.rem_euclid(2 * (last + 1));
                if place <= last { place as usize } else { (2 * last + 1 - place) as usize }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_those_of_numpy() {
        // numpy.pad([1, 2, 3], 4, mode)
        let workers = Workers::new(1).unwrap();
        for (padding, expected) in [
            (Padding::Edge, [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0]),
            (Padding::Reflect, [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 3.0]),
            (Padding::Symmetric, [3.0, 3.0, 2.0, 1.0, 1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 1.0]),
            (Padding::Constant(7.0), [7.0, 7.0, 7.0, 7.0, 1.0, 2.0, 3.0, 7.0, 7.0, 7.0, 7.0]),
        ] {
            let border = Border { padding, width: [0, 0, 4], crop: [0, 0, 4], shape: [1, 1, 1, 3] };
            let (mut padded, mut back) = ([0.0; 11], [0.0; 3]);
            border.pad(&[1.0, 2.0, 3.0], &mut padded, &workers);
            assert_eq!(padded, expected, "{padding:?}");
            border.crop(&padded, border.padded(), &mut back, [1, 1, 1, 3], &workers);
            assert_eq!(back, [1.0, 2.0, 3.0]);
        }
    }
}
