//! Files as clients get them, and what stands in them.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Reader as _, Xlsx};
use serde_json::Value as Json;
use takar_proto::v1::{self, export_service_client::ExportServiceClient};
use tonic::transport::Channel;

use crate::{rest, stack::Stack};

/// A file that came over REST and gRPC alike.
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: String,
    pub(super) disposition: String,
    pub(super) name_over_grpc: String,
}

/// A figure as a file shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) value: String,
    pub(super) unrounded: String,
    pub(super) exact: String,
    pub(super) status: String,
    pub(super) null_reason: String,
}

impl File {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("UTF-8")
    }
}

pub(super) async fn client(stack: &Stack) -> ExportServiceClient<Channel> {
    ExportServiceClient::new(stack.channel().await)
}

/// Exports a cycle as the public, who may.
pub(super) async fn export(stack: &Stack, cycle: &str, query: &str) -> File {
    let public = stack.rest.with_token("");
    let path = format!("/v1/cycles/{cycle}/scorecards:export?{query}");
    let response = public.request("GET", &path).send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    let header = |name: &str| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let (content_type, disposition) = (header("content-type"), header("content-disposition"));
    let bytes = response.bytes().await.expect("the file").to_vec();
    let over_grpc = client(stack).await.export_scorecards(request(cycle, query)).await;
    let mut over_grpc = over_grpc.expect("an answer");
    let name_over_grpc = over_grpc.metadata().get("content-disposition").expect("a name");
    let name_over_grpc = name_over_grpc.to_str().expect("text").to_owned();
    let mut pieces = Vec::new();
    while let Some(piece) = over_grpc.get_mut().message().await.expect("a piece") {
        pieces.extend(piece.data);
    }
    // Without a time both are as of another.
    if query.contains("asOf") {
        assert!(pieces == bytes, "{path}: gRPC beside REST");
    }
    File { bytes, content_type, disposition, name_over_grpc }
}

/// The query of a URL as a message.
fn request(cycle: &str, query: &str) -> v1::ExportScorecardsRequest {
    let mut request =
        v1::ExportScorecardsRequest { cycle: format!("cycles/{cycle}"), ..Default::default() };
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "format" => request.format = v1::ExportFormat::from_str_name(value).unwrap().into(),
            "layout" => request.layout = v1::ExportLayout::from_str_name(value).unwrap().into(),
            "cohort" => value.clone_into(&mut request.cohort),
            "province" => value.clone_into(&mut request.province),
            "asOf" => request.as_of = Some(value.parse().unwrap()),
            other => panic!("{other}"),
        }
    }
    request
}

/// The time that a CSV says it is as of.
pub(super) fn as_of(csv: &str) -> String {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "AS_OF").unwrap();
    reader.records().next().unwrap().unwrap()[column].to_owned()
}

/// A text whose times are the same in every run.
pub(super) fn without_times(text: &str) -> String {
    let today = chrono::Utc::now().format("%Y-").to_string();
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(&today) {
        let end = rest[start..].find('Z').map(|end| start + end + 1);
        let end = end.filter(|end| end - start == "2022-01-01T00:00:00.000000Z".len());
        shown.push_str(&rest[..start]);
        shown.push_str(if end.is_some() { "[time]" } else { &today });
        rest = &rest[end.unwrap_or(start + today.len())..];
    }
    shown.push_str(rest);
    shown
}

/// The figures of a file by region, measure, pillar and component.
pub(super) fn figures(format: &str, text: &str) -> BTreeMap<String, Figure> {
    let rows = match format {
        "CSV" => rows_of_csv(text),
        "JSON_LINES" => rows_of_lines(text),
        _ => rows_of_sdmx(text),
    };
    rows.iter().map(figure).collect()
}

pub(super) type Row = BTreeMap<String, String>;

fn figure(row: &Row) -> (String, Figure) {
    let of = |column: &str| row[column].clone();
    let key = ["REF_AREA", "MEASURE", "PILLAR", "COMPONENT"].map(of).join(" ");
    let figure = Figure {
        value: of("OBS_VALUE"),
        unrounded: of("UNROUNDED_VALUE"),
        exact: of("EXACT_VALUE"),
        status: of("OBS_STATUS"),
        null_reason: of("NULL_REASON"),
    };
    (key, figure)
}

