//! How far what is known of the noise of each pixel ([`Grid::extra`]) goes along a plan.

use super::step::{Grid, Step};

/// Where the noise of pixels comes to in a plan.
#[derive(Debug, Default, PartialEq)]
pub struct Pixels {
    /// Steps that go by it.
    pub used: Vec<usize>,
    /// The step that later ones lose it by, which would have gone by it.
    pub lost: Option<usize>,
}

impl Pixels {
    /// Of steps, and the images before the first of them and after each.
    pub fn of(steps: &[Box<dyn Step>], grids: &[Grid]) -> Self {
        let would_use = |at: &usize| steps[*at].weighs_pixels();
        let used: Vec<_> = (0..steps.len()).filter(would_use).filter(|at| grids[*at].extra.is_some()).collect();
        // A step that goes by it has put its samples together, whose noise is no pixel's any more.
        let ends = |at: &usize| grids[*at].extra.is_some() && grids[*at + 1].extra.is_none() && !would_use(at);
        let later = (0..steps.len()).rfind(would_use).unwrap_or(0);
        Self { lost: (0..later).rfind(ends).filter(|at| used.iter().all(|used| used < at)), used }
    }
}
