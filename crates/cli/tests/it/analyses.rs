//! What is computed anew, of the sample.

use crate::support::Up;

pub(crate) fn are_shown(up: &Up) {
    // Sleman's weights.
    let sleman = ["what-if", "2022", "--weight", "impact=30", "--weight", "quick-win=10"];
    for language in ["en", "id"] {
        let province = ["--province", "35", "--lang", language];
        let shown = up.takar_with_key(&[&sleman[..], &province].concat());
        let shown = shown.output();
        // The regions of the province that have no evaluation are many, and no matter here.
        let lines = shown.lines().filter(|line| !line.ends_with("no evaluation"));
        let lines = lines.filter(|line| !line.ends_with("tidak ada evaluasi"));
        let lines: Vec<_> = lines.collect();
        insta::assert_snapshot!(format!("what-if-{language}"), lines.join("\n"));
        let instrument = up.takar(&["instrument", "show", "kominfo-2022", "--lang", language]);
        insta::assert_snapshot!(format!("instrument-{language}"), instrument.output());
    }
    let csv = up.takar_with_key(&[&sleman[..], &["--output", "csv"]].concat()).output();
    insta::assert_snapshot!("what-if-csv", csv);
    let json = up.takar_with_key(&[&sleman[..], &["--output", "json"]].concat()).output();
    assert!(json.contains("\"3.256500\"") && json.contains("\"3.314667\""), "{json}");

    // The public is not let in, and one region alone has no ranks that could shift.
    assert!(up.takar(&sleman).stderr.contains("AUTHENTICATION_REQUIRED"));
    let alone = up.takar_with_key(&["robustness", "2022"]);
    assert!(alone.stderr.contains("NOT_ANALYSABLE"), "{alone:?}");
}
