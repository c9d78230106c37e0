//! What plans run on and answer to: the context they share ([`Context`]), threads ([`Workers`]), progress and
//! cancellation ([`Control`], [`Watch`]).

mod context;
mod control;

pub use abbe_workers::{Chunks, Floats, LentRow, LentRows, Parts, PerWorker, RowLocks, Rows, Shared, Slabs, Workers};
pub use context::{Context, Sink};
pub use control::{Control, Stopper, Watch};

pub use crate::codes::{Answer, Level};
