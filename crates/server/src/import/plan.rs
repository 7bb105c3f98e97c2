//! A file's rows, region by region, and what is wrong in them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::{ControlFlow, Range},
};

use takar_domain::{
    fault::Fault,
    import::{Columns, Entry, Kind, Order, Reader, Row, RowFault, Subject},
    instrument::Instrument,
    name::RegionCode,
};
use takar_store::ImportRegion;

use crate::{convert::ImportAsked, spreadsheet};

/// What a file holds, read row by row.
#[derive(Debug, Default)]
pub(super) struct Read {
    rows: Vec<Row>,
    /// How many rows there are, those at fault too.
    count: usize,
    faults: Vec<RowFault>,
    /// The codes that rows at fault name, as far as they can be read.
    faulty: HashSet<RegionCode>,
    /// How often the instrument allows a programme to be a quick win.
    quick_win_limit: Option<u32>,
}

/// Reads a file.
///
/// # Errors
/// A [`Fault`] where it can't be read at all.
pub(super) fn read(asked: &ImportAsked, instrument: Option<&Instrument>) -> Result<Read, Fault> {
    let ImportAsked { order, validate_only: _, content_type, data } = asked;
    let subject = subject(order.kind, instrument)?;
    let quick_win_limit =
        instrument.and_then(|instrument| instrument.definition().quick_win_repeat_limit);
    let mut read = Read { quick_win_limit, ..Read::default() };
    let mut reader = None;
    spreadsheet::read(content_type, data, &order.sheet, |number, cells| {
        let Some(reader) = &reader else {
            return match Columns::read(order.kind, number, cells, !order.source.is_empty()) {
                Ok(columns) => {
                    reader = Some(Reader::new(subject, columns, &order.source));
                    ControlFlow::Continue(())
                }
                Err(faults) => {
                    read.faults = faults;
                    ControlFlow::Break(())
                }
            };
        };
        read.take(reader.read(number, cells));
        ControlFlow::Continue(())
    })?;
    if read.count == 0 && read.faults.is_empty() {
        let allowed = "a first row with the columns' names and rows below it";
        return Err(Fault::new("no rows", allowed).at("file.data"));
    }
    Ok(read)
}

fn subject(kind: Kind, instrument: Option<&Instrument>) -> Result<Subject<'_>, Fault> {
    match (kind, instrument) {
        (Kind::Programs, _) => Ok(Subject::Programs),
        (Kind::ProgramReports, _) => Ok(Subject::ProgramReports),
        (Kind::Tallies, _) => Ok(Subject::Tallies),
        (Kind::Scores, Some(instrument)) => Ok(Subject::Scores(instrument)),
        (Kind::Scores, None) => Err(Fault::new("", "a cycle").at("cycle")),
    }
}

impl Read {
    fn take(&mut self, row: Result<Row, (Option<RegionCode>, Vec<RowFault>)>) {
        self.count += 1;
        match row {
            Ok(row) => self.rows.push(row),
            Err((region, faults)) => {
                self.faulty.extend(region);
                self.faults.extend(faults);
            }
        }
    }

    /// The codes that rows name, each once.
    pub(super) fn codes(&self) -> Vec<RegionCode> {
        let named = self.rows.iter().map(|row| &row.region).chain(&self.faulty);
        let named: HashSet<_> = named.collect();
        named.into_iter().cloned().collect()
    }
}

/// A row that can be written, as far as it is known.
#[derive(Debug)]
pub(super) struct PlannedRow {
    pub(super) number: u32,
    /// Its region, by its place in the plan.
    pub(super) region: usize,
    pub(super) entry: Entry,
}

/// What is to be written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) regions: Vec<ImportRegion>,
    /// Which of them have rows at fault.
    faulty: HashSet<ImportRegion>,
    /// Region by region, each region's in the order of the file.
    pub(super) rows: Vec<PlannedRow>,
    /// How many rows the file has.
    pub(super) count: usize,
    pub(super) faults: Vec<RowFault>,
    /// How often the instrument allows a programme to be a quick win.
    pub(super) quick_win_limit: Option<u32>,
}

