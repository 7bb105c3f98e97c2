//! `takar import --kind`: spreadsheets of many regions, and a server that is killed in the middle.

use std::{fmt::Write as _, fs, path::Path, thread};

use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Runtime;

use crate::support::{Run, Up, directory, eventually, run, sample};

/// How many programmes each region has.
const PROGRAMS: usize = 6;

/// All kabupaten and kota of the sample.
fn codes() -> Vec<String> {
    let regions = fs::read_to_string(sample("regions.csv")).expect("the sample");
    let codes = regions.lines().filter_map(|line| line.split(',').next());
    codes.filter(|code| code.contains('.')).map(str::to_owned).collect()
}

/// A masterplan of the country.
fn programs() -> String {
    let mut csv = String::from(
        "region,program,pillar,display_name,owner_agency,flagship,quick_win,first_year,last_year,budget\n",
    );
    for code in codes() {
        for place in 0..PROGRAMS {
            let _ =
                writeln!(csv, "{code},p-{place},LIVING,Program {place},,,,2022,2026,1000000.00");
        }
    }
    csv
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    fs::write(&path, text).expect("a file can be written");
    path.display().to_string()
}

/// All that a database holds of programmes and of imports, but for times and numbers that were skipped.
const STATE: &str = "
    select string_agg(line, E'\\n' order by line) from (
        select (to_jsonb(program) - 'create_time')::text from program
        union all
        select (to_jsonb(import) - 'create_time' - 'update_time' - 'principal' - 'position')::text from import
        union all
        select to_jsonb(import_region)::text from import_region
        union all
        select 'staged' from import_row
    ) lines (line)";

const IS_WAITING: &str =
    "select exists (select from pg_stat_activity where wait_event_type = 'Lock')";
const REGIONS_WRITTEN: &str = "select count(*) from import_region";
const PROGRAMS_WRITTEN: &str = "select count(*) from program where program_id like 'p-%'";

/// Runs SQL past the server.
struct Sql {
    runtime: Runtime,
    connection: PgConnection,
}

impl Sql {
    fn of(up: &Up) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let connection = runtime.block_on(PgConnection::connect(&up.database_url()));
        Self { runtime, connection: connection.expect("a connection") }
    }

    fn run(&mut self, statements: &'static str) {
        let run = sqlx::raw_sql(statements).execute(&mut self.connection);
        self.runtime.block_on(run).expect("the statements");
    }

    fn ask<T>(&mut self, statement: &'static str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let ask = sqlx::query_scalar(statement).fetch_one(&mut self.connection);
        self.runtime.block_on(ask).expect("an answer")
    }
}

/// Begins to import, and kills the server when it waits for what `lock` holds.
fn kill_in_the_middle(up: Up, import: &[&str], lock: &'static str) -> Run {
    let mut locking = Sql::of(&up);
    locking.run("begin");
    locking.run(lock);
    let mut watching = Sql::of(&up);
    let key_file = up.key_file();
    let server = ["--server", &up.grpc, "--token-file", key_file.to_str().expect("text")];
    let arguments: Vec<_> = import.iter().chain(&server).map(|&part| part.to_owned()).collect();
    let importing = thread::spawn(move || {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        run(&arguments)
    });
    eventually("the import waits", || watching.ask(IS_WAITING));
    up.kill();
    importing.join().expect("the tool ends")
}

/// The state after one clean import.
fn clean(import: &[&str]) -> String {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    up.takar_with_key(import).output();
    let state = Sql::of(&up).ask(STATE);
    assert!(up.stop().success());
    state
}

