//! `takar cohort`, `takar cycle` and `takar instrument`.

use std::fmt::Write as _;

use takar_proto::v1::{
    Cohort, CreateCycleRequest, Cycle, GetCohortRequest, GetInstrumentRequest, Instrument,
    ListCyclesRequest, ListCyclesResponse,
};

use crate::{
    arguments::{CohortCommand, Common, CycleCommand, InstrumentCommand, NewCycle, OutputForm},
    change::{new_request_id, repeated},
    client::{Client, all_pages},
    contract,
    error::Error,
    language::Language,
    output,
    region::id,
    table::{Side, Table, plain},
    text::{self, Label, Message},
};

/// Runs a command about cohorts.
///
/// # Errors
/// Where the server cannot be asked or refuses, or the answer cannot be written.
pub(crate) async fn cohort(command: CohortCommand, common: &Common) -> Result<(), Error> {
    let CohortCommand::Show { cohort } = command;
    let name = format!("cohorts/{cohort}");
    let mut client = Client::of(common).await?;
    let answer = client.registry.get_cohort(GetCohortRequest { name }).await?;
    let cohort = answer.into_inner();
    match common.output {
        OutputForm::Table => output::write(&cohort_page(&cohort, common.language())),
        OutputForm::Json => output::write_json(&cohort, "Cohort"),
        OutputForm::Csv => {
            let members = cohort.members.iter();
            let row = |member: &takar_proto::v1::cohort::Member| {
                vec![id(&member.region).to_owned(), member.display_name.clone()]
            };
            output::write_csv(&["region", "name"], members.map(row))
        }
    }
}

fn cohort_page(cohort: &Cohort, language: Language) -> String {
    let mut table = Table::new(&[
        (Label::Code.say(language), Side::Left),
        (Label::Name.say(language), Side::Left),
    ]);
    for member in &cohort.members {
        table.push([id(&member.region), &member.display_name]);
    }
    format!(
        "{}\n{}: {}\n{}: {}\n\n{}",
        plain(&cohort.display_name),
        Label::Source.say(language),
        plain(&cohort.source),
        Label::Members.say(language),
        cohort.members.len(),
        table.render(),
    )
}

/// Runs a command about cycles.
///
/// # Errors
/// As [`cohort`].
pub(crate) async fn cycle(command: CycleCommand, common: &Common) -> Result<(), Error> {
    let mut client = Client::of(common).await?;
    let cycles = match command {
        CycleCommand::List => all_cycles(&mut client).await?,
        CycleCommand::Create(new) => {
            let request = new_cycle(new);
            let create = async || client.registry.clone().create_cycle(request.clone()).await;
            let created = repeated(create).await?.into_inner();
            if common.output == OutputForm::Json {
                return output::write_json(&created, "Cycle");
            }
            vec![created]
        }
    };
    show_cycles(cycles, common)
}

fn new_cycle(new: NewCycle) -> CreateCycleRequest {
    let NewCycle { id, name, instrument, previous } = new;
    let cycle = Cycle {
        display_name: name,
        instrument: format!("instruments/{instrument}"),
        previous_cycle: previous.map(|id| format!("cycles/{id}")).unwrap_or_default(),
        ..Cycle::default()
    };
    CreateCycleRequest { cycle_id: id, cycle: Some(cycle), request_id: new_request_id() }
}

async fn all_cycles(client: &mut Client) -> Result<Vec<Cycle>, Error> {
    all_pages(None, async |page_token, page_size| {
        let request = ListCyclesRequest { page_size, page_token, ..Default::default() };
        let answer = client.registry.list_cycles(request).await?.into_inner();
        Ok((answer.cycles, answer.next_page_token))
    })
    .await
}

