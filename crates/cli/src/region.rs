//! `takar region`.

use std::fmt::Write as _;

use takar_proto::v1::{
    GetRegionRequest, ListRegionsRequest, ListRegionsResponse, Region, region::Kind,
};

use crate::{
    arguments::{Common, OutputForm, RegionCommand, RegionKind, RegionList},
    client::{Client, all_pages},
    contract,
    error::Error,
    language::Language,
    output,
    table::{Side, Table, plain},
    text::{self, Label, Message},
};

/// Runs a command.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn run(command: RegionCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    match command {
        RegionCommand::List(filter) => {
            let regions = list(&mut client, filter).await?;
            show_list(regions, common)
        }
        RegionCommand::Show { region } => {
            let name = format!("regions/{region}");
            let answer = client.registry.get_region(GetRegionRequest { name }).await?;
            show(&answer.into_inner(), common)
        }
    }
}

async fn list(client: &mut Client, filter: RegionList) -> Result<Vec<Region>, Error> {
    let RegionList { province, kind, name, limit } = filter;
    let kind = match kind {
        None => Kind::Unspecified,
        Some(RegionKind::Province) => Kind::Province,
        Some(RegionKind::Kabupaten) => Kind::Kabupaten,
        Some(RegionKind::Kota) => Kind::Kota,
    };
    let request = ListRegionsRequest {
        province: province.map(|code| format!("regions/{code}")).unwrap_or_default(),
        kind: kind.into(),
        name_contains: name.unwrap_or_default(),
        ..ListRegionsRequest::default()
    };
    all_pages(limit, async |page_token, page_size| {
        let page = ListRegionsRequest { page_size, page_token, ..request.clone() };
        let answer = client.registry.list_regions(page).await?.into_inner();
        Ok((answer.regions, answer.next_page_token))
    })
    .await
}

fn show_list(regions: Vec<Region>, common: &Common) -> Result<(), Error> {
    let language = common.language();
    match common.output {
        OutputForm::Table if regions.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => output::write(&table(&regions, language)),
        OutputForm::Json => {
            let whole = ListRegionsResponse { regions, ..Default::default() };
            output::write_json(&whole, "ListRegionsResponse")
        }
        OutputForm::Csv => write_csv(&regions),
    }
}

fn table(regions: &[Region], language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Code.say(language), Side::Left),
        (Label::Name.say(language), Side::Left),
        (Label::Kind.say(language), Side::Left),
        (Label::Province.say(language), Side::Left),
    ]);
    for region in regions {
        table.push([
            region.code.as_str(),
            &region.display_name,
            &text::region_kind(region.kind, language),
            province_code(region),
        ]);
    }
    table.render()
}

fn write_csv(regions: &[Region]) -> Result<(), Error> {
    let row = |region: &Region| {
        let former: Vec<_> =
            region.former_codes.iter().map(|former| former.code.as_str()).collect();
        vec![
            region.code.clone(),
            contract::word("Region.Kind", region.kind),
            region.display_name.clone(),
            province_code(region).to_owned(),
            former.join(" "),
        ]
    };
    output::write_csv(
        &["code", "kind", "name", "province", "former_codes"],
        regions.iter().map(row),
    )
}

fn show(region: &Region, common: &Common) -> Result<(), Error> {
    match common.output {
        OutputForm::Table => output::write(&page(region, common.language())),
        OutputForm::Json => output::write_json(region, "Region"),
        OutputForm::Csv => write_csv(std::slice::from_ref(region)),
    }
}

fn page(region: &Region, language: Language) -> String {
    let mut page = format!(
        "{} ({}), {}\n",
        plain(&region.display_name),
        plain(&region.code),
        text::region_kind(region.kind, language),
    );
    if !region.province.is_empty() {
        let _ =
            writeln!(page, "{}: {}", Label::Province.say(language), plain(province_code(region)));
    }
    for former in &region.former_codes {
        let _ = writeln!(page, "{}: {}", Label::FormerCode.say(language), plain(&former.code));
        if !former.end_date.is_empty() {
            let _ =
                writeln!(page, "  {}: {}", Label::EndDate.say(language), plain(&former.end_date));
        }
        let _ = writeln!(page, "  {}: {}", Label::Source.say(language), plain(&former.source));
    }
    page
}

fn province_code(region: &Region) -> &str {
    id(&region.province)
}

/// The last part of a resource name.
pub(crate) fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