/// Checks that two states are the same, and shows where not.
#[track_caller]
fn assert_same(one: &str, other: &str) {
    let mut lines = one.lines().zip(other.lines());
    assert_eq!(lines.find(|(one, other)| one != other), None);
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn an_import_that_is_killed_in_the_middle_and_run_again_is_one_clean_import() {
    let directory = directory();
    let data = directory.path().join("data");
    let file = write(directory.path(), "programs.csv", &programs());
    let import = ["import", "--kind", "programs", "--source", "a masterplan", &file];

    let up = Up::start(&data, &[]);
    // Its rows are staged when it comes to the table.
    let failed = kill_in_the_middle(up, &import, "lock table program in share mode");
    assert!(failed.failure().contains("cannot be reached"));

    let up = Up::start(&data, &[]);
    assert_eq!(Sql::of(&up).ask::<i64>(PROGRAMS_WRITTEN), 0);
    let rows = codes().len() * PROGRAMS;
    let told = up.takar_with_key(&import).output();
    assert!(told.contains(&format!("{rows} rows new, 0 changed, 0 already there")), "{told}");
    assert_same(&Sql::of(&up).ask::<String>(STATE), &clean(&import));
    let again = up.takar_with_key(&import).output();
    assert!(again.contains("imported already at ") && again.contains("nothing changes"), "{again}");
    assert!(up.takar_with_key(&["audit", "verify"]).output().contains("entries"));
    assert!(up.stop().success());
}

#[test]
fn an_import_by_region_that_is_killed_goes_on_where_it_was() {
    let directory = directory();
    let data = directory.path().join("data");
    let file = write(directory.path(), "programs.csv", &programs());
    let import = ["import", "--kind", "programs", "--source", "a masterplan", "--by-region", &file];

    let up = Up::start(&data, &[]);
    // In the middle of the country.
    let lock =
        "select from region_code join region using (region_id) where code = '33.05' for share";
    kill_in_the_middle(up, &import, lock).failure();

    let up = Up::start(&data, &[]);
    let written: i64 = Sql::of(&up).ask(REGIONS_WRITTEN);
    let regions = i64::try_from(codes().len()).expect("514");
    assert!(0 < written && written < regions, "{written}");
    let each = i64::try_from(PROGRAMS).expect("a few");
    assert_eq!(Sql::of(&up).ask::<i64>(PROGRAMS_WRITTEN), written * each);
    let listed = up.takar_with_key(&["import", "list"]).output();
    assert!(listed.contains("RUNNING"), "{listed}");

    up.takar_with_key(&import).output();
    assert_same(&Sql::of(&up).ask::<String>(STATE), &clean(&import));
    assert!(up.takar_with_key(&["audit", "verify"]).output().contains("entries"));
    assert!(up.stop().success());
}

#[test]
fn a_spreadsheet_is_checked_mended_and_imported() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let text = |notes: &str| {
        format!(
            "region;pillar;running;planned;not_due\n33.05;LIVING;{notes};7;0\n33.06;KESEHATAN;1;2;\n"
        )
    };
    let wrong = write(directory.path(), "tallies.csv", &text("8"));
    up.takar_with_key(&[
        "cycle",
        "create",
        "--id",
        "2023",
        "--name",
        "Evaluasi 2023",
        "--instrument",
        "kominfo-2022",
    ])
    .output();
    let import = |file: &str, more: &[&str]| {
        let all = ["import", "--kind", "tallies", "--cycle", "2023", "--source", "a letter", file];
        let run = up.takar_with_key(&[&all, more].concat());
        let text = format!("{}\n{}", run.stdout, run.stderr);
        (run.code, text.replace(&directory.path().display().to_string(), "DIR"))
    };
    let dry = ["--dry-run", "--output", "table"];
    for language in ["en", "id"] {
        let (code, told) = import(&wrong, &[&dry[..], &["--lang", language]].concat());
        assert_eq!(code, Some(1));
        insta::assert_snapshot!(format!("faults-{language}"), told);
    }
    let (_, csv) = import(&wrong, &["--dry-run", "--output", "csv"]);
    assert!(csv.starts_with("row,column,value,allowed\r\n2,running,8,"), "{csv}");
    let (code, told) = import(&wrong, &["--by-region"]);
    assert_eq!((code, told.contains("nothing is written: 2 faults")), (Some(1), true), "{told}");

    let mended = write(directory.path(), "mended.csv", &text("6").replace("KESEHATAN", "SOCIETY"));
    let (code, told) = import(&mended, &[]);
    assert_eq!(
        (code, told.as_str()),
        (Some(0), "DIR/mended.csv: 2 rows new, 0 changed, 0 already there; 2 of 2 regions\n\n")
    );
    let listed = up.takar_with_key(&["import", "list", "--output", "json"]).output();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let states: Vec<_> = listed["imports"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|import| &import["state"])
        .collect();
    assert_eq!(states, ["STATE_SUCCEEDED", "STATE_REFUSED"]);
    let name = listed["imports"][1]["name"].as_str().expect("a name");
    let shown = up.takar_with_key(&["import", "show", name, "--lang", "id"]).output();
    assert!(shown.contains("0 sampai planned, yaitu 7"), "{shown}");
    assert!(up.stop().success());
}

#[test]
fn every_template_can_be_imported_as_it_is() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    up.takar_with_key(&[
        "cycle",
        "create",
        "--id",
        "2023",
        "--name",
        "Evaluasi 2023",
        "--instrument",
        "kominfo-2022",
    ])
    .output();
    for kind in ["programs", "program-reports", "tallies", "scores"] {
        let template = run(&["import", "template", kind]).output();
        let file = write(directory.path(), &format!("{kind}.csv"), &template);
        let of_cycle = ["--cycle", "2023"];
        let more = if kind == "programs" { &[][..] } else { &of_cycle };
        let import = [&["import", "--kind", kind, "--dry-run", &file], more].concat();
        let told = up.takar_with_key(&import);
        // Scores need a review, tallies another way of counting than reports; all else is right.
        let is_right =
            told.code == Some(0) || told.stdout.contains("a region that has an evaluation");
        assert!(is_right, "{kind}: {told:?}");
        if kind == "programs" {
            up.takar_with_key(&["import", "--kind", kind, &file]).output();
        }
    }
    assert!(up.stop().success());
}

#[test]
fn a_workbook_needs_a_kind_and_another_file_is_no_spreadsheet() {
    let directory = directory();
    let workbook = write(directory.path(), "a.xlsx", "");
    let other = write(directory.path(), "a.ods", "");
    let told = run(&["import", &workbook]).failure();
    assert!(told.contains("needs --kind"), "{told}");
    let told = run(&["import", "--kind", "programs", &other]).failure();
    assert!(told.contains("neither .csv nor .xlsx"), "{told}");
    assert_eq!(run(&["import", "--cycle", "2022", &other]).code, Some(2));
}
