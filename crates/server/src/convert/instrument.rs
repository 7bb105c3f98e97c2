//! Instruments.

use takar_domain::{
    composite::Goalposts,
    fault::{Fault, Faults},
    instrument::{
        Band, Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent, parse_quick_win_repeat_limit,
    },
    name::{InstrumentId, parse_display_name_and_source},
    vocabulary::{Aggregation, Normalisation},
};
use takar_proto::v1;

use super::{each, required, words};

pub(crate) fn instrument(instrument: &Instrument) -> v1::Instrument {
    let Definition {
        display_name,
        source,
        scale,
        components,
        threshold,
        availability_threshold,
        bands,
        decimals,
        quick_win_repeat_limit,
        composition: Composition { normalisation, aggregation },
    } = instrument.definition();
    let components = components.iter().map(|part| {
        let WeightedComponent { component, weight, derivation, goalposts } = part;
        v1::instrument::WeightedComponent {
            component: words::component(*component).into(),
            weight: weight.to_string(),
            derivation: words::derivation(*derivation).into(),
            goalposts: goalposts.map(|posts| v1::instrument::Goalposts {
                lower: posts.lower().to_string(),
                upper: posts.upper().to_string(),
            }),
        }
    });
    let bands = bands.iter().map(|Band { label, minimum, maximum }| v1::instrument::Band {
        label: label.clone(),
        minimum: minimum.to_string(),
        maximum: maximum.to_string(),
    });
    let availability =
        availability_threshold.as_ref().map(|threshold| threshold.given().to_string());
    v1::Instrument {
        name: format!("instruments/{}", instrument.id()),
        display_name: display_name.clone(),
        source: source.clone(),
        scale: Some(v1::instrument::Scale {
            minimum: scale.minimum().to_string(),
            maximum: scale.maximum().to_string(),
        }),
        components: components.collect(),
        threshold_percent: threshold.given().to_string(),
        availability_threshold_percent: availability.unwrap_or_default(),
        bands: bands.collect(),
        percent_decimals: decimals.percent.into(),
        score_decimals: decimals.score.into(),
        // Checked to be small, on the way in and in the database.
        quick_win_repeat_limit: quick_win_repeat_limit
            .map_or(0, |limit| i32::try_from(limit).unwrap_or(i32::MAX)),
        etag: String::new(),
        normalisation: words::normalisation(*normalisation).into(),
        aggregation: words::aggregation(*aggregation).into(),
    }
}

pub(crate) fn parse_instrument(request: v1::CreateInstrumentRequest) -> Result<Instrument, Faults> {
    let v1::CreateInstrumentRequest { instrument_id, instrument, request_id: _ } = request;
    let mut faults = Faults::none();
    let id = faults.keep("instrument_id", InstrumentId::parse(&instrument_id));
    let instrument = faults.keep("instrument", required(instrument));
    let definition =
        instrument.and_then(|instrument| faults.keep("instrument", parse_definition(instrument)));
    let (id, definition) = faults.into_result(id.zip(definition))?;
    whole(id, definition)
}

/// The instrument as an update leaves it.
pub(crate) fn parse_instrument_of(
    id: InstrumentId,
    instrument: v1::Instrument,
) -> Result<Instrument, Faults> {
    let mut faults = Faults::none();
    let definition = faults.keep("instrument", parse_definition(instrument));
    whole(id, faults.into_result(definition)?)
}

/// An instrument whose parts are right each, where they are so together.
fn whole(id: InstrumentId, definition: Definition) -> Result<Instrument, Faults> {
    let mut faults = Faults::none();
    let instrument = faults.keep("instrument", Instrument::new(id, definition));
    faults.into_result(instrument)
}