/// Shows cycles.
///
/// # Errors
/// Where the answer cannot be written.
pub(crate) fn show_cycles(cycles: Vec<Cycle>, common: &Common) -> Result<(), Error> {
    let row = |cycle: &Cycle| {
        vec![
            id(&cycle.name).to_owned(),
            cycle.display_name.clone(),
            id(&cycle.instrument).to_owned(),
        ]
    };
    let language = common.language();
    match common.output {
        OutputForm::Table if cycles.is_empty() => {
            output::write(&format!("{}\n", Message::NothingFound.say(language)))
        }
        OutputForm::Table => {
            let mut table = Table::new(&[
                (Label::Id.say(language), Side::Left),
                (Label::Name.say(language), Side::Left),
                (Label::Instrument.say(language), Side::Left),
            ]);
            cycles.iter().map(row).for_each(|row| table.push(row));
            output::write(&table.render())
        }
        OutputForm::Json => {
            let whole = ListCyclesResponse { cycles, ..Default::default() };
            output::write_json(&whole, "ListCyclesResponse")
        }
        OutputForm::Csv => {
            output::write_csv(&["cycle", "name", "instrument"], cycles.iter().map(row))
        }
    }
}

/// Runs a command about instruments.
///
/// # Errors
/// As [`cohort`].
pub(crate) async fn instrument(command: InstrumentCommand, common: &Common) -> Result<(), Error> {
    let InstrumentCommand::Show { instrument } = command;
    let name = format!("instruments/{instrument}");
    let mut client = Client::of(common).await?;
    let answer = client.registry.get_instrument(GetInstrumentRequest { name }).await?;
    let instrument = answer.into_inner();
    match common.output {
        OutputForm::Table => output::write(&instrument_page(&instrument, common.language())),
        OutputForm::Json => output::write_json(&instrument, "Instrument"),
        OutputForm::Csv => {
            let row = |component: &takar_proto::v1::instrument::WeightedComponent| {
                vec![
                    contract::word("Component", component.component),
                    component.weight.clone(),
                    contract::word("Instrument.Derivation", component.derivation),
                ]
            };
            output::write_csv(
                &["component", "weight", "derivation"],
                instrument.components.iter().map(row),
            )
        }
    }
}

/// The components; with goalposts only where there are any.
pub(crate) fn components_table(instrument: &Instrument, language: Language) -> Table {
    let mut columns = vec![
        (Label::Component.say(language), Side::Left),
        (Label::Weight.say(language), Side::Right),
        (Label::Derivation.say(language), Side::Left),
        (Label::Goalposts.say(language), Side::Left),
    ];
    if instrument.components.iter().all(|component| component.goalposts.is_none()) {
        columns.pop();
    }
    let mut components = Table::new(&columns);
    for component in &instrument.components {
        let posts = component.goalposts.as_ref().map(|posts| {
            format!("{} .. {}", language.decimal(&posts.lower), language.decimal(&posts.upper))
        });
        let mut row = vec![
            text::component(component.component, language),
            language.decimal(&component.weight),
            text::derivation(component.derivation, language),
            posts.unwrap_or_default(),
        ];
        row.truncate(columns.len());
        components.push(row);
    }
    components
}

fn instrument_page(instrument: &Instrument, language: Language) -> String {
    let say = |label: Label| label.say(language);
    let mut page = format!(
        "{}\n{}: {}\n",
        plain(&instrument.display_name),
        say(Label::Source),
        plain(&instrument.source)
    );
    if let Some(scale) = &instrument.scale {
        let (minimum, maximum) = (plain(&scale.minimum), plain(&scale.maximum));
        let _ = writeln!(page, "{}: {minimum} .. {maximum}", say(Label::Scale));
    }
    let threshold = language.decimal(&plain(&instrument.threshold_percent));
    let _ = writeln!(page, "{}: {threshold}%", say(Label::Threshold));
    let normalisation = text::normalisation(instrument.normalisation, language);
    let _ = writeln!(page, "{}: {normalisation}", say(Label::Normalisation));
    let aggregation = text::aggregation(instrument.aggregation, language);
    let _ = writeln!(page, "{}: {aggregation}\n", say(Label::Aggregation));
    page += &components_table(instrument, language).render();
    if !instrument.bands.is_empty() {
        let mut bands = Table::new(&[
            (say(Label::Band), Side::Left),
            (say(Label::Minimum), Side::Right),
            (say(Label::Maximum), Side::Right),
        ]);
        for band in &instrument.bands {
            bands.push([
                band.label.clone(),
                language.decimal(&band.minimum),
                language.decimal(&band.maximum),
            ]);
        }
        page.push('\n');
        page.push_str(&bands.render());
    }
    page
}
