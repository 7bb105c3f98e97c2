//! Regions and their codes.

use chrono::NaiveDate;
use takar_domain::{name::RegionCode, registry::Region, vocabulary::RegionKind};
use takar_store::{Page, RegionFilter, Resource, Store};

use crate::support::{
    ROUNDS_MAX, Scene, after, all, code, existing, formerly, length, missing, region,
};

fn mimika() -> Region {
    let mut mimika =
        formerly(region("94.04", RegionKind::Kabupaten, "Kabupaten Mimika"), &["91.10", "91.09"]);
    mimika.former_codes[1].end_date = NaiveDate::from_ymd_opt(2022, 11, 10);
    mimika
}

fn papua() -> [Region; 2] {
    [
        region("91", RegionKind::Province, "Papua"),
        region("94", RegionKind::Province, "Papua Tengah"),
    ]
}

async fn codes(store: &Store, filter: &RegionFilter, page: &Page<RegionCode>) -> Vec<String> {
    let whole = store.regions(filter, &all()).await.expect("regions");
    assert_eq!(store.count_regions(filter).await.expect("a count"), length(&whole));
    let regions = store.regions(filter, page).await.expect("regions");
    regions.into_iter().map(|region| region.code.to_string()).collect()
}

#[tokio::test]
async fn a_region_is_found_by_its_current_and_by_its_former_codes() {
    let scene = Scene::empty().await;
    scene.hand.create_regions(&papua()).await.unwrap();
    scene.hand.create_regions(&[mimika()]).await.unwrap();

    let current = scene.store.region(&code("94.04")).await.unwrap();
    // The newest first, and those without a date last.
    let former: Vec<_> = current.former_codes.iter().map(|former| former.code.as_str()).collect();
    assert_eq!(former, ["91.09", "91.10"]);
    assert_eq!(current.former_codes[0], mimika().former_codes[1]);
    for former in ["91.09", "91.10"] {
        assert_eq!(scene.store.region(&code(former)).await.unwrap(), current);
    }
    assert_eq!(missing(scene.store.region(&code("91.11")).await), Resource::Region(code("91.11")));
}

#[tokio::test]
async fn a_code_never_means_two_regions() {
    let scene = Scene::empty().await;
    scene.hand.create_regions(&papua()).await.unwrap();
    scene.hand.create_regions(&[mimika()]).await.unwrap();

    let other = |code| region(code, RegionKind::Kabupaten, "Kabupaten Lain");
    for (second, taken) in [
        (other("94.04"), "94.04"),
        (other("91.09"), "91.09"),
        (formerly(other("94.05"), &["94.04"]), "94.04"),
        (formerly(other("94.05"), &["91.09"]), "91.09"),
        (formerly(other("94.05"), &["94.05"]), "94.05"),
    ] {
        let result = scene.hand.create_regions(&[second]).await;
        assert_eq!(existing(result), Resource::Region(code(taken)));
    }
}

#[tokio::test]
async fn a_region_of_an_unregistered_province_is_refused() {
    let scene = Scene::with_regions().await;
    let denpasar = region("51.71", RegionKind::Kota, "Kota Denpasar");
    let result = scene.hand.create_regions(&[denpasar]).await;
    assert_eq!(missing(result), Resource::Region(code("51")));

    let moved = formerly(region("33.07", RegionKind::Kabupaten, "Kabupaten Wonosobo"), &["51.07"]);
    let result = scene.hand.create_regions(&[moved]).await;
    assert_eq!(missing(result), Resource::Region(code("51")));
}

#[tokio::test]
async fn a_batch_is_registered_whole_or_not_at_all() {
    let scene = Scene::with_regions().await;
    let before = codes(&scene.store, &RegionFilter::default(), &all()).await;
    let batch = [
        region("51", RegionKind::Province, "Bali"),
        region("51.71", RegionKind::Kota, "Kota Denpasar"),
        region("33.05", RegionKind::Kabupaten, "Kabupaten Kebumen"),
    ];
    let result = scene.hand.create_regions(&batch).await;
    assert_eq!(existing(result), Resource::Region(code("33.05")));
    assert_eq!(codes(&scene.store, &RegionFilter::default(), &all()).await, before);
    let left = scene.sql("select from region where display_name = 'Bali'").await.unwrap();
    assert_eq!(left, 0);

    scene.hand.create_regions(&batch[..2]).await.unwrap();
    assert_eq!(scene.store.region(&code("51.71")).await.unwrap(), batch[1]);
}

