//! Pairs of what a network is given and what it is asked for, made from one noisy image so that the noise of the one says
//! nothing of the noise of the other.

use super::crops::{Crop, Crops, EXTENT, Use};
use crate::error::{Result, zeroed};
use crate::noise::{GOLDEN, NORMAL_FROM, Random};

/// Makes pairs of crops.
pub(super) struct Pairs {
    method: Method,
    /// Normal numbers, those of neighbours correlated as the noise of neighbours is.
    normal: Vec<f32>,
    scratch: Vec<f32>,
}

/// How parts are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The noise is shared out.
    Splitting,
    /// Single samples are taken out, with neighbours up to so many samples away along y and along x, which share their noise.
    BlindSpots([usize; 2]),
}

impl Method {
    /// Its name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Splitting => "photon_splitting",
            Self::BlindSpots(_) => "blind_spots",
        }
    }
}

/// A pair, of samples (y, x).
pub(super) struct Pair {
    pub given: Vec<f32>,
    pub asked: Vec<f32>,
    /// One over the variance of the noise of what is asked for; 0 where nothing is.
    pub weights: Vec<f32>,
}

impl Pair {
    pub(super) fn new() -> Result<Self> {
        let len = EXTENT * EXTENT;
        Ok(Self { given: zeroed(THING, len)?, asked: zeroed(THING, len)?, weights: zeroed(THING, len)? })
    }
}

impl Pairs {
    pub(super) fn new(method: Method) -> Result<Self> {
        let len = EXTENT * EXTENT;
        Ok(Self { method, normal: zeroed(THING, len)?, scratch: zeroed(THING, len)? })
    }

    /// Makes one of many pairs of a crop, a number for each, that asks for samples of that use.
    pub(super) fn draw(&mut self, crops: &Crops, crop: &Crop, purpose: Use, number: u64, pair: &mut Pair) {
        match self.method {
            Method::Splitting => self.split(crops, crop, number, pair),
            Method::BlindSpots(reach) => self.blind(crop, reach, number, pair),
        }
        let uses = pair.weights.iter_mut().zip(&crop.uses);
        uses.filter(|(_, own)| **own != purpose).for_each(|(weight, _)| *weight = 0.0);
    }

    /// Shares the noise out: a `1 / 2^HALVINGS` part of the photons is asked for, the rest is given, both scaled to the brightness
    /// of the whole. What the noise of many photons, of reading, and what neighbours share is split by adding noise of as much variance to
    /// the one part and taking it from the other (Pang et al. 2021, "Recorrupted-to-Recorrupted", doi
    /// 10.1109/CVPR46437.2021.00208).
    fn split(&mut self, crops: &Crops, crop: &Crop, number: u64, pair: &mut Pair) {
        crops.shared.draw(number, &mut self.scratch, &mut self.normal);
        let camera = crops.camera;
        let is_alone = crops.shared.is_nothing();
        let asked = 0.5_f64.powi(HALVINGS as i32);
        let given = 1.0 - asked;
        // What is added to the one part, and taken from the other.
        let (up, down) = ((asked / given).sqrt() as f32, (given / asked).sqrt() as f32);
        let mut random = Random::new(number.wrapping_mul(GOLDEN));
        for (at, (&sample, &variance)) in crop.samples.iter().zip(&crop.variances).enumerate() {
            let photons = (f64::from(sample) - camera.offset) / camera.gain;
            let expected = (f64::from(variance) - camera.read_noise.powi(2)) / camera.gain.powi(2);
            let noise = self.normal[at];
            let (mut kept, mut left) = (sample, sample);
            if is_alone && expected < FEW && photons < NORMAL_FROM {
                let whole = photons.round().max(0.0);
                let taken = f64::from(random.binomial(whole as u32, HALVINGS));
                kept += (camera.gain * (asked * whole - taken) / given) as f32;
                left += (camera.gain * (taken / asked - whole)) as f32;
                kept += up * camera.read_noise as f32 * noise;
                left -= down * camera.read_noise as f32 * noise;
            } else {
                kept += up * variance.sqrt() * noise;
                left -= down * variance.sqrt() * noise;
            }
            pair.given[at] = kept;
            pair.asked[at] = left;
            pair.weights[at] = 1.0 / variance;
        }
    }

    /// Takes one sample in each cell out and puts the median of its neighbours in its place (Krull et al. 2019, "Noise2Void",
    /// arXiv:1811.10980; the median of Höck et al. 2022, "N2V2", arXiv:2211.08512), and in those of the neighbours that share its
    /// noise (Broaddus et al. 2020, "structN2V", doi 10.1109/ISBIWorkshops50223.2020.9153428).
    fn blind(&mut self, crop: &Crop, reach: [usize; 2], number: u64, pair: &mut Pair) {
        pair.given.copy_from_slice(&crop.samples);
        pair.asked.copy_from_slice(&crop.samples);
        pair.weights.fill(0.0);
        let cell = reach.map(|reach| CELL.max(2 * reach + 2));
        let mut random = Random::new(number.wrapping_mul(GOLDEN));
        let origin = cell.map(|cell| (random.bits() % cell as u64) as i64);
        for (top, left) in cells(origin, cell) {
            let place = [(top, cell[0]), (left, cell[1])].map(|(first, cell)| {
                let at = first + (random.bits() % cell as u64) as i64;
                usize::try_from(at).ok().filter(|at| *at < EXTENT)
            });
            let [Some(y), Some(x)] = place else { continue };
            let around = |reach: usize, at: usize| at.saturating_sub(reach)..EXTENT.min(at + reach + 1);
            let (rows, columns) = (around(reach[0], y), around(reach[1], x));
            let mut neighbours = [0.0; MOST_NEIGHBOURS];
            let mut count = 0;
            for v in around(reach[0] + WINDOW, y) {
                for u in around(reach[1] + WINDOW, x) {
                    if !(rows.contains(&v) && columns.contains(&u)) && count < MOST_NEIGHBOURS {
                        neighbours[count] = crop.samples[v * EXTENT + u];
                        count += 1;
                    }
                }
            }
            let (_, median, _) = neighbours[..count].select_nth_unstable_by(count / 2, f32::total_cmp);
            let median = *median;
            for v in rows {
                pair.given[v * EXTENT..][columns.clone()].fill(median);
            }
            pair.weights[y * EXTENT + x] = 1.0 / crop.variances[y * EXTENT + x];
        }
    }
}

/// The first samples of cells that cover a plane.
fn cells(origin: [i64; 2], cell: [usize; 2]) -> impl Iterator<Item = (i64, i64)> {
    let firsts = move |axis: usize| {
        let (origin, cell) = (origin[axis], cell[axis]);
        (0..=EXTENT / cell + 1).map(move |at| (at * cell) as i64 - origin)
    };
    firsts(0).flat_map(move |y| firsts(1).map(move |x| (y, x)))
}

const THING: &str = "pairs to learn from";
/// Half, a quarter, ... of the photons are asked for.
const HALVINGS: u32 = 2;
/// Variance of the noise of what is asked for, in that of the image's.
pub(super) const VARIANCE: f64 = (1 << HALVINGS) as f64;
/// Below so many photons in the mean they are counted one by one.
const FEW: f64 = 20.0;
/// Samples along an axis of a cell in which one is taken out.
const CELL: usize = 8;
/// How far the neighbours reach whose median takes the place of a sample.
const WINDOW: usize = 1;
const MOST_NEIGHBOURS: usize = 128;