impl Plan {
    /// The plan for rows whose codes are of these regions, which may have to be a certain one.
    pub(super) fn new(
        read: Read,
        known: &HashMap<RegionCode, ImportRegion>,
        only: Option<&RegionCode>,
    ) -> Self {
        let Read { rows, count, mut faults, faulty, quick_win_limit } = read;
        let mut faulty: HashSet<_> =
            faulty.iter().filter_map(|code| known.get(code)).cloned().collect();
        let mut by_region: BTreeMap<ImportRegion, Vec<Row>> = BTreeMap::new();
        for region in &faulty {
            by_region.entry(region.clone()).or_default();
        }
        for row in rows {
            match place(&row, known, only) {
                Ok(region) => by_region.entry(region.clone()).or_default().push(row),
                Err(fault) => faults.push(RowFault::new(row.number, fault.at("region"))),
            }
        }
        let mut plan = Self {
            regions: Vec::new(),
            faulty: HashSet::new(),
            rows: Vec::new(),
            count,
            faults,
            quick_win_limit,
        };
        for (region, rows) in by_region {
            if !plan.add(&region, rows) {
                faulty.insert(region);
            }
        }
        plan.faulty = faulty;
        plan
    }

    /// Adds a region's rows; whether none of them comes twice.
    fn add(&mut self, region: &ImportRegion, rows: Vec<Row>) -> bool {
        let place = self.regions.len();
        self.regions.push(region.clone());
        let mut seen: HashMap<(&'static str, String), u32> = HashMap::new();
        let before = self.faults.len();
        for Row { number, region: _, mut entry } in rows {
            let (column, key) = entry.key();
            let first = *seen.entry((column, key.to_owned())).or_insert(number);
            if first != number {
                let fault = Fault::new(key, format!("each once; row {first} has it too"));
                self.faults.push(RowFault::new(number, fault.at(column)));
                continue;
            }
            if let Entry::Program(program) = &mut entry {
                program.region = region.code.clone();
            }
            self.rows.push(PlannedRow { number, region: place, entry });
        }
        self.faults.len() == before
    }

    /// The rows of each region, and whether all rows of it can be written, as far as it is known.
    pub(super) fn by_region(&self) -> impl Iterator<Item = (&ImportRegion, Range<usize>, bool)> {
        let mut end = 0;
        self.regions.iter().enumerate().map(move |(place, region)| {
            let begin = end;
            let rows = self.rows[begin..].iter();
            end += rows.take_while(|row| row.region == place).count();
            (region, begin..end, !self.faulty.contains(region))
        })
    }
}

fn place<'a>(
    row: &Row,
    known: &'a HashMap<RegionCode, ImportRegion>,
    only: Option<&RegionCode>,
) -> Result<&'a ImportRegion, Fault> {
    let region = known
        .get(&row.region)
        .ok_or_else(|| Fault::new(&row.region, "the code of a registered region"))?;
    match only {
        Some(only) if region.code != *only => {
            Err(Fault::new(&row.region, format!("{only}, the region that is imported for")))
        }
        _ => Ok(region),
    }
}

/// The rows of one order that are written together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) order: &'a Order,
    pub(super) plan: &'a Plan,
    pub(super) rows: &'a [PlannedRow],
}

impl<'a> Part<'a> {
    /// The rows, region by region.
    pub(super) fn by_region(self) -> impl Iterator<Item = (&'a ImportRegion, &'a [PlannedRow])> {
        let chunks = self.rows.chunk_by(|one, other| one.region == other.region);
        chunks.map(move |rows| (&self.plan.regions[rows[0].region], rows))
    }

    /// The regions.
    pub(super) fn regions(self) -> Vec<&'a ImportRegion> {
        self.by_region().map(|(region, _)| region).collect()
    }
}
