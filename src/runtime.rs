//! What plans run on and answer to: the context they share ([`Context`]), threads ([`Workers`]), progress and
//! cancellation ([`Control`], [`Watch`]).

mod context;
mod control;

pub use abbe_workers::{Chunks, LentRow, LentRows, Parts, PerWorker, RowLocks, Rows, Shared, Slabs, Workers};
pub use context::{Context, Level, Sink};
pub use control::{Answer, Control, Stopper, Watch};
