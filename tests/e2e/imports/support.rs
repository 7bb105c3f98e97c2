//! A stack with regions, a cycle, and short ways to import.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use takar_proto::{
    google::api::HttpBody,
    v1::{
        Import, ImportRowsRequest,
        import::{Atomicity, Kind},
        import_rows_response::Content,
        import_service_client::ImportServiceClient,
    },
};
use tonic::{Request, Status};

use crate::stack::Stack;

pub(crate) const CYCLE: &str = "cycles/2026";

/// A province has as many regions in these tests.
const REGIONS_OF_PROVINCE: usize = 30;

/// A stack with so many kabupaten, the instrument `two` and the cycle 2026.
pub(crate) async fn with_regions(count: usize) -> Stack {
    let stack = Stack::start().await;
    let region =
        |id: &str, kind: &str| json!({"regionId": id, "region": {"kind": kind, "displayName": id}});
    let codes: Vec<_> = codes(count).collect();
    let mut provinces: Vec<_> = codes.iter().map(|code| code[..2].to_owned()).collect();
    provinces.dedup();
    let mut requests: Vec<_> = provinces.iter().map(|code| region(code, "KIND_PROVINCE")).collect();
    requests.extend(codes.iter().map(|code| region(code, "KIND_KABUPATEN")));
    call(&stack, "RegistryService.BatchCreateRegions", json!({"requests": requests})).await;
    let instrument = json!({
        "displayName": "Two components", "source": "a test",
        "scale": {"minimum": "0", "maximum": "4"},
        "components": [
            {"component": "COMPONENT_OUTPUT", "weight": "60", "derivation": "DERIVATION_DIRECT"},
            {"component": "COMPONENT_IMPACT", "weight": "40", "derivation": "DERIVATION_MEAN_OF_PILLARS"},
        ],
        "thresholdPercent": "80", "percentDecimals": 2, "scoreDecimals": 2, "quickWinRepeatLimit": 1,
    });
    let request = json!({"instrumentId": "two", "instrument": instrument});
    call(&stack, "RegistryService.CreateInstrument", request).await;
    create_cycle(&stack, "2026", json!({})).await;
    stack
}

/// The codes of the regions: `11.01` and on.
pub(crate) fn codes(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|index| {
        let (province, place) = (index / REGIONS_OF_PROVINCE, index % REGIONS_OF_PROVINCE);
        format!("{:02}.{:02}", province + 11, place + 1)
    })
}

pub(crate) async fn create_cycle(stack: &Stack, id: &str, more: Json) {
    let mut cycle = json!({"displayName": id, "instrument": "instruments/two"});
    let members = more.as_object().expect("members").clone();
    cycle.as_object_mut().expect("an object").extend(members);
    call(stack, "RegistryService.CreateCycle", json!({"cycleId": id, "cycle": cycle})).await;
}

/// A call that must succeed.
pub(crate) async fn call(stack: &Stack, rpc: &str, request: Json) -> Json {
    stack.grpc.call(rpc, &request).await.message()
}

/// Takes an evaluation through steps that ask for nothing.
pub(crate) async fn walk(stack: &Stack, code: &str, verbs: &[&str]) {
    for verb in verbs {
        let rpc = format!("EvaluationService.{verb}Evaluation");
        let name = format!("regions/{code}/evaluations/2026");
        call(stack, &rpc, json!({"name": name})).await;
    }
}

/// What is asked of an import besides its file.
pub(crate) fn asked(kind: Kind) -> ImportRowsRequest {
    let cycle = if kind == Kind::Programs { "" } else { CYCLE };
    let source = if kind == Kind::ProgramReports { "" } else { "a letter" };
    ImportRowsRequest {
        kind: kind.into(),
        cycle: cycle.to_owned(),
        source: source.to_owned(),
        ..ImportRowsRequest::default()
    }
}

/// The same, region by region.
pub(crate) fn by_region(kind: Kind) -> ImportRowsRequest {
    ImportRowsRequest { atomicity: Atomicity::Region.into(), ..asked(kind) }
}

/// What an import came to.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    pub(crate) import: Import,
    pub(crate) already: bool,
    /// How many messages of progress came before.
    pub(crate) messages: usize,
}

