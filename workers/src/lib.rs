//! A fork-join pool for loops over borrowed data, and the disjoint parts of slices that its tasks write.
//!
//! [`Workers::run`] calls a closure for every task number on a fixed set of threads, the calling one among them, and
//! returns when all are done. After [`Workers::new`] nothing is allocated: neither rayon's injector nor scoped threads
//! promise that, and a library that proves "no allocation while executing" needs it.
//!
//! [`Workers::each`] hands every task its own part of several slices at once; [`Shared`] is the unchecked form for
//! tasks whose parts interleave, such as the columns of a volume. [`LentRows`] gives rows by number to closures that are
//! shared by tasks.
//!
//! Threads of a pool have the default floating-point environment; [`Floats`] gives it to threads of a host.
//!
//! This crate is small and separate because it holds all unsafe code of abbe's threading, of [`Floats`] and of
//! [`prefer_large_pages`].

mod floats;
mod fork;
mod lent;
mod pages;
mod parts;
mod pool;

pub use floats::Floats;
pub use fork::{at_fork, forks};
pub use lent::{LentRow, LentRows, RowLocks};
pub use pages::prefer_large_pages;
pub use parts::{Chunks, Parts, PerWorker, Rows, Shared, Slabs};
pub use pool::{Workers, stopped, stopping, unstopped};
