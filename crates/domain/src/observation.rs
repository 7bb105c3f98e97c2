//! Published figures as observations, as statistics take them: each of its measure, with a status.

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    instrument::ShownDecimals,
    population::{KeptFigure, PublishedRegion},
    publication::Measure,
    scorecard::NullReason,
    vocabulary::{Component, ObservationStatus, Pillar},
};

/// One figure of a published scorecard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation<'a> {
    /// What is measured.
    pub measure: Measure,
    /// The exact value, or why there is none.
    pub value: Result<&'a Exact, NullReason>,
    /// How many decimals the value is shown with.
    pub decimals: u8,
    /// Whether the value can be relied on.
    pub status: ObservationStatus,
}

impl Observation<'_> {
    /// The value as shown, rounded half up; `None` where there is none.
    pub fn shown(&self) -> Option<Decimal> {
        self.value.ok().map(|exact| exact.round(self.decimals.into()))
    }
}

impl PublishedRegion {
    /// The figures of the region, in the order of [`Measure::KEPT`], less the components that the
    /// instrument does not have.
    ///
    /// The value as shown follows from the exact one by the instrument's decimals, as in the scorecard:
    /// an instrument that scored something never changes.
    pub fn observations(&self, decimals: ShownDecimals) -> impl Iterator<Item = Observation<'_>> {
        Measure::KEPT.into_iter().filter_map(move |measure| {
            let value = match self.figures.get(measure)? {
                KeptFigure::Value(exact) => Ok(exact),
                KeptFigure::Null(reason) => Err(*reason),
                KeptFigure::NotOfInstrument => return None,
            };
            let is_break = measure == Measure::Improvement && self.improvement_is_break;
            let status = match value {
                Ok(_) if is_break => ObservationStatus::Break,
                Ok(_) => ObservationStatus::Normal,
                Err(reason) => reason.status(),
            };
            let decimals = if measure.is_percent() { decimals.percent } else { decimals.score };
            Some(Observation { measure, value, decimals, status })
        })
    }
}

impl NullReason {
    /// The status of a figure without a value.
    pub const fn status(self) -> ObservationStatus {
        match self {
            Self::NothingPlanned => ObservationStatus::Missing,
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

impl Measure {
    /// Whether it is a percentage; otherwise it is on the instrument's scale, or a rank.
    pub const fn is_percent(self) -> bool {
        matches!(
            self,
            Self::PillarRealisation(_) | Self::PooledRealisation | Self::MeanOfPillarsRealisation
        )
    }

    /// The pillar that it is of.
    pub const fn pillar(self) -> Option<Pillar> {
        match self {
            Self::PillarScore(pillar) | Self::PillarRealisation(pillar) => Some(pillar),
            _ => None,
        }
    }

    /// The component that it is of.
    pub const fn component(self) -> Option<Component> {
        match self {
            Self::ComponentScore(component) => Some(component),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        name::RegionCode,
        population::{KeptFigures, NamedRegion},
    };

    /// A region of which only these measures are known; the others were not scored.
    fn region(known: &[(Measure, KeptFigure)]) -> PublishedRegion {
        let figures = Measure::KEPT.map(|measure| {
            let known = known.iter().find(|(known, _)| *known == measure);
            known.map_or(KeptFigure::Null(NullReason::NotScored), |(_, figure)| figure.clone())
        });
        PublishedRegion {
            region: NamedRegion {
                code: RegionCode::parse("35.71").unwrap(),
                display_name: "Kota Kediri".to_owned(),
                province: RegionCode::parse("35").unwrap(),
            },
            revision: 1,
            publish_time: chrono::DateTime::UNIX_EPOCH,
            figures: KeptFigures::new(figures),
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
        let decimals = ShownDecimals::parse(1, 3).unwrap();
        let shown: Vec<_> = kediri
            .observations(decimals)
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
        let kediri = region(&[
            (Measure::Index, value(3, 1)),
            (Measure::Improvement, value(-1, 4)),
            (
                Measure::PillarRealisation(Pillar::Living),
                KeptFigure::Null(NullReason::NothingPlanned),
            ),
            (Measure::ComponentScore(Component::QuickWin), KeptFigure::NotOfInstrument),
        ]);
        let observations: Vec<_> =
            kediri.observations(ShownDecimals::parse(2, 2).unwrap()).collect();
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
        let kediri = region(&[]);
        let decimals = ShownDecimals::parse(2, 2).unwrap();
        let mut observations = kediri.observations(decimals);
        let found = observations.find(|found| found.measure == Measure::Improvement);
        assert_eq!(found.unwrap().status, ObservationStatus::NotCollected);
    }
}
