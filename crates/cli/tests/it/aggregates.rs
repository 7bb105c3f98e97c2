//! What is said of many regions, of the sample.

use crate::support::Up;

pub(crate) fn are_shown(up: &Up) {
    let winners = ["--cohort", "smart-governance-2021"];
    for (name, arguments) in [
        ("summary", [&["summary", "2022"], &winners[..]].concat()),
        ("ranking", vec!["ranking", "2022", "--by", "realisation", "--limit", "3"]),
        ("trend", vec!["trend", "35.71"]),
        ("cohort-trend", vec!["trend", "--cohort", "smart-governance-2021", "--by", "realisation"]),
        (
            "shortlist",
            vec![
                "shortlist",
                "2022",
                "--by-realisation",
                "--places",
                "governance=1",
                "--minimum-realisation",
                "90",
            ],
        ),
    ] {
        for language in ["en", "id"] {
            let shown = up.takar(&[&arguments[..], &["--lang", language]].concat());
            insta::assert_snapshot!(format!("{name}-{language}"), shown.output());
        }
        let csv = up.takar(&[&arguments[..], &["--output", "csv"]].concat());
        insta::assert_snapshot!(format!("{name}-csv"), csv.output());
        let json = up.takar(&[&arguments[..], &["--output", "json"]].concat()).output();
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
    }
}
