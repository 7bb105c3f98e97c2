//! `regions.csv` and `region-codes.csv`.

use serde::{Deserialize, de::DeserializeOwned};
use takar_proto::v1;

use super::word;
use crate::error::Error;

/// The columns of `regions.csv`.
pub(super) const REGIONS_HEADER: &str = "code,kind,name";
/// The columns of `region-codes.csv`.
pub(super) const FORMER_CODES_HEADER: &str = "region,code,start_date,end_date,source";

/// A region of `regions.csv`, with the former codes that `region-codes.csv` names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionRow {
    pub(super) code: String,
    #[serde(deserialize_with = "word::region_kind")]
    kind: i32,
    name: String,
    #[serde(skip)]
    pub(super) former_codes: Vec<v1::region::FormerCode>,
}

impl RegionRow {
    /// The region with its name.
    pub(super) fn to_message(&self) -> v1::Region {
        v1::Region {
            name: format!("regions/{}", self.code),
            kind: self.kind,
            display_name: self.name.clone(),
            former_codes: self.former_codes.clone(),
            ..v1::Region::default()
        }
    }
}

/// A row of `region-codes.csv`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormerCodeRow {
    pub(super) region: String,
    pub(super) code: String,
    /// Since when the code was in force; the contract has no place for it.
    #[serde(rename = "start_date")]
    _start_date: String,
    end_date: String,
    source: String,
}

/// Gives the regions their former codes.
pub(super) fn add_former_codes(regions: &mut [RegionRow], codes: &[FormerCodeRow]) {
    for region in regions {
        let own = codes.iter().filter(|row| row.region == region.code);
        region.former_codes = own
            .map(|row| v1::region::FormerCode {
                code: row.code.clone(),
                end_date: row.end_date.clone(),
                source: row.source.clone(),
            })
            .collect();
    }
}

/// Reads rows; the error names the line.
pub(super) fn from_csv<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Error> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize();
    rows.map(|row| row.map_err(|error| content_error(&error))).collect()
}

fn content_error(error: &csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.kind().to_string(),
        _ => error.to_string(),
    };
    Error::Content { place: format!("line {line}"), problem }
}
