//! Functions of a file's own, written out where they are called.
//!
//! Exporters put layers into functions (a domain of their own, a body of nodes). Their operators are known, so that
//! nothing is unknown but the name: each call becomes the nodes of the body, with names of its own.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::network::onnx::{FunctionProto, GraphProto, ModelProto, NODES, NodeProto};

/// A node, and the version of ONNX's operators that it is written in.
#[derive(Clone)]
pub struct Node {
    /// The node.
    pub proto: NodeProto,
    /// The version.
    pub opset: i64,
}

/// The nodes of a network, with those of its functions in the place of their calls.
///
/// # Errors
/// [`Error::Model`] where functions call each other without end, or become too many nodes.
pub fn written_out(model: &ModelProto) -> Result<Vec<Node>> {
    let functions = model.functions.iter().map(|function| ((&*function.domain, &*function.name), function)).collect();
    let mut made = Vec::new();
    let mut writer = Writer { functions, calls: 0, made: &mut made };
    for node in &model.graph().node {
        writer.write(node.clone(), model.opset(), 0)?;
    }
    Ok(made)
}

struct Writer<'a> {
    functions: HashMap<(&'a str, &'a str), &'a FunctionProto>,
    calls: usize,
    made: &'a mut Vec<Node>,
}

impl Writer<'_> {
    fn write(&mut self, node: NodeProto, opset: i64, depth: usize) -> Result<()> {
        let Some(&function) = self.functions.get(&(&*node.domain, &*node.op_type)) else {
            self.made.push(Node { proto: node, opset });
            return if self.made.len() <= NODES {
                Ok(())
            } else {
                Err(Error::Model(format!(
                    "the network's functions write out to more than {NODES} nodes; at most these are read"
                )))
            };
        };
        if depth > DEPTH {
            return Err(Error::Model(format!(
                "function {} is called {depth} deep; at most {DEPTH} are written out",
                function.name
            )));
        }
        self.calls += 1;
        let own = format!("{}#{}/", function.name, self.calls);
        let pairs = |inner: &[String], outer: &[String]| -> Vec<(String, String)> {
            let outer = |at: usize| outer.get(at).cloned().unwrap_or_default();
            inner.iter().enumerate().map(|(at, name)| (name.clone(), outer(at))).collect()
        };
        let mut names: HashMap<String, String> = pairs(&function.input, &node.input).into_iter().collect();
        // What nobody outside reads still needs a name of its own.
        names.extend(pairs(&function.output, &node.output).into_iter().filter(|(_, outer)| !outer.is_empty()));
        let opset = function.opset().unwrap_or(opset);
        for inner in &function.node {
            let mut inner = inner.clone();
            rename(&mut inner, &names, &own);
            state(&mut inner, &node, function);
            inner.name = format!("{own}{}", inner.name);
            self.write(inner, opset, depth + 1)?;
        }
        Ok(())
    }
}

fn renamed(name: &str, names: &HashMap<String, String>, own: &str) -> String {
    match names.get(name) {
        _ if name.is_empty() => String::new(),
        Some(outer) => outer.clone(),
        None => format!("{own}{name}"),
    }
}

/// Gives what a node reads and makes the names that it has where the function is called.
fn rename(node: &mut NodeProto, names: &HashMap<String, String>, own: &str) {
    for name in node.input.iter_mut().chain(&mut node.output) {
        *name = renamed(name, names, own);
    }
    for graph in node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()) {
        rename_graph(graph, names, own);
    }
}

fn rename_graph(graph: &mut GraphProto, names: &HashMap<String, String>, own: &str) {
    graph.node.iter_mut().for_each(|node| rename(node, names, own));
    for port in graph.input.iter_mut().chain(&mut graph.output) {
        port.name = renamed(&port.name, names, own);
    }
    graph.initializer.iter_mut().for_each(|weight| weight.name = renamed(&weight.name, names, own));
}

/// Gives attributes that stand for the call's the values that these have there.
fn state(node: &mut NodeProto, call: &NodeProto, function: &FunctionProto) {
    node.attribute.retain_mut(|attribute| {
        if attribute.ref_attr_name.is_empty() {
            return true;
        }
        let named = |stated: &&crate::network::onnx::AttributeProto| stated.name == attribute.ref_attr_name;
        let stated = call.attribute.iter().chain(&function.attribute_proto).find(named).cloned();
        stated.is_some_and(|stated| {
            *attribute = crate::network::onnx::AttributeProto { name: std::mem::take(&mut attribute.name), ..stated };
            true
        })
    });
}

/// Calls inside calls.
const DEPTH: usize = 32;
