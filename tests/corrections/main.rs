//! Corrections and everyday filters, as steps of plans, against slow, obvious code.

mod filter;
mod harness;
mod slow;
