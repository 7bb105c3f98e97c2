//! `takar evaluation`: a verb each for the steps and changes of an evaluation's life.
//!
//! Each reads the evaluation and sends the state that it read, so that what somebody else changed
//! meanwhile is told instead of overwritten; [`crate::change`] sends.

mod list;
mod page;
mod rows;
mod verb;

use takar_proto::v1::{
    CreateEvaluationRequest, Evaluation, GetEvaluationRequest, ListEvaluationsRequest,
    ListEvaluationsResponse,
};

use crate::{
    arguments::{Common, EvaluationCommand, EvaluationList, OutputForm, Which},
    change::{Change, Evaluations, carry_out, new_request_id, repeated},
    client::{Client, all_pages},
    error::Error,
    output,
    region::id,
    table::plain,
    text::{self, Label, Message},
};

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn run(command: EvaluationCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?.evaluation;
    match command {
        EvaluationCommand::List(filter) => {
            let evaluations = list(&mut client, filter).await?;
            show_list(evaluations, common)
        }
        EvaluationCommand::Show(which) => show(&read(&mut client, &which).await?, common),
        EvaluationCommand::Create(which) => {
            let request = CreateEvaluationRequest {
                parent: format!("regions/{}", which.region),
                cycle: format!("cycles/{}", which.cycle),
                request_id: new_request_id(),
            };
            let create = async || client.clone().create_evaluation(request.clone()).await;
            let created = repeated(create).await?;
            show_state(&created.into_inner(), common)
        }
        verb => verb::run(verb, &Session { client, common }).await,
    }
}

/// What a verb needs besides its request.
struct Session<'a> {
    client: Evaluations,
    common: &'a Common,
}

impl Session<'_> {
    /// Changes an evaluation as it is now, and shows what it has come to.
    async fn change(&self, which: &Which, change: impl Change) -> Result<(), Error> {
        let read = read(&mut self.client.clone(), which).await?;
        let changed = carry_out(&self.client, &read, change).await?;
        show_state(&changed, self.common)
    }
}

async fn read(client: &mut Evaluations, which: &Which) -> Result<Evaluation, Error> {
    let name = format!("regions/{}/evaluations/{}", which.region, which.cycle);
    Ok(client.get_evaluation(GetEvaluationRequest { name }).await?.into_inner())
}

async fn list(client: &mut Evaluations, filter: EvaluationList) -> Result<Vec<Evaluation>, Error> {
    let EvaluationList { cycle, region, state, limit } = filter;
    let request = ListEvaluationsRequest {
        parent: format!("regions/{}", region.as_deref().unwrap_or("-")),
        cycle: cycle.map(|cycle| format!("cycles/{cycle}")).unwrap_or_default(),
        ..ListEvaluationsRequest::default()
    };
    // The server knows no filter by state; what is cut off is cut off after it.
    let mut evaluations = all_pages(limit.filter(|_| state.is_none()), async |token, page_size| {
        let page = ListEvaluationsRequest { page_size, page_token: token, ..request.clone() };
        let answer = client.list_evaluations(page).await?.into_inner();
        Ok((answer.evaluations, answer.next_page_token))
    })
    .await?;
    evaluations.retain(|evaluation| state.is_none_or(|state| evaluation.state == state));
    evaluations.truncate(limit.unwrap_or(usize::MAX));
    Ok(evaluations)
}

fn show_list(evaluations: Vec<Evaluation>, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table if evaluations.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => output::write(&list::table(&evaluations, language)),
        OutputForm::Json => {
            let whole = ListEvaluationsResponse { evaluations, ..Default::default() };
            output::write_json(&whole, "ListEvaluationsResponse")
        }
        OutputForm::Csv => output::write_csv(&list::COLUMNS, evaluations.iter().map(list::row)),
    }
}

fn show(evaluation: &Evaluation, common: &Common) -> Result<(), Error> {
    match common.output {
        OutputForm::Table => output::write(&page::render(evaluation, common.language())),
        OutputForm::Json => output::write_json(evaluation, "Evaluation"),
        OutputForm::Csv => output::write_csv(&rows::COLUMNS, rows::of(evaluation)),
    }
}

/// The new state in one line.
fn show_state(evaluation: &Evaluation, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table => {
            let mut state = text::state(evaluation.state, language);
            if evaluation.late {
                state = format!("{state}, {}", Label::Late.say(language));
            }
            let message = Message::EvaluationNow {
                code: &plain(id(&evaluation.region)),
                cycle: &plain(id(&evaluation.cycle)),
                state: &state,
            };
            output::write(&format!("{}\n", message.say(language)))
        }
        OutputForm::Json => output::write_json(evaluation, "Evaluation"),
        OutputForm::Csv => output::write_csv(&list::COLUMNS, [list::row(evaluation)]),
    }
}
