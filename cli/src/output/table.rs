use unicode_width::UnicodeWidthStr as _;

use super::{FAINT, STRONG, Text, visible};
use anstyle::Style;

/// One cell of a table.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// What the row is about.
    pub(crate) fn strong(text: impl ToString) -> Self {
        Self { text: visible(&text.to_string()).into_owned(), style: STRONG }
    }

    /// What can be passed over.
    pub(crate) fn faint(text: impl ToString) -> Self {
        Self { style: FAINT, ..Self::from(text.to_string()) }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: visible(&text.to_string()).into_owned(), style: Style::new() }
    }
}

/// Rows with their columns one below the other.
pub(crate) struct Table<const N: usize> {
    heading: [&'static str; N],
    rows: Vec<[Cell; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) const fn new(heading: [&'static str; N]) -> Self {
        Self { heading, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: [Cell; N]) {
        self.rows.push(cells);
    }

    pub(crate) fn text(self, text: &mut Text) {
        let mut widths = self.heading.map(|word| word.width());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.text.width().max(*width);
            }
        }
        let heading = self.heading.map(Cell::faint);
        for row in std::iter::once(heading).chain(self.rows) {
            let mut gap = 0;
            for (cell, width) in row.iter().zip(widths) {
                let (style, shown) = (cell.style, cell.text.width());
                if shown > 0 {
                    text.ready(&format!("{:gap$}{style}{}{style:#}", "", cell.text));
                    gap = 0;
                }
                gap += width - shown + 2;
            }
            text.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_width_of_their_letters() {
        let mut table = Table::new(["A", "B", "C"]);
        table.row(["漢字".into(), "".into(), "x".into()]);
        table.row(["e\u{301}".into(), "y\u{1b}".into(), "".into()]);
        let mut text = Text::default();
        table.text(&mut text);
        let plain = anstream::adapter::strip_str(&text.0).to_string();
        assert_eq!(plain, "A     B        C\n漢字           x\ne\u{301}     y\\u{1b}\n");
    }
}
