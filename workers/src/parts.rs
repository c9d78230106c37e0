//! Disjoint parts of slices, one a task.

use std::marker::PhantomData;
use std::ops::Range;

/// Things that fall into numbered parts which tasks may use side by side.
///
/// # Safety
/// For one value, parts taken with different indices and different workers never overlap, and `part` is valid for
/// every index below [`Parts::count`].
pub unsafe trait Parts: Sync {
    /// What a task gets.
    type Part;
    /// The number of parts.
    fn count(&self) -> usize;
    /// Part `index`, for a task on worker `worker`.
    ///
    /// # Safety
    /// `index < count()`; while the part lives nobody takes it again, and no other part with the same worker lives.
    unsafe fn part(&self, worker: usize, index: usize) -> Self::Part;
}

/// A mutable slice that several tasks write at once, each in places of its own.
#[derive(Clone, Copy)]
pub struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    lifetime: PhantomData<&'a mut [T]>,
}

// SAFETY: tasks on other threads only get `&mut [T]` to elements that nobody else has, which `T: Send` allows.
unsafe impl<T: Send> Send for Shared<'_, T> {}
// SAFETY: as above; the handle itself is never written.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// Borrows `slice` for as long as tasks use it.
    pub fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), lifetime: PhantomData }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first element's address; elements `0..len()` may be reached through it.
    pub fn as_mut_ptr(&self) -> *mut T {
        self.start
    }

    /// The elements of `range`.
    ///
    /// # Panics
    /// When `range` ends beyond `len()`.
    ///
    /// # Safety
    /// Nobody else uses these elements while the result lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn slice(&self, range: Range<usize>) -> &'a mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: in bounds by the line above, alone by this function's contract.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.end - range.start) }
    }
}

/// Part i is elements `i * length .. (i + 1) * length` of a mutable slice, the last part perhaps shorter.
pub struct Chunks<'a, T> {
    elements: Shared<'a, T>,
    length: usize,
}

/// Part i is elements `i * length .. (i + 1) * length` of a shared slice, the last part perhaps shorter.
pub struct Rows<'a, T> {
    elements: &'a [T],
    length: usize,
}

impl<'a, T> Rows<'a, T> {
    /// Parts of `length` elements that tasks read.
    ///
    /// # Panics
    /// When `length` is 0.
    pub fn of(elements: &'a [T], length: usize) -> Self {
        assert!(length > 0);
        Self { elements, length }
    }

    /// Parts of `length` elements that tasks write.
    ///
    /// # Panics
    /// When `length` is 0.
    pub fn of_mut(elements: &'a mut [T], length: usize) -> Chunks<'a, T> {
        assert!(length > 0);
        Chunks { elements: Shared::new(elements), length }
    }
}

/// Slabs at a regular distance, each cut into chunks of `length` elements, the last of a slab perhaps shorter.
///
/// Slab s is elements `start + s * stride .. start + s * stride + span`; part i is chunk `i % c` of slab `i / c`, where
/// c is [`Slabs::chunks`]. Gaps between slabs are never touched.
pub struct Slabs<'a, T> {
    elements: Shared<'a, T>,
    start: usize,
    slabs: usize,
    stride: usize,
    span: usize,
    length: usize,
}

impl<'a, T> Slabs<'a, T> {
    /// Parts of `slabs` slabs of `span` elements, `stride` apart, the first at `start`, in chunks of `length`.
    ///
    /// # Panics
    /// When `span` or `length` is 0, `stride < span` for more than one slab, or the last slab ends beyond `elements`.
    pub fn of_mut(
        elements: &'a mut [T],
        start: usize,
        slabs: usize,
        stride: usize,
        span: usize,
        length: usize,
    ) -> Self {
        assert!(span > 0 && length > 0 && slabs > 0 && (slabs == 1 || stride >= span));
        let end = (slabs - 1).checked_mul(stride).and_then(|last| last.checked_add(start)?.checked_add(span));
        assert!(end.is_some_and(|end| end <= elements.len()));
        Self { elements: Shared::new(elements), start, slabs, stride, span, length }
    }

    /// The number of chunks of a slab.
    pub fn chunks(&self) -> usize {
        self.span.div_ceil(self.length)
    }
}

/// Every task gets the `length` elements that belong to the worker it runs on: scratch space.
pub struct PerWorker<'a, T> {
    elements: Shared<'a, T>,
    length: usize,
}

impl<'a, T> PerWorker<'a, T> {
    /// Scratch of `length` elements a worker; `elements` holds at least `length` times the number of workers.
    pub fn of(elements: &'a mut [T], length: usize) -> Self {
        Self { elements: Shared::new(elements), length }
    }
}

// SAFETY: ranges of different indices are disjoint.
unsafe impl<'a, T: Send> Parts for Chunks<'a, T> {
    type Part = &'a mut [T];
    fn count(&self) -> usize {
        self.elements.len().div_ceil(self.length)
    }
    unsafe fn part(&self, _worker: usize, index: usize) -> &'a mut [T] {
        let start = index * self.length;
        // SAFETY: nobody takes this index again, by this function's contract.
        unsafe { self.elements.slice(start..(start + self.length).min(self.elements.len())) }
    }
}

// SAFETY: parts are only read.
unsafe impl<'a, T: Sync> Parts for Rows<'a, T> {
    type Part = &'a [T];
    fn count(&self) -> usize {
        self.elements.len().div_ceil(self.length)
    }
    unsafe fn part(&self, _worker: usize, index: usize) -> &'a [T] {
        let start = index * self.length;
        &self.elements[start..(start + self.length).min(self.elements.len())]
    }
}

// SAFETY: chunks of one slab are disjoint, and slabs are at least their span apart (checked by the constructor).
unsafe impl<'a, T: Send> Parts for Slabs<'a, T> {
    type Part = &'a mut [T];
    fn count(&self) -> usize {
        self.slabs * self.chunks()
    }
    unsafe fn part(&self, _worker: usize, index: usize) -> &'a mut [T] {
        let slab = self.start + index / self.chunks() * self.stride;
        let start = index % self.chunks() * self.length;
        // SAFETY: nobody takes this index again, by this function's contract.
        unsafe { self.elements.slice(slab + start..slab + (start + self.length).min(self.span)) }
    }
}

// SAFETY: ranges of different workers are disjoint, and one worker runs one task at a time.
unsafe impl<'a, T: Send> Parts for PerWorker<'a, T> {
    type Part = &'a mut [T];
    fn count(&self) -> usize {
        usize::MAX
    }
    unsafe fn part(&self, worker: usize, _index: usize) -> &'a mut [T] {
        // SAFETY: no other part of this worker lives, by this function's contract.
        unsafe { self.elements.slice(worker * self.length..(worker + 1) * self.length) }
    }
}

macro_rules! tuples {
    ($($name:ident $at:tt),+) => {
        // SAFETY: each member keeps its own promise.
        unsafe impl<$($name: Parts),+> Parts for ($($name,)+) {
            type Part = ($($name::Part,)+);
            fn count(&self) -> usize {
                [$(self.$at.count()),+].into_iter().min().unwrap_or(0)
            }
            unsafe fn part(&self, worker: usize, index: usize) -> Self::Part {
                // SAFETY: passed on to the members as it came.
                unsafe { ($(self.$at.part(worker, index),)+) }
            }
        }
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
