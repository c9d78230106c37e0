//! A node with what it reads.

use super::constant::Constant;
use super::shapes::axis;
use super::value::{Axis, Value};
use crate::network::onnx::NodeProto;

/// A node with what it reads.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The node.
    pub node: &'a NodeProto,
    /// The version of ONNX's operators that it is written in.
    pub opset: i64,
    /// What it reads; `None` where an optional one is left out.
    pub reads: &'a [Option<&'a Value>],
}

impl<'a> Call<'a> {
    /// The place that an attribute `axis` names, where `default` is meant without it.
    pub fn axis(&self, default: i64, rank: usize) -> Option<usize> {
        axis(self.node.int("axis", default), rank)
    }

    /// The operator's name.
    pub fn operator(&self) -> &'a str {
        &self.node.op_type
    }

    /// A value that it reads.
    pub fn value(&self, order: usize) -> Option<&'a Value> {
        self.reads.get(order).copied().flatten()
    }

    /// The axes of a value that it reads, where they are known.
    pub fn axes(&self, order: usize) -> Option<&'a [Axis]> {
        self.value(order)?.axes.as_deref()
    }

    /// The content of a value that it reads, where it is known.
    pub fn content(&self, order: usize) -> Option<&'a Constant> {
        self.value(order)?.content.as_deref()
    }

    /// The contents of all that it reads beside the first; `None` where one of them is there but not known.
    pub fn contents(&self) -> Option<Vec<Option<&'a Constant>>> {
        let content = |(order, read): (usize, &Option<&'a Value>)| match read {
            Some(value) if order > 0 => value.content.as_deref().map(Some),
            _ => Some(None),
        };
        self.reads.iter().enumerate().map(content).collect()
    }
}
