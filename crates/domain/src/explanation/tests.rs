use std::collections::BTreeMap;

use chrono::DateTime;

use super::*;
use crate::{
    access::Principal,
    evaluation::Progress,
    evidence::{Content, Link},
    instrument::{
        Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent,
    },
    life::Life,
    name::{CycleId, EvidenceId, InstrumentId, ProgramId, RegionCode},
    scoring,
    vocabulary::{Component, Derivation, EvaluationState, EvidenceState, ProgramStatus},
};

fn evidence(id: &str, subject: Subject) -> Evidence {
    Evidence {
        id: EvidenceId::parse(id).unwrap(),
        title: format!("Bukti {id}"),
        subject,
        content: Content::Link(Link::parse("https://kebumenkab.go.id").unwrap()),
        given: Given {
            principal: Principal::parse("users/siti").unwrap(),
            time: DateTime::UNIX_EPOCH,
        },
        state: EvidenceState::Verified,
        state_reason: String::new(),
        judged: None,
    }
}

fn instrument() -> Instrument {
    let part =
        |component, derivation| WeightedComponent::parse(component, "50", derivation).unwrap();
    let definition = Definition {
        display_name: "An instrument".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: vec![
            part(Component::Output, Derivation::Direct),
            part(Component::Impact, Derivation::MeanOfPillars),
        ],
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    };
    Instrument::new(InstrumentId::parse("kominfo-2022").unwrap(), definition).unwrap()
}

fn evaluation() -> Evaluation {
    let program = ProgramId::parse("balada").unwrap();
    let report = ProgramReport {
        program: program.clone(),
        pillar: Pillar::Living,
        progress: Progress::new(ProgramStatus::Running, "").unwrap(),
        given: None,
    };
    let score = Score::parse("3", "a letter", Scale::parse("0", "4").unwrap()).unwrap();
    Evaluation {
        region: RegionCode::parse("33.05").unwrap(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        state: EvaluationState::InReview,
        counted_tallies: BTreeMap::new(),
        tallies_given: BTreeMap::new(),
        program_reports: vec![report],
        pillar_scores: BTreeMap::from([(Pillar::Living, score.clone())]),
        component_scores: BTreeMap::from([(Component::Output, score)]),
        assessments: Vec::new(),
        evidence: vec![
            evidence("output", Subject::Component(Component::Output)),
            evidence("living", Subject::Pillar(Pillar::Living)),
            evidence("balada", Subject::Program(program)),
        ],
        life: Life::default(),
        create_time: DateTime::UNIX_EPOCH,
        update_time: DateTime::UNIX_EPOCH,
    }
}

/// The titles of the evidence right below a node, by the labels that lead to it.
fn below<'a>(nodes: impl IntoIterator<Item = &'a Node>, path: &[&str]) -> Vec<String> {
    let [label, rest @ ..] = path else { panic!("a path leads somewhere") };
    let node = nodes.into_iter().find(|node| node.label == *label).expect(label);
    if !rest.is_empty() {
        return below(&node.inputs, rest);
    }
    let pieces = node.inputs.iter().filter(|input| input.kind == NodeKind::Evidence);
    pieces.map(|piece| piece.label.clone()).collect()
}

#[test]
fn evidence_stands_below_what_it_is_of() {
    let evaluation = evaluation();
    let scorecard = scoring::score(&evaluation, "Kebumen".to_owned(), &instrument(), None);
    let Explanation { index, realisations } = explain(&scorecard, Some(&evaluation));
    assert_eq!(below([&index], &["index", "output"]), ["Bukti output"]);
    assert_eq!(below([&index], &["index", "impact", "living"]), ["Bukti living"]);
    assert!(below([&index], &["index", "impact", "governance"]).is_empty());
    assert_eq!(below(&realisations, &["living"]), ["Bukti living"]);
    assert_eq!(below(&realisations, &["living", "balada"]), ["Bukti balada"]);
}

#[test]
fn a_piece_says_where_it_is_and_whether_it_holds() {
    let node = of_evidence(&evidence("sk", Subject::Pillar(Pillar::Living)));
    assert_eq!(
        (node.value.as_str(), node.source.as_str()),
        ("verified", "https://kebumenkab.go.id")
    );
    assert_eq!(node.given.unwrap().principal.as_str(), "users/siti");
}
