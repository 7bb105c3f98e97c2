//! Cohorts, cycles and programmes.

use takar_domain::{
    fault::{Fault, Faults},
    name::{
        CohortId, CycleId, ProgramId, parse_display_name, parse_display_name_and_source,
        parse_optional_text,
    },
    registry::{COHORT_MEMBERS_MAX, Cohort, CohortMember, Cycle, Program},
};
use takar_proto::v1;

use super::{check_count, each_once, required, words};
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

/// A cohort to create; its members' names are not read.
pub(crate) fn parse_cohort(request: v1::CreateCohortRequest) -> Result<Cohort, Faults> {
    let v1::CreateCohortRequest { cohort_id, cohort, request_id: _ } = request;
    let mut faults = Faults::none();
    let id = faults.keep("cohort_id", CohortId::parse(&cohort_id));
    let cohort = faults.keep("cohort", required(cohort)).and_then(|cohort| {
        let v1::Cohort { name: _, display_name, source, members, etag: _ } = cohort;
        let texts = faults.keep("cohort", parse_display_name_and_source(&display_name, &source));
        check_count(&mut faults, "cohort.members", members.len(), 1, COHORT_MEMBERS_MAX);
        let parse = |member| {
            let v1::cohort::Member { region, display_name } = member;
            let region = name::region(&region).map_err(|fault| fault.at("region"))?;
            Ok(CohortMember { region, display_name })
        };
        let region = |member: &CohortMember| member.region.clone();
        let members = each_once(&mut faults, "cohort.members", members, parse, ("region", region));
        texts.zip(members)
    });
    let cohort = id.zip(cohort).map(|(id, ((display_name, source), members))| Cohort {
        id,
        display_name,
        source,
        members,
    });
    faults.into_result(cohort)
}

pub(crate) fn cycle(cycle: Cycle) -> v1::Cycle {
    let Cycle { id, display_name, instrument, previous_cycle } = cycle;
    v1::Cycle {
        name: format!("cycles/{id}"),
        display_name,
        instrument: format!("instruments/{instrument}"),
        previous_cycle: previous_cycle.map(|id| format!("cycles/{id}")).unwrap_or_default(),
        etag: String::new(),
    }
}

pub(crate) fn parse_cycle(request: v1::CreateCycleRequest) -> Result<Cycle, Faults> {
    let v1::CreateCycleRequest { cycle_id, cycle, request_id: _ } = request;
    let mut faults = Faults::none();
    let id = faults.keep("cycle_id", CycleId::parse(&cycle_id));
    let cycle = faults.keep("cycle", required(cycle)).and_then(|cycle| {
        let v1::Cycle { name: _, display_name, instrument, previous_cycle, etag: _ } = cycle;
        let display_name = faults.keep("cycle.display_name", parse_display_name(&display_name));
        let instrument = faults.keep("cycle.instrument", name::instrument(&instrument));
        let previous_cycle = parse_previous_cycle(&previous_cycle, id.as_ref());
        let previous_cycle = faults.keep("cycle.previous_cycle", previous_cycle);
        display_name.zip(instrument).zip(previous_cycle)
    });
    let cycle = id.zip(cycle).map(|(id, ((display_name, instrument), previous_cycle))| Cycle {
        id,
        display_name,
        instrument,
        previous_cycle,
    });
    faults.into_result(cycle)
}

/// The cycle before `id`, or none.
fn parse_previous_cycle(previous: &str, id: Option<&CycleId>) -> Result<Option<CycleId>, Fault> {
    if previous.is_empty() {
        return Ok(None);
    }
    let cycle = name::cycle(previous)?;
    if Some(&cycle) == id {
        return Err(Fault::new(previous, "another cycle, or none"));
    }
    Ok(Some(cycle))
}

pub(crate) fn program(program: Program) -> v1::Program {
    let Program { region, id, pillar, display_name, owner_agency, flagship, quick_win, source } =
        program;
    v1::Program {
        name: format!("regions/{region}/programs/{id}"),
        pillar: words::pillar(pillar).into(),
        display_name,
        owner_agency,
        flagship,
        quick_win,
        source,
        etag: String::new(),
    }
}

pub(crate) fn parse_program(request: v1::CreateProgramRequest) -> Result<Program, Faults> {
    let v1::CreateProgramRequest { parent, program_id, program, request_id: _ } = request;
    let mut faults = Faults::none();
    let region = faults.keep("parent", name::region(&parent));
    let id = faults.keep("program_id", ProgramId::parse(&program_id));
    let program = faults.keep("program", required(program)).and_then(|program| {
        let v1::Program {
            name: _,
            pillar,
            display_name,
            owner_agency,
            flagship,
            quick_win,
            source,
            etag: _,
        } = program;
        let pillar = faults.keep("program.pillar", words::parse_pillar(pillar));
        let owner_agency = faults.keep("program.owner_agency", parse_optional_text(&owner_agency));
        let texts = faults.keep("program", parse_display_name_and_source(&display_name, &source));
        let parts = pillar.zip(owner_agency).zip(texts);
        parts.map(|parts| (parts, flagship, quick_win))
    });
    let program =
        region.zip(id).zip(program).map(|((region, id), (parts, flagship, quick_win))| {
            let ((pillar, owner_agency), (display_name, source)) = parts;
            Program { region, id, pillar, display_name, owner_agency, flagship, quick_win, source }
        });
    faults.into_result(program)
}
