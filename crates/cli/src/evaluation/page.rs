//! An evaluation as a page that a person reads.

use std::fmt::Write as _;

use takar_proto::v1::{
    Assessment, Comment, Component, Evaluation, Item, Pillar, assessment::Level, item,
};

use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Label, Message},
};

/// The page of an evaluation.
pub(super) fn render(evaluation: &Evaluation, language: Language) -> String {
    let mut page = Page { language, text: String::new() };
    page.heading(evaluation);
    page.scores(evaluation);
    page.assignments(evaluation);
    page.objections(evaluation);
    page.extensions(evaluation);
    page.steps(evaluation);
    page.text
}

struct Page {
    language: Language,
    text: String,
}

impl Page {
    fn labelled(&mut self, label: Label, text: &str) {
        let _ = writeln!(self.text, "{}: {}", label.say(self.language), plain(text));
    }

    /// A table below a blank line; none where it has no rows.
    fn table<T: AsRef<str>>(
        &mut self,
        labels: &[Label],
        side: Side,
        rows: impl IntoIterator<Item = Vec<T>>,
    ) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        let columns: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(place, label)| {
                (label.say(self.language), if place == 0 { Side::Left } else { side })
            })
            .collect();
        let mut table = Table::new(&columns);
        rows.for_each(|row| table.push(row));
        let _ = write!(self.text, "\n{}", table.render());
    }

    fn heading(&mut self, evaluation: &Evaluation) {
        let title = Message::EvaluationTitle {
            code: &plain(id(&evaluation.region)),
            cycle: &plain(id(&evaluation.cycle)),
        };
        let _ = writeln!(self.text, "{}", title.say(self.language));
        self.labelled(Label::State, &text::state(evaluation.state, self.language));
        if evaluation.deadline_time.is_some() {
            self.labelled(Label::Deadline, &text::second(evaluation.deadline_time.as_ref()));
        }
        if evaluation.submit_time.is_some() {
            let mut submitted = text::second(evaluation.submit_time.as_ref());
            if evaluation.late {
                let _ = write!(submitted, ", {}", Label::Late.say(self.language));
            }
            self.labelled(Label::Submitted, &submitted);
        }
    }

    /// Counts and the three levels of scores, side by side.
    fn scores(&mut self, evaluation: &Evaluation) {
        let pillars =
            (Pillar::Governance as i32..=Pillar::Environment as i32).map(item::Item::Pillar);
        let components =
            (Component::Baseline as i32..=Component::QuickWin as i32).map(item::Item::Component);
        let rows: Vec<_> = pillars
            .chain(components)
            .map(|item| self.item(evaluation, item))
            .filter(|cells| cells[1..].iter().any(|cell| !cell.is_empty()))
            .collect();
        let labels = [
            Label::Item,
            Label::Running,
            Label::Planned,
            Label::SelfAssessed,
            Label::Desk,
            Label::Spread,
            Label::Final,
        ];
        self.table(&labels, Side::Right, rows);
    }

    fn item(&self, evaluation: &Evaluation, item: item::Item) -> Vec<String> {
        let is_item = |other: Option<&Item>| other.is_some_and(|other| other.item == Some(item));
        let tally =
            evaluation.tallies.iter().find(|tally| item == item::Item::Pillar(tally.pillar));
        let count = |count: Option<i32>| count.map(|count| count.to_string()).unwrap_or_default();
        let at = |level: Level| {
            let all = evaluation.assessments.iter();
            let given: Vec<_> = all
                .filter(|one| is_item(one.item.as_ref()) && one.level() == level)
                .map(|one| self.score(one))
                .collect();
            given.join(" | ")
        };
        let spread = evaluation.spreads.iter().find(|spread| is_item(spread.item.as_ref()));
        let spread = spread.map(|spread| self.language.decimal(&spread.spread));
        let last = match item {
            item::Item::Pillar(pillar) => evaluation
                .pillar_scores
                .iter()
                .find(|score| score.pillar == pillar)
                .map(|score| &score.score),
            item::Item::Component(component) => evaluation
                .component_scores
                .iter()
                .find(|score| score.component == component)
                .map(|score| &score.score),
        };
        vec![
            text::item(Some(&Item { item: Some(item) }), self.language),
            count(tally.map(|tally| tally.running)),
            count(tally.map(|tally| tally.planned)),
            at(Level::SelfAssessed),
            at(Level::Desk),
            spread.unwrap_or_default(),
            last.map(|score| self.language.decimal(score)).unwrap_or_default(),
        ]
    }

    /// A score, or the word for there being none.
    fn score(&self, assessment: &Assessment) -> String {
        if assessment.score.is_empty() {
            contract::word("ObservationStatus", assessment.status).to_lowercase()
        } else {
            self.language.decimal(&assessment.score)
        }
    }

    fn assignments(&mut self, evaluation: &Evaluation) {
        let rows = evaluation.assignments.iter().map(|assignment| {
            vec![
                assignment.display_name.clone(),
                assignment.principal.clone(),
                text::second(assignment.assign_time.as_ref()),
                assignment.conflict.clone(),
            ]
        });
        let labels = [Label::Assessor, Label::Who, Label::Time, Label::Conflict];
        self.table(&labels, Side::Left, rows);
    }

    fn objections(&mut self, evaluation: &Evaluation) {
        let language = self.language;
        let rows = evaluation.objections.iter().map(|objection| {
            let upheld = match objection.upheld {
                None => "",
                Some(true) => Label::Yes.say(language),
                Some(false) => Label::No.say(language),
            };
            vec![
                remarks(&objection.comments, language),
                objection.principal.clone(),
                text::second(objection.object_time.as_ref()),
                objection.answer.clone(),
                upheld.to_owned(),
            ]
        });
        let labels = [Label::Objection, Label::Who, Label::Time, Label::Answer, Label::Upheld];
        self.table(&labels, Side::Left, rows);
    }

    fn extensions(&mut self, evaluation: &Evaluation) {
        let rows = evaluation.extensions.iter().map(|extension| {
            vec![
                text::second(extension.deadline_time.as_ref()),
                extension.principal.clone(),
                text::second(extension.record_time.as_ref()),
                extension.reason.clone(),
            ]
        });
        self.table(&[Label::Deadline, Label::Who, Label::Time, Label::Reason], Side::Left, rows);
    }

    fn steps(&mut self, evaluation: &Evaluation) {
        let language = self.language;
        let rows = evaluation.transitions.iter().map(|step| {
            let why = [step.reason.clone(), remarks(&step.comments, language)];
            let why: Vec<_> = why.into_iter().filter(|why| !why.is_empty()).collect();
            vec![
                text::second(step.transition_time.as_ref()),
                text::state(step.from_state, language),
                text::state(step.to_state, language),
                step.principal.clone(),
                contract::word("Role", step.role).to_lowercase(),
                why.join("; "),
            ]
        });
        let labels = [Label::Time, Label::From, Label::To, Label::Who, Label::Role, Label::Comment];
        self.table(&labels, Side::Left, rows);
    }
}

fn remarks(comments: &[Comment], language: Language) -> String {
    let remark = |comment: &Comment| {
        let item = text::item(comment.item.as_ref(), language);
        if item.is_empty() { comment.text.clone() } else { format!("{item}: {}", comment.text) }
    };
    comments.iter().map(remark).collect::<Vec<_>>().join("; ")
}
