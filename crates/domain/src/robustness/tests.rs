use std::f64::consts::PI;

use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::ChaCha8Rng};

use super::*;
use crate::{
    composite::{Cell, testing},
    exact::Exact,
    instrument::{Definition, ThresholdPercent},
    scorecard::NullReason,
    vocabulary::{Component, Normalisation},
};

const MINISTRY: [&str; 5] = ["10", "20", "30", "20", "20"];

fn definition(normalisation: Normalisation, aggregation: Aggregation) -> Definition {
    testing::definition(&MINISTRY, normalisation, aggregation, ("1", "3.5"))
}

fn arithmetic() -> Definition {
    definition(Normalisation::None, Aggregation::Arithmetic)
}

/// Hundredths as scores; 0 for one that is missing.
fn region(name: usize, hundredths: &[u32]) -> (String, Vec<Cell>) {
    let cell = |hundredths: &u32| match hundredths {
        0 => Err(NullReason::NotScored),
        _ => Ok(Exact::quotient(*hundredths, 100).unwrap()),
    };
    (format!("region {name}"), hundredths.iter().map(cell).collect())
}

fn regions(table: &[Vec<u32>]) -> Vec<(String, Vec<Cell>)> {
    table.iter().enumerate().map(|(name, hundredths)| region(name, hundredths)).collect()
}

/// Regions with drawn scores, the same each time.
fn many(count: usize) -> Vec<(String, Vec<Cell>)> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut scores = || (0..5).map(|_| random.random_range(150..=400)).collect();
    regions(&(0..count).map(|_| scores()).collect::<Vec<_>>())
}

fn wish(factors: &[Factor]) -> Wish {
    Wish { factors: factors.to_vec(), draws: 200, seed: 1, ..Wish::default() }
}

fn plan(factors: &[Factor]) -> Plan {
    Plan::new(wish(factors)).unwrap()
}

fn field(regions: &[(String, Vec<Cell>)], definition: &Definition, plan: &Plan) -> Field {
    Field::new(regions, definition, plan).unwrap().0
}

fn run(field: &Field, plan: &Plan) -> Analysis {
    analyse(field, plan, |_| ControlFlow::Continue(())).unwrap()
}

fn on_threads(count: usize, field: &Field, plan: &Plan) -> Analysis {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    pool.install(|| run(field, plan))
}

fn rank(rank: u32) -> Exact {
    Exact::from(u64::from(rank))
}

#[test]
fn the_same_seed_gives_the_same_on_one_thread_and_on_two() {
    let plan = plan(&Factor::ALL);
    let field = field(&many(40), &arithmetic(), &plan);
    let (one, two) = (on_threads(1, &field, &plan), on_threads(2, &field, &plan));
    assert_eq!(format!("{one:?}"), format!("{two:?}"));
    assert_eq!(format!("{one:?}"), format!("{:?}", on_threads(3, &field, &plan)));
    let other = Plan::new(Wish { seed: 2, ..wish(&Factor::ALL) }).unwrap();
    assert_ne!(one, on_threads(1, &field, &other));
}

