//! The catalogue of open datasets.

use serde_json::Value as Json;

use super::{FORMATS, file};
use crate::{
    answer::redacted,
    golden,
    rest::send,
    stack::{PUBLIC_URL, Stack},
};

async fn catalog(stack: &Stack) -> Json {
    let over_rest = stack.rest.with_token("").get("/data.json").await.message();
    let empty = serde_json::json!({});
    let over_grpc = stack.grpc.call("ExportService.GetCatalog", &empty).await.message();
    assert_eq!(over_rest, over_grpc);
    over_rest
}

/// A catalogue whose times are only said to be there.
fn timeless(mut catalog: Json) -> Json {
    for dataset in catalog["dataset"].as_array_mut().expect("datasets") {
        for name in ["issued", "modified"] {
            assert!(dataset[name].is_string(), "{dataset}");
            dataset[name] = "[time]".into();
        }
    }
    redacted(catalog)
}

#[tokio::test]
async fn what_is_published_is_in_the_catalogue_and_simulations_are_not() {
    let stack = golden::published().await;
    file::simulate(&stack).await;
    insta::assert_json_snapshot!(timeless(catalog(&stack).await));
}

#[tokio::test]
async fn before_anything_is_published_the_catalogue_is_empty() {
    let stack = Stack::start().await;
    assert_eq!(catalog(&stack).await["dataset"], Json::Array(Vec::new()));
}

#[tokio::test]
async fn a_dataset_leads_to_its_files() {
    let stack = golden::published().await;
    let catalog = catalog(&stack).await;
    let datasets = catalog["dataset"].as_array().unwrap().iter();
    let distributions: Vec<_> =
        datasets.flat_map(|dataset| dataset["distribution"].as_array().unwrap()).collect();
    assert_eq!(distributions.len(), 2 * FORMATS.len(), "scorecards and summary");
    for (distribution, (_, content_type, _)) in distributions.iter().zip(FORMATS.iter().cycle()) {
        let url = distribution["downloadURL"].as_str().unwrap();
        let path = url.strip_prefix(PUBLIC_URL).expect("where the public comes");
        let file = stack.rest.with_token("").request("GET", path).send().await.unwrap();
        assert_eq!(file.status(), 200, "{url}");
        assert_eq!(file.headers()["content-type"], *content_type);
        let media_type = distribution["mediaType"].as_str().unwrap();
        assert!(content_type.starts_with(media_type), "{media_type}");
    }
}

#[tokio::test]
async fn the_catalogue_is_kept_until_something_is_published() {
    let stack = golden::published().await;
    let get = || send(stack.rest.with_token("").request("GET", "/data.json"));
    let first = get().await;
    assert_eq!(first.header("cache-control"), "public, no-cache");
    let tag = first.header("etag").to_owned();
    assert_eq!(get().await.header("etag"), tag);
    super::correct_kebumen(&stack).await;
    assert_ne!(get().await.header("etag"), tag);
}
