//! `EvaluationService`: evaluations and their scorecards.

use takar_domain::fault::Faults;
use takar_proto::v1::{self, evaluation_service_server::EvaluationService as Service};
use takar_store::{EvaluationFilter, EvaluationKey, Page, Resource, Store};
use tonic::{Request, Response, Status};

use crate::{
    convert,
    error::answer,
    name,
    page::{self, FilterHash},
};

pub(crate) struct EvaluationService {
    pub(crate) store: Store,
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
            Ok(convert::evaluation(self.store.evaluation(&key).await?))
        })
        .await
    }

    async fn list_evaluations(
        &self,
        request: Request<v1::ListEvaluationsRequest>,
    ) -> Answer<v1::ListEvaluationsResponse> {
        answer(async {
            let v1::ListEvaluationsRequest { parent, page_size, page_token, cycle } =
                request.into_inner();
            let hash = FilterHash::new("ListEvaluations", &[&parent, &cycle]);
            let (filter, page) = parse_list(&parent, &cycle, (page_size, &page_token), &hash)?;
            let mut evaluations = self.store.evaluations(&filter, &page).await?;
            let next_page_token = page::cut(&mut evaluations, &page, &hash, |evaluation| {
                let key = EvaluationKey {
                    region: evaluation.region.clone(),
                    cycle: evaluation.cycle.clone(),
                };
                Resource::Evaluation(key).to_string()
            });
            let evaluations = evaluations.into_iter().map(convert::evaluation).collect();
            Ok(v1::ListEvaluationsResponse { evaluations, next_page_token })
        })
        .await
    }

    async fn create_evaluation(
        &self,
        request: Request<v1::CreateEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        answer(async {
            let v1::CreateEvaluationRequest { parent, cycle } = request.into_inner();
            let mut faults = Faults::none();
            let region = faults.keep("parent", name::region(&parent));
            let cycle = faults.keep("cycle", name::cycle(&cycle));
            let key = region.zip(cycle).map(|(region, cycle)| EvaluationKey { region, cycle });
            let key = faults.into_result(key)?;
            Ok(convert::evaluation(self.store.create_evaluation(&key).await?))
        })
        .await
    }

    async fn report_tallies(
        &self,
        request: Request<v1::ReportTalliesRequest>,
    ) -> Answer<v1::Evaluation> {
        answer(async {
            let v1::ReportTalliesRequest { name, tallies } = request.into_inner();
            let key = name::evaluation(&name).map_err(|fault| fault.at("name"))?;
            let tallies = convert::parse_tallies(tallies)?;
            Ok(convert::evaluation(self.store.report_tallies(&key, &tallies).await?))
        })
        .await
    }

    async fn report_programs(
        &self,
        request: Request<v1::ReportProgramsRequest>,
    ) -> Answer<v1::Evaluation> {
        answer(async {
            let v1::ReportProgramsRequest { name, reports } = request.into_inner();
            let key = name::evaluation(&name).map_err(|fault| fault.at("name"))?;
            let region = self.store.region(&key.region).await?;
            let reports = convert::parse_reports(reports, &region)?;
            Ok(convert::evaluation(self.store.report_programs(&key, &reports).await?))
        })
        .await
    }

    async fn score_evaluation(
        &self,
        request: Request<v1::ScoreEvaluationRequest>,
    ) -> Answer<v1::Evaluation> {
        answer(async {
            let v1::ScoreEvaluationRequest { name, pillar_scores, component_scores } =
                request.into_inner();
            let key = name::evaluation(&name).map_err(|fault| fault.at("name"))?;
            let instrument = self.store.instrument_of_cycle(&key.cycle).await?;
            let (pillars, components) =
                convert::parse_scores(pillar_scores, component_scores, &instrument)?;
            Ok(convert::evaluation(self.store.score(&key, &pillars, &components).await?))
        })
        .await
    }

    async fn publish_evaluation(
        &self,
        request: Request<v1::PublishEvaluationRequest>,
    ) -> Answer<v1::Scorecard> {
        answer(async {
            let v1::PublishEvaluationRequest { name, publication, published_figures } =
                request.into_inner();
            let mut faults = Faults::none();
            let key = faults.keep("name", name::evaluation(&name));
            let citation = faults.keep("publication", convert::parse_publication(publication));
            let stated = faults.merge(convert::parse_stated_figures(published_figures));
            let ((key, citation), stated) = faults.into_result(key.zip(citation).zip(stated))?;
            Ok(convert::scorecard(self.store.publish(&key, citation, &stated).await?))
        })
        .await
    }

    async fn get_scorecard(
        &self,
        request: Request<v1::GetScorecardRequest>,
    ) -> Answer<v1::Scorecard> {
        answer(async {
            let v1::GetScorecardRequest { name } = request.into_inner();
            let key = name::scorecard(&name).map_err(|fault| fault.at("name"))?;
            Ok(convert::scorecard(self.store.scorecard(&key).await?))
        })
        .await
    }

    async fn list_scorecards(
        &self,
        request: Request<v1::ListScorecardsRequest>,
    ) -> Answer<v1::ListScorecardsResponse> {
        answer(async {
            let v1::ListScorecardsRequest { parent, page_size, page_token, cycle } =
                request.into_inner();
            let hash = FilterHash::new("ListScorecards", &[&parent, &cycle]);
            let (filter, page) = parse_list(&parent, &cycle, (page_size, &page_token), &hash)?;
            let mut scorecards = self.store.scorecards(&filter, &page).await?;
            let next_page_token = page::cut(&mut scorecards, &page, &hash, |scorecard| {
                Resource::Evaluation(scorecard.key.clone()).to_string()
            });
            let scorecards = scorecards.into_iter().map(convert::scorecard).collect();
            Ok(v1::ListScorecardsResponse { scorecards, next_page_token })
        })
        .await
    }
}

/// Reads what both lists ask for; the page's key is an evaluation's name.
fn parse_list(
    parent: &str,
    cycle: &str,
    (page_size, page_token): (i32, &str),
    hash: &FilterHash,
) -> Result<(EvaluationFilter, Page<EvaluationKey>), Faults> {
    let mut faults = Faults::none();
    let region = faults.keep("parent", name::region_or_all(parent));
    let cycle = Some(cycle).filter(|cycle| !cycle.is_empty()).map(name::cycle).transpose();
    let cycle = faults.keep("cycle", cycle);
    let page = faults.merge(page::parse(page_size, page_token, hash, name::evaluation));
    let filter = region.zip(cycle).map(|(region, cycle)| EvaluationFilter { region, cycle });
    faults.into_result(filter.zip(page))
}
