//! What the tool says of itself.

use crate::support::run;

#[test]
fn every_command_says_what_it_does() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help-up", vec!["up", "--help"]),
        ("help-import", vec!["import", "--help"]),
        ("help-import-template", vec!["import", "template", "--help"]),
        ("help-export-scorecards", vec!["export", "scorecards", "--help"]),
        ("help-region-list", vec!["region", "list", "--help"]),
        ("help-evaluation", vec!["evaluation", "--help"]),
        ("help-evaluation-report", vec!["evaluation", "report", "--help"]),
        ("help-key-create", vec!["key", "create", "--help"]),
        ("help-audit-verify", vec!["audit", "verify", "--help"]),
        ("help-summary", vec!["summary", "--help"]),
        ("help-ranking", vec!["ranking", "--help"]),
        ("help-trend", vec!["trend", "--help"]),
        ("help-shortlist", vec!["shortlist", "--help"]),
        ("help-what-if", vec!["what-if", "--help"]),
        ("help-robustness", vec!["robustness", "--help"]),
        ("help-scorecard-show", vec!["scorecard", "show", "--help"]),
    ] {
        insta::assert_snapshot!(name, run(&arguments).output());
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]).output();
        assert!(script.contains("scorecard") && script.contains("dry-run"), "{shell}");
    }
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_failure() {
    for arguments in [
        &["scorecard", "show", "33.05"][..],
        &["scorecard", "show", "a/b", "2022"],
        &["region", "list", "--kind", "desa"],
        &["ranking", "2022", "--by", "rank"],
        &["trend"],
        &["shortlist", "2022", "--places", "living"],
        &["what-if", "2022", "--weight", "governance=30"],
        &["robustness", "2022", "--vary", "seed"],
        &["--lang", "jv", "cycle", "list"],
    ] {
        assert_eq!(run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_named_in_both_languages() {
    // Port 1 is below those that anybody listens on by accident.
    for (language, said) in [("en", "cannot be reached"), ("id", "tidak dapat dihubungi")] {
        let arguments = ["cycle", "list", "--server", "http://127.0.0.1:1", "--lang", language];
        let told = run(&arguments).failure();
        assert!(told.contains(said) && told.contains("http://127.0.0.1:1"), "{told}");
    }
}
