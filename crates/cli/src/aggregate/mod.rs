//! `takar summary`, `takar ranking`, `takar trend` and `takar shortlist`.

mod ranking;
mod shortlist;
mod summary;
mod trend;

use std::num::NonZeroUsize;

use takar_proto::v1::{
    Figure, GetCohortTrendRequest, GetShortlistRequest, GetSummaryRequest, GetTrendRequest,
    ListRankingRequest, ListRankingResponse, Number, Population, PublishedFigure, TieRule,
    get_shortlist_request::Places, shortlist::Basis,
};

use crate::{
    arguments::{self, Common, Measured, OutputForm, Whom},
    client::{Client, all_pages},
    error::Error,
    language::Language,
    output,
    table::plain,
    text::{self, Message},
};

/// What stands where there is no value.
pub(crate) const NONE: &str = "–";

/// Shows the summary of a cycle.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn summary(asked: arguments::Summary, common: &Common) -> Result<(), Error> {
    let arguments::Summary { cycle, whom } = asked;
    let (cohort, province) = population(&whom);
    let request =
        GetSummaryRequest { cycle: named("cycles", &cycle), cohort, province, as_of: whom.as_of };
    let answer = Client::of(common).await?.evaluation.get_summary(request).await?.into_inner();
    match common.output {
        OutputForm::Table => output::write(&summary::page(&answer, common.language())),
        OutputForm::Json => output::write_json(&answer, "Summary"),
        OutputForm::Csv => output::write_csv(&summary::COLUMNS, summary::rows(&answer)),
    }
}

/// Shows the ranking of a cycle, all pages of one state.
///
/// # Errors
/// As [`summary`].
pub(crate) async fn ranking(asked: arguments::Ranking, common: &Common) -> Result<(), Error> {
    let arguments::Ranking { cycle, by, dense, limit, whom } = asked;
    let Measured { measure, pillar, component } = by;
    let (cohort, province) = population(&whom);
    let request = ListRankingRequest {
        cycle: named("cycles", &cycle),
        cohort,
        province,
        as_of: whom.as_of,
        measure: measure.into(),
        pillar: pillar.into(),
        component: component.into(),
        tie_rule: if dense { TieRule::Dense } else { TieRule::Standard }.into(),
        ..ListRankingRequest::default()
    };
    let mut client = Client::of(common).await?;
    let mut whole = ListRankingResponse::default();
    whole.ranking = all_pages(limit.map(NonZeroUsize::get), async |page_token, page_size| {
        let page = ListRankingRequest { page_size, page_token, ..request.clone() };
        let mut answer = client.evaluation.list_ranking(page).await?.into_inner();
        let regions = std::mem::take(&mut answer.ranking);
        let next = std::mem::take(&mut answer.next_page_token);
        whole = answer;
        Ok((regions, next))
    })
    .await?;
    match common.output {
        OutputForm::Table => output::write(&ranking::page(&cycle, &whole, common.language())),
        OutputForm::Json => output::write_json(&whole, "ListRankingResponse"),
        OutputForm::Csv => {
            output::write_csv(&ranking::COLUMNS, whole.ranking.iter().map(ranking::row))
        }
    }
}

/// Shows the trend of a region or a cohort.
///
/// # Errors
/// As [`summary`].
pub(crate) async fn trend(asked: arguments::Trend, common: &Common) -> Result<(), Error> {
    let arguments::Trend { region, cohort, by, until, as_of } = asked;
    let Measured { measure, pillar, component } = by;
    let cycle = until.map(|id| named("cycles", &id)).unwrap_or_default();
    let (measure, pillar, component) = (measure.into(), pillar.into(), component.into());
    let mut client = Client::of(common).await?;
    if let Some(cohort) = cohort {
        let cohort = named("cohorts", &cohort);
        let request = GetCohortTrendRequest { cohort, measure, pillar, component, cycle, as_of };
        let answer = client.evaluation.get_cohort_trend(request).await?.into_inner();
        return match common.output {
            OutputForm::Table => output::write(&trend::cohort_page(&answer, common.language())),
            OutputForm::Json => output::write_json(&answer, "CohortTrend"),
            OutputForm::Csv => {
                output::write_csv(&trend::COHORT_COLUMNS, trend::cohort_rows(&answer))
            }
        };
    }
    let region = named("regions", &region.unwrap_or_default());
    let request = GetTrendRequest { region, measure, pillar, component, cycle, as_of };
    let answer = client.evaluation.get_trend(request).await?.into_inner();
    match common.output {
        OutputForm::Table => output::write(&trend::page(&answer, common.language())),
        OutputForm::Json => output::write_json(&answer, "Trend"),
        OutputForm::Csv => output::write_csv(&trend::COLUMNS, trend::rows(&answer)),
    }
}

