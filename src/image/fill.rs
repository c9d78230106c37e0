//! Samples that were not measured, filled in from those that were.

use crate::runtime::{Rows, Workers};

/// Fills NaN in from measured neighbours: along x in proportion to their distances, and rows or planes without any from the
/// nearest that have some. Packed samples (z, y, x); a volume without a measured sample stays as it is.
pub fn fill(volume: &mut [f32], [_, ny, nx]: [usize; 3], workers: &Workers) {
    workers.each(Rows::of_mut(volume, nx), |_, _, row| fill_row(row));
    for plane in volume.chunks_exact_mut(ny * nx) {
        spread(plane, nx);
    }
    spread(volume, ny * nx);
}

/// Fills a row in; one without a measured sample stays as it is.
fn fill_row(row: &mut [f32]) {
    let mut start = 0;
    while let Some(gap) = row[start..].iter().position(|sample| sample.is_nan()).map(|at| start + at) {
        let end = row[gap..].iter().position(|sample| !sample.is_nan()).map_or(row.len(), |at| gap + at);
        let before = gap.checked_sub(1).map(|at| row[at]);
        let after = row.get(end).copied();
        let steps = (end - gap + 1) as f32;
        for (at, sample) in row[gap..end].iter_mut().enumerate() {
            let share = (at + 1) as f32 / steps;
            *sample = match (before, after) {
                (Some(before), Some(after)) => before + share * (after - before),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => return,
            };
        }
        start = end;
    }
}

/// Copies the nearest part that is not NaN over those that are; parts of `size` samples are NaN as a whole or not at all.
fn spread(samples: &mut [f32], size: usize) {
    let count = samples.len() / size;
    let empty = |samples: &[f32], at: usize| samples[at * size].is_nan();
    // From below for those after the first that is filled, then from above for those before it.
    let Some(first) = (0..count).find(|&at| !empty(samples, at)) else { return };
    let mut last = first;
    for at in first + 1..count {
        if empty(samples, at) {
            let next = (at..count).find(|&at| !empty(samples, at));
            let from = next.filter(|next| next - at < at - last).unwrap_or(last);
            samples.copy_within(from * size..(from + 1) * size, at * size);
        } else {
            last = at;
        }
    }
    for at in 0..first {
        samples.copy_within(first * size..(first + 1) * size, at * size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_from_their_neighbours() {
        let nan = f32::NAN;
        let mut volume = [
            [1.0, nan, nan, 4.0],
            [nan, 2.0, nan, nan],
            [nan; 4],
            [nan; 4],
            [nan; 4],
            [nan; 4],
            [7.0, nan, 7.0, 7.0],
            [nan; 4],
        ]
        .concat();
        fill(&mut volume, [4, 2, 4], &Workers::new(2).unwrap());
        let expected =
            [[1.0, 2.0, 3.0, 4.0], [2.0; 4], [1.0, 2.0, 3.0, 4.0], [2.0; 4], [7.0; 4], [7.0; 4], [7.0; 4], [7.0; 4]];
        assert_eq!(volume, expected.concat());
    }
}
