//! Cohorts.

use takar_domain::{
    fault::Faults,
    name::{CohortId, parse_display_name_and_source},
    registry::{COHORT_MEMBERS_MAX, Cohort, CohortMember},
};
use takar_proto::v1;

use super::{check_count, each_once, required};
use crate::name;

pub(crate) fn cohort(cohort: Cohort) -> v1::Cohort {
    let Cohort { id, display_name, source, members } = cohort;
    let members = members.into_iter().map(|member| {
        let CohortMember { region, display_name } = member;
        v1::cohort::Member { region: format!("regions/{region}"), display_name }
    });
    v1::Cohort {
        name: format!("cohorts/{id}"),
        display_name,
        source,
        members: members.collect(),
        etag: String::new(),
    }
}

pub(crate) fn parse_cohort(request: v1::CreateCohortRequest) -> Result<Cohort, Faults> {
    let v1::CreateCohortRequest { cohort_id, cohort, request_id: _ } = request;
    let mut faults = Faults::none();
    let id = faults.keep("cohort_id", CohortId::parse(&cohort_id));
    let content = faults.keep("cohort", required(cohort));
    let content = content.and_then(|content| faults.keep("cohort", parse_content(content)));
    faults.into_result(id.zip(content).map(|(id, content)| content(id)))
}

/// The cohort as an update leaves it.
pub(crate) fn parse_cohort_of(id: CohortId, cohort: v1::Cohort) -> Result<Cohort, Faults> {
    let mut faults = Faults::none();
    let content = faults.keep("cohort", parse_content(cohort));
    faults.into_result(content.map(|content| content(id)))
}

/// A cohort but for its id; its members' names are not read.
fn parse_content(cohort: v1::Cohort) -> Result<impl FnOnce(CohortId) -> Cohort, Faults> {
    let v1::Cohort { name: _, display_name, source, members, etag: _ } = cohort;
    let mut faults = Faults::none();
    let texts = faults.merge(parse_display_name_and_source(&display_name, &source));
    check_count(&mut faults, "members", members.len(), 1, COHORT_MEMBERS_MAX);
    let parse = |member| {
        let v1::cohort::Member { region, display_name } = member;
        let region = name::region(&region).map_err(|fault| fault.at("region"))?;
        Ok(CohortMember { region, display_name })
    };
    let region = |member: &CohortMember| member.region.clone();
    let members = each_once(&mut faults, "members", members, parse, ("region", region));
    faults.into_result(texts.zip(members).map(|((display_name, source), members)| {
        move |id| Cohort { id, display_name, source, members }
    }))
}
