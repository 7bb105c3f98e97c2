use num_bigint::BigInt;
use proptest::prelude::*;

use super::*;
use crate::{instrument::ThresholdPercent, vocabulary::Aggregation};

fn exact(text: &str) -> Exact {
    Exact::try_from(text.to_owned()).unwrap()
}

fn definition(
    weights: &[&str],
    normalisation: Normalisation,
    aggregation: Aggregation,
) -> Definition {
    testing::definition(weights, normalisation, aggregation, ("1", "3"))
}

fn cells(texts: &[&str]) -> Vec<Cell> {
    let cell = |text: &&str| match *text {
        "" => Err(NullReason::NotScored),
        text => Ok(exact(text)),
    };
    texts.iter().map(cell).collect()
}

/// The indexes as text, a reason where there is none.
fn indexes(regions: &[&[&str]], definition: &Definition) -> Vec<String> {
    let regions: Vec<_> = regions.iter().map(|region| cells(region)).collect();
    composites(&regions, definition)
        .into_iter()
        .map(|composite| match composite.index {
            Ok(index) => index.to_string(),
            Err(reason) => format!("{reason:?}"),
        })
        .collect()
}

/// One component with all the weight: the index is what the normalisation gives.
fn normalised(column: &[&str], normalisation: Normalisation) -> Vec<String> {
    let regions: Vec<_> = column.iter().map(|score| vec![*score]).collect();
    let regions: Vec<_> = regions.iter().map(Vec::as_slice).collect();
    indexes(&regions, &definition(&["100"], normalisation, Aggregation::Arithmetic))
}

/// By hand, and as `COINr` 1.1.14 has it: `n_minmax(c(1, 2, 2.5, 4), c(0, 4))`, `n_borda(c(1, 3, 3, 4))`,
/// `n_goalposts(c(0, 1, 2, 3, 4), c(1, 3, 4))`, `n_zscore(c(1, 2, 3))`.
#[test]
fn normalised_scores_are_those_of_the_definitions() {
    use Normalisation::{Borda, Goalposts, MinMax, None, ZScore};
    assert_eq!(normalised(&["1", "7/3", ""], None), ["1", "7/3", "InputMissing"]);
    assert_eq!(normalised(&["1", "2", "5/2", "4"], MinMax), ["0", "4/3", "2", "4"]);
    assert_eq!(normalised(&["1", "3", "3", "4", ""], Borda), ["0", "1", "1", "3", "InputMissing"]);
    assert_eq!(normalised(&["0", "1", "2", "3", "4"], Goalposts), ["0", "0", "2", "4", "4"]);
    assert_eq!(normalised(&["1", "2", "3"], ZScore), ["-1", "0", "1"]);
    // The variance is 7/3, so the first is -4/3 / sqrt(7/3) = -0.8728715609439695...
    let scores = normalised(&["0", "1", "3"], ZScore);
    let decimals = scores.iter().map(|score| exact(score).round(DECIMALS).to_string());
    assert_eq!(
        decimals.collect::<Vec<_>>(),
        ["-0.872871560944", "-0.218217890236", "1.091089451180"]
    );
}

#[test]
fn what_is_relative_needs_others_that_differ() {
    use Normalisation::{Borda, MinMax, ZScore};
    for normalisation in [MinMax, ZScore, Borda] {
        assert_eq!(normalised(&["3", ""], normalisation), ["NeedsPopulation", "InputMissing"]);
    }
    for normalisation in [MinMax, ZScore] {
        assert_eq!(normalised(&["3", "3"], normalisation), ["NoSpread", "NoSpread"]);
    }
    assert_eq!(normalised(&["3", "3"], Borda), ["0", "0"]);
}

/// By hand, and as `COINr` has it: `a_amean(c(1, 2, 4), w)`, `a_gmean`, `a_hmean` with w = c(1, 1, 2).
#[test]
fn aggregates_are_those_of_the_definitions() {
    use Aggregation::{Arithmetic, Geometric, Harmonic};
    let index = |aggregation, scores: &[&str]| {
        let definition = definition(&["25", "25", "50"], Normalisation::None, aggregation);
        indexes(&[scores], &definition).remove(0)
    };
    assert_eq!(index(Arithmetic, &["1", "2", "4"]), "11/4");
    // 2^(1/4) x 2 = 2.37841423000544...
    assert_eq!(exact(&index(Geometric, &["1", "2", "4"])).round(12).to_string(), "2.378414230005");
    assert_eq!(index(Geometric, &["4", "4", "4"]), "4");
    // 1 / (1/4 + 1/8 + 1/8)
    assert_eq!(index(Harmonic, &["1", "2", "4"]), "2");
    for aggregation in [Geometric, Harmonic] {
        assert_eq!(index(aggregation, &["0", "2", "4"]), "NotPositive");
        assert_eq!(index(aggregation, &["", "2", "4"]), "InputMissing");
    }
    assert_eq!(index(Arithmetic, &["0", "2", "4"]), "5/2");
}

/// By hand: the first outranks the second with 3/4, the third with 1/4 + 1/2/2 = 1/2, and so on; the
/// rows of `COINr`'s `outrankMatrix(X, c(1, 1, 2))` sum to the same.
#[test]
fn copeland_is_the_weight_with_which_a_region_outranks_the_others() {
    let definition = definition(&["25", "25", "50"], Normalisation::None, Aggregation::Copeland);
    let regions: &[&[&str]] = &[&["4", "1", "3"], &["3", "2", "1"], &["2", "4", "3"]];
    assert_eq!(indexes(regions, &definition), ["5/4", "1/2", "5/4"]);
    assert_eq!(indexes(&[&["4", "1", "3"]], &definition), ["NeedsPopulation"]);
    let with_missing: &[&[&str]] = &[&["4", "1", "3"], &["3", "", "1"], &["2", "4", "3"]];
    assert_eq!(indexes(with_missing, &definition), ["1/2", "InputMissing", "1/2"]);
}

