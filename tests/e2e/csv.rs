//! Lists of the real contract as CSV.

use serde_json::json;

use crate::{
    rest::{Received, send},
    stack::Stack,
};

/// A few more than the largest page, so that there are two.
const REGIONS: usize = 1_050;

async fn csv(stack: &Stack, path: &str) -> Received {
    send(stack.rest.request("GET", path).header("accept", "text/csv")).await
}

#[tokio::test]
async fn every_list_has_its_columns() {
    let stack = Stack::start().await;
    create_cycle(&stack).await;
    let mut headers = String::new();
    for list in [
        "regions",
        "cohorts",
        "instruments",
        "cycles",
        "cycles/2022/ranking",
        "regions/-/evaluations",
        "regions/-/scorecards",
        "apiKeys",
        "auditEntries",
    ] {
        let received = csv(&stack, &format!("/v1/{list}")).await;
        assert_eq!(received.status, 200, "{list}: {}", received.body);
        let (header, _) = received.body.split_once("\r\n").expect("a header");
        let disposition = received.header("content-disposition");
        let columns = header.replace(',', "\n");
        headers.extend([list, ": ", disposition, "\n", &columns, "\n\n"]);
    }
    insta::assert_snapshot!(headers);
}

#[tokio::test]
async fn all_regions_come_in_one_file_and_a_page_alone_where_it_is_named() {
    let stack = Stack::start().await;
    let codes = register_regions(&stack).await;
    let whole = csv(&stack, "/v1/regions").await;
    assert_eq!(whole.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(whole.header("content-disposition"), "attachment; filename=\"regions.csv\"");
    let listed: Vec<_> = whole.body.lines().skip(1).map(code).collect();
    assert_eq!(listed, codes);

    let page = csv(&stack, "/v1/regions?pageSize=2&kind=KIND_KOTA").await;
    let listed: Vec<_> = page.body.lines().skip(1).map(code).collect();
    assert_eq!(listed, codes.iter().filter(|code| code.len() == 5).take(2).collect::<Vec<_>>());
    let link = page.header("link");
    assert!(link.starts_with("</v1/regions?pageSize=2&kind=KIND_KOTA&pageToken="), "{link}");
    let refused = csv(&stack, "/v1/regions?pageSize=-1").await;
    assert_eq!((refused.status, refused.header("content-type")), (400, "application/problem+json"));
}

async fn create_cycle(stack: &Stack) {
    let instrument = json!({"instrumentId": "one", "instrument": {
        "displayName": "One component",
        "source": "a test",
        "scale": {"minimum": "0", "maximum": "4"},
        "components": [
            {"component": "COMPONENT_OUTPUT", "weight": "100", "derivation": "DERIVATION_DIRECT"},
        ],
        "thresholdPercent": "80",
    }});
    stack.grpc.call("RegistryService.CreateInstrument", &instrument).await.message();
    let cycle = json!({"displayName": "Evaluasi 2022", "instrument": "instruments/one"});
    let cycle = json!({"cycleId": "2022", "cycle": cycle});
    stack.grpc.call("RegistryService.CreateCycle", &cycle).await.message();
}

/// The second cell, which is the region's code.
fn code(line: &str) -> &str {
    line.split(',').nth(1).expect("a code")
}

async fn register_regions(stack: &Stack) -> Vec<String> {
    let provinces = 11..=21;
    let codes = provinces.flat_map(|province| {
        let regions = (1..=99).map(move |number| format!("{province}.{number:02}"));
        std::iter::once(province.to_string()).chain(regions)
    });
    let codes: Vec<String> = codes.take(REGIONS).collect();
    for batch in codes.chunks(1_000) {
        let requests = batch.iter().map(|code| {
            let kind = if code.len() == 2 { "KIND_PROVINCE" } else { "KIND_KOTA" };
            json!({"regionId": code, "region": {"kind": kind, "displayName": format!("Kota {code}")}})
        });
        let batch = json!({"requests": requests.collect::<Vec<_>>()});
        let rpc = "RegistryService.BatchCreateRegions";
        stack.grpc.call(rpc, &batch).await.message();
    }
    codes
}
