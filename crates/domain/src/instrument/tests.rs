use proptest::prelude::*;

use super::*;
use crate::name::parse_display_name_and_source;

fn part(component: Component, weight: &str) -> WeightedComponent {
    WeightedComponent::parse(component, weight, Derivation::Direct).unwrap()
}

fn band(label: &str, minimum: &str, maximum: &str) -> Band {
    Band::parse(label, minimum, maximum).unwrap()
}

/// One component, no bands, scale 0-4.
fn plain() -> Definition {
    Definition {
        display_name: "Plain".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: vec![part(Component::Output, "100")],
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    }
}

fn instrument(definition: Definition) -> Result<Instrument, Faults> {
    Instrument::new(InstrumentId::parse("plain").unwrap(), definition)
}

fn with_components(components: Vec<WeightedComponent>) -> Result<Instrument, Faults> {
    instrument(Definition { components, ..plain() })
}

fn with_bands(bands: Vec<Band>) -> Result<Instrument, Faults> {
    instrument(Definition { bands, ..plain() })
}

fn fields<T: std::fmt::Debug>(result: Result<T, Faults>) -> Vec<String> {
    let faults = result.unwrap_err();
    faults.iter().map(|fault| fault.field.clone()).collect()
}

#[test]
fn weights_are_exactly_100_together() {
    use Component::{Baseline, Impact, Output};
    for accepted in [
        vec![part(Output, "100.000000")],
        vec![part(Output, "33.333333"), part(Impact, "66.666667")],
        vec![part(Output, "0.000001"), part(Impact, "99.999999")],
    ] {
        assert!(with_components(accepted).is_ok());
    }
    for refused in [
        vec![],
        vec![part(Output, "99.999999")],
        vec![part(Output, "33.33"), part(Impact, "33.33"), part(Baseline, "33.33")],
        vec![part(Output, "100"), part(Impact, "0.000001")],
    ] {
        assert_eq!(fields(with_components(refused)), ["components"]);
    }
}

#[test]
fn a_component_has_one_weight() {
    let twice = vec![
        part(Component::Output, "40"),
        part(Component::Impact, "20"),
        part(Component::Output, "40"),
    ];
    assert_eq!(fields(with_components(twice)), ["components[2].component"]);
}

#[test]
fn a_weight_is_above_0_and_at_most_100() {
    let parse = |weight| WeightedComponent::parse(Component::Output, weight, Derivation::Direct);
    for weight in ["0.000001", "100", "100.00"] {
        assert_eq!(parse(weight).unwrap().weight.to_string(), weight);
    }
    for weight in ["0", "0.00", "-1", "100.000001", "1.0000001", "a third", ""] {
        let fault = parse(weight).unwrap_err();
        assert_eq!((fault.field.as_str(), fault.value.as_str()), ("weight", weight));
    }
}

#[test]
fn components_stand_in_their_fixed_order() {
    let reversed = vec![part(Component::QuickWin, "30"), part(Component::Baseline, "70")];
    let instrument = with_components(reversed).unwrap();
    let order: Vec<_> =
        instrument.definition().components.iter().map(|part| part.component).collect();
    assert_eq!(order, [Component::Baseline, Component::QuickWin]);
    assert_eq!(instrument.derivation(Component::Baseline), Some(Derivation::Direct));
    assert_eq!(instrument.derivation(Component::Impact), None);
}

#[test]
fn bands_cover_the_scale_without_gap_or_overlap() {
    assert!(with_bands(vec![]).is_ok());
    assert!(with_bands(vec![band("all", "0.00", "4")]).is_ok());
    assert!(with_bands(vec![band("low", "0", "2.5"), band("high", "2.50", "4.0")]).is_ok());

    for (refused, field) in [
        (vec![band("low", "0", "2"), band("high", "2.000001", "4")], "bands[1].minimum"),
        (vec![band("low", "0", "2"), band("high", "1.999999", "4")], "bands[1].minimum"),
        (vec![band("late", "0.1", "4")], "bands[0].minimum"),
        (vec![band("early", "-1", "4")], "bands[0].minimum"),
        (vec![band("short", "0", "3.9")], "bands[0].maximum"),
        (vec![band("low", "0", "2"), band("long", "2", "4.1")], "bands[1].maximum"),
    ] {
        assert_eq!(fields(with_bands(refused)), [field]);
    }
    // The highest first is three faults, each named.
    let reversed = vec![band("high", "2", "4"), band("low", "0", "2")];
    assert_eq!(
        fields(with_bands(reversed)),
        ["bands[0].minimum", "bands[1].minimum", "bands[1].maximum"]
    );
}

#[test]
fn a_gap_and_an_overlap_are_called_by_their_names() {
    let allowed = |minimum| {
        let faults = with_bands(vec![band("low", "0", "2"), band("high", minimum, "4")]);
        faults.unwrap_err().iter().next().unwrap().allowed.clone()
    };
    assert!(allowed("2.1").ends_with("this leaves a gap"));
    assert!(allowed("1.9").ends_with("this leaves an overlap"));
}

