//! Instruments.

use takar_domain::{
    fault::Faults,
    instrument::{
        Band, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent, WeightedComponent,
        parse_quick_win_repeat_limit,
    },
    name::{InstrumentId, parse_display_name_and_source},
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
    } = instrument.definition();
    let components = components.iter().map(|part| {
        let WeightedComponent { component, weight, derivation } = part;
        v1::instrument::WeightedComponent {
            component: words::component(*component).into(),
            weight: weight.to_string(),
            derivation: words::derivation(*derivation).into(),
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
    let decimals = decimals.zip(limit);
    let parts =
        texts.zip(scale).zip(threshold).zip(availability).zip(decimals).zip(components.zip(bands));
    let definition = parts.map(|(parts, (components, bands))| {
        let ((((texts, scale), threshold), availability_threshold), shown) = parts;
        let (decimals, quick_win_repeat_limit) = shown;
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
        }
    });
    faults.into_result(definition)
}

fn parse_weighted_component(
    part: v1::instrument::WeightedComponent,
) -> Result<WeightedComponent, Faults> {
    let v1::instrument::WeightedComponent { component, weight, derivation } = part;
    let mut faults = Faults::none();
    let component = faults.keep("component", words::parse_component(component));
    let derivation = faults.keep("derivation", words::parse_derivation(derivation));
    let (component, derivation) = faults.into_result(component.zip(derivation))?;
    Ok(WeightedComponent::parse(component, &weight, derivation)?)
}
