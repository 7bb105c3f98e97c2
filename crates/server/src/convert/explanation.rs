//! Explanations of scorecards.

use takar_domain::{
    evaluation::Evaluation,
    explanation::{self, Explanation, Node, NodeKind},
};
use takar_proto::v1;
use takar_store::StoredScorecard;

use super::{scorecard::render_publication, timestamp, words};
use crate::access::View;

/// The trees of a scorecard; the public is not told who gave what, nor where evidence is linked.
pub(crate) fn explanation(
    (stored, evaluation): (StoredScorecard, Option<Evaluation>),
    view: &View,
) -> v1::Explanation {
    let StoredScorecard { key, publication, scorecard } = stored;
    let Explanation { index, realisations } = explanation::explain(&scorecard, evaluation.as_ref());
    let shows_names = *view == View::Whole;
    v1::Explanation {
        name: format!("regions/{}/scorecards/{}", key.region, key.cycle),
        publication: publication.map(render_publication),
        index: Some(node(index, shows_names)),
        realisations: realisations.into_iter().map(|root| node(root, shows_names)).collect(),
    }
}

fn node(tree: Node, shows_names: bool) -> v1::ExplanationNode {
    let Node { kind, label, value, status, formula, weight, source, given, inputs } = tree;
    // A link may open what it leads to for whoever knows it; a digest tells nothing.
    let is_shown = shows_names || kind != NodeKind::Evidence || source.starts_with("sha256:");
    let kind = match kind {
        NodeKind::Figure => v1::explanation_node::Kind::Figure,
        NodeKind::Answer => v1::explanation_node::Kind::Answer,
        NodeKind::Program => v1::explanation_node::Kind::Program,
        NodeKind::Evidence => v1::explanation_node::Kind::Evidence,
    };
    let principal = given.as_ref().filter(|_| shows_names).map(|given| given.principal.to_string());
    v1::ExplanationNode {
        kind: kind.into(),
        label,
        value,
        status: words::observation_status(status).into(),
        formula,
        weight: weight.map(|weight| weight.to_string()).unwrap_or_default(),
        source: if is_shown { source } else { String::new() },
        principal: principal.unwrap_or_default(),
        record_time: given.map(|given| timestamp(given.time)),
        inputs: inputs.into_iter().map(|input| node(input, shows_names)).collect(),
    }
}