#[test]
fn a_boundary_belongs_to_the_higher_band_and_the_maximum_to_the_last() {
    let bands = vec![band("low", "0", "2.5"), band("high", "2.5", "4")];
    let instrument = with_bands(bands).unwrap();
    let label = |index: &str| instrument.band(&parse_decimal(index).unwrap().into());
    assert_eq!(label("0"), Some("low"));
    assert_eq!(label("2.499999"), Some("low"));
    assert_eq!(label("2.5"), Some("high"));
    assert_eq!(label("4"), Some("high"));
    assert_eq!(with_bands(vec![]).unwrap().band(&Exact::from(2)), None);
}

#[test]
fn all_faults_of_a_definition_are_named_together() {
    let definition = Definition {
        components: vec![part(Component::Output, "40"), part(Component::Output, "40")],
        bands: vec![band("late", "1", "3")],
        ..plain()
    };
    assert_eq!(
        fields(instrument(definition)),
        ["components[1].component", "components", "bands[0].minimum", "bands[0].maximum"]
    );
}

#[test]
fn a_scale_rises() {
    let scale = Scale::parse("-1.5", "4").unwrap();
    assert_eq!(
        (scale.minimum().to_string(), scale.maximum().to_string()),
        ("-1.5".into(), "4".into())
    );
    for (minimum, maximum, refused) in [
        ("4", "4.0", vec!["maximum"]),
        ("4", "0", vec!["maximum"]),
        ("zero", "4", vec!["minimum"]),
        ("", "four", vec!["minimum", "maximum"]),
    ] {
        assert_eq!(fields(Scale::parse(minimum, maximum)), refused);
    }
}

#[test]
fn a_band_rises_and_has_a_label() {
    assert_eq!(fields(Band::parse("", "1", "1")), ["label", "maximum"]);
    assert_eq!(fields(Band::parse("none", "2", "1")), ["maximum"]);
}

#[test]
fn a_threshold_is_0_to_100_percent() {
    for percent in ["0", "80.50", "100"] {
        assert_eq!(ThresholdPercent::parse(percent).unwrap().given().to_string(), percent);
    }
    for percent in ["-0.1", "100.01", "", "80%"] {
        assert_eq!(ThresholdPercent::parse(percent).unwrap_err().value, percent);
    }
}

#[test]
fn figures_are_shown_with_0_to_6_decimals() {
    for decimals in [0, 6] {
        assert!(ShownDecimals::parse(decimals, decimals).is_ok());
    }
    assert_eq!(fields(ShownDecimals::parse(7, -1)), ["percent_decimals", "score_decimals"]);
    assert_eq!(fields(ShownDecimals::parse(i32::MIN, 0)), ["percent_decimals"]);
}

#[test]
fn texts_are_named_with_their_faults() {
    assert_eq!(fields(parse_display_name_and_source("", "")), ["display_name", "source"]);
    assert!(parse_display_name_and_source("Kominfo 2022", "a letter").is_ok());
}

/// A millionth, the smallest step that input has.
const STEP_MILLIONTHS: i64 = 1;
const SCALE_MILLIONTHS: i64 = 4_000_000;

fn millionths(count: i64) -> Decimal {
    Decimal::new(count, 6)
}

/// Cuts of the scale 0-4, its ends among them.
fn any_cuts() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::btree_set(1..SCALE_MILLIONTHS, 1..8)
        .prop_map(|inner| std::iter::once(0).chain(inner).chain([SCALE_MILLIONTHS]).collect())
}

/// The bands between cuts, each called by its number.
fn bands_between(cuts: &[i64]) -> Vec<Band> {
    let between = |(number, pair): (usize, &[i64])| Band {
        label: number.to_string(),
        minimum: millionths(pair[0]),
        maximum: millionths(pair[1]),
    };
    cuts.windows(2).enumerate().map(between).collect()
}

proptest! {
    #[test]
    fn bands_between_any_cuts_are_accepted_and_an_index_lies_in_exactly_one(
        cuts in any_cuts(),
        numerator in 0..=SCALE_MILLIONTHS * 7,
    ) {
        let bands = bands_between(&cuts);
        let last = bands.len() - 1;
        let instrument = with_bands(bands.clone()).unwrap();
        // Sevenths of millionths, so that most lie on no decimal.
        let index = Exact::quotient(numerator, 7_000_000).unwrap();
        let holding: Vec<_> = bands
            .iter()
            .enumerate()
            .filter(|(number, band)| {
                let maximum = Exact::from(band.maximum);
                Exact::from(band.minimum) <= index
                    && (index < maximum || (*number == last && index == maximum))
            })
            .map(|(_, band)| band.label.as_str())
            .collect();
        prop_assert_eq!(holding.len(), 1);
        prop_assert_eq!(instrument.band(&index), Some(holding[0]));
    }

    #[test]
    fn bands_with_one_end_moved_are_refused(
        cuts in any_cuts(),
        position in any::<prop::sample::Index>(),
        moves_maximum in any::<bool>(),
        rises in any::<bool>(),
    ) {
        let mut bands = bands_between(&cuts);
        let band = position.get_mut(&mut bands);
        let end = if moves_maximum { &mut band.maximum } else { &mut band.minimum };
        *end += millionths(if rises { STEP_MILLIONTHS } else { -STEP_MILLIONTHS });
        prop_assert!(with_bands(bands).is_err());
    }
}
