//! What plans run on and answer to: the context they share ([`Context`]), threads ([`Workers`]), progress and
//! cancellation ([`Control`], [`Watch`]), and what long work is given of these ([`Job`]).

mod context;
mod control;
mod job;
mod limits;

pub use abbe_workers::{
    Chunks, Floats, LentRow, LentRows, Parts, PerWorker, RowLocks, Rows, Shared, Slabs, Workers, at_fork, forks,
};
pub use context::{Context, Sink};
pub use control::{Control, Stopper, Watch};
pub use job::{Job, Memory};
pub use limits::Limits;

pub use crate::codes::{Answer, Level};
