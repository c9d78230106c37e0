//! Sizes that transforms like.

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
