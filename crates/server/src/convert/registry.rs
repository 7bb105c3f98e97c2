//! Regions, cohorts and programmes.

use takar_domain::{
    fault::{Fault, Faults},
    name::{
        CohortId, ProgramId, RegionCode, parse_display_name, parse_display_name_and_source,
        parse_optional_text, parse_required_text,
    },
    publication::parse_optional_date,
    registry::{COHORT_MEMBERS_MAX, Cohort, CohortMember, FormerCode, Program, Region},
    vocabulary::RegionKind,
};
use takar_proto::v1;

use super::{check_count, each, each_once, required, words};
use crate::name;

pub(crate) fn region(region: Region) -> v1::Region {
    let Region { code, kind, display_name, former_codes } = region;
    let former_codes = former_codes.into_iter().map(|former| {
        let FormerCode { code, end_date, source } = former;
        v1::region::FormerCode {
            code: code.into(),
            end_date: end_date.map(|date| date.to_string()).unwrap_or_default(),
            source,
        }
    });
    v1::Region {
        name: format!("regions/{code}"),
        kind: words::region_kind(kind).into(),
        display_name,
        province: code.province().map(|province| format!("regions/{province}")).unwrap_or_default(),
        former_codes: former_codes.collect(),
        code: code.into(),
        etag: String::new(),
    }
}

pub(crate) fn parse_region(request: v1::CreateRegionRequest) -> Result<Region, Faults> {
    let v1::CreateRegionRequest { region_id, region, request_id: _ } = request;
    let mut faults = Faults::none();
    let code = faults.keep("region_id", RegionCode::parse(&region_id));
    let region = faults.keep("region", required(region));
    let parts =
        region.map(|region| {
            // The name follows from the id; the code and province are output only.
            let v1::Region {
                name: _,
                code: _,
                kind,
                display_name,
                province: _,
                former_codes,
                etag: _,
            } = region;
            let kind = words::parse_region_kind(kind);
            let kind = match (&code, kind) {
                (Some(code), Ok(kind)) => code.check_kind(kind).map(|()| kind),
                (_, kind) => kind,
            };
            let kind = faults.keep("region.kind", kind);
            let display_name =
                faults.keep("region.display_name", parse_display_name(&display_name));
            let former_codes = each(&mut faults, "region.former_codes", former_codes, |former| {
                parse_former_code(former, kind)
            });
            kind.zip(display_name).zip(former_codes)
        });
    let region = code.zip(parts.flatten()).map(|(code, ((kind, display_name), former_codes))| {
        Region { code, kind, display_name, former_codes }
    });
    faults.into_result(region)
}

/// Regions to register together, 1 to `maximum`.
pub(crate) fn parse_regions(
    requests: Vec<v1::CreateRegionRequest>,
    maximum: usize,
) -> Result<Vec<Region>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "requests", requests.len(), 1, maximum);
    let regions = each(&mut faults, "requests", requests, parse_region);
    faults.into_result(regions)
}

/// A former code, of as many parts as a region of this kind has.
fn parse_former_code(
    former: v1::region::FormerCode,
    kind: Option<RegionKind>,
) -> Result<FormerCode, Faults> {
    let v1::region::FormerCode { code, end_date, source } = former;
    let mut faults = Faults::none();
    let code = RegionCode::parse(&code).and_then(|code| match kind {
        Some(kind) => code
            .check_kind(kind)
            .map_err(|_| Fault::new(&code, format!("a code that a {kind} can have")))
            .map(|()| code),
        None => Ok(code),
    });
    let code = faults.keep("code", code);
    let end_date = faults.keep("end_date", parse_optional_date(&end_date));
    let source = faults.keep("source", parse_required_text(&source));
    let former = code.zip(end_date).zip(source);
    faults.into_result(former.map(|((code, end_date), source)| FormerCode {
        code,
        end_date,
        source,
    }))
}

/// A kind by which a list is filtered; its zero value filters nothing.
pub(crate) fn parse_region_kind_filter(kind: i32) -> Result<Option<RegionKind>, Fault> {
    match v1::region::Kind::try_from(kind) {
        Ok(v1::region::Kind::Unspecified) => Ok(None),
        _ => words::parse_region_kind(kind).map(Some),
    }
}

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
