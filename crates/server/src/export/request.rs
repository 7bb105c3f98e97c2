//! What export requests ask for.

use prost_types::Timestamp;
use takar_domain::{
    fault::{Fault, Faults},
    name::CycleId,
    population::Population,
};
use takar_proto::v1;
use takar_store::AsOf;

use super::{form::Format, scorecards::Layout, subject::Subject};
use crate::{name, population};

/// The name that stands for all cycles with real results (AIP-159).
const ALL_CYCLES: &str = "cycles/-";

/// An export that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// `None` for all cycles with real results.
    pub(super) cycle: Option<CycleId>,
    pub(super) population: Population,
    pub(super) as_of: AsOf,
    pub(super) format: Format,
    pub(super) subject: Subject,
}

/// What every export is asked for with.
struct Common<'a> {
    cycle: &'a str,
    format: i32,
    cohort: &'a str,
    province: &'a str,
    as_of: Option<Timestamp>,
}

impl Asked {
    /// Reads a request for scorecards.
    ///
    /// # Errors
    /// [`Faults`] of every field that is wrong; `layout` where the format does not have it.
    pub(super) fn scorecards(request: v1::ExportScorecardsRequest) -> Result<Self, Faults> {
        let v1::ExportScorecardsRequest { cycle, format, cohort, province, as_of, layout } =
            request;
        let (cycle, cohort, province) = (&cycle, &cohort, &province);
        Self::parse(&Common { cycle, format, cohort, province, as_of }, |format| {
            parse_layout(layout, format)
                .map(Subject::Scorecards)
                .map_err(|fault| fault.at("layout"))
        })
    }

    /// Reads a request for a summary.
    ///
    /// # Errors
    /// [`Faults`] of every field that is wrong.
    pub(super) fn summary(request: v1::ExportSummaryRequest) -> Result<Self, Faults> {
        let v1::ExportSummaryRequest { cycle, format, cohort, province, as_of } = request;
        let (cycle, cohort, province) = (&cycle, &cohort, &province);
        Self::parse(&Common { cycle, format, cohort, province, as_of }, |_| Ok(Subject::Summary))
    }

    fn parse(
        common: &Common<'_>,
        subject: impl FnOnce(Option<Format>) -> Result<Subject, Fault>,
    ) -> Result<Self, Faults> {
        let Common { cycle, format, cohort, province, as_of } = *common;
        let mut faults = Faults::none();
        let cycle = faults.keep("cycle", parse_cycle(cycle));
        let format = faults.keep("format", parse_format(format));
        let population = faults.merge(population::parse(cohort, province));
        let as_of = faults.merge(population::parse_as_of(as_of));
        let subject = faults.merge(subject(format).map_err(Faults::from));
        let parts = cycle.zip(format).zip(population.zip(as_of)).zip(subject);
        faults.into_result(parts.map(|(((cycle, format), (population, as_of)), subject)| Self {
            cycle,
            population,
            as_of,
            format,
            subject,
        }))
    }
}

fn parse_cycle(name: &str) -> Result<Option<CycleId>, Fault> {
    if name == ALL_CYCLES { Ok(None) } else { name::cycle(name).map(Some) }
}

fn parse_format(number: i32) -> Result<Format, Fault> {
    let format = v1::ExportFormat::try_from(number).map(Format::of);
    format.map_err(|_| {
        let allowed = Format::ALL.map(|format| format.wire().as_str_name()).join(", ");
        Fault::new(number, allowed)
    })
}

fn parse_layout(number: i32, format: Option<Format>) -> Result<Layout, Fault> {
    use v1::ExportLayout as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Unspecified | Wire::Long) => Ok(Layout::Long),
        Ok(wide @ Wire::Wide) if format.is_some_and(Format::is_sdmx_json) => {
            Err(Fault::new(wide.as_str_name(), "EXPORT_LAYOUT_LONG: SDMX-JSON has no other"))
        }
        Ok(Wire::Wide) => Ok(Layout::Wide),
        Err(_) => Err(Fault::new(number, "EXPORT_LAYOUT_LONG, EXPORT_LAYOUT_WIDE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cycle: &str) -> v1::ExportScorecardsRequest {
        v1::ExportScorecardsRequest { cycle: cycle.to_owned(), ..Default::default() }
    }

    fn fields(request: v1::ExportScorecardsRequest) -> Vec<String> {
        let faults = Asked::scorecards(request).unwrap_err();
        faults.iter().map(|fault| fault.field.clone()).collect()
    }

    #[test]
    fn without_more_words_a_cycle_is_asked_for_as_csv_in_long_form() {
        let asked = Asked::scorecards(request("cycles/2022")).unwrap();
        assert_eq!(asked.cycle.unwrap().as_str(), "2022");
        assert_eq!(asked.format, Format::Csv);
        assert_eq!(asked.subject, Subject::Scorecards(Layout::Long));
        assert_eq!((asked.population, asked.as_of), (Population::Nation, AsOf::Now));
        assert_eq!(Asked::scorecards(request("cycles/-")).unwrap().cycle, None);
    }

    #[test]
    fn each_format_is_known_by_its_number_and_another_is_refused() {
        for format in Format::ALL {
            assert_eq!(parse_format(format.wire().into()), Ok(format));
        }
        assert!(parse_format(6).is_err());
    }

    #[test]
    fn all_that_is_wrong_is_named() {
        let wrong = v1::ExportScorecardsRequest {
            format: 9,
            layout: 9,
            cohort: "cohorts/a".to_owned(),
            province: "regions/33".to_owned(),
            as_of: Some(Timestamp { seconds: i64::MAX, nanos: 0 }),
            ..request("2022")
        };
        assert_eq!(fields(wrong), ["cycle", "format", "province", "as_of", "layout"]);
    }

    #[test]
    fn sdmx_has_the_long_layout_only() {
        let mut asked = request("cycles/2022");
        asked.layout = v1::ExportLayout::Wide.into();
        let wide = Asked::scorecards(asked.clone()).unwrap();
        assert_eq!(wide.subject, Subject::Scorecards(Layout::Wide));
        for format in [v1::ExportFormat::SdmxJson, v1::ExportFormat::SdmxJson1] {
            asked.format = format.into();
            assert_eq!(fields(asked.clone()), ["layout"]);
        }
    }
}
