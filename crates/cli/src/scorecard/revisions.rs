//! Revisions of one scorecard, one a line.

use takar_proto::v1::{Publication, Scorecard};

use crate::{
    language::Language,
    table::{Side, Table},
    text::Label,
};

/// The columns as CSV.
pub(super) const COLUMNS: [&str; 7] =
    ["revision", "publish_time", "letter_number", "letter_date", "index", "reason", "source"];

/// One revision as a row of [`COLUMNS`].
pub(super) fn row(scorecard: &Scorecard) -> Vec<String> {
    cells(scorecard).into()
}

fn cells(scorecard: &Scorecard) -> [String; 7] {
    let Publication { revision, publish_time, letter_number, letter_date, source, reason } =
        scorecard.publication.clone().unwrap_or_default();
    [
        revision.to_string(),
        // To the last digit, as `--as-of` takes it.
        publish_time.map(|time| time.to_string()).unwrap_or_default(),
        letter_number,
        letter_date,
        index(scorecard),
        reason,
        source,
    ]
}

fn index(scorecard: &Scorecard) -> String {
    scorecard.index.as_ref().and_then(|index| index.value.clone()).unwrap_or_default()
}

/// Revisions as a table.
pub(super) fn table(scorecards: &[Scorecard], language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Revision.say(language), Side::Right),
        (Label::Time.say(language), Side::Left),
        (Label::Letter.say(language), Side::Left),
        (Label::Index.say(language), Side::Right),
        (Label::Reason.say(language), Side::Left),
    ]);
    for scorecard in scorecards {
        let [revision, time, letter, _, index, reason, _] = cells(scorecard);
        table.push([revision, time, letter, language.decimal(&index), reason]);
    }
    table.render()
}
