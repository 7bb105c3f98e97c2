//! Spreadsheets that were imported.

use takar_proto::v1::{
    GetImportRequest, Import, ListImportsRequest, ListImportsResponse, import::RowError,
};

use crate::{
    arguments::{Common, OutputForm},
    client::{Client, all_pages},
    contract,
    error::{Error, allowed_in_indonesian},
    language::Language,
    output,
    table::{Side, Table},
    text::{self, Label, Message},
};

/// Lists imports, newest first.
pub(super) async fn list(
    region: Option<&str>,
    limit: Option<usize>,
    common: &Common,
) -> Result<(), Error> {
    let parent = region.map(|code| format!("regions/{code}")).unwrap_or_default();
    let mut client = Client::of(common).await?;
    let imports = all_pages(limit, async |page_token, page_size| {
        let parent = parent.clone();
        let request = ListImportsRequest { parent, page_size, page_token, count_total: false };
        let answer = client.import.list_imports(request).await?.into_inner();
        Ok((answer.imports, answer.next_page_token))
    })
    .await?;
    let rows = imports.iter().map(row);
    match common.output {
        OutputForm::Json => {
            let whole = ListImportsResponse { imports, ..ListImportsResponse::default() };
            output::write_json(&whole, "ListImportsResponse")
        }
        OutputForm::Csv => output::write_csv(
            &[
                "import",
                "kind",
                "cycle",
                "state",
                "rows",
                "regions_written",
                "errors",
                "who",
                "time",
            ],
            rows,
        ),
        OutputForm::Table => {
            let mut table = columns(common.language());
            rows.for_each(|row| table.push(row));
            output::write(&table.render())
        }
    }
}

fn columns(language: Language) -> Table {
    let column = |label: Label, side| (label.say(language), side);
    Table::new(&[
        column(Label::Id, Side::Left),
        column(Label::Kind, Side::Left),
        column(Label::Cycle, Side::Left),
        column(Label::State, Side::Left),
        column(Label::Rows, Side::Right),
        column(Label::Regions, Side::Right),
        column(Label::Faults, Side::Right),
        column(Label::Who, Side::Left),
        column(Label::Time, Side::Left),
    ])
}

fn row(import: &Import) -> Vec<String> {
    vec![
        import.name.clone(),
        contract::word("Import.Kind", import.kind),
        import.cycle.replace("cycles/", ""),
        contract::word("Import.State", import.state),
        import.rows.to_string(),
        import.regions_written.to_string(),
        import.error_count.to_string(),
        import.principal.clone(),
        text::second(import.update_time.as_ref()),
    ]
}

/// Shows one import.
pub(super) async fn show(name: &str, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    let request = GetImportRequest { name: name.to_owned() };
    let import = client.import.get_import(request).await?.into_inner();
    match common.output {
        OutputForm::Json => output::write_json(&import, "Import"),
        OutputForm::Csv => write_faults(&import),
        OutputForm::Table => {
            let mut table = columns(common.language());
            table.push(row(&import));
            output::write(&table.render())?;
            show_faults(&import, common)
        }
    }
}

/// Writes the rows at fault as CSV, to be mended beside the file.
pub(super) fn write_faults(import: &Import) -> Result<(), Error> {
    output::write_csv(
        &["row", "column", "value", "allowed"],
        import.errors.iter().map(|error| {
            let RowError { row, column, value, allowed } = error.clone();
            vec![row.to_string(), column, value, allowed]
        }),
    )
}

/// Shows the rows at fault, in the language of who is to mend them.
pub(super) fn show_faults(import: &Import, common: &Common) -> Result<(), Error> {
    if import.errors.is_empty() {
        return Ok(());
    }
    let language = common.language();
    let mut table = Table::new(&[
        (Label::Row.say(language), Side::Right),
        (Label::Column.say(language), Side::Left),
        (Label::Content.say(language), Side::Left),
        (Label::Allowed.say(language), Side::Left),
    ]);
    for RowError { row, column, value, allowed } in &import.errors {
        let allowed = match language {
            Language::Indonesian => allowed_in_indonesian(allowed),
            Language::English => allowed.clone(),
        };
        table.push([&row.to_string(), column, value, &allowed]);
    }
    output::write(&table.render())?;
    let shown = import.errors.len();
    if usize::try_from(import.error_count).is_ok_and(|count| count > shown) {
        let message = Message::FurtherFaults { shown, count: import.error_count };
        output::write(&format!("{}\n", message.say(language)))?;
    }
    Ok(())
}
