//! Images continued by reflection.

/// The sample that stands at a place of an image extended by reflection, without repeating the edge.
pub fn reflected(at: i64, extent: usize) -> usize {
    if extent == 1 {
        return 0;
    }
    let period = 2 * (extent as i64 - 1);
    let place = at.rem_euclid(period);
    if place < extent as i64 { place as usize } else { (period - place) as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflection() {
        let places: Vec<usize> = (-4..8).map(|at| reflected(at, 4)).collect();
        assert_eq!(places, [2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
        assert_eq!(reflected(-3, 1), 0);
    }
}
