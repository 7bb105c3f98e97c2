//! Cohorts and their members.

use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    name::{CohortId, RegionCode},
    registry::{Cohort, CohortMember},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Resource, Result, stored},
    page::Page,
    write::Write,
};

struct CohortRow {
    cohort_id: String,
    display_name: String,
    source: String,
    members: Json<Vec<MemberRow>>,
}

#[derive(Deserialize)]
struct MemberRow {
    region: RegionCode,
    display_name: String,
}

impl CohortRow {
    fn into_cohort(self) -> Result<Cohort> {
        let members = self.members.0.into_iter();
        Ok(Cohort {
            id: stored(CohortId::parse(&self.cohort_id))?,
            display_name: self.display_name,
            source: self.source,
            members: members
                .map(|MemberRow { region, display_name }| CohortMember { region, display_name })
                .collect(),
        })
    }
}

impl Store {
    /// The cohort with its members by code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cohort(&self, id: &CohortId) -> Result<Cohort> {
        let mut connection = self.pool.acquire().await?;
        let mut found = cohorts_by_id(&mut connection, &[id.as_str().to_owned()]).await?;
        found.pop().ok_or_else(|| Error::NotFound(Resource::Cohort(id.clone())))
    }

    /// Cohorts by id, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cohorts(&self, page: &Page<CohortId>) -> Result<Vec<Cohort>> {
        let mut connection = self.pool.acquire().await?;
        let ids = sqlx::query_scalar!(
            "select cohort_id
             from cohort
             where ($1::text is null or cohort_id > $1)
             order by cohort_id
             limit $2",
            page.after.as_ref().map(CohortId::as_str),
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?;
        cohorts_by_id(&mut connection, &ids).await
    }
}

impl Write {
    /// Creates a cohort of regions, by current or former codes; their names are read back.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and [`Error::NotFound`] of the first region that is not registered.
    pub async fn create_cohort(&mut self, cohort: &Cohort) -> Result<Cohort> {
        let Cohort { id, display_name, source, members } = cohort;
        sqlx::query!(
            "insert into cohort (cohort_id, display_name, source) values ($1, $2, $3)",
            id.as_str(),
            display_name,
            source,
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("cohort_pkey", || Error::AlreadyExists(Resource::Cohort(id.clone())))?;

        self.insert_members(id, members).await?;
        self.cohort(id).await
    }

    /// Locks a cohort: those who change it follow each other.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_cohort(&mut self, id: &CohortId) -> Result<Cohort> {
        sqlx::query!("select cohort_id from cohort where cohort_id = $1 for update", id.as_str())
            .fetch_optional(&mut *self.transaction)
            .await?;
        self.cohort(id).await
    }

    /// Gives a locked cohort other content.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the first region that is not registered.
    pub async fn update_cohort(&mut self, cohort: &Cohort) -> Result<Cohort> {
        let Cohort { id, display_name, source, members } = cohort;
        sqlx::query!(
            "with former as (
                 delete from cohort_member where cohort_id = $1
             )
             update cohort set display_name = $2, source = $3 where cohort_id = $1",
            id.as_str(),
            display_name,
            source,
        )
        .execute(&mut *self.transaction)
        .await?;
        self.insert_members(id, members).await?;
        self.cohort(id).await
    }

    async fn insert_members(&mut self, id: &CohortId, members: &[CohortMember]) -> Result<()> {
        let codes: Vec<_> = members.iter().map(|member| member.region.to_string()).collect();
        let found = sqlx::query_scalar!(
            r#"
            with inserted as (
                insert into cohort_member (cohort_id, region_id)
                select distinct $1, region_id from region_code where code = any ($2)
            )
            select code from region_code where code = any ($2)
            "#,
            id.as_str(),
            &codes,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut codes = members.iter().map(|member| &member.region);
        match codes.find(|code| !found.iter().any(|known| known == code.as_str())) {
            Some(unknown) => Err(Error::NotFound(Resource::Region(unknown.clone()))),
            None => Ok(()),
        }
    }

    /// The cohort, as this write sees it.
    pub(crate) async fn cohort(&mut self, id: &CohortId) -> Result<Cohort> {
        let mut found = cohorts_by_id(&mut self.transaction, &[id.as_str().to_owned()]).await?;
        found.pop().ok_or_else(|| Error::NotFound(Resource::Cohort(id.clone())))
    }
}

/// Those of these cohorts that exist, by id.
async fn cohorts_by_id(connection: &mut PgConnection, ids: &[String]) -> Result<Vec<Cohort>> {
    sqlx::query_as!(
        CohortRow,
        r#"
        select cohort_id, display_name, source,
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'region', current.code, 'display_name', region.display_name)
                           order by current.code), '[]')
                from cohort_member member
                join region using (region_id)
                join region_code current on current.region_id = region.region_id and current.is_current
                where member.cohort_id = cohort.cohort_id) as "members!: Json<Vec<MemberRow>>"
        from cohort
        where cohort_id = any ($1)
        order by cohort_id
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(CohortRow::into_cohort)
    .collect()
}
