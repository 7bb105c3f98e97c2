//! How a scorecard came about: a tree from the index down to what was answered and reported.

use rust_decimal::Decimal;

use crate::{
    assessment::{Assessment, Item},
    evaluation::{Evaluation, Given, ProgramReport, Score},
    evidence::{Evidence, Subject},
    scorecard::{ComponentResult, Figure, Method, Outcome, PillarResult, Scorecard},
    vocabulary::{ObservationStatus, Pillar},
};

/// A figure, an answer, a report on a programme, or a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// What it is of.
    pub label: String,
    /// Its value as shown; empty where there is none.
    pub value: String,
    /// Whether the value can be relied on.
    pub status: ObservationStatus,
    /// The computation written out; empty where nothing was computed.
    pub formula: String,
    /// Its weight in what stands above.
    pub weight: Option<Decimal>,
    /// Where it is stated; empty where it is computed.
    pub source: String,
    /// By whom and when it was given.
    pub given: Option<Given>,
    /// What it rests on.
    pub inputs: Vec<Node>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Computed.
    Figure,
    /// A score or count that someone gave.
    Answer,
    /// A report on a programme.
    Program,
    /// A piece of evidence.
    Evidence,
}

/// The trees of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The index.
    pub index: Node,
    /// The pillars' realisations, then both figures over all pillars.
    pub realisations: Vec<Node>,
}

/// Explains `scorecard` by the evaluation from which it was computed; without one the trees end with
/// the figures.
pub fn explain(scorecard: &Scorecard, evaluation: Option<&Evaluation>) -> Explanation {
    let explainer = Explainer { scorecard, evaluation };
    let components = scorecard.components.iter().map(|part| explainer.component(part)).collect();
    let pillars = || scorecard.pillars.iter().map(|pillar| explainer.realisation(pillar));
    let overall = [
        ("pooled_realisation", &scorecard.pooled_realisation),
        ("mean_of_pillars_realisation", &scorecard.mean_of_pillars_realisation),
    ];
    let overall = overall.map(|(label, figure)| of_figure(label, figure, Vec::new()));
    Explanation {
        index: of_figure("index", &scorecard.index, components),
        realisations: pillars().chain(overall).collect(),
    }
}

struct Explainer<'a> {
    scorecard: &'a Scorecard,
    evaluation: Option<&'a Evaluation>,
}

