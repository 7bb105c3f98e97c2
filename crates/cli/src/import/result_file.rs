//! The result files in JSON, as `sample/README.md` documents them.

use serde::{Deserialize, de::DeserializeOwned};
use takar_proto::v1;

use super::word;
use crate::error::Error;

/// What a file holds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Instrument,
    Cycle,
    Cohort,
    Evaluation,
}

/// Any file, as far as it says what it holds.
#[derive(Debug, Deserialize)]
pub(super) struct AnyFile {
    pub(super) kind: Kind,
}

/// Reads a file; the error names the place in it.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        content_error(&path, &error.into_inner())
    })?;
    deserializer.end().map_err(|error| content_error(".", &error))?;
    Ok(value)
}

/// An error at a path, which is `.` for the whole file.
fn content_error(path: &str, error: &serde_json::Error) -> Error {
    let line = format!("line {}", error.line());
    let text = error.to_string();
    let position = format!(" at {line} column {}", error.column());
    let problem = text.strip_suffix(&position).unwrap_or(&text);
    if !error.is_data() {
        return Error::Content {
            place: format!("{line}, column {}", error.column()),
            problem: format!("not JSON: {problem}"),
        };
    }
    Error::Content {
        place: match path {
            "." => line,
            path => format!("{path} ({line})"),
        },
        problem: problem.to_owned(),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct InstrumentFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    instrument: String,
    display_name: String,
    source: String,
    scale: Scale,
    components: Vec<WeightedComponent>,
    #[serde(deserialize_with = "word::decimal")]
    threshold_percent: String,
    percent_decimals: i32,
    score_decimals: i32,
    bands: Vec<Band>,
    #[serde(default = "no_normalisation", deserialize_with = "word::normalisation")]
    normalisation: i32,
    #[serde(default = "arithmetic", deserialize_with = "word::aggregation")]
    aggregation: i32,
}

/// What files that say nothing else mean.
fn no_normalisation() -> i32 {
    v1::instrument::Normalisation::None.into()
}

fn arithmetic() -> i32 {
    v1::instrument::Aggregation::Arithmetic.into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scale {
    #[serde(deserialize_with = "word::decimal")]
    minimum: String,
    #[serde(deserialize_with = "word::decimal")]
    maximum: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeightedComponent {
    #[serde(deserialize_with = "word::component")]
    component: i32,
    #[serde(deserialize_with = "word::decimal")]
    weight: String,
    #[serde(deserialize_with = "word::derivation")]
    derivation: i32,
    #[serde(default)]
    goalposts: Option<Goalposts>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Goalposts {
    #[serde(deserialize_with = "word::decimal")]
    lower: String,
    #[serde(deserialize_with = "word::decimal")]
    upper: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    label: String,
    #[serde(deserialize_with = "word::decimal")]
    minimum: String,
    #[serde(deserialize_with = "word::decimal")]
    maximum: String,
}

impl InstrumentFile {
    /// The instrument with its name.
    pub(super) fn into_message(self) -> v1::Instrument {
        let Self {
            _kind,
            instrument,
            display_name,
            source,
            scale: Scale { minimum, maximum },
            components,
            threshold_percent,
            percent_decimals,
            score_decimals,
            bands,
            normalisation,
            aggregation,
        } = self;
        let posts =
            |Goalposts { lower, upper }: Goalposts| v1::instrument::Goalposts { lower, upper };
        let component = |component: WeightedComponent| v1::instrument::WeightedComponent {
            component: component.component,
            weight: component.weight,
            derivation: component.derivation,
            goalposts: component.goalposts.map(posts),
        };
        let band = |band: Band| v1::instrument::Band {
            label: band.label,
            minimum: band.minimum,
            maximum: band.maximum,
        };
        v1::Instrument {
            name: format!("instruments/{instrument}"),
            display_name,
            source,
            scale: Some(v1::instrument::Scale { minimum, maximum }),
            components: components.into_iter().map(component).collect(),
            threshold_percent,
            // The format has none: no source states one, and then all components must be scored.
            availability_threshold_percent: String::new(),
            bands: bands.into_iter().map(band).collect(),
            percent_decimals,
            score_decimals,
            normalisation,
            aggregation,
            ..v1::Instrument::default()
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CycleFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    cycle: String,
    display_name: String,
    instrument: String,
    #[serde(default)]
    previous_cycle: Option<String>,
}

impl CycleFile {
    /// The cycle with its name.
    pub(super) fn into_message(self) -> v1::Cycle {
        v1::Cycle {
            name: format!("cycles/{}", self.cycle),
            display_name: self.display_name,
            instrument: format!("instruments/{}", self.instrument),
            previous_cycle: self
                .previous_cycle
                .map(|id| format!("cycles/{id}"))
                .unwrap_or_default(),
            // A result that was published is past all of these.
            open_time: None,
            deadline: None,
            eligible_regions: Vec::new(),
            simulated: false,
            etag: String::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CohortFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    cohort: String,
    display_name: String,
    source: String,
    members: Vec<Member>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    region: String,
    name: String,
}

impl CohortFile {
    /// The cohort with its name; the members' names are those of the file, to be checked.
    pub(super) fn into_message(self) -> v1::Cohort {
        let member = |Member { region, name }| v1::cohort::Member {
            region: format!("regions/{region}"),
            display_name: name,
        };
        v1::Cohort {
            name: format!("cohorts/{}", self.cohort),
            display_name: self.display_name,
            source: self.source,
            members: self.members.into_iter().map(member).collect(),
            etag: String::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EvaluationFile {
    #[serde(rename = "kind")]
    _kind: Kind,
    pub(super) region: String,
    pub(super) region_name: String,
    pub(super) cycle: String,
    pub(super) source: String,
    pub(super) programs: Vec<Program>,
    pub(super) tallies: Vec<Tally>,
    pub(super) component_scores: Vec<ComponentScore>,
    pub(super) pillar_scores: Vec<PillarScore>,
    pub(super) publication: Option<Publication>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Program {
    #[serde(rename = "program")]
    pub(super) id: String,
    #[serde(deserialize_with = "word::pillar")]
    pub(super) pillar: i32,
    pub(super) display_name: String,
    pub(super) flagship: bool,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "UncheckedTally")]
pub(super) struct Tally {
    pub(super) pillar: i32,
    pub(super) running: i32,
    pub(super) planned: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UncheckedTally {
    #[serde(deserialize_with = "word::pillar")]
    pillar: i32,
    running: i32,
    planned: i32,
}

impl TryFrom<UncheckedTally> for Tally {
    type Error = String;

    fn try_from(tally: UncheckedTally) -> Result<Self, String> {
        let UncheckedTally { pillar, running, planned } = tally;
        if running > planned {
            return Err(format!(
                "running: \"{running}\" is not allowed; allowed is at most planned, which is \
                 {planned}"
            ));
        }
        Ok(Self { pillar, running, planned })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentScore {
    #[serde(deserialize_with = "word::component")]
    pub(super) component: i32,
    #[serde(deserialize_with = "word::decimal")]
    pub(super) score: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PillarScore {
    #[serde(deserialize_with = "word::pillar")]
    pub(super) pillar: i32,
    #[serde(deserialize_with = "word::decimal")]
    pub(super) score: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Publication {
    #[serde(default)]
    letter_number: String,
    #[serde(default)]
    letter_date: String,
    source: String,
    #[serde(default)]
    pub(super) reason: String,
    figures: Vec<Figure>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figure {
    #[serde(deserialize_with = "word::measure")]
    measure: i32,
    #[serde(default, deserialize_with = "word::pillar")]
    pillar: i32,
    #[serde(default, deserialize_with = "word::component")]
    component: i32,
    #[serde(deserialize_with = "word::decimal")]
    value: String,
}

impl Publication {
    /// The citation and the figures as a scorecard holds them.
    pub(super) fn to_messages(&self) -> (v1::Publication, Vec<v1::PublishedFigure>) {
        let publication = v1::Publication {
            letter_number: self.letter_number.clone(),
            letter_date: self.letter_date.clone(),
            source: self.source.clone(),
            reason: self.reason.clone(),
            ..v1::Publication::default()
        };
        let figure = |figure: &Figure| v1::PublishedFigure {
            measure: figure.measure,
            pillar: figure.pillar,
            component: figure.component,
            value: figure.value.clone(),
            recomputed: None,
            difference: None,
        };
        (publication, self.figures.iter().map(figure).collect())
    }
}
