//! Instruments with their components and bands.

use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    composite::Goalposts,
    fault::Faults,
    instrument::{
        Band, Composition, Definition, Instrument, Scale, ShownDecimals, ThresholdPercent,
        WeightedComponent, parse_quick_win_repeat_limit,
    },
    name::{CycleId, InstrumentId},
    vocabulary::{Aggregation, Component, Derivation, Normalisation},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Precondition, Resource, Result, stored},
    page::Page,
    write::Write,
};

// Decimals are read and written as text: JSON's numbers lose their trailing zeros, and sqlx's lose
// those of a zero (`0.00`).
struct InstrumentRow {
    instrument_id: String,
    display_name: String,
    source: String,
    scale_minimum: String,
    scale_maximum: String,
    threshold_percent: String,
    availability_threshold_percent: Option<String>,
    percent_decimals: i32,
    score_decimals: i32,
    quick_win_repeat_limit: Option<i32>,
    normalisation: String,
    aggregation: String,
    components: Json<Vec<ComponentRow>>,
    bands: Json<Vec<BandRow>>,
}

#[derive(Deserialize)]
struct ComponentRow {
    component: Component,
    weight: String,
    derivation: Derivation,
    goalpost_lower: Option<String>,
    goalpost_upper: Option<String>,
}

impl ComponentRow {
    fn parse(&self) -> std::result::Result<WeightedComponent, Faults> {
        let Self { component, weight, derivation, goalpost_lower, goalpost_upper } = self;
        let posts = goalpost_lower.as_ref().zip(goalpost_upper.as_ref());
        let posts = posts.map(|(lower, upper)| Goalposts::parse(lower, upper)).transpose()?;
        Ok(WeightedComponent::parse(*component, weight, *derivation)?.with_goalposts(posts))
    }
}

#[derive(Deserialize)]
struct BandRow {
    label: String,
    minimum: String,
    maximum: String,
}

impl InstrumentRow {
    fn into_instrument(self) -> Result<Instrument> {
        self.parse().map_err(|faults| Error::Unreadable(Box::new(faults)))
    }

    fn parse(self) -> std::result::Result<Instrument, Faults> {
        let components = self.components.0.iter().map(ComponentRow::parse);
        let bands =
            self.bands.0.iter().map(|row| Band::parse(&row.label, &row.minimum, &row.maximum));
        let availability = self.availability_threshold_percent;
        let definition = Definition {
            display_name: self.display_name,
            source: self.source,
            scale: Scale::parse(&self.scale_minimum, &self.scale_maximum)?,
            components: components.collect::<std::result::Result<_, _>>()?,
            threshold: ThresholdPercent::parse(&self.threshold_percent)?,
            availability_threshold: availability
                .as_deref()
                .map(ThresholdPercent::parse)
                .transpose()?,
            bands: bands.collect::<std::result::Result<_, _>>()?,
            decimals: ShownDecimals::parse(self.percent_decimals, self.score_decimals)?,
            quick_win_repeat_limit: parse_quick_win_repeat_limit(
                self.quick_win_repeat_limit.unwrap_or_default(),
            )?,
            composition: Composition {
                normalisation: Normalisation::parse(&self.normalisation)?,
                aggregation: Aggregation::parse(&self.aggregation)?,
            },
        };
        Instrument::new(InstrumentId::parse(&self.instrument_id)?, definition)
    }
}

impl Store {
    /// The instrument.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn instrument(&self, id: &InstrumentId) -> Result<Instrument> {
        let mut connection = self.pool.acquire().await?;
        instrument(&mut connection, id).await
    }

    /// Instruments by id, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn instruments(&self, page: &Page<InstrumentId>) -> Result<Vec<Instrument>> {
        let mut connection = self.pool.acquire().await?;
        let ids = sqlx::query_scalar!(
            "select instrument_id
             from instrument
             where ($1::text is null or instrument_id > $1)
             order by instrument_id
             limit $2",
            page.after.as_ref().map(InstrumentId::as_str),
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?;
        instruments_by_id(&mut connection, &ids).await
    }
}

impl Write {
    /// Creates an instrument, which may change until a cycle uses it.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`].
    pub async fn create_instrument(&mut self, new: &Instrument) -> Result<Instrument> {
        let id = new.id();
        let definition = new.definition();
        let availability = definition.availability_threshold.as_ref();
        sqlx::query!(
            "insert into instrument
                 (instrument_id, display_name, source, scale_minimum, scale_maximum, threshold_percent,
                  availability_threshold_percent, percent_decimals, score_decimals,
                  quick_win_repeat_limit, normalisation, aggregation)
             values ($1, $2, $3, $4::text::numeric, $5::text::numeric, $6::text::numeric,
                     $7::text::numeric, $8, $9, $10::int8::int, $11, $12)",
            id.as_str(),
            definition.display_name,
            definition.source,
            definition.scale.minimum().to_string(),
            definition.scale.maximum().to_string(),
            definition.threshold.given().to_string(),
            availability.map(|threshold| threshold.given().to_string()),
            i32::from(definition.decimals.percent),
            i32::from(definition.decimals.score),
            definition.quick_win_repeat_limit.map(i64::from),
            definition.composition.normalisation.as_str(),
            definition.composition.aggregation.as_str(),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("instrument_pkey", || Error::AlreadyExists(Resource::Instrument(id.clone())))?;
        insert_components(&mut self.transaction, id, &definition.components).await?;
        insert_bands(&mut self.transaction, id, &definition.bands).await?;
        instrument(&mut self.transaction, id).await
    }

    /// Locks an instrument: no cycle begins to use it meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_instrument(&mut self, id: &InstrumentId) -> Result<Instrument> {
        sqlx::query!(
            "select instrument_id from instrument where instrument_id = $1 for update",
            id.as_str(),
        )
        .fetch_optional(&mut *self.transaction)
        .await?;
        instrument(&mut self.transaction, id).await
    }

