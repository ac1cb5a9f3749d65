//! The names of the lines, in rows above them.

use plotters::{
    element::PathElement,
    style::{Color, text_anchor::HPos},
};

use crate::{
    draw::{Area, Drawn, MARGIN, ROW, STROKE, WIDTH},
    line::Line,
    style,
    text::{label, shown, width},
};

/// Length of the piece of line before a name.
const SAMPLE: i32 = 48;

/// Where the names stand.
pub(crate) struct Legend<'a> {
    entries: Vec<(&'a Line, i32, i32)>,
    /// How many rows they take.
    pub(crate) rows: i32,
}

impl<'a> Legend<'a> {
    /// Side by side, and in a further row where there is no room.
    pub(crate) fn arrange(lines: &'a [Line]) -> Self {
        let (mut x, mut rows) = (MARGIN, 1);
        let mut entries = Vec::new();
        for line in lines {
            let width = SAMPLE + MARGIN + width(&shown(&line.name)) + 2 * MARGIN;
            if x > MARGIN && x + width > WIDTH {
                (x, rows) = (MARGIN, rows + 1);
            }
            // The title has the first row.
            entries.push((line, x, rows * ROW + ROW / 2));
            x += width;
        }
        Self { entries, rows }
    }

    pub(crate) fn draw(&self, area: &Area<'_>) -> Drawn {
        for (line, x, y) in &self.entries {
            let (start, end) = (*x, x + SAMPLE);
            let color = style::line(line.color).stroke_width(STROKE);
            if line.dashed {
                let gap = SAMPLE / 5;
                area.draw(&PathElement::new(
                    [(start, *y), (start + 2 * gap, *y)],
                    color,
                ))?;
                area.draw(&PathElement::new([(end - 2 * gap, *y), (end, *y)], color))?;
            } else {
                area.draw(&PathElement::new([(start, *y), (end, *y)], color))?;
            }
            area.draw(&label(&line.name, (end + MARGIN, *y), HPos::Left))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_do_not_fit_begin_a_row() {
        let line = |name: String| Line {
            name,
            dashed: false,
            color: 0,
            stretches: Vec::new(),
        };
        let lines = [
            line("p50".to_owned()),
            line("x".repeat(60)),
            line("y".repeat(60)),
        ];

        let legend = Legend::arrange(&lines);

        assert_eq!(legend.rows, 2);
        let ys: Vec<i32> = legend.entries.iter().map(|(_, _, y)| *y).collect();
        assert_eq!(ys, [72, 72, 120]);
    }
}
