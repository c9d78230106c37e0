//! Steps down a gradient, each parameter at a pace of its own (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1).

use crate::error::{Result, zeroed};

/// What the steps so far have seen of each parameter's derivative.
pub struct Adam {
    /// Running means of derivatives, and of their squares.
    means: Vec<f32>,
    squares: Vec<f32>,
    /// The decays to the power of the steps so far.
    powers: [f64; 2],
}

impl Adam {
    /// For so many parameters, before the first step.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(parameters: usize) -> Result<Self> {
        let thing = "the state of an optimiser";
        Ok(Self { means: zeroed(thing, parameters)?, squares: zeroed(thing, parameters)?, powers: [1.0; 2] })
    }

    /// Moves each parameter by about `rate` against its derivative.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f64) {
        for (power, decay) in self.powers.iter_mut().zip(DECAYS) {
            *power *= decay;
        }
        let [mean_share, square_share] = self.powers.map(|power| 1.0 - power);
        let (rate, root) = ((rate / mean_share) as f32, square_share.sqrt().recip() as f32);
        let [of_mean, of_square] = DECAYS.map(|decay| decay as f32);
        let state = self.means.iter_mut().zip(&mut self.squares);
        for ((parameter, slope), (mean, square)) in parameters.iter_mut().zip(gradient).zip(state) {
            *mean = of_mean * *mean + (1.0 - of_mean) * slope;
            *square = of_square * *square + (1.0 - of_square) * slope * slope;
            *parameter -= rate * *mean / (square.sqrt() * root + SMALL);
        }
    }
}

const DECAYS: [f64; 2] = [0.9, 0.999];
const SMALL: f32 = 1e-8;
