//! Graphs that are none, and the interpreter against ONNX Runtime on random graphs of `tests/data/network/make_shapes.py`.

use std::io::Read;

use prost::bytes::Bytes;
use serde_json::Value as Json;

use super::constant::Numbers;
use super::value::Along;
use super::{Feed, Graph, lcm, walked};
use crate::network::onnx::{self, ModelProto, NodeProto};
use crate::network::reader;

#[test]
fn the_arithmetic_of_shapes_is_that_of_onnx_runtime() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/network/shapes.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let (mut known, mut unknown, mut wrong) = (0, std::collections::BTreeMap::new(), Vec::new());
    for seed in 0..archive.len() / 2 {
        let mut file = |name: String| {
            let mut bytes = Vec::new();
            archive.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let (model, runs) = (file(format!("{seed}.onnx")), file(format!("{seed}.json")));
        let proto = reader::read(&Bytes::from(model)).unwrap();
        let graph = Graph::new(&proto, &[]).unwrap();
        let runs: Json = serde_json::from_slice(&runs).unwrap();
        for run in runs.as_array().unwrap() {
            let shape: Vec<usize> = serde_json::from_value(run["image"].clone()).unwrap();
            let feed = Feed { kind: onnx::FLOAT, along: vec![Along::Other; shape.len()], shape };
            let walk = walked(&graph, &[feed], &[]).unwrap();
            for (name, expected) in graph.outputs.iter().zip(run["outputs"].as_array().unwrap()) {
                let node = graph.nodes.iter().find(|node| node.proto.output.contains(name)).unwrap();
                let operator = &node.proto.op_type;
                let Some(found) = walk.values.get(name.as_str()).and_then(|value| value.content.clone()) else {
                    *unknown.entry(operator.clone()).or_insert(0) += 1;
                    continue;
                };
                known += 1;
                let shape: Vec<usize> = serde_json::from_value(expected["shape"].clone()).unwrap();
                let number = |value: &Json| value.as_bool().map_or_else(|| value.as_f64().unwrap(), f64::from);
                let values: Vec<f64> = expected["values"].as_array().unwrap().iter().map(number).collect();
                // Powers, roots and sums of real numbers may be rounded once more.
                let allowed = if matches!(found.numbers, Numbers::Whole(_)) { 0.0 } else { 1e-6 };
                let close = |(one, other): (&f64, &f64)| (one - other).abs() <= allowed * other.abs();
                let same = found.shape == shape
                    && named(found.kind) == expected["type"]
                    && found.reals().iter().zip(&values).all(close);
                if !same {
                    wrong.push(format!(
                        "{seed}, {name}: {operator} of opset {} is {found:?}; ONNX Runtime says {expected}",
                        node.opset
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {known} values are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(known > 3000 && unknown.is_empty(), "{known} known; not known: {unknown:?}");
}

fn named(kind: i32) -> &'static str {
    match kind {
        onnx::FLOAT => "float32",
        onnx::DOUBLE => "float64",
        onnx::BOOL => "bool",
        onnx::INT32 => "int32",
        onnx::INT64 => "int64",
        onnx::UINT64 => "uint64",
        _ => "another",
    }
}

#[test]
fn a_circle_and_a_missing_value_are_errors() {
    let node = |input: &str, output: &str| NodeProto {
        input: vec![input.to_owned()],
        output: vec![output.to_owned()],
        op_type: "Relu".to_owned(),
        ..NodeProto::default()
    };
    let model = |nodes: Vec<NodeProto>| {
        let output = vec![onnx::ValueInfoProto { name: "b".to_owned(), r#type: None }];
        let graph = onnx::GraphProto { node: nodes, output, ..onnx::GraphProto::default() };
        ModelProto { graph: Some(graph), ..ModelProto::default() }
    };
    assert!(Graph::new(&model(vec![node("b", "a"), node("a", "b")]), &[]).is_err());
    assert!(Graph::new(&model(vec![node("c", "b")]), &[]).is_err());
}

#[test]
fn least_common_multiples() {
    assert_eq!([lcm(4, 6), lcm(1, 7), lcm(8, 8)], [12, 7, 8]);
}
