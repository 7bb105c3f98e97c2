//! One row into what it asks for.

use super::{Cell, Columns, RowFault};
use crate::{
    assessment::Item,
    evaluation::{Delivery, Progress, Score, check_directly_scored},
    fault::{Fault, Faults},
    instrument::Instrument,
    name::{ProgramId, RegionCode, parse_display_name, parse_optional_text, parse_required_text},
    registry::{PlannedYears, Program},
    rupiah::Rupiah,
    tally::Tally,
    vocabulary::{Component, Pillar, ProgramStatus},
};

/// What a row asks to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A programme.
    Program(Program),
    /// A report on a programme.
    Report(ProgramId, Progress),
    /// Counts of a pillar.
    Tally(Pillar, Tally),
    /// A final score of a pillar.
    PillarScore(Pillar, Score),
    /// A final score of a component.
    ComponentScore(Component, Score),
}

impl Entry {
    /// What must not come twice of one region, and the column that says it.
    pub fn key(&self) -> (&'static str, &str) {
        match self {
            Self::Program(program) => ("program", program.id.as_str()),
            Self::Report(program, _) => ("program", program.as_str()),
            Self::Tally(pillar, _) | Self::PillarScore(pillar, _) => ("pillar", pillar.as_str()),
            Self::ComponentScore(component, _) => ("component", component.as_str()),
        }
    }
}

/// A row that is right in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number, as a spreadsheet counts.
    pub number: u32,
    /// The code that it names its region by, current or former.
    pub region: RegionCode,
    /// What it asks for.
    pub entry: Entry,
}

/// What the rows of a file are, with what it takes to read them.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// Programmes.
    Programs,
    /// Reports on programmes.
    ProgramReports,
    /// Counts.
    Tallies,
    /// Scores under this instrument.
    Scores(&'a Instrument),
}

/// Reads the rows of one file.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    subject: Subject<'a>,
    columns: Columns,
    /// The source of rows that name none.
    source: &'a str,
}

/// The cells of one row, by their columns' names.
struct Cells<'a, 'row> {
    reader: &'a Reader<'a>,
    cells: &'row [Cell<'row>],
}

impl<'a> Reader<'a> {
    /// A reader of rows under these columns.
    pub const fn new(subject: Subject<'a>, columns: Columns, source: &'a str) -> Self {
        Self { subject, columns, source }
    }

    /// Reads one row.
    ///
    /// # Errors
    /// [`RowFault`]s of all cells that are at fault, with the region's code where that could be read.
    pub fn read(
        &self,
        number: u32,
        cells: &[Cell<'_>],
    ) -> Result<Row, (Option<RegionCode>, Vec<RowFault>)> {
        let cells = Cells { reader: self, cells };
        let mut faults = Faults::none();
        if let Err(fault) = self.columns.check_width(cells.cells) {
            faults.push(fault);
        }
        let region = faults.keep("region", cells.get("region").read_region());
        let known = region.clone();
        let entry = match self.subject {
            Subject::Programs => cells.program(&mut faults, region.clone()),
            Subject::ProgramReports => cells.report(&mut faults),
            Subject::Tallies => cells.tally(&mut faults),
            Subject::Scores(instrument) => cells.score(&mut faults, instrument),
        };
        let row = region.zip(entry).map(|(region, entry)| Row { number, region, entry });
        faults.into_result(row).map_err(|faults| {
            let faults = faults.iter().cloned().map(|fault| RowFault::new(number, fault));
            (known, faults.collect())
        })
    }
}

impl Cells<'_, '_> {
    fn get(&self, name: &str) -> &Cell<'_> {
        self.reader.columns.cell(self.cells, name)
    }

