//! Factors that bring the brightness of time points to that of the first.

/// The mean of the samples above a background.
pub fn brightness(image: &[f32], background: f64) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum::<f64>() / image.len() as f64 - background
}

/// Makes of each brightness the factor that makes it the first; 1 where there is no light.
pub fn ratios(brightness: &mut [f64]) {
    let first = brightness.first().copied().unwrap_or(0.0);
    for value in brightness {
        *value = if *value > 0.0 && first > 0.0 { first / *value } else { 1.0 };
    }
}

/// As [`ratios`], of the curve a exp(-k t) + c through all of them, none of a, k and c below 0, that is nearest by least squares:
/// what light does from one time point to the next stays. The result is k, per time point; `None` where nothing bleaches.
pub fn exponential(brightness: &mut [f64]) -> Option<f64> {
    let count = brightness.len() as f64;
    let squares = |rate: f64| Curve::through(brightness, rate).squares;
    // Of one in a hundred over the series to one in e³ from a time point to the next.
    let (least, most) = ((0.01 / count).ln(), 3.0_f64.ln());
    let at = |step: usize| least + (most - least) * step as f64 / STEPS as f64;
    let best = (0..=STEPS).min_by(|one, other| squares(at(*one).exp()).total_cmp(&squares(at(*other).exp())))?;
    let (mut low, mut high) = (at(best.saturating_sub(1)), at((best + 1).min(STEPS)));
    for _ in 0..HALVINGS {
        let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if squares(left.exp()) <= squares(right.exp()) { high = right } else { low = left }
    }
    let rate = ((low + high) / 2.0).exp();
    let curve = Curve::through(brightness, rate);
    let first = curve.at(0);
    let bleaches = curve.amplitude > 0.0 && first > 0.0;
    for (t, value) in brightness.iter_mut().enumerate() {
        let here = curve.at(t);
        *value = if bleaches && here > 0.0 { first / here } else { 1.0 };
    }
    bleaches.then_some(rate)
}

/// a exp(-k t) + c.
struct Curve {
    rate: f64,
    amplitude: f64,
    level: f64,
    /// Sum of squared distances.
    squares: f64,
}

impl Curve {
    /// The one of that rate which is nearest to the values.
    fn through(values: &[f64], rate: f64) -> Self {
        let (mut sum, mut sums) = (0.0, [0.0; 3]);
        for (t, value) in values.iter().enumerate() {
            let decay = (-rate * t as f64).exp();
            sum += value;
            sums = [sums[0] + decay, sums[1] + decay * decay, sums[2] + decay * value];
        }
        let ([decays, squares, products], count) = (sums, values.len() as f64);
        let spread = count * squares - decays * decays;
        let amplitude = if spread > 1e-12 * count * squares { (count * products - decays * sum) / spread } else { 0.0 };
        let (amplitude, level) = match (amplitude, (sum - amplitude * decays) / count) {
            (amplitude, _) if amplitude < 0.0 => (0.0, sum / count),
            (_, level) if level < 0.0 => (products / squares, 0.0),
            both => both,
        };
        let mut curve = Self { rate, amplitude, level, squares: 0.0 };
        curve.squares = values.iter().enumerate().map(|(t, value)| (value - curve.at(t)).powi(2)).sum();
        curve
    }

    fn at(&self, t: usize) -> f64 {
        self.amplitude * (-self.rate * t as f64).exp() + self.level
    }
}

/// Rates that are tried, and thirds that are taken of what is around the best.
const STEPS: usize = 60;
const HALVINGS: usize = 60;
