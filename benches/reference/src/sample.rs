//! The service that is measured: its descriptors, and the answer that everybody gives.

use std::{fs, path::Path};

use anyhow::Context;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};
use serde_json::{Value, json};

/// Items of the answer; 20 make about 4 KB of JSON.
const ITEM_COUNT: usize = 20;

/// Writes `descriptors.binpb`, `report.binpb` and `item.binpb` into a directory.
pub(crate) fn write(directory: &Path) -> anyhow::Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/proto");
    let contract = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let mut compiler = protox::Compiler::new([root, contract])?;
    compiler.include_imports(true).open_file("bench.proto")?;
    let descriptors = compiler.encode_file_descriptor_set();
    let pool = DescriptorPool::decode(descriptors.as_slice())?;
    put(directory, "descriptors.binpb", &descriptors)?;
    put(directory, "report.binpb", &message(&pool, "bench.v1.Report", report())?)?;
    put(directory, "item.binpb", &message(&pool, "bench.v1.Item", item(1))?)
}

fn put(directory: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(directory.join(name), bytes).with_context(|| format!("cannot write {name}"))
}

fn message(pool: &DescriptorPool, name: &str, json: Value) -> anyhow::Result<Vec<u8>> {
    let descriptor = pool.get_message_by_name(name).context("the message is not in the file")?;
    Ok(DynamicMessage::deserialize(descriptor, json)?.encode_to_vec())
}

fn report() -> Value {
    json!({
        "name": "reports/33.05",
        "etag": "6d1ab6f2c0a94f0d",
        "updateTime": "2022-12-05T07:00:00Z",
        "items": (0..ITEM_COUNT).map(item).collect::<Vec<_>>(),
        "labels": {"cycle": "2022", "province": "33"},
    })
}

fn item(index: usize) -> Value {
    json!({
        "id": format!("program-{index:03}"),
        "displayName": format!("Program \"Rumah Harapan\" {index}"),
        "kind": "KIND_RUNNING",
        "running": 9,
        "planned": 10 + index,
        "budget": (1_250_000_000 + index).to_string(),
        "value": "85.71",
        "isFlagship": true,
        "share": 0.857_142_857_1,
        "reportTime": "2022-10-06T02:30:00.125Z",
    })
}
