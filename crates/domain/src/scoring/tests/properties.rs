//! What holds of every scorecard.

use proptest::prelude::*;

use super::*;

fn any_tallies() -> impl Strategy<Value = Vec<(Pillar, i32, i32)>> {
    let tally = (1_i32..200).prop_flat_map(|planned| (0..=planned, Just(planned)));
    prop::collection::vec(tally, Pillar::ALL.len()).prop_map(|tallies| {
        Pillar::ALL
            .into_iter()
            .zip(tallies)
            .map(|(pillar, (running, planned))| (pillar, running, planned))
            .collect()
    })
}

fn any_scores() -> impl Strategy<Value = Evaluation> {
    let scores = |count| {
        prop::collection::vec(
            (0_i64..=400).prop_map(|cents| given(&Decimal::new(cents, 2).to_string())),
            count,
        )
    };
    (scores(Pillar::ALL.len()), scores(Component::ALL.len())).prop_map(|(pillars, components)| {
        Evaluation {
            pillar_scores: Pillar::ALL.into_iter().zip(pillars).collect(),
            component_scores: Component::ALL.into_iter().zip(components).collect(),
            ..empty("33.05")
        }
    })
}

proptest! {
    #[test]
    fn the_pooled_realisation_lies_between_the_smallest_and_the_largest_pillar(tallies in any_tallies()) {
        let scorecard = scored(&with_tallies(tallies), &ministry());
        let pillars = || scorecard.pillars.iter().filter_map(|result| result.realisation.exact());
        for total in [&scorecard.pooled_realisation, &scorecard.mean_of_pillars_realisation] {
            let total = total.exact().unwrap();
            prop_assert!(pillars().min().unwrap() <= total && total <= pillars().max().unwrap());
        }
    }

    #[test]
    fn the_order_of_reports_changes_nothing(tallies in any_tallies().prop_shuffle()) {
        let ordered = {
            let mut tallies = tallies.clone();
            tallies.sort();
            tallies
        };
        prop_assert_eq!(scored(&with_tallies(tallies), &ministry()), scored(&with_tallies(ordered), &ministry()));
    }

    #[test]
    fn the_index_lies_on_the_scale(evaluation in any_scores()) {
        let index = scored(&evaluation, &ministry()).index;
        let index = index.exact().unwrap();
        prop_assert!(&Exact::from(0) <= index && index <= &Exact::from(4));
    }

    #[test]
    fn a_better_score_never_lowers_the_index(evaluation in any_scores(), component in 0_usize..5) {
        let component = Component::ALL[component];
        let before = scored(&evaluation, &ministry()).index;
        let mut better = evaluation;
        better.component_scores.insert(component, given("4.00"));
        prop_assert!(scored(&better, &ministry()).index.exact() >= before.exact());
    }
}