impl Imported {
    /// Rows that were new, that changed something and that were there already.
    pub(crate) fn rows(&self) -> [i32; 3] {
        let Import { rows_created, rows_updated, rows_unchanged, .. } = self.import;
        [rows_created, rows_updated, rows_unchanged]
    }

    /// The faults, as `row column value`.
    pub(crate) fn errors(&self) -> Vec<String> {
        let errors = self.import.errors.iter();
        errors.map(|error| format!("{} {} {}", error.row, error.column, error.value)).collect()
    }

    /// What is said to be allowed in place of the first fault.
    pub(crate) fn allowed(&self) -> &str {
        &self.import.errors[0].allowed
    }
}

/// Imports a CSV file as the one of this token.
pub(crate) async fn import_as(
    stack: &Stack,
    token: &str,
    asked: ImportRowsRequest,
    csv: &str,
) -> Result<Imported, Status> {
    import_file(stack, token, asked, "text/csv", csv.as_bytes()).await
}

/// Imports a file of any kind.
pub(crate) async fn import_file(
    stack: &Stack,
    token: &str,
    asked: ImportRowsRequest,
    content_type: &str,
    data: &[u8],
) -> Result<Imported, Status> {
    let file = HttpBody {
        content_type: content_type.to_owned(),
        data: data.to_vec().into(),
        extensions: Vec::new(),
    };
    let mut request = Request::new(ImportRowsRequest { file: Some(file), ..asked });
    let credential = format!("Bearer {token}").parse().expect("a header's text");
    request.metadata_mut().insert("authorization", credential);
    let mut client = ImportServiceClient::new(stack.channel().await);
    let mut stream = client.import_rows(request).await?.into_inner();
    let mut messages = 0;
    while let Some(message) = stream.message().await? {
        match message.content.expect("content") {
            Content::Progress(_) => messages += 1,
            Content::Import(import) => {
                assert!(stream.message().await?.is_none(), "the result is the last message");
                return Ok(Imported { import, already: message.already_imported, messages });
            }
        }
    }
    panic!("a stream without a result");
}

/// Imports a CSV file, by someone who may do everything.
pub(crate) async fn import(stack: &Stack, asked: ImportRowsRequest, csv: &str) -> Imported {
    import_as(stack, &stack.token, asked, csv).await.expect("a result")
}

/// Programmes, so many for each region.
pub(crate) fn programs(codes: impl Iterator<Item = String>, each: usize) -> String {
    let pillars = ["GOVERNANCE", "BRANDING", "ECONOMY", "LIVING", "SOCIETY", "ENVIRONMENT"];
    let mut csv = String::from(
        "region,program,pillar,display_name,owner_agency,flagship,quick_win,first_year,last_year,budget\n",
    );
    for code in codes {
        for place in 0..each {
            let pillar = pillars[place % pillars.len()];
            let _ = writeln!(
                csv,
                "{code},program-{place},{pillar},\"Program {place}, {code}\",Diskominfo,FALSE,TRUE,2022,2026,1250000000.00"
            );
        }
    }
    csv
}

/// All that a database holds of what is imported, but for times and the trail.
pub(crate) async fn written(stack: &Stack) -> String {
    let statement = "
        select string_agg(line, E'\\n' order by line) from (
            select 'program ' || code || ' ' || (to_jsonb(program) - 'region_id' - 'create_time')::text
            from program join region_code using (region_id) where is_current
            union all
            select 'evaluation ' || code || ' ' || cycle_id || ' ' || state
            from evaluation join region_code using (region_id) where is_current
            union all
            select 'tally ' || code || ' ' ||
                   (to_jsonb(tally) - 'evaluation_id' - 'record_time' - 'principal')::text
            from tally join evaluation using (evaluation_id)
            join region_code using (region_id) where is_current
        ) lines (line)";
    let mut connection = stack.connection().await;
    let lines: Option<String> =
        sqlx::query_scalar(statement).fetch_one(&mut connection).await.expect("the tables");
    lines.unwrap_or_default()
}

/// How many rows lie in the staging table.
pub(crate) async fn staged(stack: &Stack) -> i64 {
    let mut connection = stack.connection().await;
    let count = sqlx::query_scalar("select count(*) from import_row").fetch_one(&mut connection);
    count.await.expect("the table")
}
