//! What `COINr` publishes of its own computations.
//!
//! - The table of results in its vignette "Presenting Results", on CRAN: the ASEM
//!   index of sustainable connectivity, its two sub-indexes and their pillars, by arithmetic means with
//!   equal weights, printed to two decimals.
//! - The goalposts of its tests, `tests/testthat/test-normalise.R`.

use rust_decimal::Decimal;

use super::*;
use crate::{instrument::Scale, vocabulary::Aggregation};

/// A country's index, connectivity and sustainability, with the pillars of both.
type Row = (&'static str, [&'static str; 3], [&'static str; 5], [&'static str; 3]);

const TABLE: [Row; 4] = [
    (
        "CHE",
        ["68.38", "62.79", "73.98"],
        ["63.41", "32.87", "74.78", "85.94", "56.93"],
        ["77.21", "87.85", "56.88"],
    ),
    (
        "NLD",
        ["64.82", "61.94", "67.70"],
        ["64.87", "46.62", "84.55", "71.74", "41.92"],
        ["58.73", "86.58", "57.78"],
    ),
    (
        "DNK",
        ["64.80", "57.10", "72.51"],
        ["50.52", "30.43", "78.13", "75.35", "51.04"],
        ["69.83", "86.40", "61.29"],
    ),
    (
        "NOR",
        ["64.47", "57.44", "71.50"],
        ["58.18", "25.70", "80.03", "89.46", "33.80"],
        ["70.90", "87.00", "56.59"],
    ),
];

fn exact(text: &str) -> Exact {
    text.parse::<Decimal>().unwrap().into()
}

/// The mean of what is printed lies within the rounding of its terms and of its own: a hundredth.
fn assert_mean(parts: &[&str], printed: &str, of: &str) {
    let parts: Vec<_> = parts.iter().map(|part| exact(part)).collect();
    let weighted: Vec<_> = parts.iter().map(|part| (Decimal::ONE, part)).collect();
    let mean = aggregate(Aggregation::Arithmetic, &weighted).unwrap();
    let distance = mean - &exact(printed);
    assert!((exact("-0.01")..=exact("0.01")).contains(&distance), "{of}: {distance}");
}

#[test]
fn the_asem_index_is_the_mean_of_means_that_coinr_prints() {
    for (country, [index, connectivity, sustainability], connecting, sustaining) in TABLE {
        assert_mean(&connecting, connectivity, country);
        assert_mean(&sustaining, sustainability, country);
        assert_mean(&[connectivity, sustainability], index, country);
    }
}

#[test]
fn a_score_between_goalposts_lies_where_coinr_expects_it() {
    let posts = Goalposts::parse("0", "10").unwrap();
    let scale = Scale::parse("0", "1").unwrap();
    for (score, expected) in [("1", "0.1"), ("11", "1"), ("-1", "0")] {
        assert_eq!(normalise::lay(&exact(score), posts, scale), exact(expected), "{score}");
    }
}
