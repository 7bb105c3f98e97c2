use proptest::prelude::*;

use super::*;

fn exact(text: &str) -> Exact {
    Exact::parse(text).unwrap()
}

fn statistics(values: &[&str]) -> Option<Statistics> {
    let values: Vec<_> = values.iter().map(|text| exact(text)).collect();
    Statistics::of(values.iter().collect())
}

#[test]
fn quartiles_lie_between_values_as_in_a_spreadsheet() {
    // QUARTILE.INC and numpy.percentile of 1, 2, 4, 8: 1.75, 3, 5.
    let four = statistics(&["8", "1", "4", "2"]).unwrap();
    assert_eq!(
        [four.lower_quartile, four.median, four.upper_quartile],
        [exact("7/4"), exact("3"), exact("5")]
    );
    let five = statistics(&["8", "1", "4", "2", "16"]).unwrap();
    assert_eq!(
        [five.lower_quartile, five.median, five.upper_quartile],
        [exact("2"), exact("4"), exact("8")]
    );
    let two = statistics(&["1/3", "1"]).unwrap();
    assert_eq!([two.lower_quartile, two.upper_quartile], [exact("1/2"), exact("5/6")]);
}

#[test]
fn one_value_is_all_there_is_to_it_and_none_is_nothing() {
    let one = statistics(&["1243/375"]).unwrap();
    assert_eq!(one.count, 1);
    for figure in [one.mean, one.minimum, one.lower_quartile, one.median, one.maximum] {
        assert_eq!(figure, exact("1243/375"));
    }
    assert_eq!(one.variance, exact("0"));
    assert_eq!(statistics(&[]), None);
}

#[test]
fn a_variance_is_that_of_a_population() {
    // 2, 4, 4, 4, 5, 5, 7, 9: a deviation of 2.
    let eight = statistics(&["2", "4", "4", "4", "5", "5", "7", "9"]).unwrap();
    assert_eq!((eight.mean, eight.variance), (exact("5"), exact("4")));
}

/// Values as figures have them, and such as no machine word holds.
fn value() -> impl Strategy<Value = Exact> {
    let figure = (0_i64..40_000, prop_oneof![Just(100), Just(600), 1_i64..60])
        .prop_map(|(numerator, denominator)| Exact::quotient(numerator, denominator));
    let large = (any::<i64>(), 1..i64::MAX)
        .prop_map(|(numerator, denominator)| Exact::quotient(numerator, denominator));
    let larger = (any::<i128>(), 1..i128::MAX)
        .prop_map(|(numerator, denominator)| Exact::quotient(numerator, denominator));
    prop_oneof![8 => figure, 1 => large, 1 => larger].prop_map(|value| value.expect("a fraction"))
}

proptest! {
    #[test]
    fn mean_and_variance_are_as_their_definitions_say(values in prop::collection::vec(value(), 1..20)) {
        let statistics = Statistics::of(values.iter().collect()).unwrap();
        let mean = Exact::mean(values.iter()).unwrap();
        let squares: Vec<_> = values
            .iter()
            .map(|value| value.clone() - &mean)
            .map(|distance| distance.clone() * &distance)
            .collect();
        prop_assert_eq!(statistics.variance, Exact::mean(squares.iter()).unwrap());
        prop_assert_eq!(statistics.mean, mean);
    }

    #[test]
    fn a_quarter_lies_at_or_below_each_quartile(values in prop::collection::vec(value(), 1..40)) {
        let statistics = Statistics::of(values.iter().collect()).unwrap();
        let Statistics { minimum, lower_quartile, median, upper_quartile, maximum, .. } = &statistics;
        let ordered = [minimum, lower_quartile, median, upper_quartile, maximum];
        prop_assert!(ordered.is_sorted());
        prop_assert_eq!(Some(minimum), values.iter().min());
        prop_assert_eq!(Some(maximum), values.iter().max());
        for (quartile, quarters) in [(lower_quartile, 1), (median, 2), (upper_quartile, 3)] {
            let at_or_below = values.iter().filter(|value| *value <= quartile).count();
            let at_or_above = values.iter().filter(|value| *value >= quartile).count();
            prop_assert!(4 * at_or_below >= quarters * (values.len() - 1));
            prop_assert!(4 * at_or_above >= (4 - quarters) * (values.len() - 1));
        }
    }

    #[test]
    fn the_order_of_values_says_nothing(values in prop::collection::vec(value(), 1..20)) {
        let reversed = Statistics::of(values.iter().rev().collect());
        prop_assert_eq!(Statistics::of(values.iter().collect()), reversed);
    }

    #[test]
    fn a_sum_of_squares_may_be_larger_than_any_word(
        words in prop::collection::vec(prop_oneof![Just(i64::MAX), Just(i64::MIN + 1)], 3..9),
    ) {
        let values: Vec<_> = words.iter().map(|word| Exact::quotient(*word, 1).unwrap()).collect();
        let statistics = Statistics::of(values.iter().collect()).unwrap();
        prop_assert_eq!(statistics.mean, Exact::mean(values.iter()).unwrap());
    }
}
