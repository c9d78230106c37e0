//! What plans run on and answer to: threads ([`Workers`]), and progress and cancellation
//! ([`Control`], [`Watch`]).

mod control;

pub use abbe_workers::{Chunks, LentRow, LentRows, Parts, PerWorker, RowLocks, Rows, Shared, Slabs, Workers};
pub use control::{Answer, Control, Watch};
