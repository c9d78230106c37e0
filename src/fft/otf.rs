//! Transfer functions, stored without what their symmetries repeat.

use super::buffer::Buffer;
use super::simd::Passes;
use crate::error::{Result, zeroed};
use crate::params::Storage;

/// The transform of a kernel, divided by the number of samples of the volume.
///
/// What symmetries give is not stored: the transfer function of a kernel that is even about its centre is real; along
/// an axis on which the kernel is even, and along the outer axis where it is even in all others, half the rows or
/// planes mirror the rest. A widefield kernel, round in (y, x), takes a quarter of a volume, and an eighth if it is
/// also even in z.
pub struct Otf {
    form: Form,
    values: Values,
}

enum Values {
    Single(Buffer),
    /// As multiples of `unit`, the largest over 32767: errors are at most 1.6e-5 of the largest.
    Half {
        values: Vec<i16>,
        unit: f32,
    },
}

impl Storage {
    /// Bytes of `len` values.
    fn bytes(self, len: usize) -> usize {
        match self {
            Self::Single => Buffer::bytes(len),
            Self::Half => len.saturating_mul(size_of::<i16>()),
        }
    }
}

impl Otf {
    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match &self.values {
            Values::Single(values) => Buffer::bytes(values.len()),
            Values::Half { values, .. } => size_of_val(&**values),
        }
    }

    /// Whether the values are real: those of a kernel that is even about its centre.
    pub fn is_real(&self) -> bool {
        self.form.real
    }

    /// Takes the values out of the spectrum of a kernel, a whole volume.
    pub(super) fn extract(passes: &Passes, symmetry: Symmetry, spectrum: &[f32], storage: Storage) -> Result<Self> {
        let form = Form::new(passes, symmetry);
        let values = match storage {
            Storage::Single => Values::Single(Buffer::new("transfer function", form.len())?),
            Storage::Half => Values::Half { values: zeroed("transfer function", form.len())?, unit: 1.0 },
        };
        let mut otf = Self { form, values };
        otf.take(passes, spectrum);
        Ok(otf)
    }

    /// Takes the values out of the spectrum of another kernel with the same symmetries.
    pub(super) fn take(&mut self, passes: &Passes, spectrum: &[f32]) {
        let scale = 1.0 / passes.shape.iter().map(|&n| n as f64).product::<f64>();
        let form = &self.form;
        match &mut self.values {
            Values::Single(values) => {
                form.each(passes, spectrum, |at, value| values[at] = (f64::from(value) * scale) as f32);
            }
            Values::Half { values, unit } => {
                let mut peak = f64::from(f32::MIN_POSITIVE);
                form.each(passes, spectrum, |_, value| peak = peak.max(f64::from(value.abs())));
                form.each(passes, spectrum, |at, value| {
                    values[at] = (f64::from(value) * (f64::from(i16::MAX) / peak)).round() as i16;
                });
                *unit = (peak / f64::from(i16::MAX) * scale) as f32;
            }
        }
    }

    /// The values along the outer axis that belong to a tile of the volume's spectrum.
    ///
    /// # Panics
    /// When `passes` is not the plan that this was made with.
    pub(super) fn column(&self, passes: &Passes, y: usize, tile: usize) -> Column<'_> {
        let form = &self.form;
        assert!(
            form.shape == passes.shape && form.block <= passes.block() && form.width == form.block * passes.tiles()
        );
        let row = if y < form.rows { y } else { passes.shape[1] - y };
        let start = row * form.width + tile * form.block;
        let end = start + (form.points - 1) * form.step + form.block;
        Column {
            values: match &self.values {
                Values::Single(values) => Blocks::Single(&values[start..end]),
                Values::Half { values, unit } => Blocks::Half(&values[start..end], *unit),
            },
            step: form.step,
            real: form.real,
            folded: form.fold != Fold::None,
            conjugate: [false, form.fold == Fold::Conjugate],
        }
    }
}

/// A column of blocks of an [`Otf`].
pub(super) struct Column<'a> {
    pub values: Blocks<'a>,
    /// Values from one point to the next.
    pub step: usize,
    pub real: bool,
    /// Only points 0..=n/2 are there; point n - k is that of k.
    pub folded: bool,
    /// Whether points up to the middle, and those above it, are stored as their conjugates.
    pub conjugate: [bool; 2],
}