#[test]
fn a_run_reports_its_progress_and_can_be_ended() {
    let plan = plan(&[Factor::Weights]);
    let field = field(&many(3), &arithmetic(), &plan);
    let mut reports = Vec::new();
    let ended = analyse(&field, &plan, |progress| {
        reports.push(progress.done);
        assert_eq!(progress.total, 600);
        if reports.len() == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((ended, reports), (None, vec![6, 12, 18, 24]));
    let mut last = 0;
    analyse(&field, &plan, |progress| {
        last = progress.done;
        ControlFlow::Continue(())
    });
    assert_eq!(last, plan.runs());
}

#[test]
fn one_factor_alone_explains_all() {
    for factor in Factor::ALL {
        let plan = plan(&[factor]);
        let field = field(&many(30), &arithmetic(), &plan);
        let analysis = run(&field, &plan);
        let sensitivities = analysis.sensitivities.unwrap();
        let [Sensitivity { first_order, total_order }] = sensitivities.as_slice() else {
            panic!("{sensitivities:?}");
        };
        for estimate in [first_order, total_order] {
            let error = (estimate.value - 1.0).abs();
            assert!(error <= 4.0 * estimate.standard_error, "{factor:?}: {estimate:?}");
            assert!(estimate.standard_error < 0.15, "{factor:?}: {estimate:?}");
        }
        assert!(analysis.mean_shift > 0.0);
    }
}

/// Outputs of a function of uniform variables, by the design A, B, AB.
fn outputs(
    draws: usize,
    dimensions: usize,
    function: impl Fn(&[f64]) -> f64,
) -> (Vec<f64>, Vec<f64>, Vec<Vec<f64>>) {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let (mut first, mut second, mut mixed) = (Vec::new(), Vec::new(), vec![Vec::new(); dimensions]);
    for _ in 0..draws {
        let mut sample = || (0..dimensions).map(|_| random.random::<f64>()).collect::<Vec<_>>();
        let (a, b) = (sample(), sample());
        for (place, outputs) in mixed.iter_mut().enumerate() {
            let mut both = a.clone();
            both[place] = b[place];
            outputs.push(function(&both));
        }
        first.push(function(&a));
        second.push(function(&b));
    }
    (first, second, mixed)
}

fn check(found: &[Sensitivity], expected: &[(f64, f64)]) {
    assert_eq!(found.len(), expected.len());
    for (place, (sensitivity, (first, total))) in found.iter().zip(expected).enumerate() {
        for (estimate, expected) in
            [(sensitivity.first_order, first), (sensitivity.total_order, total)]
        {
            let error = (estimate.value - expected).abs();
            assert!(error <= 4.0 * estimate.standard_error + 1e-12, "{place}: {estimate:?}");
            assert!(estimate.standard_error < 0.02, "{place}: {estimate:?}");
        }
    }
}

/// y = x1 + 2 x2 + 3 x3 of uniform variables: each explains its squared coefficient's share, with no
/// interactions.
#[test]
fn the_indices_of_a_linear_function_are_the_shares_of_its_squared_coefficients() {
    let (first, second, mixed) = outputs(20_000, 3, |x| x[0] + 2.0 * x[1] + 3.0 * x[2]);
    let found = sensitivities(&first, &second, &mixed).unwrap();
    let shares = [1.0, 4.0, 9.0].map(|square| square / 14.0);
    check(&found, &shares.map(|share| (share, share)));
}

/// Ishigami and Homma (1990): sin x1 + a sin^2 x2 + b x3^4 sin x1 of variables from -pi to pi, with
/// a = 7 and b = 0.1, of which the indices are known.
#[test]
fn the_indices_of_ishigamis_function_come_out_with_their_interactions() {
    let (a, b) = (7.0, 0.1);
    let (first, second, mixed) = outputs(40_000, 3, |x| {
        let x: Vec<_> = x.iter().map(|x| PI * (2.0 * x - 1.0)).collect();
        x[0].sin() + a * x[1].sin().powi(2) + b * x[2].powi(4) * x[0].sin()
    });
    let found = sensitivities(&first, &second, &mixed).unwrap();
    let alone = [0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2), a * a / 8.0, 0.0];
    let together = 8.0 * b * b * PI.powi(8) / 225.0;
    let variance = alone.iter().sum::<f64>() + together;
    let share = |part: f64| part / variance;
    check(
        &found,
        &[
            (share(alone[0]), share(alone[0] + together)),
            (share(alone[1]), share(alone[1])),
            (0.0, share(together)),
        ],
    );
}

#[test]
fn what_does_not_vary_has_no_indices() {
    assert_eq!(sensitivities(&[2.0, 2.0], &[2.0, 2.0], &[vec![2.0, 2.0]]), None);
}

/// As numpy's `quantile` and R's type 7 have it for the ranks 1, 1, 1, 2, 2, 3.
#[test]
fn quantiles_lie_between_the_ranks_around_them() {
    let mut tally = Tally::new(3);
    for ranks in [[1, 3, 2], [2, 1, 3], [1, 2, 3], [3, 1, 2], [2, 1, 3], [1, 2, 3]] {
        tally.add(&ranks);
    }
    let first = tally.spreads(2).remove(0);
    let quotient = |above: i64, below: i64| Exact::quotient(above, below).unwrap();
    let expected = RankSpread {
        median: quotient(3, 2),
        fifth_percentile: quotient(1, 1),
        ninety_fifth_percentile: quotient(11, 4),
        top_share: quotient(5, 6),
    };
    assert_eq!(first, expected);
}

#[test]
fn a_wish_is_bounded_and_each_fault_is_named() {
    let fields = |wish: Wish| -> Vec<String> {
        let faults = Plan::new(wish).unwrap_err();
        faults.iter().map(|fault| fault.field.clone()).collect()
    };
    let draws = |draws| Wish { draws, ..Wish::default() };
    assert_eq!(Plan::new(draws(0)).unwrap().draws(), DRAWS_DEFAULT);
    for (accepted, refused) in [(100, 99), (100_000, 100_001)] {
        assert!(Plan::new(draws(accepted)).is_ok());
        assert_eq!(fields(draws(refused)), ["draws"]);
    }
    assert_eq!(fields(draws(-1)), ["draws"]);
    let concentration = |text: &str| Wish { concentration: text.to_owned(), ..Wish::default() };
    for (accepted, refused) in [("1", "0.999999"), ("1000000", "1000000.000001")] {
        assert!(Plan::new(concentration(accepted)).is_ok());
        assert_eq!(fields(concentration(refused)), ["weight_concentration"]);
    }
    let top = |top| Wish { top, ..Wish::default() };
    for (accepted, refused) in [(1, -1), (2_000, 2_001)] {
        assert!(Plan::new(top(accepted)).is_ok());
        assert_eq!(fields(top(refused)), ["top_count"]);
    }
    let copeland = vec![Aggregation::Arithmetic, Aggregation::Copeland];
    assert_eq!(fields(Wish { aggregations: copeland, ..Wish::default() }), ["aggregations[1]"]);
    let plan = Plan::new(Wish::default()).unwrap();
    assert_eq!((plan.factors(), plan.means()), (Factor::ALL.as_slice(), Mean::ALL.as_slice()));
    assert_eq!(plan.runs(), 5_000);
}

#[test]
fn what_ranks_cannot_be_drawn_of_is_refused() {
    let refused = |regions: &[(String, Vec<Cell>)], definition: &Definition, plan: &Plan| {
        Field::new(regions, definition, plan).unwrap_err()
    };
    let all = plan(&Factor::ALL);
    let weights = plan(&[Factor::Weights]);
    assert_eq!(refused(&many(1), &arithmetic(), &all), NotAnalysable::TooFewRegions(1));
    let crowd = many(REGIONS_MAX + 1);
    assert_eq!(
        refused(&crowd, &arithmetic(), &all),
        NotAnalysable::TooManyRegions(REGIONS_MAX + 1)
    );
    assert!(Field::new(&crowd[1..], &arithmetic(), &all).is_ok());
    let copeland = definition(Normalisation::None, Aggregation::Copeland);
    assert_eq!(refused(&many(3), &copeland, &all), NotAnalysable::Copeland);
    let borda = definition(Normalisation::Borda, Aggregation::Arithmetic);
    assert_eq!(refused(&many(3), &borda, &all), NotAnalysable::RoundedBorda);
    assert!(Field::new(&many(3), &borda, &weights).is_ok());

    // 0.01 is positive however it was rounded, 0.00 is not.
    let table = |score: Exact| {
        let mut regions = many(3);
        regions[1].1[4] = Ok(score);
        regions
    };
    let least = table(Exact::quotient(1, 100).unwrap());
    assert!(Field::new(&least, &arithmetic(), &all).is_ok());
    for score in [Exact::from(0), Exact::quotient(4, 1_000).unwrap()] {
        let not_positive = NotAnalysable::NotPositive { region: "region 1".to_owned() };
        assert_eq!(refused(&table(score.clone()), &arithmetic(), &all), not_positive);
        let arithmetic_only = [Factor::Weights, Factor::Rounding];
        assert!(Field::new(&table(score), &arithmetic(), &plan(&arithmetic_only)).is_ok());
    }
}

#[test]
fn a_region_without_an_index_is_left_out_and_named() {
    let mut table = many(4);
    table[2].1[0] = Err(NullReason::NotScored);
    let plan = plan(&[]);
    let (field, absent) = Field::new(&table, &arithmetic(), &plan).unwrap();
    assert_eq!(field.names(), ["region 0", "region 1", "region 3"]);
    let [(place, composite)] = absent.as_slice() else { panic!("{absent:?}") };
    assert_eq!((*place, &composite.index), (2, &Err(NullReason::InputMissing)));
    assert_eq!(composite.missing, [Component::Baseline]);
}

/// A Dirichlet distribution has the means w and the variances w (1 - w) / (concentration + 1).
#[test]
fn drawn_weights_gather_around_the_instruments() {
    let plan = plan(&[Factor::Weights]);
    let field = field(&many(2), &arithmetic(), &plan);
    let mut drawer = Drawer::new(&field, &plan);
    let count = 20_000;
    let mut sums = [[0.0; 2]; 5];
    for draw in 0..count {
        drawer.draw(draw);
        let sample = drawer.sample(Half::First, None);
        let total: f64 = sample.weights.iter().sum();
        for (sums, weight) in sums.iter_mut().zip(sample.weights) {
            let share = weight / total;
            *sums = [sums[0] + share, sums[1] + share * share];
        }
    }
    for ([sum, squares], weight) in sums.into_iter().zip(field.weights()) {
        let mean = sum / approximate(count);
        let variance = squares / approximate(count) - mean * mean;
        let expected = weight * (1.0 - weight) / 101.0;
        assert!((mean - weight).abs() < 5.0 * (expected / approximate(count)).sqrt(), "{mean}");
        assert!((variance / expected - 1.0).abs() < 0.05, "{variance} of {expected}");
    }
}

#[test]
fn drawn_scores_lie_within_half_a_unit_and_the_scale_on_both_sides() {
    let plan = plan(&[Factor::Rounding]);
    let table = regions(&[vec![400; 5], vec![200; 5]]);
    let field = field(&table, &arithmetic(), &plan);
    let mut drawer = Drawer::new(&field, &plan);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for draw in 0..500 {
        drawer.draw(draw);
        for column in drawer.sample(Half::Second, None).columns.unwrap() {
            assert!((3.995..=4.0).contains(&column[0]), "{column:?}");
            assert!((1.995..=2.005).contains(&column[1]), "{column:?}");
            (least, most) = (least.min(column[1]), most.max(column[1]));
        }
    }
    assert!(least < 1.9951 && most > 2.0049, "{least} to {most}");
}

fn table() -> impl Strategy<Value = Vec<Vec<u32>>> {
    prop::collection::vec(prop::collection::vec(1_u32..=400, 5), 2..30)
}

fn normalisation() -> impl Strategy<Value = Normalisation> {
    prop::sample::select(vec![Normalisation::None, Normalisation::MinMax, Normalisation::Borda])
}

proptest! {
    /// Without noise all intervals collapse to the nominal rank, which is that of the exact index.
    #[test]
    fn without_noise_every_rank_is_the_nominal_one(
        table in table(),
        normalisation in normalisation(),
        mean in prop::sample::select(Mean::ALL.to_vec()),
    ) {
        // Of what is laid from 0 there is no geometric mean.
        let aggregation = match normalisation {
            Normalisation::None => mean.aggregation(),
            _ => Aggregation::Arithmetic,
        };
        // Nothing varies.
        let plan = plan(&[Factor::Weights]).without_noise();
        let made = Field::new(&regions(&table), &definition(normalisation, aggregation), &plan);
        let Ok((field, _)) = made else { return Ok(()) };
        let analysis = run(&field, &plan);
        for (spread, nominal) in analysis.spreads.iter().zip(field.nominal_ranks()) {
            let RankSpread { median, fifth_percentile, ninety_fifth_percentile, top_share } = spread;
            for quantile in [median, fifth_percentile, ninety_fifth_percentile] {
                prop_assert_eq!(quantile, &rank(*nominal));
            }
            prop_assert_eq!(top_share, &Exact::from(u64::from(*nominal <= TOP_DEFAULT)));
        }
        prop_assert_eq!(analysis.mean_shift.to_bits(), 0.0_f64.to_bits());
        prop_assert_eq!(analysis.sensitivities, None);
    }

    /// Components that are missing, under an availability threshold.
    #[test]
    fn without_noise_a_missing_component_leaves_the_sums(table in prop::collection::vec(prop::collection::vec(0_u32..=400, 5), 2..30)) {
        let spared = Definition {
            availability_threshold: Some(ThresholdPercent::parse("50").unwrap()),
            ..arithmetic()
        };
        let plan = plan(&[Factor::Weights]).without_noise();
        let Ok((field, _)) = Field::new(&regions(&table), &spared, &plan) else { return Ok(()) };
        let analysis = run(&field, &plan);
        for (spread, nominal) in analysis.spreads.iter().zip(field.nominal_ranks()) {
            prop_assert_eq!(&spread.median, &rank(*nominal));
        }
    }
}
