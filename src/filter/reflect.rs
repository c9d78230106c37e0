//! Images that go on beyond their border as in a mirror at its outer edge: samples 2 1 0 | 0 1 2.

/// The sample of a line of `extent` that lies at `at`, which may be far outside.
pub fn reflect(at: isize, extent: usize) -> usize {
    let period = 2 * extent as isize;
    let at = at.rem_euclid(period);
    at.min(period - 1 - at) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_mirrored_again_and_again() {
        let line: Vec<_> = (-7..8).map(|at| reflect(at, 3)).collect();
        assert_eq!(line, [0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]);
        assert!((-4..5).all(|at| reflect(at, 1) == 0));
    }
}
