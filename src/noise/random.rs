//! Random numbers that are the same everywhere, and photons drawn by them.

/// Counter-based: splitmix64, G. L. Steele et al. 2014, doi 10.1145/2660193.2660195, begun at a sample's own state, so that images
/// are treated the same on any number of threads.
pub struct Random(u64);

impl Random {
    /// From a state, e.g. a number of a sample.
    pub fn new(state: u64) -> Self {
        Self(state)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number above 0 and at most 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A number of mean 0 and variance 1: G. E. P. Box and M. E. Muller 1958, doi 10.1214/aoms/1177706645.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// How many of `photons`, each kept with chance 1 / 2^`halvings`, are kept.
    pub fn binomial(&mut self, photons: u32, halvings: u32) -> u32 {
        let (mut kept, mut left) = (0, photons);
        while left > 0 {
            let taken = left.min(64);
            // A bit is set in all of three words with chance 1/8.
            let bits = (0..halvings).fold(u64::MAX, |bits, _| bits & self.bits());
            kept += (bits >> (64 - taken)).count_ones();
            left -= taken;
        }
        kept
    }

    /// The same of [`NORMAL_FROM`] or more photons, of which there may be parts: a normal number of the same mean and variance.
    pub fn binomial_of_many(&mut self, photons: f64, chance: f64) -> f64 {
        let (mean, variance) = (photons * chance, photons * chance * (1.0 - chance));
        (mean + variance.sqrt() * self.normal()).clamp(0.0, photons)
    }
}

/// From so many photons on, the binomial distribution is as good as normal.
pub const NORMAL_FROM: f64 = 512.0;
/// 2^64 over the golden ratio: neighbouring numbers times this are far apart.
pub const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