    /// Gives a locked instrument another definition.
    ///
    /// # Errors
    /// [`Precondition::InstrumentInUse`].
    pub async fn update_instrument(&mut self, changed: &Instrument) -> Result<Instrument> {
        let id = changed.id();
        let definition = changed.definition();
        let availability = definition.availability_threshold.as_ref();
        sqlx::query!(
            "update instrument
             set display_name = $2, source = $3, scale_minimum = $4::text::numeric,
                 scale_maximum = $5::text::numeric, threshold_percent = $6::text::numeric,
                 availability_threshold_percent = $7::text::numeric, percent_decimals = $8,
                 score_decimals = $9, quick_win_repeat_limit = $10::int8::int,
                 normalisation = $11, aggregation = $12
             where instrument_id = $1",
            id.as_str(),
            definition.display_name,
            definition.source,
            definition.scale.minimum().to_string(),
            definition.scale.maximum().to_string(),
            definition.threshold.given().to_string(),
            availability.map(|threshold| threshold.given().to_string()),
            i32::from(definition.decimals.percent),
            i32::from(definition.decimals.score),
            definition.quick_win_repeat_limit.map(i64::from),
            definition.composition.normalisation.as_str(),
            definition.composition.aggregation.as_str(),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("instrument_in_use", || {
            Precondition::InstrumentInUse(Resource::Instrument(id.clone())).into()
        })?;
        delete_parts(&mut self.transaction, id).await?;
        insert_components(&mut self.transaction, id, &definition.components).await?;
        insert_bands(&mut self.transaction, id, &definition.bands).await?;
        instrument(&mut self.transaction, id).await
    }
}

/// The instrument, within a transaction of the caller's.
pub(crate) async fn instrument(
    connection: &mut PgConnection,
    id: &InstrumentId,
) -> Result<Instrument> {
    let mut found = instruments_by_id(connection, &[id.as_str().to_owned()]).await?;
    found.pop().ok_or_else(|| Error::NotFound(Resource::Instrument(id.clone())))
}

/// The instrument of a cycle, and whether the cycle is simulated.
pub(crate) async fn instrument_of(
    connection: &mut PgConnection,
    cycle: &CycleId,
) -> Result<(Instrument, bool)> {
    let row = sqlx::query!(
        "select instrument_id, simulated from cycle where cycle_id = $1",
        cycle.as_str(),
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Cycle(cycle.clone())))?;
    let id = stored(InstrumentId::parse(&row.instrument_id))?;
    Ok((instrument(connection, &id).await?, row.simulated))
}

/// Those of these instruments that exist, by id.
pub(crate) async fn instruments_by_id(
    connection: &mut PgConnection,
    ids: &[String],
) -> Result<Vec<Instrument>> {
    sqlx::query_as!(
        InstrumentRow,
        r#"
        select instrument_id, display_name, source, scale_minimum::text as "scale_minimum!",
               scale_maximum::text as "scale_maximum!", threshold_percent::text as "threshold_percent!",
               availability_threshold_percent::text, percent_decimals, score_decimals,
               quick_win_repeat_limit, normalisation, aggregation,
               (select jsonb_agg(jsonb_build_object(
                    'component', component, 'weight', weight::text, 'derivation', derivation,
                    'goalpost_lower', goalpost_lower::text, 'goalpost_upper', goalpost_upper::text))
                from instrument_component part
                where part.instrument_id = instrument.instrument_id)
                   as "components!: Json<Vec<ComponentRow>>",
               (select coalesce(jsonb_agg(jsonb_build_object(
                    'label', label, 'minimum', minimum::text, 'maximum', maximum::text)
                    order by position), '[]')
                from instrument_band band
                where band.instrument_id = instrument.instrument_id) as "bands!: Json<Vec<BandRow>>"
        from instrument
        where instrument_id = any ($1)
        order by instrument_id
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(InstrumentRow::into_instrument)
    .collect()
}

/// Deletes components and bands, for others to come in their place.
async fn delete_parts(connection: &mut PgConnection, id: &InstrumentId) -> Result<()> {
    sqlx::query!(
        "with bands as (
             delete from instrument_band where instrument_id = $1
         )
         delete from instrument_component where instrument_id = $1",
        id.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_components(
    connection: &mut PgConnection,
    id: &InstrumentId,
    components: &[WeightedComponent],
) -> Result<()> {
    for WeightedComponent { component, weight, derivation, goalposts } in components {
        sqlx::query!(
            "insert into instrument_component
                 (instrument_id, component, weight, derivation, goalpost_lower, goalpost_upper)
             values ($1, $2, $3::text::numeric, $4, $5::text::numeric, $6::text::numeric)",
            id.as_str(),
            component.as_str(),
            weight.to_string(),
            derivation.as_str(),
            goalposts.map(|posts| posts.lower().to_string()),
            goalposts.map(|posts| posts.upper().to_string()),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn insert_bands(
    connection: &mut PgConnection,
    id: &InstrumentId,
    bands: &[Band],
) -> Result<()> {
    for (position, Band { label, minimum, maximum }) in (1..).zip(bands) {
        sqlx::query!(
            "insert into instrument_band (instrument_id, position, label, minimum, maximum)
             values ($1, $2, $3, $4::text::numeric, $5::text::numeric)",
            id.as_str(),
            position,
            label,
            minimum.to_string(),
            maximum.to_string(),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
