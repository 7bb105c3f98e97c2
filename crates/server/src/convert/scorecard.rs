//! Scorecards, publications and published figures.

use std::time::SystemTime;

use takar_domain::{
    exact::Exact,
    fault::Faults,
    publication::{Citation, Publication, PublishedFigure, StatedFigure, check_stated_once},
    scorecard::{
        ComponentResult, Counts, Figure, Improvement, Input, Outcome, PillarResult, Scorecard,
        UNROUNDED_DECIMALS,
    },
};
use takar_proto::v1;
use takar_store::StoredScorecard;

use super::{each, number::null_status, words};

pub(crate) fn scorecard(stored: StoredScorecard) -> v1::Scorecard {
    let StoredScorecard { key, publication, scorecard } = stored;
    let is_provisional = publication.is_none();
    let Scorecard {
        // What names it now; the code may have changed since it was published.
        region: _,
        region_display_name,
        cycle: _,
        simulated,
        instrument,
        pillars,
        pooled_realisation,
        mean_of_pillars_realisation,
        threshold_percent,
        all_pillars_at_or_above_threshold,
        components,
        index,
        band,
        improvement,
        published_figures,
    } = scorecard;
    let figure = |figure| Some(render_figure(figure, is_provisional));
    v1::Scorecard {
        name: format!("regions/{}/scorecards/{}", key.region, key.cycle),
        region: format!("regions/{}", key.region),
        region_display_name,
        cycle: format!("cycles/{}", key.cycle),
        simulated,
        instrument: format!("instruments/{instrument}"),
        publication: publication.map(render_publication),
        pillars: pillars.into_iter().map(|result| pillar_result(result, is_provisional)).collect(),
        pooled_realisation: figure(pooled_realisation),
        mean_of_pillars_realisation: figure(mean_of_pillars_realisation),
        threshold_percent: threshold_percent.to_string(),
        all_pillars_at_or_above_threshold,
        components: components
            .into_iter()
            .map(|result| component_result(result, is_provisional))
            .collect(),
        index: figure(index),
        improvement: Some(render_improvement(improvement, is_provisional)),
        band: band.unwrap_or_default(),
        published_figures: published_figures.iter().map(published_figure).collect(),
    }
}

fn pillar_result(result: PillarResult, is_provisional: bool) -> v1::PillarResult {
    let PillarResult { pillar, counts, realisation, at_or_above_threshold, score } = result;
    let count =
        |count: fn(Counts) -> u32| counts.and_then(|counts| i32::try_from(count(counts)).ok());
    v1::PillarResult {
        pillar: words::pillar(pillar).into(),
        running: count(|counts| counts.running),
        planned: count(|counts| counts.planned),
        not_due: count(|counts| counts.not_due),
        realisation: Some(render_figure(realisation, is_provisional)),
        at_or_above_threshold,
        score: Some(render_figure(score, is_provisional)),
    }
}

fn component_result(result: ComponentResult, is_provisional: bool) -> v1::ComponentResult {
    let ComponentResult { component, weight, score, normalised } = result;
    v1::ComponentResult {
        component: words::component(component).into(),
        weight: weight.to_string(),
        score: Some(render_figure(score, is_provisional)),
        normalised: normalised.map(|figure| render_figure(figure, is_provisional)),
    }
}

fn render_figure(figure: Figure, is_provisional: bool) -> v1::Figure {
    let Figure { outcome, method, formula, inputs, missing } = figure;
    let (value, exact, status, null_reason) = match outcome {
        Outcome::Value { exact, shown } => {
            let status = if is_provisional {
                v1::ObservationStatus::Provisional
            } else {
                v1::ObservationStatus::Normal
            };
            (Some(shown), Some(exact), status, v1::figure::NullReason::Unspecified)
        }
        Outcome::Null(reason) => (None, None, null_status(reason), words::null_reason(reason)),
    };
    let unrounded = |exact: &Exact| exact.round(UNROUNDED_DECIMALS).to_string();
    v1::Figure {
        value: value.map(|value| value.to_string()),
        unrounded: exact.as_ref().map(unrounded),
        exact: exact.map(String::from),
        status: status.into(),
        null_reason: null_reason.into(),
        method: words::method(method).into(),
        formula,
        inputs: inputs.into_iter().map(input).collect(),
        missing,
    }
}

/// The difference, whose status says so where the two indexes are not comparable. What it is compared
/// with stands among the figure's inputs.
fn render_improvement(improvement: Improvement, is_provisional: bool) -> v1::Figure {
    let Improvement { difference, earlier: _, is_break } = improvement;
    let mut figure = render_figure(difference, is_provisional);
    if is_break && figure.value.is_some() {
        figure.status = v1::ObservationStatus::Break.into();
    }
    figure
}

fn input(input: Input) -> v1::figure::Input {
    let Input { name, value, weight, source } = input;
    v1::figure::Input { name, value, weight: weight.map(|weight| weight.to_string()), source }
}

pub(super) fn render_publication(publication: Publication) -> v1::Publication {
    let Publication { revision, publish_time, citation } = publication;
    let Citation { letter_number, letter_date, source, reason } = citation;
    v1::Publication {
        revision,
        publish_time: Some(SystemTime::from(publish_time).into()),
        letter_number: letter_number.unwrap_or_default(),
        letter_date: letter_date.map(|date| date.to_string()).unwrap_or_default(),
        source,
        reason: reason.unwrap_or_default(),
    }
}

fn published_figure(figure: &PublishedFigure) -> v1::PublishedFigure {
    let PublishedFigure { measure, value, recomputed } = figure;
    let (measure, pillar, component) = words::measure(*measure);
    v1::PublishedFigure {
        measure: measure.into(),
        pillar: pillar.into(),
        component: component.into(),
        value: value.to_string(),
        recomputed: recomputed.map(|recomputed| recomputed.to_string()),
        difference: figure.difference().map(|difference| difference.to_string()),
    }
}

/// The citation of a revision to publish; its number and time are the server's.
pub(crate) fn parse_publication(publication: Option<v1::Publication>) -> Result<Citation, Faults> {
    let v1::Publication {
        revision: _,
        publish_time: _,
        letter_number,
        letter_date,
        source,
        reason,
    } = super::required(publication)?;
    Citation::parse(&letter_number, &letter_date, &source, &reason)
}

/// Figures as a letter stated them, each measure once.
pub(crate) fn parse_stated_figures(
    figures: Vec<v1::PublishedFigure>,
) -> Result<Vec<StatedFigure>, Faults> {
    let mut faults = Faults::none();
    let figures = each(&mut faults, "published_figures", figures, |figure| {
        let v1::PublishedFigure { measure, pillar, component, value, recomputed: _, difference: _ } =
            figure;
        let mut faults = Faults::none();
        let measure =
            faults.merge(words::parse_measure(measure, pillar, component).map_err(Faults::from));
        let figure = measure.and_then(|measure| {
            faults.merge(StatedFigure::parse(measure, &value).map_err(Faults::from))
        });
        faults.into_result(figure)
    });
    if let Some(figures) = &figures {
        faults.merge(check_stated_once(figures));
    }
    faults.into_result(figures)
}
