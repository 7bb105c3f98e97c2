//! The catalogue of open datasets: `data.json` of Project Open Data 1.1 (DCAT-US), which is JSON-LD.

use takar_proto::v1::{
    self,
    catalog::{Contact, Dataset, Distribution, Organization},
};
use takar_store::PublishedCycle;

use super::{catalog_settings::CatalogSettings, form::Format};
use crate::convert;

const CONTEXT: &str = "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld";
const SCHEMA: &str = "https://project-open-data.cio.gov/v1.1/schema";
const JSON_SCHEMA: &str = "https://project-open-data.cio.gov/v1.1/schema/catalog.json";
/// SDMX 3.0, by which the datasets are structured.
const SDMX: &str = "https://sdmx.org/standards-2/";

/// The catalogue of what is published, the latest cycles first.
pub(super) fn catalog(settings: &CatalogSettings, cycles: &[PublishedCycle]) -> v1::Catalog {
    let datasets = cycles.iter().rev().flat_map(|cycle| {
        [scorecards(cycle), summary(cycle)].map(|content| dataset(settings, cycle, content))
    });
    v1::Catalog {
        context: CONTEXT.to_owned(),
        id: format!("{}/data.json", settings.public_url),
        r#type: "dcat:Catalog".to_owned(),
        conforms_to: SCHEMA.to_owned(),
        described_by: JSON_SCHEMA.to_owned(),
        dataset: datasets.collect(),
    }
}

/// What tells a dataset from the others of its cycle.
struct Content {
    /// The resource that is exported.
    resource: &'static str,
    title: String,
    description: String,
}

fn scorecards(cycle: &PublishedCycle) -> Content {
    let PublishedCycle { id, display_name, .. } = cycle;
    Content {
        resource: "scorecards",
        title: format!(
            "Rapor evaluasi smart city, {display_name} ({id}) / Scorecards of the smart-city \
             evaluation, {display_name} ({id})"
        ),
        description: format!(
            "Indeks, skor aspek dan dimensi, serta capaian program setiap kabupaten dan kota yang \
             rapornya telah diterbitkan pada {display_name}, satu baris setiap angka, dengan nilai \
             tampilan, nilai eksak, status, instrumen, dan revisi. / Index, scores of components and \
             pillars, and realisation of programmes of each regency and city whose scorecard of \
             {display_name} is published, one row a figure, with the value as shown, the exact value, \
             its status, the instrument and the revision."
        ),
    }
}

fn summary(cycle: &PublishedCycle) -> Content {
    let PublishedCycle { id, display_name, .. } = cycle;
    Content {
        resource: "summary",
        title: format!(
            "Ringkasan nasional evaluasi smart city, {display_name} ({id}) / National summary of the \
             smart-city evaluation, {display_name} ({id})"
        ),
        description: format!(
            "Rata-rata, median, kuartil, simpangan baku, nilai terendah dan tertinggi, serta jumlah \
             daerah yang mencapai ambang, dari rapor yang telah diterbitkan pada {display_name}. / \
             Mean, median, quartiles, standard deviation, least and greatest value, and how many \
             regions reach the threshold, of the scorecards of {display_name} that are published."
        ),
    }
}

fn dataset(settings: &CatalogSettings, cycle: &PublishedCycle, content: Content) -> Dataset {
    let PublishedCycle { id, display_name: _, first_publish_time, newest_publish_time } = cycle;
    let CatalogSettings { public_url, publisher, contact_email, licence_url } = settings;
    let Content { resource, title, description } = content;
    let url = format!("{public_url}/v1/cycles/{id}/{resource}:export");
    Dataset {
        r#type: "dcat:Dataset".to_owned(),
        identifier: url.clone(),
        title,
        description,
        keyword: KEYWORDS.map(str::to_owned).to_vec(),
        issued: Some(convert::timestamp(*first_publish_time)),
        modified: Some(convert::timestamp(*newest_publish_time)),
        publisher: Some(Organization {
            r#type: "org:Organization".to_owned(),
            name: publisher.clone(),
        }),
        contact_point: Some(Contact {
            r#type: "vcard:Contact".to_owned(),
            r#fn: publisher.clone(),
            has_email: contact_email.as_ref().map(|email| format!("mailto:{email}")),
        }),
        access_level: "public".to_owned(),
        license: licence_url.clone(),
        spatial: "Indonesia".to_owned(),
        temporal: year(id.as_str()).map(|year| format!("{year}-01-01/{year}-12-31")),
        language: vec!["id".to_owned(), "en".to_owned()],
        theme: vec!["Pemerintahan / Government".to_owned()],
        conforms_to: SDMX.to_owned(),
        distribution: Format::ALL.map(|format| distribution(&url, format)).to_vec(),
    }
}

const KEYWORDS: [&str; 6] =
    ["smart city", "evaluasi", "kabupaten", "kota", "indeks", "Satu Data Indonesia"];

fn distribution(url: &str, format: Format) -> Distribution {
    let (name, standard) = match format {
        Format::Csv => ("CSV", "https://www.rfc-editor.org/rfc/rfc4180"),
        Format::Xlsx => ("XLSX", "https://www.iso.org/standard/71691.html"),
        Format::JsonLines => ("JSON Lines", "https://jsonlines.org"),
        Format::SdmxJson => ("SDMX-JSON 2.0.0", "https://github.com/sdmx-twg/sdmx-json"),
        Format::SdmxJson1 => ("SDMX-JSON 1.0.0-wd", "https://github.com/sdmx-twg/sdmx-json"),
    };
    let media_type = format.media_type().split(';').next().unwrap_or_default();
    Distribution {
        r#type: "dcat:Distribution".to_owned(),
        title: name.to_owned(),
        download_url: format!("{url}?format={}", format.wire().as_str_name()),
        media_type: media_type.to_owned(),
        format: name.to_owned(),
        conforms_to: standard.to_owned(),
    }
}

/// The year with which the id of a cycle begins: `2024-1` is of 2024.
fn year(cycle: &str) -> Option<&str> {
    let (year, rest) = cycle.split_at_checked(4)?;
    let is_year = year.bytes().all(|byte| byte.is_ascii_digit());
    (is_year && (rest.is_empty() || rest.starts_with('-'))).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_of_the_year_that_its_id_begins_with() {
        for (cycle, expected) in [
            ("2022", Some("2022")),
            ("2024-1", Some("2024")),
            ("20222", None),
            ("202", None),
            ("percobaan", None),
            ("simulation-2022", None),
        ] {
            assert_eq!(year(cycle), expected, "{cycle}");
        }
    }
}
