//! `EvaluationService`: evaluations and their scorecards.

use takar_domain::{
    fault::Faults,
    life::{self, Command},
};
use takar_proto::v1::{self, evaluation_service_server::EvaluationService as Service};
use takar_store::{EvaluationKey, LockedEvaluation, Resource, Store, Write};
use tonic::{Request, Response, Status};

use crate::{
    access::{View, admission},
    aggregates,
    analysis::{self, Workbench},
    convert,
    error::{Error, answer},
    etag::{self, tag},
    name,
    page::{self, FilterHash},
    scorecard_reads::{parse_as_of, parse_list, parse_scorecard},
    write::{Keyed, OfEvaluation, changed, write},
};

pub(crate) struct EvaluationService {
    pub(crate) store: Store,
    pub(crate) workbench: Workbench,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl Service for EvaluationService {
    async fn get_evaluation(
        &self,
        request: Request<v1::GetEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        answer(async {
            let v1::GetEvaluationRequest { name } = request.into_inner();
            let key = name::evaluation(&name).map_err(|fault| fault.at("name"))?;
            Ok(tag(convert::evaluation(self.store.evaluation(&key).await?)))
        })
        .await
    }

    async fn list_evaluations(
        &self,
        request: Request<v1::ListEvaluationsRequest>,
    ) -> Answer<v1::ListEvaluationsResponse> {
        answer(async {
            let view = admission(&request)?.view;
            let v1::ListEvaluationsRequest { parent, page_size, page_token, cycle, count_total } =
                request.into_inner();
            let hash = FilterHash::new("ListEvaluations", &[&parent, &cycle]);
            let (mut filter, page) = parse_list(&parent, &cycle, (page_size, &page_token), &hash)?;
            if let View::AssignedTo(assessor) = view {
                filter.assessor = Some(assessor);
            }
            let mut evaluations = self.store.evaluations(&filter, &page).await?;
            let next_page_token = page::cut(&mut evaluations, &page, &hash, |evaluation| {
                let key = EvaluationKey {
                    region: evaluation.region.clone(),
                    cycle: evaluation.cycle.clone(),
                };
                Resource::Evaluation(key).to_string()
            });
            let total_size =
                page::total(count_total, || self.store.count_evaluations(&filter)).await?;
            let evaluations = evaluations.into_iter().map(convert::evaluation).map(tag).collect();
            Ok(v1::ListEvaluationsResponse { evaluations, next_page_token, total_size })
        })
        .await
    }

    async fn create_evaluation(
        &self,
        request: Request<v1::CreateEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        write(&self.store, request, |message, mut write| async move {
            let v1::CreateEvaluationRequest { parent, cycle, request_id: _ } = message;
            let mut faults = Faults::none();
            let region = faults.keep("parent", name::region(&parent));
            let cycle = faults.keep("cycle", name::cycle(&cycle));
            let key = region.zip(cycle).map(|(region, cycle)| EvaluationKey { region, cycle });
            let key = faults.into_result(key)?;
            let evaluation = tag(convert::evaluation(write.create_evaluation(&key).await?));
            changed(&mut write, None, Some(&evaluation));
            Ok((write, evaluation))
        })
        .await
    }

    async fn report_tallies(
        &self,
        request: Request<v1::ReportTalliesRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::tallies).await
    }

