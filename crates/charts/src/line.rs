//! Lines over a numeric axis.

use crate::{Axis, draw};

/// A chart of one line or several.
#[derive(Debug, Clone)]
pub struct LineChart {
    /// What it shows.
    pub title: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top.
    pub y: Axis,
    /// The lines, in the order of the legend. Colours come again after six.
    pub series: Vec<Series>,
}

/// A line of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its points, x and y, in the order in which they are joined.
    pub points: Vec<(f64, f64)>,
    /// Whether it is drawn in dashes, in the colour of the series before it: another view of the same.
    pub dashed: bool,
}

/// A series as it is drawn.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) dashed: bool,
    pub(crate) color: usize,
    /// Stretches without a gap.
    pub(crate) stretches: Vec<Vec<(f64, f64)>>,
}

impl LineChart {
    /// The chart as an `<svg>` element, for a page that has [`style`](crate::style).
    pub fn svg(&self) -> String {
        draw::svg(self, &self.lines())
    }

    fn lines(&self) -> Vec<Line> {
        let mut colors = 0;
        self.series
            .iter()
            .map(|series| {
                if !series.dashed || colors == 0 {
                    colors += 1;
                }
                Line {
                    name: series.name.clone(),
                    dashed: series.dashed,
                    color: colors - 1,
                    stretches: self.stretches(series),
                }
            })
            .collect()
    }

    fn stretches(&self, series: &Series) -> Vec<Vec<(f64, f64)>> {
        let (x, y) = (self.x.scale, self.y.scale);
        series
            .points
            .split(|point| x.place(point.0).is_none() || y.place(point.1).is_none())
            .filter(|stretch| !stretch.is_empty())
            .map(<[_]>::to_vec)
            .collect()
    }
}
