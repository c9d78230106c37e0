//! Thresholds that a Fourier ring correlation is read by.

/// A value that depends on the number of frequencies in a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// 1/7: P. B. Rosenthal and R. Henderson 2003, doi 10.1016/j.jmb.2003.07.013, as halves of an image's light give it.
    Seventh,
    /// Half a bit of information per frequency: M. van Heel and M. Schatz 2005, doi 10.1016/j.jsb.2005.05.009.
    HalfBit,
    /// What noise alone exceeds by chance at three standard deviations: M. van Heel 1987, doi 10.1016/0304-3991(87)90010-6.
    ThreeSigma,
}

impl Threshold {
    /// All.
    pub const ALL: [Self; 3] = [Self::Seventh, Self::HalfBit, Self::ThreeSigma];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Seventh => "1/7",
            Self::HalfBit => "half_bit",
            Self::ThreeSigma => "3_sigma",
        }
    }

    /// The value for a ring of `count` frequencies.
    pub fn at(self, count: f64) -> f64 {
        let root = count.max(1.0).sqrt();
        match self {
            Self::Seventh => 1.0 / 7.0,
            Self::HalfBit => (0.2071 + 1.9102 / root) / (1.2071 + 0.9102 / root),
            Self::ThreeSigma => 3.0 / (root + 2.0),
        }
    }
}
