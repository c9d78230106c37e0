//! From the bytes of an ONNX file to its parts, within limits that hostile files cannot pass.

use prost::Message;
use prost::bytes::Bytes;

use super::onnx::{AXES, ModelProto, NODES, PORTS};
use super::wire::{self, Fault};
use crate::error::{Error, Result};

/// Reads a file's bytes and checks what can be checked without running anything.
///
/// # Errors
/// [`Error::Model`] for what is not an ONNX file, or one beyond the limits below.
pub fn read(bytes: &Bytes) -> Result<ModelProto> {
    if bytes.is_empty() {
        return Err(Error::Model("the network is 0 bytes; it must be an ONNX file".to_owned()));
    }
    if bytes.len() > FILE_BYTES {
        let got = bytes.len();
        return Err(Error::Model(format!("the network is {got} bytes; at most {FILE_BYTES} are read")));
    }
    let broken = || Error::Model("the network is not an ONNX file or is cut off".to_owned());
    wire::weigh(bytes, PARTS_BYTES).map_err(|fault| match fault {
        Fault::Broken => broken(),
        Fault::Heavy => Error::Model(format!(
            "the network is a file of {} bytes with too many parts; without its weights it may take at most \
             {PARTS_BYTES} bytes of memory",
            bytes.len()
        )),
    })?;
    let model = ModelProto::decode(bytes.clone()).map_err(|_| broken())?;
    let Some(graph) = &model.graph else {
        return Err(Error::Model("the network is a file without a graph; it must be an ONNX file".to_owned()));
    };
    if graph.node.is_empty() || graph.output.is_empty() {
        let (nodes, outputs) = (graph.node.len(), graph.output.len());
        return Err(Error::Model(format!(
            "the network is a graph of {nodes} nodes and {outputs} outputs; it needs at least one of each"
        )));
    }
    if graph.node.len() > NODES {
        let got = graph.node.len();
        return Err(Error::Model(format!("the network is a graph of {got} nodes; at most {NODES} are read")));
    }
    for weight in &graph.initializer {
        weight.elements()?;
        if weight.dims.len() > AXES {
            let (name, got) = (&weight.name, weight.dims.len());
            return Err(Error::Model(format!("weight {name} has {got} axes; at most {AXES} are read")));
        }
    }
    for port in model.inputs().into_iter().chain(&graph.output) {
        if let Some(extent) = port.impossible_extent() {
            return Err(Error::Model(format!(
                "the network states an extent of {extent} for {}; extents must be 1 or more, or left open",
                port.name
            )));
        }
    }
    let (inputs, outputs) = (model.inputs().len(), graph.output.len());
    if inputs.max(outputs) > PORTS {
        return Err(Error::Model(format!(
            "the network is one of {inputs} inputs and {outputs} outputs; at most {PORTS} of each can be run"
        )));
    }
    Ok(model)
}

/// Protobuf itself cannot hold more.
pub const FILE_BYTES: usize = i32::MAX as usize;
/// Memory of everything but the weights.
const PARTS_BYTES: u64 = 512 << 20;