#[tokio::test]
async fn each_condition_of_the_list_excludes_by_itself() {
    let scene = Scene::with_regions().await;
    let rows = [
        region("33.01", RegionKind::Kabupaten, "Kabupaten Kebangkitan"),
        region("33.71", RegionKind::Kota, "Kota Kebaikan"),
        region("35.05", RegionKind::Kabupaten, "Kabupaten Kebajikan"),
    ];
    scene.hand.create_regions(&rows).await.unwrap();
    let filter = RegionFilter {
        province: Some(code("33")),
        kind: Some(RegionKind::Kabupaten),
        name_contains: Some("KEB".to_owned()),
    };
    let page = after(code("33.01"));
    assert_eq!(codes(&scene.store, &filter, &page).await, ["33.05"]);

    let without_province = RegionFilter { province: None, ..filter.clone() };
    assert_eq!(codes(&scene.store, &without_province, &page).await, ["33.05", "35.05"]);
    let without_kind = RegionFilter { kind: None, ..filter.clone() };
    assert_eq!(codes(&scene.store, &without_kind, &page).await, ["33.05", "33.71"]);
    let without_name = RegionFilter { name_contains: None, ..filter.clone() };
    assert_eq!(codes(&scene.store, &without_name, &page).await, ["33.05", "33.06"]);
    assert_eq!(codes(&scene.store, &filter, &all()).await, ["33.01", "33.05"]);
}

#[tokio::test]
async fn a_name_is_searched_in_any_case_and_its_wildcards_mean_themselves() {
    let scene = Scene::with_regions().await;
    for (text, found) in [
        ("kebumen", vec!["33.05"]),
        ("KABUPATEN", vec!["33.05", "33.06"]),
        ("n K", vec!["33.05"]),
        ("%", vec![]),
        ("K_bumen", vec![]),
    ] {
        let filter =
            RegionFilter { name_contains: Some(text.to_owned()), ..RegionFilter::default() };
        assert_eq!(codes(&scene.store, &filter, &all()).await, found, "{text}");
    }
}

#[tokio::test]
async fn a_region_with_former_codes_is_listed_once_under_its_current_one() {
    let scene = Scene::empty().await;
    scene.hand.create_regions(&papua()).await.unwrap();
    scene.hand.create_regions(&[mimika()]).await.unwrap();
    let listed = codes(&scene.store, &RegionFilter::default(), &all()).await;
    assert_eq!(listed, ["91", "94", "94.04"]);

    let of_former_province = RegionFilter { province: Some(code("91")), ..RegionFilter::default() };
    assert!(codes(&scene.store, &of_former_province, &all()).await.is_empty());
}

#[tokio::test]
async fn pages_neither_repeat_nor_lose_rows_while_others_are_inserted() {
    let scene = Scene::empty().await;
    let kabupaten = |id: String| region(&id, RegionKind::Kabupaten, "Kabupaten");
    scene.hand.create_regions(&[region("33", RegionKind::Province, "Jawa Tengah")]).await.unwrap();
    let first: Vec<_> = (10..30).map(|number| kabupaten(format!("33.{number}"))).collect();
    scene.hand.create_regions(&first).await.unwrap();

    let mut seen: Vec<String> = Vec::new();
    let mut page = Page { after: None, size: 5 };
    for round in 0.. {
        assert!(round < ROUNDS_MAX, "the pages do not end: {seen:?}");
        let mut found = codes(&scene.store, &RegionFilter::default(), &page).await;
        let is_last = found.len() <= usize::from(page.size);
        found.truncate(page.size.into());
        page.after = found.last().map(|last| code(last));
        seen.append(&mut found);
        if is_last {
            break;
        }
        // One before what was read, and one at the end.
        let between = [kabupaten(format!("33.0{round}")), kabupaten(format!("33.9{round}"))];
        scene.hand.create_regions(&between).await.unwrap();
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(seen, once, "in order, each once");
    assert!(first.iter().all(|region| seen.contains(&region.code.to_string())));
    assert!(seen.contains(&"33.90".to_owned()), "what came behind the reader is read");
}