#[test]
fn an_index_does_without_what_the_availability_threshold_spares() {
    let spared = Definition {
        availability_threshold: Some(ThresholdPercent::parse("75").unwrap()),
        ..definition(&["25", "25", "50"], Normalisation::None, Aggregation::Harmonic)
    };
    let regions = [cells(&["", "2", "4"]), cells(&["1", "", ""])];
    let composites = composites(&regions, &spared);
    assert_eq!(composites[0].index, Ok(exact("3")));
    assert_eq!(composites[0].missing, [Component::Baseline]);
    assert_eq!(composites[1].index, Err(NullReason::InputMissing));
    assert_eq!(composites[1].missing, [Component::Output, Component::Outcome]);
}

#[test]
fn goalposts_are_apart() {
    assert!(Goalposts::parse("0.5", "0.500001").is_ok());
    for (lower, upper, fields) in
        [("1", "1", vec!["upper"]), ("1", "0.9", vec!["upper"]), ("", "x", vec!["lower", "upper"])]
    {
        let faults = Goalposts::parse(lower, upper).unwrap_err();
        assert_eq!(faults.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), fields);
    }
}

/// A tie at the 13th decimal goes up, though it is computed by series that end just below or above.
#[test]
fn a_geometric_mean_that_is_a_tie_is_rounded_up() {
    let tie = Exact::quotient(8_193, 8_192).unwrap();
    assert_eq!(tie.round(13).to_string(), "1.0001220703125");
    let (weight, other) = (Exact::from(37), Exact::from(63));
    let mean = irrational::weighted_geometric_mean([(&weight, &tie), (&other, &tie)].into_iter());
    assert_eq!(mean.unwrap().round(12).to_string(), "1.000122070313");
}

fn score() -> impl Strategy<Value = Exact> {
    (1_i64..4_000, 1_i64..1_000)
        .prop_map(|(numerator, denominator)| Exact::quotient(numerator, denominator).unwrap())
}

proptest! {
    /// The mean by series beside integer roots: (a^p b^q)^(1 / (p + q)) to 12 decimals, half up.
    #[test]
    fn a_geometric_mean_is_the_root_of_the_product(
        a in score(), b in score(), p in 1_u32..40, q in 1_u32..40,
    ) {
        let (first, second) = (Exact::from(u64::from(p)), Exact::from(u64::from(q)));
        let pairs = [(&first, &a), (&second, &b)];
        let mean = irrational::weighted_geometric_mean(pairs.into_iter()).unwrap();
        let count = p + q;
        let unit = BigInt::from(2) * BigInt::from(10).pow(DECIMALS);
        let ((a_above, a_below), (b_above, b_below)) = (a.to_integers(), b.to_integers());
        let numerator = a_above.pow(p) * b_above.pow(q) * unit.pow(count);
        let denominator = a_below.pow(p) * b_below.pow(q);
        let twice = (numerator / denominator).nth_root(count);
        let rounded: BigInt = (twice + 1) / 2;
        prop_assert_eq!(mean, Exact::quotient(rounded, BigInt::from(10).pow(DECIMALS)).unwrap());
    }

    /// A root squared lies around what it is the root of.
    #[test]
    fn a_root_is_the_nearest_of_its_decimals(square in score()) {
        let root = signed_root(&square, false);
        let half = Exact::quotient(1, BigInt::from(2) * BigInt::from(10).pow(DECIMALS)).unwrap();
        let (below, above) = (root.clone() - &half, root.clone() + &half);
        prop_assert!(below.clone() * &below <= square && square < above.clone() * &above);
        prop_assert_eq!(signed_root(&square, true), Exact::from(0) - &root);
    }

    /// The inequality of the means.
    #[test]
    fn harmonic_is_at_most_geometric_is_at_most_arithmetic(scores in prop::collection::vec(score(), 3)) {
        let weights = ["20", "30", "50"].map(|weight| parse_decimal(weight).unwrap());
        let scored: Vec<_> = weights.into_iter().zip(&scores).collect();
        let of = |aggregation| aggregate(aggregation, &scored).unwrap();
        let rounding = Exact::quotient(1, BigInt::from(10).pow(DECIMALS)).unwrap();
        let geometric = of(Aggregation::Geometric);
        prop_assert!(of(Aggregation::Harmonic) <= geometric.clone() + &rounding);
        prop_assert!(geometric - &rounding <= of(Aggregation::Arithmetic));
    }

    /// Each pair gives one point to share.
    #[test]
    fn copeland_points_are_one_for_each_pair(regions in prop::collection::vec(prop::collection::vec(0_u8..5, 3), 2..8)) {
        let definition = definition(&["20", "30", "50"], Normalisation::None, Aggregation::Copeland);
        let cells: Vec<Vec<Cell>> = regions
            .iter()
            .map(|region| region.iter().map(|score| Ok(Exact::from(u64::from(*score)))).collect())
            .collect();
        let points: Exact = composites(&cells, &definition).into_iter().map(|one| one.index.unwrap()).sum();
        prop_assert_eq!(points, Exact::from((regions.len() * (regions.len() - 1) / 2) as u64));
    }
}
