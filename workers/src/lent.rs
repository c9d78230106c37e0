//! Rows of a slice that closures shared by tasks take by number.

use std::collections::TryReserveError;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Shared;

/// Notes which rows of a slice are taken. Made once and used again, so that lending allocates nothing.
pub struct RowLocks {
    taken: Vec<AtomicBool>,
}

impl RowLocks {
    /// Locks for `rows` rows, one byte each.
    ///
    /// # Errors
    /// When the bytes cannot be had.
    pub fn new(rows: usize) -> Result<Self, TryReserveError> {
        let mut taken = Vec::new();
        taken.try_reserve_exact(rows)?;
        taken.resize_with(rows, || AtomicBool::new(false));
        Ok(Self { taken })
    }
}

/// Rows of a mutable slice for closures that several tasks call: [`LentRows::row`] gives a row to one holder at a time,
/// checked at run time. It is the form for callees that know row numbers but not how tasks divide the rows.
pub struct LentRows<'a, T> {
    elements: Shared<'a, T>,
    length: usize,
    locks: &'a RowLocks,
}

impl<'a, T> LentRows<'a, T> {
    /// Row i is elements `i * length .. (i + 1) * length` of `elements`; there are no more rows than `locks` has.
    ///
    /// # Panics
    /// When `elements` is no whole number of rows, or of more than `locks` has.
    pub fn new(elements: &'a mut [T], length: usize, locks: &'a mut RowLocks) -> Self {
        assert!(elements.len().is_multiple_of(length) && elements.len() / length <= locks.taken.len());
        locks.taken.iter_mut().for_each(|taken| *taken.get_mut() = false);
        Self { elements: Shared::new(elements), length, locks }
    }

    /// Takes row `index` until the result is dropped.
    ///
    /// # Panics
    /// When there is no such row, or somebody holds it.
    pub fn row(&self, index: usize) -> LentRow<'_, T> {
        let taken = &self.locks.taken[index];
        assert!(!taken.swap(true, Ordering::Acquire), "row {index} is taken twice");
        // SAFETY: `slice` asserts the bounds; alone, since the lock was free, nobody else has these locks
        // (they are borrowed mutably for as long as the slice), and it is freed only when the result is dropped.
        let elements = unsafe { self.elements.slice(index * self.length..(index + 1) * self.length) };
        LentRow { elements, taken }
    }
}

/// A row held by one task.
pub struct LentRow<'a, T> {
    elements: &'a mut [T],
    taken: &'a AtomicBool,
}

impl<T> Deref for LentRow<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.elements
    }
}

impl<T> DerefMut for LentRow<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.elements
    }
}

impl<T> Drop for LentRow<'_, T> {
    fn drop(&mut self) {
        self.taken.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workers;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn rows_are_disjoint_and_held_by_one() {
        let mut elements = vec![0_usize; 70];
        let mut locks = RowLocks::new(10).unwrap();
        let rows = LentRows::new(&mut elements, 7, &mut locks);
        Workers::new(3).unwrap().run(10, &|_, task| rows.row(9 - task).fill(9 - task));
        let held = rows.row(3);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(rows.row(3)))).is_err());
        drop(held);
        rows.row(3)[0] += 1;
        assert!(catch_unwind(AssertUnwindSafe(|| drop(rows.row(10)))).is_err());
        let expected = |at: usize| at / 7 + usize::from(at == 21);
        assert!(elements.iter().enumerate().all(|(at, value)| *value == expected(at)));
    }
}