/// Shows the shortlist of an award.
///
/// # Errors
/// As [`summary`].
pub(crate) async fn shortlist(asked: arguments::Shortlist, common: &Common) -> Result<(), Error> {
    let arguments::Shortlist {
        cycle,
        by_realisation,
        places,
        minimum_index,
        minimum_realisation,
        all_pillars,
        not_of,
        whom,
    } = asked;
    let (cohort, province) = population(&whom);
    let basis = if by_realisation { Basis::PillarRealisation } else { Basis::PillarScore };
    let request = GetShortlistRequest {
        cycle: named("cycles", &cycle),
        cohort,
        province,
        as_of: whom.as_of,
        basis: basis.into(),
        places: Some(shortlist::places(&places)),
        minimum_index,
        all_pillars_at_or_above_threshold: all_pillars,
        minimum_pooled_realisation_percent: minimum_realisation,
        excluded_cohort: not_of.map(|id| named("cohorts", &id)).unwrap_or_default(),
    };
    let answer = Client::of(common).await?.evaluation.get_shortlist(request).await?.into_inner();
    match common.output {
        OutputForm::Table => output::write(&shortlist::page(&answer, common.language())),
        OutputForm::Json => output::write_json(&answer, "Shortlist"),
        OutputForm::Csv => output::write_csv(&shortlist::COLUMNS, shortlist::rows(&answer)),
    }
}

pub(crate) fn named(collection: &str, id: &str) -> String {
    format!("{collection}/{id}")
}

/// The cohort and the province that are asked for.
pub(crate) fn population(whom: &Whom) -> (String, String) {
    let cohort = whom.cohort.as_deref().map(|id| named("cohorts", id)).unwrap_or_default();
    let province = whom.province.as_deref().map(|code| named("regions", code)).unwrap_or_default();
    (cohort, province)
}

/// The lines above a table: a title, and below it that the figures are made up, where they are.
pub(crate) fn heading(title: &str, simulated: bool, language: Language) -> String {
    let mut text = format!("{title}\n");
    if simulated {
        text += &Message::MadeUp.say(language);
        text.push('\n');
    }
    text
}

pub(crate) fn population_name(population: Option<&Population>) -> String {
    population.map(|population| plain(&population.display_name)).unwrap_or_default()
}

/// The name of a measure.
fn measure_name(measure: i32, pillar: i32, component: i32, language: Language) -> String {
    let figure = PublishedFigure { measure, pillar, component, ..PublishedFigure::default() };
    text::measure(&figure, language)
}

/// Why a published scorecard has no value.
pub(crate) fn null_reason(null_reason: i32, language: Language) -> String {
    text::null_reason(&Figure { null_reason, ..Figure::default() }, language)
}

/// A number as it is shown.
pub(crate) fn shown(number: Option<&Number>, language: Language) -> String {
    number.map_or(NONE.to_owned(), |number| language.decimal(&plain(&number.value)))
}

/// A number as a cell of CSV: what is shown, unrounded, exact.
pub(crate) fn cells(number: Option<&Number>) -> [String; 3] {
    let number = number.cloned().unwrap_or_default();
    [number.value, number.unrounded, number.exact.unwrap_or_default()]
}
