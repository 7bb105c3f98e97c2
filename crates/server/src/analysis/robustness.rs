//! How far ranks depend on choices, as a stream: how far it has come, and last what came of it.

use std::ops::ControlFlow;

use takar_domain::{
    fault::Faults,
    population::Survey,
    robustness::{Field, PARTS, Plan, Progress, analyse},
    what_if::component_scores,
};
use takar_proto::v1::{self, robustness_report::Report};
use takar_store::Store;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{
    beside,
    workbench::{Place, Workbench},
};
use crate::{
    aggregates::Asked,
    convert::{self, Unranked},
    error::Error,
};

/// What a caller receives.
pub(crate) type Reports = ReceiverStream<Result<v1::RobustnessReport, Status>>;

/// All that is ever sent fits, so an analysis never waits for its reader.
const REPORTS_MAX: usize = PARTS as usize + 1;

/// An analysis that is ready to be carried out.
struct Prepared {
    survey: Survey,
    plan: Plan,
    field: Field,
    unranked: Vec<Unranked>,
}

pub(crate) async fn robustness(
    store: &Store,
    workbench: &Workbench,
    request: v1::AnalyzeRobustnessRequest,
) -> Result<Reports, Error> {
    let v1::AnalyzeRobustnessRequest {
        cycle,
        cohort,
        province,
        as_of,
        factors,
        draws,
        seed,
        weight_concentration,
        aggregations,
        top_count,
    } = request;
    let mut faults = Faults::none();
    let asked = faults.merge(Asked::parse(&cycle, (&cohort, &province), as_of));
    let plan = faults.merge(convert::parse_plan(
        (&factors, &aggregations),
        (draws, seed, top_count),
        weight_concentration,
    ));
    let (asked, plan) = faults.into_result(asked.zip(plan))?;
    let place = workbench.place()?;
    let survey = asked.survey(store).await?;
    let prepared = beside(move || Prepared::new(survey, plan)).await??;
    Ok(carry_out(place, prepared))
}

impl Prepared {
    fn new(survey: Survey, plan: Plan) -> Result<Self, Error> {
        let definition = survey.instrument.definition();
        let regions: Vec<_> = survey
            .present
            .iter()
            .map(|published| {
                let name = format!("regions/{}", published.region.code);
                (name, component_scores(&published.figures, definition))
            })
            .collect();
        let (field, unranked) = Field::new(&regions, definition, &plan)?;
        Ok(Self { survey, plan, field, unranked })
    }
}

/// Carries an analysis out beside the runtime. It ends early where nobody hears it any more.
fn carry_out(place: Place, prepared: Prepared) -> Reports {
    let (sender, receiver) = mpsc::channel(REPORTS_MAX);
    let results = sender.clone();
    let work = beside(move || {
        let Prepared { survey, plan, field, unranked } = prepared;
        let report = |progress: Progress| match sender.try_send(Ok(convert::progress(progress))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let analysis = place.work(|| analyse(&field, &plan, report))?;
        Some(convert::robustness(&survey, &plan, (&field, &unranked), &analysis))
    });
    tokio::spawn(async move {
        let result = match work.await {
            Ok(None) => return,
            Ok(Some(result)) => Ok(v1::RobustnessReport { report: Some(Report::Result(result)) }),
            Err(error) => Err(Status::from(error)),
        };
        // Who hung up does not hear it.
        let _ = results.send(result).await;
    });
    ReceiverStream::new(receiver)
}
