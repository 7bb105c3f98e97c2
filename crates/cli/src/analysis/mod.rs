//! `takar what-if` and `takar robustness`.

mod robustness;
mod what_if;

use indicatif::{ProgressBar, ProgressStyle};
use takar_proto::v1::{
    AnalyzeRobustnessRequest, MissingRegion, Robustness, RobustnessReport, WhatIfRequest,
    instrument::Goalposts,
    robustness_report::Report,
    what_if_request::{ComponentGoalposts, Weight},
};
use tonic::{Status, Streaming};

use crate::{
    aggregate::{named, population},
    arguments::{self, Common, OutputForm},
    client::Client,
    error::Error,
    output,
};

/// Shows a cycle under another instrument.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn what_if(asked: arguments::WhatIf, common: &Common) -> Result<(), Error> {
    let arguments::WhatIf {
        cycle,
        instrument,
        weight,
        normalisation,
        goalposts,
        aggregation,
        movers,
        whom,
    } = asked;
    let (cohort, province) = population(&whom);
    let weights = weight.into_iter();
    let weights = weights.map(|(component, weight)| Weight { component: component.into(), weight });
    let posts = goalposts.into_iter().map(|(component, (lower, upper))| ComponentGoalposts {
        component: component.into(),
        goalposts: Some(Goalposts { lower, upper }),
    });
    let request = WhatIfRequest {
        cycle: named("cycles", &cycle),
        cohort,
        province,
        as_of: whom.as_of,
        instrument: instrument.map(|id| named("instruments", &id)).unwrap_or_default(),
        weights: weights.collect(),
        normalisation: normalisation.unwrap_or_default(),
        goalposts: posts.collect(),
        aggregation: aggregation.unwrap_or_default(),
        mover_count: movers,
    };
    let answer = Client::of(common).await?.evaluation.what_if(request).await?.into_inner();
    match common.output {
        OutputForm::Table => output::write(&what_if::page(&answer, common.language())),
        OutputForm::Json => output::write_json(&answer, "WhatIfResponse"),
        OutputForm::Csv => output::write_csv(&what_if::COLUMNS, what_if::rows(&answer)),
    }
}

/// Shows how robust the ranks of a cycle are, and meanwhile how far the analysis has come.
///
/// # Errors
/// As [`what_if`].
pub(crate) async fn robustness(asked: arguments::Robustness, common: &Common) -> Result<(), Error> {
    let arguments::Robustness { cycle, vary, draws, seed, concentration, means, top, whom } = asked;
    let (cohort, province) = population(&whom);
    let request = AnalyzeRobustnessRequest {
        cycle: named("cycles", &cycle),
        cohort,
        province,
        as_of: whom.as_of,
        factors: vary,
        draws,
        seed,
        weight_concentration: concentration,
        aggregations: means,
        top_count: top,
    };
    let mut client = Client::of(common).await?;
    let reports = client.evaluation.analyze_robustness(request).await?.into_inner();
    let answer = result(reports).await?;
    match common.output {
        OutputForm::Table => output::write(&robustness::page(&answer, common.language())),
        OutputForm::Json => output::write_json(&answer, "Robustness"),
        OutputForm::Csv => output::write_csv(&robustness::COLUMNS, robustness::rows(&answer)),
    }
}

/// The last report of a stream; the bar shows what the others tell.
async fn result(mut reports: Streaming<RobustnessReport>) -> Result<Robustness, Error> {
    let bar = ProgressBar::new(0);
    // The template is ours; a wrong one would only leave the usual look.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent} %") {
        bar.set_style(style);
    }
    while let Some(RobustnessReport { report }) = reports.message().await? {
        match report {
            Some(Report::Progress(progress)) => {
                bar.set_length(u64::try_from(progress.total_count).unwrap_or_default());
                bar.set_position(u64::try_from(progress.done_count).unwrap_or_default());
            }
            Some(Report::Result(result)) => {
                bar.finish_and_clear();
                return Ok(result);
            }
            // A newer server may tell of something else.
            None => {}
        }
    }
    Err(Status::unavailable("the analysis broke off without a result").into())
}

/// Who is missing, by name with why; as many lines as regions.
fn missing(regions: &[MissingRegion], language: crate::language::Language) -> String {
    let line = |region: &MissingRegion| {
        let why = crate::text::missing_reason(region.reason, language);
        format!("  {}: {why}\n", crate::table::plain(&region.display_name))
    };
    regions.iter().map(line).collect()
}
