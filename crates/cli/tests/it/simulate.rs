//! Simulated cycles.

use crate::support::{Up, directory};

// One test, as it owns the `up` that all of it asks.
#[test]
fn cycles_are_simulated_once_the_same_for_a_seed_and_say_so() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let simulate = |seed: &str, cycles: &str| {
        let arguments = ["simulate", "--regions", "514", "--cycles", cycles, "--seed", seed];
        up.takar_with_key(&arguments)
    };
    assert!(simulate("1", "1").output().contains("simulation-1-001"));
    let on = simulate("1", "2");
    assert!(on.stderr.contains("1 simulated cycles made, 1 already there"), "{on:?}");
    let shown = on.output();
    assert!(shown.contains("simulation-1-002") && !shown.contains("simulation-1-001"), "{shown}");

    let csv = up.takar(&["scorecard", "list", "--cycle", "simulation-1-002", "--output", "csv"]);
    assert_eq!(csv.output().lines().count(), 1 + 514);
    let page = |lang: &str| {
        up.takar(&["--lang", lang, "scorecard", "show", "33.05", "simulation-1-002"]).output()
    };
    assert!(page("en").contains("SIMULATED: all figures below are made up."));
    // When it was published is another time in each run.
    let page = page("id");
    let lines = page.lines().filter(|line| !line.starts_with("Revisi: "));
    insta::assert_snapshot!("simulated-id", lines.collect::<Vec<_>>().join("\n"));
    assert!(up.stop().success());
}