    async fn report_programs(
        &self,
        request: Request<v1::ReportProgramsRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::reports).await
    }

    async fn self_assess_evaluation(
        &self,
        request: Request<v1::SelfAssessEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::self_assess).await
    }

    async fn submit_evaluation(
        &self,
        request: Request<v1::SubmitEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::submit).await
    }

    async fn extend_evaluation(
        &self,
        request: Request<v1::ExtendEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::extend).await
    }

    async fn assign_assessor(
        &self,
        request: Request<v1::AssignAssessorRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::assign).await
    }

    async fn unassign_assessor(
        &self,
        request: Request<v1::UnassignAssessorRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::unassign).await
    }

    async fn declare_conflict(
        &self,
        request: Request<v1::DeclareConflictRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::declare_conflict).await
    }

    async fn review_evaluation(
        &self,
        request: Request<v1::ReviewEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::review).await
    }

    async fn return_evaluation(
        &self,
        request: Request<v1::ReturnEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::give_back).await
    }

    async fn score_evaluation(
        &self,
        request: Request<v1::ScoreEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::score).await
    }

    async fn moderate_evaluation(
        &self,
        request: Request<v1::ModerateEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::moderate).await
    }

    async fn conclude_evaluation(
        &self,
        request: Request<v1::ConcludeEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::conclude).await
    }

    async fn object_to_evaluation(
        &self,
        request: Request<v1::ObjectToEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::object).await
    }

    async fn answer_objection(
        &self,
        request: Request<v1::AnswerObjectionRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::answer_objection).await
    }

    async fn finalize_evaluation(
        &self,
        request: Request<v1::FinalizeEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::finalize).await
    }

    async fn withdraw_evaluation(
        &self,
        request: Request<v1::WithdrawEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::withdraw).await
    }

    async fn mark_evaluation_not_assessable(
        &self,
        request: Request<v1::MarkEvaluationNotAssessableRequest>,
    ) -> Answer<v1::Evaluation> {
        change(&self.store, request, convert::mark_not_assessable).await
    }

    async fn publish_evaluation(
        &self,
        request: Request<v1::PublishEvaluationRequest>,
    ) -> Answer<v1::Scorecard> {
        write(&self.store, request, |message, mut write| async move {
            let v1::PublishEvaluationRequest {
                name,
                publication,
                published_figures,
                etag,
                request_id: _,
            } = message;
            let mut faults = Faults::none();
            let key = faults.keep("name", name::evaluation(&name));
            let citation = faults.keep("publication", convert::parse_publication(publication));
            let stated = faults.merge(convert::parse_stated_figures(published_figures));
            let ((key, citation), stated) = faults.into_result(key.zip(citation).zip(stated))?;
            let (locked, before) = lock(&mut write, &key, &etag).await?;
            let step = life::publication(&locked.evaluation, &write.caller(), locked.now)?;
            let (evaluation, scorecard) = write.publish(&locked, &step, citation, &stated).await?;
            changed(&mut write, Some(&before), Some(&tag(convert::evaluation(evaluation))));
            Ok((write, convert::scorecard(scorecard)))
        })
        .await
    }

    async fn get_scorecard(
        &self,
        request: Request<v1::GetScorecardRequest>,
    ) -> Answer<v1::Scorecard> {
        answer(async {
            let view = admission(&request)?.view;
            let v1::GetScorecardRequest { name, as_of } = request.into_inner();
            let (key, published) = parse_scorecard(&name, as_of, &view)?;
            Ok(convert::scorecard(self.store.scorecard(&key, published).await?))
        })
        .await
    }

    async fn list_scorecards(
        &self,
        request: Request<v1::ListScorecardsRequest>,
    ) -> Answer<v1::ListScorecardsResponse> {
        answer(async {
            let view = admission(&request)?.view;
            let v1::ListScorecardsRequest {
                parent,
                page_size,
                page_token,
                cycle,
                as_of,
                count_total,
            } = request.into_inner();
            let time = as_of.map(|time| time.to_string()).unwrap_or_default();
            let hash = FilterHash::new("ListScorecards", &[&parent, &cycle, &time]);
            let (mut filter, page) = parse_list(&parent, &cycle, (page_size, &page_token), &hash)?;
            filter.published = parse_as_of(as_of, &view)?;
            let mut scorecards = self.store.scorecards(&filter, &page).await?;
            let next_page_token = page::cut(&mut scorecards, &page, &hash, |scorecard| {
                Resource::Evaluation(scorecard.key.clone()).to_string()
            });
            let total_size =
                page::total(count_total, || self.store.count_scorecards(&filter)).await?;
            let scorecards = scorecards.into_iter().map(convert::scorecard).collect();
            Ok(v1::ListScorecardsResponse { scorecards, next_page_token, total_size })
        })
        .await
    }

    async fn explain_scorecard(
        &self,
        request: Request<v1::ExplainScorecardRequest>,
    ) -> Answer<v1::Explanation> {
        answer(async {
            let view = admission(&request)?.view;
            let v1::ExplainScorecardRequest { name, as_of } = request.into_inner();
            let (key, published) = parse_scorecard(&name, as_of, &view)?;
            Ok(convert::explanation(self.store.explained(&key, published).await?, &view))
        })
        .await
    }

    async fn list_scorecard_revisions(
        &self,
        request: Request<v1::ListScorecardRevisionsRequest>,
    ) -> Answer<v1::ListScorecardRevisionsResponse> {
        answer(async {
            let v1::ListScorecardRevisionsRequest { name, page_size, page_token, count_total } =
                request.into_inner();
            let key = name::scorecard(&name).map_err(|fault| fault.at("name"))?;
            let hash = FilterHash::new("ListScorecardRevisions", &[&name]);
            let page = page::parse(page_size, &page_token, &hash, page::parse_number)?;
            let mut revisions = self.store.revisions(&key, &page).await?;
            let next_page_token = page::cut(&mut revisions, &page, &hash, |scorecard| {
                let publication = scorecard.publication.as_ref();
                publication.map_or(0, |publication| publication.revision).to_string()
            });
            let total_size = page::total(count_total, || self.store.count_revisions(&key)).await?;
            let scorecards = revisions.into_iter().map(convert::scorecard).collect();
            Ok(v1::ListScorecardRevisionsResponse { scorecards, next_page_token, total_size })
        })
        .await
    }

    async fn get_summary(&self, request: Request<v1::GetSummaryRequest>) -> Answer<v1::Summary> {
        answer(aggregates::summary(&self.store, request.into_inner())).await
    }

    async fn list_ranking(
        &self,
        request: Request<v1::ListRankingRequest>,
    ) -> Answer<v1::ListRankingResponse> {
        answer(aggregates::ranking(&self.store, request.into_inner())).await
    }

    async fn get_trend(&self, request: Request<v1::GetTrendRequest>) -> Answer<v1::Trend> {
        answer(aggregates::trend(&self.store, request.into_inner())).await
    }

    async fn get_cohort_trend(
        &self,
        request: Request<v1::GetCohortTrendRequest>,
    ) -> Answer<v1::CohortTrend> {
        answer(aggregates::cohort_trend(&self.store, request.into_inner())).await
    }

    async fn get_shortlist(
        &self,
        request: Request<v1::GetShortlistRequest>,
    ) -> Answer<v1::Shortlist> {
        answer(aggregates::shortlist(&self.store, request.into_inner())).await
    }

    async fn what_if(&self, request: Request<v1::WhatIfRequest>) -> Answer<v1::WhatIfResponse> {
        answer(analysis::what_if(&self.store, &self.workbench, request.into_inner())).await
    }

    type AnalyzeRobustnessStream = analysis::Reports;

    async fn analyze_robustness(
        &self,
        request: Request<v1::AnalyzeRobustnessRequest>,
    ) -> Answer<analysis::Reports> {
        answer(analysis::robustness(&self.store, &self.workbench, request.into_inner())).await
    }
}

/// Decides what a request asks of an evaluation, and writes it.
async fn change<M: Keyed + OfEvaluation>(
    store: &Store,
    request: Request<M>,
    parse: fn(M, &LockedEvaluation) -> Result<Command, Faults>,
) -> Answer<v1::Evaluation> {
    write(store, request, |message, mut write| async move {
        let key = name::evaluation(message.name()).map_err(|fault| fault.at("name"))?;
        let (locked, before) = lock(&mut write, &key, message.etag()).await?;
        let command = parse(message, &locked)?;
        let changes = life::decide(&locked.evaluation, command, &write.caller(), locked.now)?;
        let after = tag(convert::evaluation(write.save(&locked, &changes).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

/// Locks an evaluation that is still as the request knows it.
async fn lock(
    write: &mut Write,
    key: &EvaluationKey,
    etag: &str,
) -> Result<(LockedEvaluation, v1::Evaluation), Error> {
    let locked = write.lock_evaluation(key).await?;
    let before = tag(convert::evaluation(locked.evaluation.clone()));
    etag::check(etag, &before)?;
    Ok((locked, before))
}
