//! Which radices make a length, which lengths are cheap.

/// The cheapest even size of at least `at_least` points (1 and 2 stay as they are).
pub fn good_size(at_least: usize) -> usize {
    if at_least <= 2 {
        return at_least.max(1);
    }
    let mut size = at_least.next_multiple_of(2);
    while !is_smooth(size) {
        size += 2;
    }
    size
}

fn is_smooth(mut size: usize) -> bool {
    for prime in [2, 3, 5, 7] {
        while size.is_multiple_of(prime) {
            size /= prime;
        }
    }
    size == 1
}

/// The radices of the cheapest stages that make `len`, the largest first; `None` where a prime is too large.
pub(super) fn radices(len: usize) -> Option<Vec<usize>> {
    if len == 1 {
        return Some(vec![1]);
    }
    let mut cheapest: Option<(f32, Vec<usize>)> = None;
    search(len, 0.0, &mut Vec::new(), COSTS.len(), &mut cheapest);
    cheapest.map(|(_, radices)| radices)
}

fn search(rest: usize, cost: f32, taken: &mut Vec<usize>, below: usize, cheapest: &mut Option<(f32, Vec<usize>)>) {
    if cheapest.as_ref().is_some_and(|(least, _)| cost >= *least) {
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

/// Nanoseconds a point of a stage of each radix, measured.
const COSTS: [(usize, f32); 10] =
    [(2, 1.0), (3, 1.15), (4, 1.2), (5, 1.5), (6, 1.4), (7, 2.0), (8, 1.5), (9, 1.9), (10, 1.9), (16, 2.1)];
