//! `takar simulate`: cycles with made-up results, for load and demonstration.

use indicatif::{ProgressBar, ProgressStyle};
use takar_proto::v1::{Cycle, SimulateCycleRequest};
use tonic::{Code, Status};

use crate::{
    arguments::{Common, OutputForm, Simulate},
    change::{new_request_id, repeated},
    client::Client,
    error::Error,
    output, reference,
    text::Message,
};

/// Fills the cycles one after the other, as each follows the one before. What was simulated before
/// stays as it is, so one that was cut off goes on.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn run(simulate: &Simulate, common: &Common) -> Result<(), Error> {
    let client = Client::of(common).await?;
    let bar = ProgressBar::new(u64::try_from(simulate.cycles).unwrap_or_default());
    // The template is ours; a wrong one would only leave the usual look.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len}") {
        bar.set_style(style);
    }
    let mut cycles = Vec::new();
    for position in 1..=simulate.cycles {
        cycles.extend(one(&client, simulate, position).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    show(cycles, simulate.cycles, common)
}

/// Fills one cycle; `None` where it is there already.
async fn one(client: &Client, simulate: &Simulate, position: i32) -> Result<Option<Cycle>, Error> {
    let request = SimulateCycleRequest {
        seed: simulate.seed,
        position,
        region_count: simulate.regions,
        instrument: format!("instruments/{}", simulate.instrument),
        request_id: new_request_id(),
    };
    let call = async || match client.simulation.clone().simulate_cycle(request.clone()).await {
        Err(status) if exists(&status) => Ok(None),
        answer => answer.map(|answer| Some(answer.into_inner())),
    };
    repeated(call).await
}

fn exists(status: &Status) -> bool {
    status.code() == Code::AlreadyExists
}

/// Tells how many cycles are new, and shows these.
fn show(cycles: Vec<Cycle>, asked: i32, common: &Common) -> Result<(), Error> {
    let created = cycles.len();
    let existing = usize::try_from(asked).unwrap_or_default().saturating_sub(created);
    output::tell(&Message::Simulated { created, existing }.say(common.language()));
    // That nothing was found would be said of nothing that was sought.
    if cycles.is_empty() && common.output == OutputForm::Table {
        return Ok(());
    }
    reference::show_cycles(cycles, common)
}
