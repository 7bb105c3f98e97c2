//! Regions and their codes.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    name::RegionCode,
    region_history::{FormerName, RegionHistory, Relation},
    registry::{FormerCode, Region},
    vocabulary::{RegionChange, RegionKind},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Resource, Result, stored},
    page::Page,
    write::Write,
};

/// Which regions a list shows; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegionFilter {
    /// Those of this province.
    pub province: Option<RegionCode>,
    /// Those of this kind.
    pub kind: Option<RegionKind>,
    /// Those whose name contains this text, in any case.
    pub name_contains: Option<String>,
}

struct RegionRow {
    code: String,
    kind: String,
    display_name: String,
    end_date: Option<NaiveDate>,
    former_codes: Json<Vec<FormerCodeRow>>,
    former_names: Json<Vec<FormerNameRow>>,
    predecessors: Json<Vec<RelationRow>>,
    successors: Json<Vec<RelationRow>>,
}

#[derive(Deserialize)]
struct FormerCodeRow {
    code: RegionCode,
    end_date: Option<NaiveDate>,
    source: String,
}

#[derive(Deserialize)]
struct FormerNameRow {
    display_name: String,
    end_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct RelationRow {
    region: RegionCode,
    change: RegionChange,
    change_date: NaiveDate,
    source: String,
}

impl RegionRow {
    fn into_region(self) -> Result<Region> {
        let former_codes = self.former_codes.0.into_iter();
        Ok(Region {
            code: stored(RegionCode::parse(&self.code))?,
            kind: stored(RegionKind::parse(&self.kind))?,
            display_name: self.display_name,
            former_codes: former_codes
                .map(|FormerCodeRow { code, end_date, source }| FormerCode {
                    code,
                    end_date,
                    source,
                })
                .collect(),
            history: RegionHistory {
                former_names: self.former_names.0.into_iter().map(Into::into).collect(),
                end_date: self.end_date,
                predecessors: self.predecessors.0.into_iter().map(Into::into).collect(),
                successors: self.successors.0.into_iter().map(Into::into).collect(),
            },
        })
    }
}

impl From<FormerNameRow> for FormerName {
    fn from(FormerNameRow { display_name, end_time }: FormerNameRow) -> Self {
        Self { display_name, end_time }
    }
}

impl From<RelationRow> for Relation {
    fn from(RelationRow { region, change, change_date, source }: RelationRow) -> Self {
        Self { region, change, change_date, source }
    }
}

impl Store {
    /// The region with this current or former code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn region(&self, code: &RegionCode) -> Result<Region> {
        let mut connection = self.pool.acquire().await?;
        region(&mut connection, code).await
    }

    /// Regions in the order of their codes, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn regions(
        &self,
        filter: &RegionFilter,
        page: &Page<RegionCode>,
    ) -> Result<Vec<Region>> {
        let mut connection = self.pool.acquire().await?;
        let codes = sqlx::query_scalar!(
            "select code
             from region_code
             join region using (region_id)
             where is_current
               and ($1::text is null or code > $1)
               and ($2::text is null or province_code = $2)
               and ($3::text is null or kind = $3)
               and ($4::text is null or position(lower($4) in lower(display_name)) > 0)
             order by code
             limit $5",
            page.after.as_ref().map(RegionCode::as_str),
            filter.province.as_ref().map(RegionCode::as_str),
            filter.kind.map(RegionKind::as_str),
            filter.name_contains.as_deref(),
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?;
        regions_by_code(&mut connection, &codes).await
    }

    /// All codes, current and former, of the region with this code; none where there is no such.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn codes_of(&self, code: &RegionCode) -> Result<Vec<RegionCode>> {
        let codes = sqlx::query_scalar!(
            "select code from region_code
             where region_id = (select region_id from region_code where code = $1)",
            code.as_str(),
        )
        .fetch_all(&self.pool)
        .await?;
        codes.iter().map(|code| stored(RegionCode::parse(code))).collect()
    }
}

