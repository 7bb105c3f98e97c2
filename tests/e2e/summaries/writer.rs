//! What was reported and scored, written and published through the store: the same transactions that
//! the server makes, without the steps in between.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use takar_domain::{
    access::Principal,
    evaluation::Score,
    instrument::Scale,
    life::{Change, Transition},
    name::{CycleId, RegionCode},
    publication::Citation,
    tally::Tally,
    vocabulary::{Component, EvaluationState, Pillar, Role},
};
use takar_store::{Begun, Call, EvaluationKey, LockedEvaluation, Store, Write};

const SOURCE: &str = "a test";

/// What is known of an evaluation. What is reported or scored again takes the place of what was.
#[derive(Clone, Debug, Default)]
pub(super) struct Inputs {
    /// Running and planned programmes.
    pub(super) tallies: BTreeMap<Pillar, (i32, i32)>,
    pub(super) pillar_scores: BTreeMap<Pillar, String>,
    pub(super) component_scores: BTreeMap<Component, String>,
}

impl Inputs {
    pub(super) fn is_empty(&self) -> bool {
        self.tallies.is_empty() && self.pillar_scores.is_empty() && self.component_scores.is_empty()
    }

    /// What is known once `newer` is, too.
    pub(super) fn extend(&mut self, newer: Self) {
        self.tallies.extend(newer.tallies);
        self.pillar_scores.extend(newer.pillar_scores);
        self.component_scores.extend(newer.component_scores);
    }

    /// By the words of the contract.
    pub(super) fn told(&self) -> Json {
        let pillar = |pillar: &Pillar| format!("PILLAR_{}", pillar.as_str().to_uppercase());
        let part = |part: &Component| format!("COMPONENT_{}", part.as_str().to_uppercase());
        let Self { tallies, pillar_scores, component_scores } = self;
        let tallies = tallies.iter().map(|(name, counts)| (pillar(name), json!(counts)));
        let pillars = pillar_scores.iter().map(|(name, score)| (pillar(name), json!(score)));
        let components = component_scores.iter().map(|(name, score)| (part(name), json!(score)));
        json!({
            "tallies": tallies.collect::<serde_json::Map<_, _>>(),
            "pillarScores": pillars.collect::<serde_json::Map<_, _>>(),
            "componentScores": components.collect::<serde_json::Map<_, _>>(),
        })
    }

    fn changes(&self, scale: Scale) -> Vec<Change> {
        let score = |text: &str| Score::parse(text, SOURCE, scale).expect("a score");
        let tallies = self.tallies.iter().map(|(pillar, (running, planned))| {
            let tally = Tally::counted(*running, *planned, 0, SOURCE).expect("counts");
            Change::Tally(*pillar, tally)
        });
        let pillars = self.pillar_scores.iter();
        let pillars = pillars.map(|(pillar, text)| Change::PillarScored(*pillar, score(text)));
        let components = self.component_scores.iter();
        let components = components.map(|(part, text)| Change::ComponentScored(*part, score(text)));
        tallies.chain(pillars).chain(components).collect()
    }
}

pub(super) fn key(region: &str, cycle: &str) -> EvaluationKey {
    EvaluationKey {
        region: RegionCode::parse(region).expect("a code"),
        cycle: CycleId::parse(cycle).expect("an id"),
    }
}

async fn begin(store: &Store) -> Box<Write> {
    let call = Call {
        principal: Principal::parse("users/siti").expect("a principal"),
        role: Some(Role::Secretariat),
        method: "TestService/Write".to_owned(),
        request_id: "a-test".to_owned(),
        peer: "a test".to_owned(),
        resource: String::new(),
    };
    match store.begin(call, Role::Secretariat, None).await.expect("a write") {
        Begun::Write(write) => write,
        Begun::Answered(_) => panic!("answered without a key"),
    }
}

fn step(locked: &LockedEvaluation, to: EvaluationState) -> Change {
    Change::Moved(Transition {
        from: locked.evaluation.state,
        to,
        principal: Principal::parse("users/siti").expect("a principal"),
        role: Role::Secretariat,
        time: locked.now,
        reason: String::new(),
        comments: Vec::new(),
    })
}

pub(super) async fn create_evaluation(store: &Store, key: &EvaluationKey) {
    let mut write = begin(store).await;
    write.create_evaluation(key).await.expect("an evaluation");
    write.commit(&[]).await.expect("it is written");
}

/// Writes what is new, and publishes what is known then; when.
pub(super) async fn publish(
    store: &Store,
    key: &EvaluationKey,
    new: &Inputs,
    scale: Scale,
) -> DateTime<Utc> {
    let mut write = begin(store).await;
    let locked = write.lock_evaluation(key).await.expect("the evaluation");
    write.save(&locked, &new.changes(scale)).await.expect("it is saved");
    let locked = write.lock_evaluation(key).await.expect("the evaluation");
    let citation = Citation::parse("", "", SOURCE, "counted again").expect("a citation");
    let step = step(&locked, EvaluationState::Published);
    let (_, published) = write.publish(&locked, &step, citation, &[]).await.expect("a scorecard");
    write.commit(&[]).await.expect("it is published");
    published.publication.expect("a publication").publish_time
}

pub(super) async fn move_to(store: &Store, key: &EvaluationKey, state: EvaluationState) {
    let mut write = begin(store).await;
    let locked = write.lock_evaluation(key).await.expect("the evaluation");
    write.save(&locked, &[step(&locked, state)]).await.expect("it is saved");
    write.commit(&[]).await.expect("it is written");
}