pub(super) fn rows_of_csv(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

pub(super) fn rows_of_lines(text: &str) -> Vec<Row> {
    let line = |line: &str| -> Row {
        let members: BTreeMap<String, Json> = serde_json::from_str(line).expect("an object");
        members.iter().map(|(name, value)| (upper_snake_case(name), plain(value))).collect()
    };
    text.lines().map(line).collect()
}

/// `obsValue` as `OBS_VALUE`.
fn upper_snake_case(name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            id.push('_');
        }
        id.push(letter.to_ascii_uppercase());
    }
    id
}

/// Reads SDMX-JSON as its field guide says.
pub(super) fn rows_of_sdmx(text: &str) -> Vec<Row> {
    // As text, so that decimals keep their zeros.
    let message: Json = serde_json::from_str(text).expect("JSON");
    let structure = &message["data"]["structures"][0];
    let list = |kind: &str| structure[kind]["observation"].as_array().expect("a list").clone();
    let (dimensions, measures, attributes) =
        (list("dimensions"), list("measures"), list("attributes"));
    let data = &message["data"]["dataSets"][0];
    let of_file: Vec<_> = structure["attributes"]["dataSet"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(data["attributes"].as_array().expect("values"))
        .map(|(component, value)| (plain(&component["id"]), plain(value)))
        .collect();
    let observations = data["observations"].as_object().expect("them");
    let row = |(key, values): (&String, &Json)| -> Row {
        let indexes = key.split(':').map(|index| Json::from(index.parse::<u64>().unwrap()));
        let values = values.as_array().expect("values").iter().cloned();
        let components = dimensions.iter().chain(&measures).chain(&attributes);
        let named = components.zip(indexes.chain(values)).map(|(component, value)| {
            (component["id"].as_str().expect("an id").to_owned(), listed(component, &value))
        });
        let mut row: Row = named.collect();
        for (column, decimals) in [("OBS_VALUE", "2"), ("UNROUNDED_VALUE", "6")] {
            let decimals = decimals.parse().unwrap();
            row.entry(column.to_owned()).and_modify(|value| pad(value, decimals));
        }
        row.extend(of_file.iter().cloned());
        row
    };
    observations.iter().map(row).collect()
}

/// What a value is, by the list of its component where that has one.
fn listed(component: &Json, value: &Json) -> String {
    let Some(list) = component["values"].as_array() else { return plain(value) };
    let Some(position) = value.as_u64() else { return plain(value) };
    let listed = &list[usize::try_from(position).unwrap()];
    plain(listed.get("id").unwrap_or(&listed["value"]))
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The cycle, instrument, revision and time that the last row of a file states.
pub(super) fn provenance(format: &str, bytes: &[u8]) -> [String; 4] {
    let columns = ["CYCLE", "INSTRUMENT", "REVISION", "AS_OF"];
    if format == "XLSX" {
        let mut book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let sheet = book.worksheet_range("Data").expect("its data");
        let header: Vec<_> = sheet.rows().next().expect("a header").iter().collect();
        let last = sheet.rows().next_back().expect("a row");
        return columns.map(|column| {
            let place = header.iter().position(|name| **name == *column).expect(column);
            last[place].to_string()
        });
    }
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let row = match format {
        "CSV" => rows_of_csv(text),
        "JSON_LINES" => rows_of_lines(text),
        "SDMX_JSON" => rows_of_sdmx(text),
        _ => rows_of_sdmx_1(text),
    };
    let row = row.last().expect("a row");
    columns.map(|column| row[column].clone())
}

/// Reads SDMX-JSON 1.0, where all beside the value is an index.
pub(super) fn rows_of_sdmx_1(text: &str) -> Vec<Row> {
    let message: Json = serde_json::from_str(text).expect("JSON");
    let (structure, data) = (&message["structure"], &message["dataSets"][0]);
    let list = |parts: &Json| parts.as_array().expect("a list").clone();
    let named = |components: &[Json], indexes: &[Json]| -> Row {
        let both = components.iter().zip(indexes);
        both.map(|(component, index)| (plain(&component["id"]), listed(component, index))).collect()
    };
    let of_file = named(&list(&structure["attributes"]["dataSet"]), &list(&data["attributes"]));
    let dimensions = list(&structure["dimensions"]["observation"]);
    let attributes = list(&structure["attributes"]["observation"]);
    let row = |(key, values): (&String, &Json)| -> Row {
        let indexes: Vec<_> =
            key.split(':').map(|index| Json::from(index.parse::<u64>().unwrap())).collect();
        let values = list(values);
        let mut row = named(&dimensions, &indexes);
        row.insert("OBS_VALUE".to_owned(), plain(&values[0]));
        row.extend(named(&attributes, &values[1..]));
        row.extend(of_file.clone());
        row
    };
    data["observations"].as_object().expect("them").iter().map(row).collect()
}

/// Gives a number the zeros that reading it as a number took away.
fn pad(value: &mut String, decimals: usize) {
    if !value.is_empty() {
        *value = format!("{:.decimals$}", value.parse::<f64>().unwrap());
    }
}

/// Copies what is published of 2022 into a simulated cycle.
pub(super) async fn simulate(stack: &Stack) {
    sqlx::raw_sql(
        "insert into cycle (cycle_id, display_name, instrument_id, simulated)
         select 'simulation-1', 'Simulasi 1', instrument_id, true from cycle where cycle_id = '2022';
         insert into evaluation (region_id, cycle_id, state)
         select region_id, 'simulation-1', 'published' from evaluation where cycle_id = '2022';
         insert into publication (evaluation_id, revision, source, scorecard)
         select copy.evaluation_id, 1, 'a test', scorecard
         from publication
         join evaluation using (evaluation_id)
         join evaluation copy on copy.region_id = evaluation.region_id
         where evaluation.cycle_id = '2022' and copy.cycle_id = 'simulation-1'",
    )
    .execute(&mut stack.connection().await)
    .await
    .expect("copies");
}

/// Publishes what Kebumen published in 2022 for many regions in many cycles: a file of 10 MB and more,
/// so that it waits for whoever takes nothing.
pub(super) async fn multiply(stack: &Stack) {
    sqlx::raw_sql(
        "insert into region (kind, display_name)
         select 'kabupaten', 'Kabupaten ' || number from generate_series(10, 99) number;
         insert into region_code (code, region_id, is_current)
         select '33.' || split_part(display_name, ' ', 2), region_id, true
         from region where display_name ~ '[0-9]';
         insert into cycle (cycle_id, display_name, instrument_id)
         select '1' || number, 'Siklus ' || number, 'kominfo-2022' from generate_series(100, 119) number;
         insert into evaluation (region_id, cycle_id, state)
         select region_id, cycle_id, 'published'
         from region, cycle where region.display_name ~ '[0-9]' and cycle_id <> '2022';
         insert into publication (evaluation_id, revision, source, scorecard)
         select copy.evaluation_id, 1, 'a test', scorecard
         from evaluation copy, publication
         join evaluation using (evaluation_id)
         join region_code using (region_id)
         where code = '33.05' and copy.cycle_id <> '2022'",
    )
    .execute(&mut stack.connection().await)
    .await
    .expect("copies");
}

/// Exports the summary of a cycle over REST, as the public.
pub(super) async fn summary(stack: &Stack, cycle: &str, query: &str) -> String {
    let path = format!("/v1/cycles/{cycle}/summary:export?{query}");
    let received = rest::send(stack.rest.with_token("").request("GET", &path)).await;
    assert_eq!(received.status, 200, "{path}: {}", received.body);
    received.body
}

/// Asks for an export over REST and reads how it is refused.
pub(super) async fn refused(stack: &Stack, path: &str) -> crate::answer::Refusal {
    rest::send(stack.rest.request("GET", path)).await.into_answer().refusal()
}
