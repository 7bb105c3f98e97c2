//! Surveys for the tests of what is said of many regions.

use chrono::DateTime;

use super::*;
use crate::{
    instrument::{
        Band, Composition, Definition, Scale, ShownDecimals, ThresholdPercent, WeightedComponent,
    },
    name::InstrumentId,
    vocabulary::{Component, Derivation},
};

/// An instrument of two components, with a scale of 0 to 4, a threshold of 80 % and two bands.
pub(crate) fn instrument() -> Instrument {
    let part = |component| WeightedComponent::parse(component, "50", Derivation::Direct).unwrap();
    let band = |label, minimum, maximum| Band::parse(label, minimum, maximum).unwrap();
    let definition = Definition {
        display_name: "Two".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: vec![part(Component::Output), part(Component::Outcome)],
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: vec![band("low", "0", "2"), band("high", "2", "4")],
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    };
    Instrument::new(InstrumentId::parse("two").unwrap(), definition).unwrap()
}

/// A survey of the nation in which nobody is missing.
pub(crate) fn survey(present: Vec<PublishedRegion>) -> Survey {
    Survey {
        population: Population::Nation,
        display_name: "Indonesia".to_owned(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        instrument: instrument(),
        present,
        missing: Vec::new(),
    }
}

/// A region with these figures; what is not named was not scored, and the components that the
/// instrument does not have have none.
pub(crate) fn region(code: &str, figures: &[(Measure, &str)]) -> PublishedRegion {
    let figure = |measure| {
        let given = figures.iter().find(|(named, _)| *named == measure);
        match (given, measure) {
            (Some((_, text)), _) => KeptFigure::Value(Exact::parse(text).unwrap()),
            (None, Measure::ComponentScore(component))
                if instrument().derivation(component).is_none() =>
            {
                KeptFigure::NotOfInstrument
            }
            (None, _) => KeptFigure::Null(NullReason::NotScored),
        }
    };
    let code = RegionCode::parse(code).unwrap();
    PublishedRegion {
        region: NamedRegion {
            number: number_of(&code),
            province: code.province().unwrap(),
            display_name: format!("Kabupaten {code}"),
            code,
        },
        revision: 1,
        publish_time: DateTime::UNIX_EPOCH,
        figures: KeptFigures::new(Measure::KEPT.map(figure).into()).unwrap(),
        improvement_is_break: false,
        ratios: [None; Pillar::ALL.len()],
    }
}

/// A number of each code's own.
fn number_of(code: &RegionCode) -> i64 {
    code.as_str().replace('.', "").parse().unwrap()
}