/// The values of a column.
pub(super) enum Blocks<'a> {
    Single(&'a [f32]),
    /// Multiples of a unit.
    Half(&'a [i16], f32),
}

/// What of a transfer function is stored, and where.
pub(super) struct Form {
    shape: [usize; 3],
    is_volume: bool,
    real: bool,
    fold: Fold,
    /// Points stored along the outer axis, and rows stored at each of them.
    points: usize,
    rows: usize,
    /// Values of a block, of a row, and from one point of the outer axis to the next.
    block: usize,
    width: usize,
    step: usize,
}

/// How points n - k of the outer axis follow from points k.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    None,
    Equal,
    Conjugate,
}

impl Form {
    pub(super) fn new(passes: &Passes, symmetry: Symmetry) -> Self {
        let [nz, ny, _] = passes.shape;
        let is_volume = nz > 1;
        let (fold, rows, points) = if is_volume {
            let rows = if symmetry.y { ny / 2 + 1 } else { ny };
            (fold(symmetry.z, symmetry.yx), rows, nz)
        } else {
            (fold(symmetry.y, symmetry.x), 1, ny)
        };
        let points = if fold == Fold::None { points } else { points / 2 + 1 };
        let real = if is_volume { symmetry.zyx } else { symmetry.yx };
        let block = if real { passes.block() / 2 } else { passes.block() };
        let width = passes.tiles() * block;
        Self { shape: passes.shape, is_volume, real, fold, points, rows, block, width, step: rows * width }
    }

    /// Bytes of the values.
    pub(super) fn bytes(&self, storage: Storage) -> usize {
        storage.bytes(self.len())
    }

    /// The number of values.
    fn len(&self) -> usize {
        self.points * self.step
    }

    /// Hands every value of a spectrum that is stored to `take`, with its place.
    fn each(&self, passes: &Passes, spectrum: &[f32], mut take: impl FnMut(usize, f32)) {
        for point in 0..self.points {
            for row in 0..self.rows {
                let (z, y) = if self.is_volume { (point, row) } else { (0, point) };
                let from = &spectrum[z * passes.plane_pitch + y * passes.row_pitch..];
                let first = point * self.step + row * self.width;
                for (tile, block) in from.chunks_exact(passes.block()).take(passes.tiles()).enumerate() {
                    for (lane, &value) in block[..self.block].iter().enumerate() {
                        take(first + tile * self.block + lane, value);
                    }
                }
            }
        }
    }
}

fn fold(outer: bool, inner: bool) -> Fold {
    match (outer, inner) {
        (true, _) => Fold::Equal,
        (_, true) => Fold::Conjugate,
        _ => Fold::None,
    }
}

/// Under which reflections about its centre a kernel is unchanged, up to rounding.
#[derive(Clone, Copy)]
pub(super) struct Symmetry {
    z: bool,
    y: bool,
    x: bool,
    yx: bool,
    zyx: bool,
}

impl Symmetry {
    /// Tries every reflection; `full` is the shape that the kernel is wrapped into.
    pub(super) fn of(kernel: &[f32], shape: [usize; 3], full: [usize; 3]) -> Self {
        let peak = kernel.iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
        let even = |axes| is_even(kernel, shape, full, axes, peak);
        Self {
            z: even([true, false, false]),
            y: even([false, true, false]),
            x: even([false, false, true]),
            yx: even([false, true, true]),
            zyx: even([true, true, true]),
        }
    }
}

fn is_even(kernel: &[f32], shape: [usize; 3], full: [usize; 3], axes: [bool; 3], peak: f32) -> bool {
    // The sample at -n/2 of an even size has no partner, unless it is its own because the volume is as wide.
    let partner = |axis: usize, at: usize| -> Option<usize> {
        let n = shape[axis];
        match n / 2 * 2 - at {
            _ if !axes[axis] => Some(at),
            mirrored if mirrored < n => Some(mirrored),
            _ => (full[axis] == n).then_some(at),
        }
    };
    let equal = |a: f32, b: f32| (a - b).abs() <= 1e-6 * a.abs().max(b.abs()) + 1e-10 * peak;
    let [nz, ny, nx] = shape;
    let row = |z: usize, y: usize| &kernel[(z * ny + y) * nx..][..nx];
    (0..nz).all(|z| {
        (0..ny).all(|y| {
            let mirrored = partner(0, z).zip(partner(1, y)).map(|(z, y)| row(z, y));
            row(z, y).iter().enumerate().all(|(x, &value)| {
                let other = mirrored.zip(partner(2, x)).map_or(0.0, |(row, x)| row[x]);
                equal(value, other)
            })
        })
    })
}
