use super::*;
use crate::runtime::{Answer, Control};

/// The same estimate, patch by patch, in f64 and with matrices that are inverted: the mean of what the groups say.
fn slowly(plane: &[f64], [ny, nx]: [usize; 2], correlation: [f64; 2]) -> Vec<f64> {
    let gaussian = |distance: f64| (-0.5 * distance * distance).exp();
    let near = |at: isize, extent: usize| at.clamp(0, extent as isize - 1) as usize;
    let smooth: Vec<f64> = (0..ny * nx)
        .map(|at| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (j, i) in (-3..=3).flat_map(|j| (-3..=3).map(move |i| (j, i))) {
                let weight = gaussian(j as f64) * gaussian(i as f64);
                let place = near((at / nx) as isize + j, ny) * nx + near((at % nx) as isize + i, nx);
                (sum, weights) = (sum + weight * plane[place], weights + weight);
            }
            sum / weights
        })
        .collect();
    let noise = |a: usize, b: usize| {
        let [y, x] = [(a / 5).abs_diff(b / 5), (a % 5).abs_diff(b % 5)].map(|distance| (distance * distance) as i32);
        correlation[0].powi(y) * correlation[1].powi(x)
    };
    let pass =
        |compared: &[f64], learned: &[f64], [reach, columns]: [usize; 2], [whole, part]: [f64; 2], first: bool| {
            let (mut sums, mut numbers) = (vec![0.0; ny * nx], vec![0.0; ny * nx]);
            let grid = |extent: usize| {
                let mut places: Vec<usize> = (0..extent - 5).step_by(3).collect();
                places.push(extent - 5);
                places
            };
            let patch = |plane: &[f64], [y, x]: [usize; 2]| -> Vec<f64> {
                (0..25).map(|a| plane[(y + a / 5) * nx + x + a % 5]).collect()
            };
            for (y, x) in grid(ny).into_iter().flat_map(|y| grid(nx).into_iter().map(move |x| (y, x))) {
                let here = patch(compared, [y, x]);
                let columns = columns.min(nx - 4);
                let left = x.saturating_sub(columns / 2).min(nx - 4 - columns);
                let mut places: Vec<(f64, [usize; 2])> = Vec::new();
                for (j, i) in (y.saturating_sub(reach)..=(y + reach).min(ny - 5))
                    .flat_map(|j| (left..left + columns).map(move |i| (j, i)))
                {
                    let there = patch(compared, [j, i]);
                    places.push((here.iter().zip(there).map(|(one, other)| (one - other).powi(2)).sum(), [j, i]));
                }
                places.sort_by(|one, other| one.0.total_cmp(&other.0));
                places.truncate(MEMBERS);
                let count = places.len() as f64;
                let groups: [Vec<Vec<f64>>; 2] =
                    [plane, learned].map(|plane| places.iter().map(|place| patch(plane, place.1)).collect());
                let [noisy, samples] = &groups;
                let all = noisy.iter().flatten().sum::<f64>() / (25.0 * count);
                let spread = noisy.iter().flatten().map(|value| (value - all).powi(2)).sum::<f64>() / (25.0 * count);
                let mean: Vec<f64> =
                    (0..25).map(|a| samples.iter().map(|sample| sample[a]).sum::<f64>() / count).collect();
                let mut matrix = vec![vec![0.0; 25]; 25];
                for (a, b) in (0..25).flat_map(|a| (0..25).map(move |b| (a, b))) {
                    matrix[a][b] =
                        samples.iter().map(|sample| (sample[a] - mean[a]) * (sample[b] - mean[b])).sum::<f64>()
                            / (count - 1.0)
                            + part * noise(a, b);
                }
                let ridge = 1e-3 + 1e-6 * (0..25).map(|a| matrix[a][a]).sum::<f64>() / 25.0;
                (0..25).for_each(|a| matrix[a][a] += ridge);
                for (noisy, (_, place)) in noisy.iter().zip(&places) {
                    let from_mean: Vec<f64> = noisy.iter().zip(&mean).map(|(value, mean)| value - mean).collect();
                    let solved = solve(matrix.clone(), from_mean);
                    for (a, sample) in noisy.iter().enumerate() {
                        let gone: f64 = (0..25).map(|b| noise(a, b) * solved[b]).sum();
                        let value = if first && spread < f64::from(FLAT) { all } else { sample - whole * gone };
                        let at = (place[0] + a / 5) * nx + place[1] + a % 5;
                        (sums[at], numbers[at]) = (sums[at] + value, numbers[at] + 1.0);
                    }
                }
            }
            sums.iter().zip(numbers).map(|(sum, number)| sum / number).collect::<Vec<f64>>()
        };
    let basic = pass(&smooth, plane, [15, 32], [1.3, 0.3], true);
    pass(&basic, &basic, [10, 24], [1.0, 1.0], false)
}

/// Gaussian elimination with the largest pivot.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot =
            (column..size).max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs())).unwrap();
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in (0..size).filter(|&row| row != column) {
            let share = matrix[row][column] / matrix[column][column];
            let pivot = matrix[column].clone();
            matrix[row].iter_mut().zip(pivot).for_each(|(value, other)| *value -= share * other);
            right[row] -= share * right[column];
        }
    }
    (0..size).map(|row| right[row] / matrix[row][row]).collect()
}

#[test]
fn estimates_are_those_of_the_formulas() {
    for (shape, correlation) in [([23, 57], [0.0, 0.0]), ([50, 31], [0.5, 0.3])] {
        let [ny, nx] = shape;
        let mut random = 7_u64;
        let mut uniform = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 40) as f64 / f64::from(1 << 24) - 0.5
        };
        // Bars and a slope, with noise of standard deviation 1.
        let plane: Vec<f32> = (0..ny * nx)
            .map(|at| {
                let bar = if (at % nx) / 6 % 2 == 0 { 6.0 } else { 0.0 };
                (30.0 + bar + 0.1 * (at / nx) as f64 + 12.0_f64.sqrt() * uniform()) as f32
            })
            .collect();
        let truth = slowly(&plane.iter().map(|sample| f64::from(*sample)).collect::<Vec<_>>(), shape, correlation);
        let mut fast = plane;
        let (control, mut listener) = (Control::new(), |_| Answer::Continue);
        let [along_y, along_x] = correlation;
        let noise = Covariance::of_neighbours([1, ny, nx], [0.0, along_y, along_x]);
        Patches::new([1, ny, nx])
            .unwrap()
            .smooth(&mut fast, 1.0, &noise, &Workers::new(2).unwrap(), &mut Watch::new(&control, &mut listener))
            .unwrap();
        let worst = fast.iter().zip(&truth).map(|(fast, truth)| (f64::from(*fast) - truth).abs()).fold(0.0, f64::max);
        // A group's last member may be another one where two differ as little as f32 rounds.
        assert!(worst < 5e-3, "{shape:?}: {worst}");
    }
}
