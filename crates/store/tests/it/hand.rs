//! Writes as the secretariat, each in a transaction of its own, past the workflow's rules: those are
//! the domain's, and these tests are the store's.

use takar_domain::{
    access::Principal,
    evaluation::{Evaluation, Progress, Score},
    instrument::Instrument,
    life::{Change, Transition},
    name::ProgramId,
    publication::{Citation, StatedFigure},
    registry::{Cohort, Cycle, Program, Region},
    tally::Tally,
    vocabulary::{Component, EvaluationState, Pillar, Role},
};
use takar_store::{
    Begun, Call, EvaluationKey, LockedEvaluation, RequestKey, Result, Store, StoredScorecard, Write,
};

/// Someone who writes.
#[derive(Debug)]
pub(crate) struct Hand(pub(crate) Store);

/// A call of the secretariat's.
pub(crate) fn call() -> Call {
    Call {
        principal: Principal::parse("users/siti").expect("a principal"),
        role: Some(Role::Secretariat),
        method: "TestService/Write".to_owned(),
        request_id: "a-test".to_owned(),
        peer: "a test".to_owned(),
        resource: String::new(),
    }
}

impl Hand {
    /// A write that is not committed yet.
    pub(crate) async fn begin(&self) -> Box<Write> {
        match self.begin_with(None).await.expect("a write") {
            Begun::Write(write) => write,
            Begun::Answered(_) => panic!("answered without a key"),
        }
    }

    /// Begins a write with the caller's key.
    pub(crate) async fn begin_with(&self, key: Option<RequestKey>) -> Result<Begun> {
        self.0.begin(call(), Role::Secretariat, key).await
    }

    async fn commit<T>(write: Box<Write>, written: T) -> Result<T> {
        write.commit(&[]).await?;
        Ok(written)
    }

    pub(crate) async fn create_regions(&self, regions: &[Region]) -> Result<()> {
        let mut write = self.begin().await;
        write.create_regions(regions).await?;
        Self::commit(write, ()).await
    }

    pub(crate) async fn create_cohort(&self, cohort: &Cohort) -> Result<Cohort> {
        let mut write = self.begin().await;
        let created = write.create_cohort(cohort).await?;
        Self::commit(write, created).await
    }

    pub(crate) async fn create_instrument(&self, instrument: &Instrument) -> Result<()> {
        let mut write = self.begin().await;
        write.create_instrument(instrument).await?;
        Self::commit(write, ()).await
    }

    pub(crate) async fn create_cycle(&self, cycle: &Cycle) -> Result<()> {
        let mut write = self.begin().await;
        write.create_cycle(cycle).await?;
        Self::commit(write, ()).await
    }

    pub(crate) async fn create_program(&self, program: &Program) -> Result<()> {
        let mut write = self.begin().await;
        write.create_program(program).await?;
        Self::commit(write, ()).await
    }

    pub(crate) async fn create_evaluation(&self, key: &EvaluationKey) -> Result<Evaluation> {
        let mut write = self.begin().await;
        let created = write.create_evaluation(key).await?;
        Self::commit(write, created).await
    }

    pub(crate) async fn save(&self, key: &EvaluationKey, changes: &[Change]) -> Result<Evaluation> {
        let mut write = self.begin().await;
        let locked = write.lock_evaluation(key).await?;
        let saved = write.save(&locked, changes).await?;
        Self::commit(write, saved).await
    }

    pub(crate) async fn report_tallies(
        &self,
        key: &EvaluationKey,
        tallies: &[(Pillar, Tally)],
    ) -> Result<Evaluation> {
        let tallies = tallies.iter().cloned();
        let changes: Vec<_> = tallies.map(|(pillar, tally)| Change::Tally(pillar, tally)).collect();
        self.save(key, &changes).await
    }

    pub(crate) async fn report_programs(
        &self,
        key: &EvaluationKey,
        reports: &[(ProgramId, Progress)],
    ) -> Result<Evaluation> {
        let reports = reports.iter().cloned();
        let changes: Vec<_> = reports.map(|(id, progress)| Change::Report(id, progress)).collect();
        self.save(key, &changes).await
    }

    pub(crate) async fn score(
        &self,
        key: &EvaluationKey,
        pillars: &[(Pillar, Score)],
        components: &[(Component, Score)],
    ) -> Result<Evaluation> {
        let pillars = pillars.iter().cloned();
        let pillars = pillars.map(|(pillar, score)| Change::PillarScored(pillar, score));
        let components = components.iter().cloned();
        let components = components.map(|(part, score)| Change::ComponentScored(part, score));
        self.save(key, &pillars.chain(components).collect::<Vec<_>>()).await
    }

    pub(crate) async fn publish(
        &self,
        key: &EvaluationKey,
        citation: Citation,
        stated: &[StatedFigure],
    ) -> Result<StoredScorecard> {
        let mut write = self.begin().await;
        let locked = write.lock_evaluation(key).await?;
        let step = step(&locked, EvaluationState::Published);
        let (_, published) = write.publish(&locked, &step, citation, stated).await?;
        Self::commit(write, published).await
    }
}

/// A step to any state.
pub(crate) fn step(locked: &LockedEvaluation, to: EvaluationState) -> Change {
    Change::Moved(Transition {
        from: locked.evaluation.state,
        to,
        principal: call().principal,
        role: Role::Secretariat,
        time: locked.now,
        reason: String::new(),
        comments: Vec::new(),
    })
}