fn parse_definition(instrument: v1::Instrument) -> Result<Definition, Faults> {
    let v1::Instrument {
        name: _,
        display_name,
        source,
        scale,
        components,
        threshold_percent,
        availability_threshold_percent,
        bands,
        percent_decimals,
        score_decimals,
        etag: _,
        quick_win_repeat_limit,
        normalisation,
        aggregation,
    } = instrument;
    let mut faults = Faults::none();
    let texts = faults.merge(parse_display_name_and_source(&display_name, &source));
    let scale = faults.keep("scale", required(scale)).and_then(|scale| {
        let v1::instrument::Scale { minimum, maximum } = scale;
        faults.keep("scale", Scale::parse(&minimum, &maximum))
    });
    let components = each(&mut faults, "components", components, parse_weighted_component);
    let threshold = faults.keep("threshold_percent", ThresholdPercent::parse(&threshold_percent));
    let availability = Some(availability_threshold_percent).filter(|percent| !percent.is_empty());
    let availability = availability.map(|percent| ThresholdPercent::parse(&percent)).transpose();
    let availability = faults.keep("availability_threshold_percent", availability);
    let bands = each(&mut faults, "bands", bands, |band| {
        let v1::instrument::Band { label, minimum, maximum } = band;
        Band::parse(&label, &minimum, &maximum)
    });
    let decimals = faults.merge(ShownDecimals::parse(percent_decimals, score_decimals));
    let limit = parse_quick_win_repeat_limit(quick_win_repeat_limit);
    let limit = faults.keep("quick_win_repeat_limit", limit);
    let composition = faults.merge(parse_composition(normalisation, aggregation));
    let decimals = decimals.zip(limit).zip(composition);
    let parts =
        texts.zip(scale).zip(threshold).zip(availability).zip(decimals).zip(components.zip(bands));
    let definition = parts.map(|(parts, (components, bands))| {
        let ((((texts, scale), threshold), availability_threshold), shown) = parts;
        let ((decimals, quick_win_repeat_limit), composition) = shown;
        let (display_name, source) = texts;
        Definition {
            display_name,
            source,
            scale,
            components,
            threshold,
            availability_threshold,
            bands,
            decimals,
            quick_win_repeat_limit,
            composition,
        }
    });
    faults.into_result(definition)
}

fn parse_weighted_component(
    part: v1::instrument::WeightedComponent,
) -> Result<WeightedComponent, Faults> {
    let v1::instrument::WeightedComponent { component, weight, derivation, goalposts } = part;
    let mut faults = Faults::none();
    let component = faults.keep("component", words::parse_component(component));
    let derivation = faults.keep("derivation", words::parse_derivation(derivation));
    let posts = goalposts.map(parse_goalposts).transpose();
    let posts = faults.keep("goalposts", posts);
    let parts = faults.into_result(component.zip(derivation).zip(posts))?;
    let ((component, derivation), posts) = parts;
    Ok(WeightedComponent::parse(component, &weight, derivation)?.with_goalposts(posts))
}

pub(super) fn parse_goalposts(posts: v1::instrument::Goalposts) -> Result<Goalposts, Faults> {
    let v1::instrument::Goalposts { lower, upper } = posts;
    Goalposts::parse(&lower, &upper)
}

/// How the components become an index; what is not given is as the ministry has it.
fn parse_composition(normalisation: i32, aggregation: i32) -> Result<Composition, Faults> {
    let mut faults = Faults::none();
    let normalisation = faults.keep("normalisation", parse_normalisation(normalisation));
    let aggregation = faults.keep("aggregation", parse_aggregation(aggregation));
    let parts = normalisation.zip(aggregation);
    faults.into_result(parts.map(|(normalisation, aggregation)| Composition {
        normalisation: normalisation.unwrap_or(Composition::MINISTRY.normalisation),
        aggregation: aggregation.unwrap_or(Composition::MINISTRY.aggregation),
    }))
}

/// A normalisation, where one is given.
pub(super) fn parse_normalisation(number: i32) -> Result<Option<Normalisation>, Fault> {
    (number != 0).then(|| words::parse_normalisation(number)).transpose()
}

/// An aggregation, where one is given.
pub(super) fn parse_aggregation(number: i32) -> Result<Option<Aggregation>, Fault> {
    (number != 0).then(|| words::parse_aggregation(number)).transpose()
}
