//! The evaluations that rows are written to: locked, or begun for them.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;
use takar_domain::{
    deadline::{NotOpen, check_open},
    evaluation::{Evaluation, Given},
    name::CycleId,
    vocabulary::RegionKind,
};

use super::ImportRegion;
use crate::{
    error::{Error, Resource, Result, stored},
    evaluation_rows::load,
    write::Write,
};

/// An evaluation that rows are written to, locked until the write ends.
#[derive(Clone, Debug)]
pub struct ImportedEvaluation {
    /// Its row, for [`StagedRow`](super::StagedRow).
    pub evaluation_id: i64,
    /// The evaluation, before the rows.
    pub evaluation: Evaluation,
    /// Whether it was begun for the rows.
    pub is_new: bool,
}

/// Why a region has no evaluation, and none can be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbegun {
    /// There is none, and what is imported begins none.
    Missing,
    /// Provinces are not evaluated.
    Province,
    /// The region was merged into another.
    Ended,
    /// The cycle does not evaluate it.
    NotEligible,
    /// The cycle is not open yet.
    NotOpen(NotOpen),
}

/// What decides whether evaluations can be begun.
struct Facts {
    kind: RegionKind,
    has_ended: bool,
}

impl Write {
    /// Locks the evaluations of regions in a cycle, in the order of their rows as every import does, and
    /// begins those that are missing where `begins` says so, under the rules of
    /// [`create_evaluation`](Self::create_evaluation).
    ///
    /// # Errors
    /// [`Error::NotFound`] of the cycle.
    pub async fn lock_imported_evaluations(
        &mut self,
        cycle: &CycleId,
        regions: &[&ImportRegion],
        begins: bool,
    ) -> Result<HashMap<ImportRegion, std::result::Result<ImportedEvaluation, Unbegun>>> {
        let ids: Vec<_> = regions.iter().map(|region| region.region_id).collect();
        let unbegun =
            if begins { self.begin_evaluations(cycle, &ids).await? } else { Unbegins::default() };
        let locked = sqlx::query!(
            "select evaluation_id, region_id
             from evaluation
             where cycle_id = $1 and region_id = any ($2)
             order by evaluation_id
             for update",
            cycle.as_str(),
            &ids,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let evaluation_ids: Vec<_> = locked.iter().map(|row| row.evaluation_id).collect();
        let loaded = load(&mut self.transaction, &evaluation_ids).await?;
        let region_of: HashMap<_, _> =
            locked.iter().map(|row| (row.evaluation_id, row.region_id)).collect();
        let mut found: HashMap<i64, ImportedEvaluation> = HashMap::new();
        for loaded in loaded {
            let evaluation_id = loaded.evaluation_id;
            let is_new = unbegun.begun.contains(&evaluation_id);
            let imported =
                ImportedEvaluation { evaluation_id, evaluation: loaded.evaluation, is_new };
            found.insert(region_of[&evaluation_id], imported);
        }
        let with_region = |region: &&ImportRegion| {
            let reason = unbegun.reasons.get(&region.region_id).copied();
            let evaluation = found.remove(&region.region_id);
            ((*region).clone(), evaluation.ok_or(reason.unwrap_or(Unbegun::Missing)))
        };
        Ok(regions.iter().map(with_region).collect())
    }

    async fn begin_evaluations(&mut self, cycle: &CycleId, ids: &[i64]) -> Result<Unbegins> {
        let facts = keep_regions(&mut self.transaction, ids).await?;
        let now = self.now().await?;
        let cycle_row = sqlx::query!(
            "select open_time from cycle where cycle_id = $1 for share",
            cycle.as_str()
        )
        .fetch_optional(&mut *self.transaction)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Cycle(cycle.clone())))?;
        let is_open = check_open(cycle_row.open_time, now);
        let eligible: HashSet<i64> = sqlx::query_scalar!(
            "select region_id from cycle_region where cycle_id = $1",
            cycle.as_str()
        )
        .fetch_all(&mut *self.transaction)
        .await?
        .into_iter()
        .collect();
        let check = |id: &i64, Facts { kind, has_ended }: &Facts| {
            if *kind == RegionKind::Province {
                return Err(Unbegun::Province);
            }
            if *has_ended {
                return Err(Unbegun::Ended);
            }
            is_open.map_err(Unbegun::NotOpen)?;
            if eligible.is_empty() || eligible.contains(id) {
                Ok(())
            } else {
                Err(Unbegun::NotEligible)
            }
        };
        let mut reasons = HashMap::new();
        let mut allowed = Vec::new();
        for (id, facts) in &facts {
            match check(id, facts) {
                Ok(()) => allowed.push(*id),
                Err(reason) => {
                    reasons.insert(*id, reason);
                }
            }
        }
        let begun = sqlx::query_scalar!(
            "insert into evaluation (region_id, cycle_id)
             select region_id, $2 from unnest($1::bigint[]) region_id order by region_id
             on conflict (region_id, cycle_id) do nothing
             returning evaluation_id",
            &allowed,
            cycle.as_str(),
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(Unbegins { begun: begun.into_iter().collect(), reasons })
    }

    /// Notes that rows were written to these evaluations, and reads them again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_imported_evaluations(
        &mut self,
        evaluation_ids: &[i64],
        given: &Given,
    ) -> Result<HashMap<i64, Evaluation>> {
        sqlx::query!(
            "update evaluation set update_time = $2 where evaluation_id = any ($1)",
            evaluation_ids,
            given.time,
        )
        .execute(&mut *self.transaction)
        .await?;
        let loaded = load(&mut self.transaction, evaluation_ids).await?;
        Ok(loaded.into_iter().map(|loaded| (loaded.evaluation_id, loaded.evaluation)).collect())
    }
}

/// Which evaluations were begun, and why others were not.
#[derive(Default)]
struct Unbegins {
    begun: HashSet<i64>,
    reasons: HashMap<i64, Unbegun>,
}

/// What is known of the regions; a merger can't end them until the write ends.
async fn keep_regions(connection: &mut PgConnection, ids: &[i64]) -> Result<Vec<(i64, Facts)>> {
    let rows = sqlx::query!(
        "select region_id, kind, end_date
         from region
         where region_id = any ($1)
         order by region_id
         for share",
        ids,
    )
    .fetch_all(connection)
    .await?;
    let facts = rows.into_iter().map(|row| {
        let kind = stored(RegionKind::parse(&row.kind))?;
        Ok((row.region_id, Facts { kind, has_ended: row.end_date.is_some() }))
    });
    facts.collect()
}
