//! The content of a file that can be imported.

use std::path::Path;

use takar_proto::v1;

use super::{
    regions::{FORMER_CODES_HEADER, FormerCodeRow, REGIONS_HEADER, RegionRow, from_csv},
    result_file::{
        AnyFile, CohortFile, CycleFile, EvaluationFile, InstrumentFile, Kind, from_json,
    },
};
use crate::error::Error;

/// What a file holds, read and checked as far as that goes without a server.
#[derive(Debug)]
pub(crate) enum Content {
    Regions(Vec<RegionRow>),
    FormerCodes(Vec<FormerCodeRow>),
    Instrument(v1::Instrument),
    Cycle(v1::Cycle),
    Cohort(v1::Cohort),
    Evaluation(EvaluationFile),
}

impl Content {
    /// Reads a file's text; its name says whether it is CSV or JSON.
    ///
    /// # Errors
    /// Where it is not in the format, with the place.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, Error> {
        // Windows programs put a byte order mark first.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let extension = Path::new(file).extension();
        if extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return Self::parse_csv(text);
        }
        let AnyFile { kind } = from_json(text)?;
        Ok(match kind {
            Kind::Instrument => Self::Instrument(from_json::<InstrumentFile>(text)?.into_message()),
            Kind::Cycle => Self::Cycle(from_json::<CycleFile>(text)?.into_message()),
            Kind::Cohort => Self::Cohort(from_json::<CohortFile>(text)?.into_message()),
            Kind::Evaluation => Self::Evaluation(from_json(text)?),
        })
    }

    fn parse_csv(text: &str) -> Result<Self, Error> {
        match text.lines().next().unwrap_or_default() {
            REGIONS_HEADER => Ok(Self::Regions(from_csv(text)?)),
            FORMER_CODES_HEADER => Ok(Self::FormerCodes(from_csv(text)?)),
            found => Err(Error::Header {
                found: found.to_owned(),
                known: format!("{REGIONS_HEADER:?}, {FORMER_CODES_HEADER:?}"),
            }),
        }
    }

    /// What comes first: what refers to nothing, or to what has come before.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Regions(_) => 0,
            Self::FormerCodes(_) => 1,
            Self::Instrument(_) => 2,
            Self::Cycle(_) => 3,
            Self::Cohort(_) => 4,
            Self::Evaluation(_) => 5,
        }
    }

    /// How many things the file holds, each of which is written or there already.
    pub(crate) fn items(&self) -> usize {
        match self {
            Self::Regions(regions) => regions.len(),
            Self::FormerCodes(codes) => codes.len(),
            Self::Instrument(_) | Self::Cycle(_) | Self::Cohort(_) => 1,
            Self::Evaluation(file) => {
                let evaluation = 1;
                evaluation
                    + file.programs.len()
                    + file.tallies.len()
                    + file.pillar_scores.len()
                    + file.component_scores.len()
                    + usize::from(file.publication.is_some())
            }
        }
    }
}