impl Write {
    /// Registers regions with their former codes, all or none, in this order.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] where a code is taken, [`Error::NotFound`] where a province is not
    /// registered.
    pub async fn create_regions(&mut self, regions: &[Region]) -> Result<()> {
        for region in regions {
            let region_id = sqlx::query_scalar!(
                "insert into region (kind, display_name) values ($1, $2) returning region_id",
                region.kind.as_str(),
                region.display_name,
            )
            .fetch_one(&mut *self.transaction)
            .await?;
            let current = CodeRow::current(&region.code);
            let former = region.former_codes.iter().map(|FormerCode { code, end_date, source }| {
                CodeRow { code, is_current: false, end_date: *end_date, source }
            });
            for row in std::iter::once(current).chain(former) {
                insert_code(&mut self.transaction, region_id, &row).await?;
            }
        }
        Ok(())
    }
}

/// The region with this current or former code, within a transaction of the caller's.
pub(crate) async fn region(connection: &mut PgConnection, code: &RegionCode) -> Result<Region> {
    let mut found = regions_by_code(connection, &[code.as_str().to_owned()]).await?;
    found.pop().ok_or_else(|| Error::NotFound(Resource::Region(code.clone())))
}

/// Regions with these current or former codes, in the order of their current ones.
pub(crate) async fn regions_by_code(
    connection: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<Region>> {
    sqlx::query_as!(
        RegionRow,
        r#"
        select current.code, kind, display_name, region.end_date,
               (select coalesce(jsonb_agg(former order by end_date desc nulls last, code), '[]')
                from region_code former
                where former.region_id = current.region_id and not is_current)
                   as "former_codes!: Json<Vec<FormerCodeRow>>",
               (select coalesce(jsonb_agg(former order by end_time desc), '[]')
                from region_name former
                where former.region_id = current.region_id)
                   as "former_names!: Json<Vec<FormerNameRow>>",
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'region', other.code, 'change', lineage.kind,
                           'change_date', change_date, 'source', lineage.source)
                           order by change_date, other.code), '[]')
                from region_lineage lineage
                join region_code other on other.region_id = predecessor_id and other.is_current
                where successor_id = current.region_id) as "predecessors!: Json<Vec<RelationRow>>",
               (select coalesce(jsonb_agg(jsonb_build_object(
                           'region', other.code, 'change', lineage.kind,
                           'change_date', change_date, 'source', lineage.source)
                           order by change_date, other.code), '[]')
                from region_lineage lineage
                join region_code other on other.region_id = successor_id and other.is_current
                where predecessor_id = current.region_id) as "successors!: Json<Vec<RelationRow>>"
        from region_code current
        join region using (region_id)
        where current.is_current
          and region_id in (select region_id from region_code where code = any ($1))
        order by current.code
        "#,
        codes,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(RegionRow::into_region)
    .collect()
}

/// The row of the region with this current or former code.
pub(crate) async fn region_id(connection: &mut PgConnection, code: &RegionCode) -> Result<i64> {
    sqlx::query_scalar!("select region_id from region_code where code = $1", code.as_str())
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Region(code.clone())))
}

pub(crate) struct CodeRow<'a> {
    code: &'a RegionCode,
    is_current: bool,
    end_date: Option<NaiveDate>,
    source: &'a str,
}

impl<'a> CodeRow<'a> {
    /// A code that a region has now.
    pub(crate) const fn current(code: &'a RegionCode) -> Self {
        Self { code, is_current: true, end_date: None, source: "" }
    }
}

pub(crate) async fn insert_code(
    connection: &mut PgConnection,
    region_id: i64,
    row: &CodeRow<'_>,
) -> Result<()> {
    sqlx::query!(
        "insert into region_code (code, region_id, is_current, end_date, source)
         values ($1, $2, $3, $4, $5)",
        row.code.as_str(),
        region_id,
        row.is_current,
        row.end_date,
        row.source,
    )
    .execute(connection)
    .await
    .on_constraint("region_code_pkey", || Error::AlreadyExists(Resource::Region(row.code.clone())))
    .on_constraint("region_code_province_fkey", || {
        let province = row.code.province().unwrap_or_else(|| row.code.clone());
        Error::NotFound(Resource::Region(province))
    })?;
    Ok(())
}