    fn text<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        parse(self.get(name).read()?)
    }

    /// A fixed word, in any case: spreadsheets like to change it.
    fn word<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let text = self.get(name).read()?;
        parse(&text.to_lowercase()).map_err(|fault| Fault::new(text, fault.allowed))
    }

    /// The row's own source or that of all, whatever it says.
    fn source(&self) -> Result<&str, Fault> {
        let own = self.get("source").read()?;
        Ok(if own.is_empty() { self.reader.source } else { own })
    }

    /// A number that may be absent, which is 0.
    fn optional_integer(&self, name: &str) -> Result<i32, Fault> {
        match self.get(name) {
            Cell::Empty => Ok(0),
            given => given.read_integer(),
        }
    }

    fn amount(&self, name: &str) -> Result<Option<Rupiah>, Fault> {
        Rupiah::parse_optional(self.get(name).read_decimal()?)
    }

    fn program(&self, faults: &mut Faults, region: Option<RegionCode>) -> Option<Entry> {
        let id = faults.keep("program", self.text("program", ProgramId::parse));
        let pillar = faults.keep("pillar", self.word("pillar", Pillar::parse));
        let display_name = self.text("display_name", parse_display_name);
        let display_name = faults.keep("display_name", display_name);
        let owner_agency = self.text("owner_agency", parse_optional_text);
        let owner_agency = faults.keep("owner_agency", owner_agency);
        let flagship = faults.keep("flagship", self.get("flagship").read_boolean());
        let quick_win = faults.keep("quick_win", self.get("quick_win").read_boolean());
        let first = faults.keep("first_year", self.optional_integer("first_year"));
        let last = faults.keep("last_year", self.optional_integer("last_year"));
        let years = first.zip(last);
        let years = years.and_then(|(first, last)| faults.merge(PlannedYears::parse(first, last)));
        let budget = faults.keep("budget", self.amount("budget"));
        let source = faults.keep("source", self.source().and_then(parse_required_text));
        Some(Entry::Program(Program {
            region: region?,
            id: id?,
            pillar: pillar?,
            display_name: display_name?,
            owner_agency: owner_agency?,
            flagship: flagship?,
            quick_win: quick_win?,
            source: source?,
            years: years?,
            budget: budget?,
        }))
    }

    fn report(&self, faults: &mut Faults) -> Option<Entry> {
        let program = faults.keep("program", self.text("program", ProgramId::parse));
        let status = faults.keep("status", self.word("status", ProgramStatus::parse));
        let reason = faults.keep("reason", self.text("reason", |text| Ok(text.to_owned())));
        let progress = status.zip(reason);
        let progress = progress.and_then(|(status, reason)| {
            faults.merge(Progress::new(status, &reason).map_err(Faults::from))
        });
        let budget = faults.keep("budget", self.amount("budget"));
        let realised_budget = faults.keep("realised_budget", self.amount("realised_budget"));
        let quick_win = faults.keep("quick_win", self.get("quick_win").read_boolean());
        let delivery =
            Delivery { budget: budget?, realised_budget: realised_budget?, quick_win: quick_win? };
        Some(Entry::Report(program?, progress?.with_delivery(delivery)))
    }

    fn tally(&self, faults: &mut Faults) -> Option<Entry> {
        let pillar = faults.keep("pillar", self.word("pillar", Pillar::parse));
        let running = faults.keep("running", self.get("running").read_integer());
        let planned = faults.keep("planned", self.get("planned").read_integer());
        let not_due = faults.keep("not_due", self.optional_integer("not_due"));
        let source = faults.keep("source", self.source());
        let tally = faults.merge(Tally::counted(running?, planned?, not_due?, source?));
        Some(Entry::Tally(pillar?, tally?))
    }

    fn score(&self, faults: &mut Faults, instrument: &Instrument) -> Option<Entry> {
        let item = faults.merge(self.item(instrument).map_err(Faults::from));
        let source = faults.keep("source", self.source());
        let text = faults.keep("score", self.get("score").read_decimal());
        let scale = instrument.definition().scale;
        let score = faults.merge(Score::parse(text?, source?, scale));
        Some(match item? {
            Item::Pillar(pillar) => Entry::PillarScore(pillar, score?),
            Item::Component(component) => Entry::ComponentScore(component, score?),
        })
    }

    /// What a score is of: the one of the two columns that says it.
    fn item(&self, instrument: &Instrument) -> Result<Item, Fault> {
        match (self.get("pillar"), self.get("component")) {
            (Cell::Empty, Cell::Empty) => {
                Err(Fault::new("", "a pillar or a component").at("pillar"))
            }
            (_, Cell::Empty) => self
                .word("pillar", Pillar::parse)
                .map(Item::Pillar)
                .map_err(|fault| fault.at("pillar")),
            (Cell::Empty, _) => {
                let component = self.word("component", Component::parse).and_then(|component| {
                    check_directly_scored(component, instrument).map(|()| component)
                });
                component.map(Item::Component).map_err(|fault| fault.at("component"))
            }
            (_, component) => {
                let allowed = "an empty cell beside a pillar: a score is of one of the two";
                Err(Fault::new(component.shown(), allowed).at("component"))
            }
        }
    }
}