impl Explainer<'_> {
    fn component(&self, result: &ComponentResult) -> Node {
        let ComponentResult { component, weight, score, normalised } = result;
        let pillars = self.scorecard.pillars.iter();
        let inputs = match score.method {
            Method::Direct => self.answers(Item::Component(*component)),
            Method::MeanOfPillars => pillars.map(|pillar| self.pillar_score(pillar)).collect(),
            Method::ScaledRealisation => pillars.map(|pillar| self.realisation(pillar)).collect(),
            Method::Ratio
            | Method::Pooled
            | Method::WeightedMean
            | Method::Difference
            | Method::Goalposts
            | Method::WeightedGeometricMean
            | Method::WeightedHarmonicMean
            | Method::Copeland => Vec::new(),
        };
        let scored = of_figure(component.as_str(), score, inputs);
        let node = match normalised {
            Some(normalised) => of_figure(component.as_str(), normalised, vec![scored]),
            None => scored,
        };
        Node { weight: Some(*weight), ..node }
    }

    fn pillar_score(&self, result: &PillarResult) -> Node {
        let answers = self.answers(Item::Pillar(result.pillar));
        of_figure(result.pillar.as_str(), &result.score, answers)
    }

    /// The final score of an item, beside it those before, and what was shown for it.
    fn answers(&self, item: Item) -> Vec<Node> {
        let Some(evaluation) = self.evaluation else { return Vec::new() };
        let score = match item {
            Item::Pillar(pillar) => evaluation.pillar_scores.get(&pillar),
            Item::Component(component) => evaluation.component_scores.get(&component),
        };
        let assessments = evaluation.assessments.iter().filter(|given| given.item == item);
        let answers = score.map(of_score).into_iter().chain(assessments.map(of_assessment));
        answers.chain(self.evidence(&Subject::from(item))).collect()
    }

    fn realisation(&self, result: &PillarResult) -> Node {
        let reports = self.reports(result.pillar).map(|report| self.report(report));
        let counted = self.tally(result.pillar);
        let evidence = self.evidence(&Subject::Pillar(result.pillar));
        let inputs = counted.into_iter().chain(reports).chain(evidence).collect();
        of_figure(result.pillar.as_str(), &result.realisation, inputs)
    }

    fn reports(&self, pillar: Pillar) -> impl Iterator<Item = &ProgramReport> {
        let reports = self.evaluation.iter().flat_map(|evaluation| &evaluation.program_reports);
        reports.filter(move |report| report.pillar == pillar)
    }

    fn report(&self, report: &ProgramReport) -> Node {
        let inputs = self.evidence(&Subject::Program(report.program.clone()));
        Node { inputs, ..of_report(report) }
    }

    /// What was shown for something.
    fn evidence(&self, subject: &Subject) -> Vec<Node> {
        let evidence = self.evaluation.iter().flat_map(|evaluation| &evaluation.evidence);
        evidence.filter(|piece| piece.subject == *subject).map(of_evidence).collect()
    }

    /// The counts of a pillar that were reported as such.
    fn tally(&self, pillar: Pillar) -> Option<Node> {
        let evaluation = self.evaluation?;
        let tally = evaluation.counted_tallies.get(&pillar)?;
        let value = format!("{} / {}", tally.ratio.running(), tally.ratio.planned());
        Some(Node {
            source: crate::evaluation::tally_source(tally).to_owned(),
            given: evaluation.tallies_given.get(&pillar).cloned(),
            ..leaf(NodeKind::Answer, "tally", value)
        })
    }
}

fn of_figure(label: &str, figure: &Figure, inputs: Vec<Node>) -> Node {
    let (value, status) = match &figure.outcome {
        Outcome::Value { exact: _, shown } => (shown.to_string(), ObservationStatus::Normal),
        Outcome::Null(_) => (String::new(), ObservationStatus::Missing),
    };
    let source = match figure.method {
        Method::Direct => figure.inputs.first().map(|input| input.source.clone()),
        _ => None,
    };
    Node {
        kind: NodeKind::Figure,
        label: label.to_owned(),
        value,
        status,
        formula: figure.formula.clone(),
        weight: None,
        source: source.unwrap_or_default(),
        given: None,
        inputs,
    }
}

fn of_score(score: &Score) -> Node {
    Node {
        source: score.source().to_owned(),
        given: score.given().cloned(),
        ..leaf(NodeKind::Answer, "final", score.value().to_string())
    }
}

fn of_assessment(assessment: &Assessment) -> Node {
    let Assessment { item: _, level, answer, principal, record_time } = assessment;
    let value = answer.score().map(|score| score.to_string()).unwrap_or_default();
    Node {
        status: answer.status(),
        source: answer.source().to_owned(),
        given: Some(Given { principal: principal.clone(), time: *record_time }),
        ..leaf(NodeKind::Answer, level.as_str(), value)
    }
}

fn of_report(report: &ProgramReport) -> Node {
    let ProgramReport { program, pillar: _, progress, given } = report;
    Node {
        source: progress.reason().to_owned(),
        given: given.clone(),
        ..leaf(NodeKind::Program, program.as_str(), progress.status().to_string())
    }
}

fn of_evidence(evidence: &Evidence) -> Node {
    let Evidence { id: _, title, subject: _, content, given, state, state_reason: _, judged: _ } =
        evidence;
    Node {
        source: content.source(),
        given: Some(given.clone()),
        ..leaf(NodeKind::Evidence, title, state.to_string())
    }
}

fn leaf(kind: NodeKind, label: &str, value: String) -> Node {
    Node {
        kind,
        label: label.to_owned(),
        value,
        status: ObservationStatus::Normal,
        formula: String::new(),
        weight: None,
        source: String::new(),
        given: None,
        inputs: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
