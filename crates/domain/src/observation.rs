//! Published figures as observations, as statistics take them: each of its measure, with a status.

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    instrument::Instrument,
    population::{KeptFigure, PublishedRegion},
    publication::Measure,
    scorecard::NullReason,
    vocabulary::ObservationStatus,
};

/// The status of a statistic of which there is no value: nobody has one.
pub const NO_VALUE: ObservationStatus = ObservationStatus::NotCollected;

/// One figure of a published scorecard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation<'a> {
    /// What is measured.
    pub measure: Measure,
    /// The exact value, or why there is none.
    pub value: Result<&'a Exact, NullReason>,
    /// How many decimals the value is shown with.
    pub decimals: u32,
    /// Whether the value can be relied on.
    pub status: ObservationStatus,
}

impl Observation<'_> {
    /// The value as shown, rounded half up; `None` where there is none.
    pub fn shown(&self) -> Option<Decimal> {
        self.value.ok().map(|exact| exact.round(self.decimals))
    }
}

impl PublishedRegion {
    /// The figures of the region, in the order of [`Measure::KEPT`], less the components that its
    /// instrument does not have.
    ///
    /// The value as shown follows from the exact one by the instrument's decimals, as in the scorecard:
    /// an instrument that scored something never changes.
    pub fn observations<'a>(
        &'a self,
        instrument: &'a Instrument,
    ) -> impl Iterator<Item = Observation<'a>> {
        Measure::KEPT.into_iter().filter_map(|measure| {
            let value = match self.figures.get(measure)? {
                KeptFigure::Value(exact) => Ok(exact),
                KeptFigure::Null(reason) => Err(*reason),
                KeptFigure::NotOfInstrument => return None,
            };
            let status = match value {
                Ok(_) if self.is_break(measure) => ObservationStatus::Break,
                Ok(_) => ObservationStatus::Normal,
                Err(reason) => reason.status(),
            };
            Some(Observation { measure, value, decimals: measure.decimals(instrument), status })
        })
    }
}

impl NullReason {
    /// The status of a figure without a value.
    pub const fn status(self) -> ObservationStatus {
        match self {
            // It can't exist.
            Self::NothingPlanned | Self::NeedsPopulation | Self::NoSpread | Self::NotPositive => {
                ObservationStatus::Missing
            }
            Self::NotReported | Self::NotScored | Self::InputMissing | Self::NoEarlierIndex => {
                ObservationStatus::NotCollected
            }
        }
    }
}

impl ObservationStatus {
    /// The code of SDMX's code list `CL_OBS_STATUS`.
    pub const fn sdmx_code(self) -> &'static str {
        match self {
            Self::Normal => "A",
            Self::Provisional => "P",
            Self::Missing => "M",
            Self::NotCollected => "L",
            Self::Break => "B",
            Self::Suppressed => "Q",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        instrument::ShownDecimals,
        name::RegionCode,
        population::{KeptFigures, NamedRegion, testing},
        vocabulary::{Component, Pillar},
    };

    /// A region of which only these measures are known; the others were not scored.
    fn region(known: &[(Measure, KeptFigure)]) -> PublishedRegion {
        let figures = Measure::KEPT.map(|measure| {
            let known = known.iter().find(|(known, _)| *known == measure);
            known.map_or(KeptFigure::Null(NullReason::NotScored), |(_, figure)| figure.clone())
        });
        PublishedRegion {
            region: NamedRegion {
                number: 1,
                code: RegionCode::parse("35.71").unwrap(),
                display_name: "Kota Kediri".to_owned(),
                province: RegionCode::parse("35").unwrap(),
            },
            revision: 1,
            publish_time: chrono::DateTime::UNIX_EPOCH,
            figures: KeptFigures::new(figures.to_vec()).unwrap(),
            improvement_is_break: true,
            ratios: [None; Pillar::ALL.len()],
        }
    }

    fn value(numerator: i64, denominator: i64) -> KeptFigure {
        KeptFigure::Value(Exact::quotient(numerator, denominator).unwrap())
    }

    #[test]
    fn a_figure_is_shown_with_the_decimals_of_its_kind() {
        let kediri = region(&[
            (Measure::Index, value(1243, 375)),
            (Measure::PillarRealisation(Pillar::Branding), value(600, 7)),
        ]);
        let instrument = testing::instrument();
        let mut definition = instrument.definition().clone();
        definition.decimals = ShownDecimals::parse(1, 3).unwrap();
        let instrument = Instrument::new(instrument.id().clone(), definition).unwrap();
        let shown: Vec<_> = kediri
            .observations(&instrument)
            .filter_map(|observation| Some((observation.measure, observation.shown()?.to_string())))
            .collect();
        assert_eq!(
            shown,
            [
                (Measure::Index, "3.315".to_owned()),
                (Measure::PillarRealisation(Pillar::Branding), "85.7".to_owned()),
            ]
        );
    }

    #[test]
    fn a_status_tells_of_breaks_and_of_what_is_missing() {
        let nothing_planned = KeptFigure::Null(NullReason::NothingPlanned);
        let kediri = region(&[
            (Measure::Index, value(3, 1)),
            (Measure::Improvement, value(-1, 4)),
            (Measure::PillarRealisation(Pillar::Living), nothing_planned),
            (Measure::ComponentScore(Component::QuickWin), KeptFigure::NotOfInstrument),
        ]);
        let instrument = testing::instrument();
        let observations: Vec<_> = kediri.observations(&instrument).collect();
        assert_eq!(observations.len(), Measure::KEPT.len() - 1, "less what the instrument lacks");
        let code = |measure| {
            let found = observations.iter().find(|observation| observation.measure == measure);
            found.map(|observation| observation.status.sdmx_code())
        };
        assert_eq!(code(Measure::Index), Some("A"));
        assert_eq!(code(Measure::Improvement), Some("B"));
        assert_eq!(code(Measure::PillarRealisation(Pillar::Living)), Some("M"));
        assert_eq!(code(Measure::PooledRealisation), Some("L"));
    }

    #[test]
    fn an_improvement_without_a_value_is_no_break() {
        let (kediri, instrument) = (region(&[]), testing::instrument());
        let mut observations = kediri.observations(&instrument);
        let found = observations.find(|found| found.measure == Measure::Improvement);
        assert_eq!(found.unwrap().status, ObservationStatus::NotCollected);
    }
}
