//! A scorecard as a page that a person reads.

use std::fmt::Write as _;

use takar_proto::v1::{Figure, ObservationStatus, PillarResult, Publication, Scorecard};

use super::list::NONE;
use crate::{
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Label, Message},
};

/// Marks of the reasons in the legend, in the order in which they come up.
const MARKS: [char; 9] = ['¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// The page of a scorecard.
pub(super) fn render(scorecard: &Scorecard, language: Language) -> String {
    let mut page = Page { language, text: String::new(), legend: Vec::new() };
    page.heading(scorecard);
    page.pillars(scorecard);
    page.over_all_pillars(scorecard);
    page.components(scorecard);
    page.published(scorecard);
    page.finish()
}

struct Page {
    language: Language,
    text: String,
    /// Why values are absent, each reason once.
    legend: Vec<String>,
}

impl Page {
    fn say(&self, label: Label) -> &'static str {
        label.say(self.language)
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn labelled(&mut self, label: Label, text: &str) {
        let line = format!("{}: {}", self.say(label), plain(text));
        self.line(&line);
    }

    fn heading(&mut self, scorecard: &Scorecard) {
        let title = Message::ScorecardTitle {
            region: &plain(&scorecard.region_display_name),
            code: &plain(id(&scorecard.region)),
            cycle: &plain(id(&scorecard.cycle)),
        };
        let title = title.say(self.language);
        self.line(&title);
        if scorecard.simulated {
            self.line(&Message::MadeUp.say(self.language));
        }
        self.labelled(Label::Instrument, id(&scorecard.instrument));
        match &scorecard.publication {
            None => self.labelled(Label::Revision, Label::Provisional.say(self.language)),
            Some(publication) => self.publication(publication),
        }
    }

    fn publication(&mut self, publication: &Publication) {
        let mut revision = publication.revision.to_string();
        if let Some(time) = publication.publish_time {
            let time = time.to_string();
            // To the second; the rest is noise to a reader.
            let (second, _) = time.split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
            let _ = write!(revision, ", {} {second}Z", self.say(Label::PublishedOn));
        }
        self.labelled(Label::Revision, &revision);
        if !publication.letter_number.is_empty() {
            let letter = format!("{}, {}", publication.letter_number, publication.letter_date);
            self.labelled(Label::Letter, letter.trim_end_matches(", "));
        }
        self.labelled(Label::Source, &publication.source);
        if !publication.reason.is_empty() {
            self.labelled(Label::Reason, &publication.reason);
        }
    }

    fn pillars(&mut self, scorecard: &Scorecard) {
        // A column of noughts says nothing.
        let shows_not_due = scorecard.pillars.iter().any(|result| result.not_due() > 0);
        let threshold = self.language.decimal(&scorecard.threshold_percent);
        let threshold = format!("≥ {threshold}%");
        let mut columns = vec![
            (self.say(Label::Pillar), Side::Left),
            (self.say(Label::Running), Side::Right),
            (self.say(Label::Planned), Side::Right),
            (self.say(Label::Realisation), Side::Right),
            (&threshold, Side::Left),
            (self.say(Label::Score), Side::Right),
        ];
        if shows_not_due {
            columns.push((self.say(Label::NotDue), Side::Right));
        }
        let mut table = Table::new(&columns);
        for result in &scorecard.pillars {
            let mut row = self.pillar(result);
            row.truncate(columns.len());
            table.push(row);
        }
        self.line("");
        self.text.push_str(&table.render());
    }

    /// The cells of a pillar, with what is not due last.
    fn pillar(&mut self, result: &PillarResult) -> Vec<String> {
        let count = |count: Option<i32>| count.map_or(NONE.to_owned(), |count| count.to_string());
        let reached = match result.at_or_above_threshold {
            Some(true) => self.say(Label::Yes),
            Some(false) => self.say(Label::No),
            None => NONE,
        };
        vec![
            text::pillar(result.pillar),
            count(result.running),
            count(result.planned),
            self.value(result.realisation.as_ref()),
            reached.to_owned(),
            self.value(result.score.as_ref()),
            count(result.not_due),
        ]
    }

    fn over_all_pillars(&mut self, scorecard: &Scorecard) {
        let sum = |count: fn(&PillarResult) -> Option<i32>| {
            scorecard.pillars.iter().map(count).sum::<Option<i32>>()
        };
        let counts = sum(|result| result.running).zip(sum(|result| result.planned));
        let ratio = counts.map(|(running, planned)| format!("{running}/{planned} = "));
        let pooled = self.percent(scorecard.pooled_realisation.as_ref());
        let pooled = Message::Pooled { ratio: &ratio.unwrap_or_default(), value: &pooled };
        let pooled = pooled.say(self.language);
        let value = self.percent(scorecard.mean_of_pillars_realisation.as_ref());
        let mean = Message::MeanOfPillars { value: &value }.say(self.language);
        let threshold = &self.language.decimal(&plain(&scorecard.threshold_percent));
        let reached = match scorecard.all_pillars_at_or_above_threshold {
            Some(true) => Message::AllAtOrAbove { threshold },
            Some(false) => Message::NotAllAtOrAbove { threshold },
            None => Message::UnknownAtOrAbove { threshold },
        };
        let reached = reached.say(self.language);
        for line in ["", &pooled, &mean, &reached] {
            self.line(line);
        }
    }

    fn components(&mut self, scorecard: &Scorecard) {
        let mut table = Table::new(&[
            (self.say(Label::Component), Side::Left),
            (self.say(Label::Weight), Side::Right),
            (self.say(Label::Score), Side::Right),
            (self.say(Label::Unrounded), Side::Right),
        ]);
        for result in &scorecard.components {
            let score = result.score.as_ref();
            let unrounded = score.and_then(|score| score.unrounded.as_deref());
            table.push([
                text::component(result.component, self.language),
                self.language.decimal(&result.weight),
                self.value(score),
                unrounded.map_or(NONE.to_owned(), |value| self.language.decimal(value)),
            ]);
        }
        self.line("");
        self.text.push_str(&table.render());
        self.line("");
        self.index(scorecard);
    }

    fn index(&mut self, scorecard: &Scorecard) {
        let index = scorecard.index.as_ref();
        match index {
            Some(Figure {
                value: Some(value),
                unrounded: Some(unrounded),
                exact: Some(exact),
                ..
            }) => {
                let index = Message::Index {
                    value: &self.language.decimal(&plain(value)),
                    unrounded: &self.language.decimal(&plain(unrounded)),
                    exact: &plain(exact),
                };
                let index = index.say(self.language);
                self.line(&index);
            }
            absent => {
                let value = self.value(absent);
                self.labelled(Label::Index, &value);
            }
        }
        if !scorecard.band.is_empty() {
            self.labelled(Label::Band, &scorecard.band);
        }
        if let Some(improvement) = &scorecard.improvement {
            self.improvement(improvement);
        }
    }

    /// How far the index moved, where there is one to compare it with.
    fn improvement(&mut self, improvement: &Figure) {
        let (Some(value), Some(earlier)) = (&improvement.value, improvement.inputs.last()) else {
            return;
        };
        let value = &self.language.decimal(&plain(value));
        let earlier = &plain(&earlier.source);
        let message = match improvement.status() {
            ObservationStatus::Break => Message::ImprovementAcrossBreak { value, earlier },
            _ => Message::Improvement { value, earlier },
        };
        let line = message.say(self.language);
        self.line(&line);
    }

    fn published(&mut self, scorecard: &Scorecard) {
        if scorecard.published_figures.is_empty() {
            return;
        }
        let mut table = Table::new(&[
            (self.say(Label::Figure), Side::Left),
            (self.say(Label::Published), Side::Right),
            (self.say(Label::Recomputed), Side::Right),
            (self.say(Label::Difference), Side::Right),
        ]);
        for figure in &scorecard.published_figures {
            let recomputed = match &figure.recomputed {
                Some(value) => self.language.decimal(value),
                None => self.absent(Message::NotRecomputable.say(self.language)),
            };
            let difference = figure.difference.as_deref();
            table.push([
                text::measure(figure, self.language),
                self.language.decimal(&figure.value),
                recomputed,
                difference.map_or(NONE.to_owned(), |value| self.language.decimal(value)),
            ]);
        }
        let title = Message::PublishedBesideRecomputed.say(self.language);
        self.line("");
        self.line(&title);
        self.text.push_str(&table.render());
    }

    /// A figure's value with a `%`, or its mark.
    fn percent(&mut self, figure: Option<&Figure>) -> String {
        match figure.and_then(|figure| figure.value.as_deref()) {
            Some(value) => format!("{}%", self.language.decimal(&plain(value))),
            None => self.value(figure),
        }
    }

    /// A figure's value, or the mark of the reason why there is none.
    fn value(&mut self, figure: Option<&Figure>) -> String {
        let Some(figure) = figure else {
            return NONE.to_owned();
        };
        match &figure.value {
            Some(value) => self.language.decimal(value),
            None => self.absent(text::null_reason(figure, self.language)),
        }
    }

    /// The mark of a reason, which the legend explains.
    fn absent(&mut self, reason: String) -> String {
        let known = self.legend.iter().position(|known| *known == reason);
        let position = known.unwrap_or_else(|| {
            self.legend.push(reason);
            self.legend.len() - 1
        });
        format!("{NONE}{}", mark(position))
    }

    fn finish(mut self) -> String {
        if !self.legend.is_empty() {
            self.line("");
        }
        for (position, reason) in std::mem::take(&mut self.legend).iter().enumerate() {
            self.line(&format!("{NONE}{} {}", mark(position), plain(reason)));
        }
        self.text
    }
}

/// There are fewer marks than a strange instrument could need; the last one then stands for more.
fn mark(position: usize) -> char {
    MARKS[position.min(MARKS.len() - 1)]
}
