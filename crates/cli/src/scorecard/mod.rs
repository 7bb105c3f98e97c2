//! `takar scorecard`.

mod explain;
mod list;
mod page;
mod revisions;
mod rows;

use takar_proto::v1::{
    ExplainScorecardRequest, GetScorecardRequest, ListScorecardRevisionsRequest,
    ListScorecardRevisionsResponse, ListScorecardsRequest, ListScorecardsResponse, Scorecard,
};

use crate::{
    arguments::{Common, Dated, OutputForm, ScorecardCommand, ScorecardList, Which},
    client::{Client, all_pages},
    error::Error,
    output,
    text::Message,
};

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn run(command: ScorecardCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    match command {
        ScorecardCommand::Show(Dated { which, as_of }) => {
            let request = GetScorecardRequest { name: name(&which), as_of };
            let answer = client.evaluation.get_scorecard(request).await?;
            show(&answer.into_inner(), common)
        }
        ScorecardCommand::List(filter) => {
            let scorecards = list(&mut client, filter).await?;
            show_list(scorecards, common)
        }
        ScorecardCommand::Explain(Dated { which, as_of }) => {
            let request = ExplainScorecardRequest { name: name(&which), as_of };
            let answer = client.evaluation.explain_scorecard(request).await?.into_inner();
            match common.output {
                OutputForm::Json => output::write_json(&answer, "Explanation"),
                // A tree has no rows; what a spreadsheet wants of it is in `show`.
                OutputForm::Table | OutputForm::Csv => {
                    output::write(&explain::render(&answer, common.language()))
                }
            }
        }
        ScorecardCommand::Revisions(which) => {
            let name = name(&which);
            let revisions = all_pages(None, async |page_token, page_size| {
                let name = name.clone();
                let request = ListScorecardRevisionsRequest {
                    name,
                    page_size,
                    page_token,
                    ..ListScorecardRevisionsRequest::default()
                };
                let answer = client.evaluation.list_scorecard_revisions(request).await?;
                let answer = answer.into_inner();
                Ok((answer.scorecards, answer.next_page_token))
            })
            .await?;
            show_revisions(revisions, common)
        }
    }
}

fn name(which: &Which) -> String {
    format!("regions/{}/scorecards/{}", which.region, which.cycle)
}

fn show_revisions(scorecards: Vec<Scorecard>, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table if scorecards.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => output::write(&revisions::table(&scorecards, language)),
        OutputForm::Json => {
            let whole = ListScorecardRevisionsResponse { scorecards, ..Default::default() };
            output::write_json(&whole, "ListScorecardRevisionsResponse")
        }
        OutputForm::Csv => {
            output::write_csv(&revisions::COLUMNS, scorecards.iter().map(revisions::row))
        }
    }
}

fn show(scorecard: &Scorecard, common: &Common) -> Result<(), Error> {
    match common.output {
        OutputForm::Table => output::write(&page::render(scorecard, common.language())),
        OutputForm::Json => output::write_json(scorecard, "Scorecard"),
        OutputForm::Csv => output::write_csv(&rows::COLUMNS, rows::of(scorecard)),
    }
}

async fn list(client: &mut Client, filter: ScorecardList) -> Result<Vec<Scorecard>, Error> {
    let ScorecardList { cycle, region, limit } = filter;
    let request = ListScorecardsRequest {
        parent: format!("regions/{}", region.as_deref().unwrap_or("-")),
        cycle: cycle.map(|cycle| format!("cycles/{cycle}")).unwrap_or_default(),
        ..ListScorecardsRequest::default()
    };
    all_pages(limit, async |page_token, page_size| {
        let page = ListScorecardsRequest { page_size, page_token, ..request.clone() };
        let answer = client.evaluation.list_scorecards(page).await?.into_inner();
        Ok((answer.scorecards, answer.next_page_token))
    })
    .await
}

fn show_list(scorecards: Vec<Scorecard>, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table if scorecards.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => output::write(&list::table(&scorecards, language)),
        OutputForm::Json => {
            let whole = ListScorecardsResponse { scorecards, ..Default::default() };
            output::write_json(&whole, "ListScorecardsResponse")
        }
        OutputForm::Csv => output::write_csv(&list::COLUMNS, scorecards.iter().map(list::row)),
    }
}
