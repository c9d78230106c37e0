//! Which radices make a length, which lengths are cheap.

/// The even size of at least `at_least` points that transforms in the least time (1 and 2 stay as they are): by the
/// cost of its radices, not the next product of small primes. It has no prime above 7 and is at most an eighth, or 16
/// points, larger than asked for.
pub fn good_size(at_least: usize) -> usize {
    if at_least <= 2 {
        return at_least.max(1);
    }
    let first = at_least.next_multiple_of(2);
    let sizes = (first..=at_least.saturating_add((at_least / 8).max(16))).step_by(2);
    let priced = sizes.filter_map(|size| Some((size, size as f32 * (REST + cheapest(size)?.0))));
    priced.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(first, |(size, _)| size)
}

/// The radices of the cheapest stages that make `len`, the largest first; `None` where a prime is too large.
pub(super) fn radices(len: usize) -> Option<Vec<usize>> {
    if len == 1 { Some(vec![1]) } else { cheapest(len).map(|(_, radices)| radices) }
}

fn cheapest(len: usize) -> Option<(f32, Vec<usize>)> {
    let mut cheapest = None;
    search(len, 0.0, &mut Vec::new(), COSTS.len(), &mut cheapest);
    cheapest
}

fn search(rest: usize, cost: f32, taken: &mut Vec<usize>, below: usize, cheapest: &mut Option<(f32, Vec<usize>)>) {
    if cheapest.as_ref().is_some_and(|(best, _)| cost >= *best) {
        return;
    }
    if rest == 1 {
        *cheapest = Some((cost, taken.clone()));
    }
    // In descending order, so that every set of radices is tried once.
    for at in (0..below).rev() {
        let (radix, own) = COSTS[at];
        if rest.is_multiple_of(radix) {
            taken.push(radix);
            search(rest / radix, cost + own, taken, at + 1, cheapest);
            taken.pop();
        }
    }
}

/// What else a point of a larger volume costs, in the units of [`COSTS`]: two other axes, and its way from memory.
const REST: f32 = 12.0;
/// What a point costs in a stage of each radix: its loads, stores, sums and products relative to radix 2, and for large
/// radices what does not fit into sixteen registers.
const COSTS: [(usize, f32); 10] =
    [(2, 1.0), (3, 1.15), (4, 1.2), (5, 1.5), (6, 1.4), (7, 2.0), (8, 1.5), (9, 1.9), (10, 1.9), (16, 2.1)];
