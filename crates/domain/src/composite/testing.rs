//! Instruments for tests of composites.

use crate::{
    composite::Goalposts,
    instrument::{
        Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent,
    },
    name::InstrumentId,
    vocabulary::{Aggregation, Component, Derivation, Normalisation},
};

/// An instrument of as many components, scored directly on 0 to 4, as there are weights; with these
/// goalposts where they are its normalisation.
pub(crate) fn definition(
    weights: &[&str],
    normalisation: Normalisation,
    aggregation: Aggregation,
    (low, high): (&str, &str),
) -> Definition {
    let posts =
        (normalisation == Normalisation::Goalposts).then(|| Goalposts::parse(low, high).unwrap());
    let parts = Component::ALL.into_iter().zip(weights).map(|(component, weight)| {
        let part = WeightedComponent::parse(component, weight, Derivation::Direct).unwrap();
        part.with_goalposts(posts)
    });
    let definition = Definition {
        display_name: "A composite".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: parts.collect(),
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition { normalisation, aggregation },
    };
    let id = InstrumentId::parse("composite").unwrap();
    Instrument::new(id, definition).unwrap().definition().clone()
}
