//! Where a plan's images are: in the caller's buffers, or behind the caller's functions.

use crate::error::{Error, Result};
use crate::image::{Clipped, Dtype, Found, Layout, Pitched, Region, Source};
use crate::runtime::Workers;

/// The buffers of one execute.
pub enum Buffers<'a> {
    /// Source and target are disjoint.
    Apart {
        /// At least [`super::Facts::input_bytes`] bytes.
        source: &'a [u8],
        /// At least [`super::Facts::output_bytes`] bytes.
        target: &'a mut [u8],
    },
    /// Source and target are one buffer, with equal layouts.
    InPlace(&'a mut [u8]),
}

impl Buffers<'_> {
    /// The source.
    pub fn source(&self) -> &[u8] {
        match self {
            Self::Apart { source, .. } => source,
            Self::InPlace(both) => both,
        }
    }

    /// The target.
    pub fn target(&mut self) -> &mut [u8] {
        match self {
            Self::Apart { target, .. } => target,
            Self::InPlace(both) => both,
        }
    }
}

/// Images that can be read and written in parts. `image` counts channels fastest, then time points.
pub trait Images {
    /// Image `image`, where its samples can be read in place.
    fn source(&self, image: usize) -> Option<Source<'_>>;

    /// Reads a part of an image into `target`, packed (z, y, x). Where there is no source in place, `scratch` is memory to
    /// use on the way, at least as many floats as `target`.
    ///
    /// # Errors
    /// What the one who holds the images says.
    fn read(
        &mut self,
        dtype: Dtype,
        image: usize,
        region: Region,
        target: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<Found>;

    /// Writes a part of a result; `scratch` as for [`Images::read`].
    ///
    /// # Errors
    /// What the one who holds the images says.
    fn write(
        &mut self,
        dtype: Dtype,
        image: usize,
        region: Region,
        source: Pitched,
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<Clipped>;
}

/// Images in the caller's buffers.
pub struct InMemory<'a> {
    pub input: &'a Layout,
    pub output: &'a Layout,
    pub buffers: Buffers<'a>,
}

impl Images for InMemory<'_> {
    fn source(&self, image: usize) -> Option<Source<'_>> {
        self.input.has_rows().then(|| Source::buffer(self.input, self.buffers.source(), image))
    }

    fn read(
        &mut self,
        _: Dtype,
        image: usize,
        region: Region,
        target: &mut [f32],
        _: &mut [f32],
        workers: &Workers,
    ) -> Result<Found> {
        Ok(self.input.read_region(self.buffers.source(), image, region, target, workers))
    }

    fn write(
        &mut self,
        _: Dtype,
        image: usize,
        region: Region,
        source: Pitched,
        _: &mut [f32],
        workers: &Workers,
    ) -> Result<Clipped> {
        Ok(self.output.write_region(source, image, region, self.buffers.target(), workers))
    }
}

/// Refuses an image with samples that are no numbers; `samples` are those of `region`.
///
/// # Errors
/// [`Error::Argument`] where there are some, with the place of the first.
pub fn refuse_not_finite(count: u64, samples: &[f32], region: Region, input: &Layout, image: usize) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let [_, ny, nx] = region.shape;
    let first = samples.iter().position(|sample| !sample.is_finite()).unwrap_or(0);
    let [z, y, x] = region.start;
    let (z, y, x) = (z + first / nx / ny, y + first / nx % ny, x + first % nx);
    let place = [image / input.channels(), image % input.channels(), z, y, x];
    let place = "tczyx".chars().zip(place).filter(|(axis, _)| input.axes().contains(*axis));
    let place: Vec<String> = place.map(|(axis, index)| format!("{axis} {index}")).collect();
    Err(Error::Argument(format!(
        "src holds {count} samples that are NaN or infinite, the first at {}; all must be finite; replace them first, or \
         set plan.not_a_number to 1 (not_measured) for NaN",
        place.join(", ")
    )))
}

/// The error of an image, of those in `input`, of which nothing was measured.
pub fn nothing_measured(input: &Layout, image: usize) -> Error {
    Error::Argument(format!(
        "src holds no sample that was measured{}: all are masked or NaN; some must be measured in every image",
        within(input, image)
    ))
}

/// " in time point 1, channel 0" of an image; nothing where there is but one.
pub fn within(layout: &Layout, image: usize) -> String {
    let place = [("time point", 't', image / layout.channels()), ("channel", 'c', image % layout.channels())];
    let place = place.into_iter().filter(|(_, axis, _)| layout.axes().contains(*axis));
    let place: Vec<String> = place.map(|(name, _, index)| format!("{name} {index}")).collect();
    format!("{}{}", if place.is_empty() { "" } else { " in " }, place.join(", "))
}
