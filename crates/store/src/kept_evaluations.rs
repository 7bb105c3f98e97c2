//! Evaluations as they were kept with publications.

use std::collections::BTreeMap;

use sqlx::types::Json;
use takar_domain::{evaluation::Evaluation, name::RegionCode, population::Survey};

use crate::{
    connection::Store,
    error::{Result, stored},
};

impl Store {
    /// The evaluations from which the revisions of a survey were computed, by the regions' codes; none
    /// of a revision from before they were kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn kept_evaluations(
        &self,
        survey: &Survey,
    ) -> Result<BTreeMap<RegionCode, Evaluation>> {
        let present = survey.present.iter();
        let (codes, revisions): (Vec<_>, Vec<_>) =
            present.map(|region| (region.region.code.to_string(), region.revision)).unzip();
        let kept = sqlx::query!(
            r#"
            select code as "code!", publication.evaluation as "evaluation!: Json<Evaluation>"
            from unnest($2::text[], $3::int[]) as asked (code, revision)
            join region_code using (code)
            join evaluation on evaluation.region_id = region_code.region_id and cycle_id = $1
            join publication using (evaluation_id, revision)
            where publication.evaluation is not null
            "#,
            survey.cycle.as_str(),
            &codes,
            &revisions,
        )
        .fetch_all(&self.pool)
        .await?;
        let kept = kept.into_iter();
        kept.map(|row| Ok((stored(RegionCode::parse(&row.code))?, row.evaluation.0))).collect()
    }
}
