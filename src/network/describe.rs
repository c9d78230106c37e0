//! A network as JSON for the host: its description, what follows from its graph, and what runs have shown of it.

use serde_json::{Map, Value, json};

use super::measure::{self, Known};
use super::model::Model;
use crate::params::Settings;

/// What the network is, wants and does: the description, what was read off the graph, and what the last probe for a
/// smaller halo found.
pub fn describe(model: &Model) -> Value {
    let package = model.package();
    let proto = &package.proto;
    let mut all = serde_json::to_value(&package.description).unwrap_or_default();
    let operators: Map<String, Value> =
        model.graph().operators().into_iter().map(|(name, count)| (name, count.into())).collect();
    all["graph"] = json!({
        "operators": operators,
        "opset": proto.opset(),
        "ir_version": proto.ir_version,
        "producer": proto.producer_name,
        "parameters": proto.graph().initializer.iter().filter_map(|w| w.elements().ok()).sum::<u64>(),
    });
    all["geometry"] = match measure::geometry(model, &Settings::new("model")) {
        Ok(Known::Geometry(geometry)) => geometry.describe(),
        Ok(Known::NeedsTrial(_, why)) => json!({ "unknown": why }),
        Err(error) => json!({ "unknown": error.text() }),
    };
    all["halo_probe"] = json!(model.findings().probe());
    all["sha256"] = package.sha256.clone().into();
    all["has_test"] = package.tests.is_ok().into();
    all
}
