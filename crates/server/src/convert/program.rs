//! Programmes.

use takar_domain::{
    fault::Faults,
    name::{ProgramId, RegionCode, parse_display_name_and_source, parse_optional_text},
    registry::{PlannedYears, Program},
    rupiah::Rupiah,
};
use takar_proto::v1;

use super::{required, words};
use crate::name;

pub(crate) fn program(program: Program) -> v1::Program {
    let Program {
        region,
        id,
        pillar,
        display_name,
        owner_agency,
        flagship,
        quick_win,
        source,
        years,
        budget,
    } = program;
    v1::Program {
        name: format!("regions/{region}/programs/{id}"),
        pillar: words::pillar(pillar).into(),
        display_name,
        owner_agency,
        flagship,
        quick_win,
        source,
        etag: String::new(),
        first_year: years.first().unwrap_or_default(),
        last_year: years.last().unwrap_or_default(),
        budget: budget.map(|budget| budget.to_string()).unwrap_or_default(),
    }
}

pub(crate) fn parse_program(request: v1::CreateProgramRequest) -> Result<Program, Faults> {
    let v1::CreateProgramRequest { parent, program_id, program, request_id: _ } = request;
    let mut faults = Faults::none();
    let region = faults.keep("parent", name::region(&parent));
    let id = faults.keep("program_id", ProgramId::parse(&program_id));
    let content = faults.keep("program", required(program));
    let content = content.and_then(|content| faults.keep("program", parse_content(content)));
    let program = region.zip(id).zip(content);
    faults.into_result(program.map(|((region, id), content)| content(region, id)))
}

/// The programme as an update leaves it.
pub(crate) fn parse_program_of(
    region: RegionCode,
    id: ProgramId,
    program: v1::Program,
) -> Result<Program, Faults> {
    let mut faults = Faults::none();
    let content = faults.keep("program", parse_content(program));
    faults.into_result(content.map(|content| content(region, id)))
}

/// A programme but for what names it.
fn parse_content(
    program: v1::Program,
) -> Result<impl FnOnce(RegionCode, ProgramId) -> Program, Faults> {
    let v1::Program {
        name: _,
        pillar,
        display_name,
        owner_agency,
        flagship,
        quick_win,
        source,
        etag: _,
        first_year,
        last_year,
        budget,
    } = program;
    let mut faults = Faults::none();
    let pillar = faults.keep("pillar", words::parse_pillar(pillar));
    let owner_agency = faults.keep("owner_agency", parse_optional_text(&owner_agency));
    let texts = faults.merge(parse_display_name_and_source(&display_name, &source));
    let years = faults.merge(PlannedYears::parse(first_year, last_year));
    let budget = faults.keep("budget", Rupiah::parse_optional(&budget));
    let parts = pillar.zip(owner_agency).zip(texts).zip(years.zip(budget));
    faults.into_result(parts.map(|(parts, (years, budget))| {
        let ((pillar, owner_agency), (display_name, source)) = parts;
        move |region, id| Program {
            region,
            id,
            pillar,
            display_name,
            owner_agency,
            flagship,
            quick_win,
            source,
            years,
            budget,
        }
    }))
}
