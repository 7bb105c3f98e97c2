//! Tables for people.

use comfy_table::{CellAlignment, presets};

/// A table whose cells are texts.
#[derive(Debug)]
pub(crate) struct Table(comfy_table::Table);

/// To which side the cells of a column lean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[(&str, Side)]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        let heading = |(heading, _): &(&str, Side)| heading.to_uppercase();
        table.set_header(columns.iter().map(heading));
        for (column, (_, side)) in table.column_iter_mut().zip(columns) {
            column.set_cell_alignment(match side {
                Side::Left => CellAlignment::Left,
                Side::Right => CellAlignment::Right,
            });
            column.set_padding((0, 2));
        }
        Self(table)
    }

    /// Adds a row.
    pub(crate) fn push<T: AsRef<str>>(&mut self, row: impl IntoIterator<Item = T>) {
        self.0.add_row(row.into_iter().map(|cell| plain(cell.as_ref())));
    }

    /// The table's lines, without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        for line in self.0.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A text without control characters, which could otherwise steer the terminal that shows it.
pub(crate) fn plain(text: &str) -> String {
    let replace = |character: char| {
        if character.is_control() { char::REPLACEMENT_CHARACTER } else { character }
    };
    text.chars().map(replace).collect()
}
