//! Drawing. Plotters counts in whole pixels, so the picture is large and the page makes it small.

use std::io;

use plotters::{
    chart::ChartBuilder,
    coord::Shift,
    drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea},
    element::{Circle, DashedPathElement, DynElement, IntoDynElement, PathElement},
    prelude::SVGBackend,
    style::{Color, text_anchor::HPos},
};

use crate::{
    LineChart,
    legend::Legend,
    line::Line,
    ruler::Ruler,
    style::{self, AXIS, GRID},
    text::{self, label, shown},
};

/// A part of the picture.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What comes of drawing.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

pub(crate) const WIDTH: i32 = 1440;
/// Height of the title and of each row of the legend.
pub(crate) const ROW: i32 = 48;
pub(crate) const MARGIN: i32 = 16;
pub(crate) const STROKE: u32 = 4;
/// Height of the axes with all that belongs to them.
const BODY: i32 = 560;

/// The picture, in an element of class `chart` that has no size of its own.
pub(crate) fn svg(chart: &LineChart, lines: &[Line]) -> String {
    let legend = Legend::arrange(lines);
    let height = BODY + ROW * (1 + legend.rows);
    let mut picture = String::new();
    draw(
        chart,
        lines,
        &legend,
        SVGBackend::with_string(&mut picture, (WIDTH as u32, height as u32)),
    )
    .expect("drawing into memory does not fail");
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" xmlns=\"http://www.w3.org/2000/svg\">\
         {picture}</svg>"
    )
}

fn draw(chart: &LineChart, lines: &[Line], legend: &Legend, picture: SVGBackend<'_>) -> Drawn {
    let root = picture.into_drawing_area();
    root.draw(&label(&chart.title, (MARGIN, ROW / 2), HPos::Left))?;
    legend.draw(&root)?;

    let body = root.margin(ROW * (1 + legend.rows), 0, 0, 0);
    if lines.iter().all(|line| line.stretches.is_empty()) {
        body.draw(&label("no data", (WIDTH / 2, BODY / 2), HPos::Center))?;
    } else {
        draw_body(chart, lines, &body)?;
    }
    root.present()
}

fn draw_body(chart: &LineChart, lines: &[Line], body: &Area<'_>) -> Drawn {
    let points = || {
        lines
            .iter()
            .flat_map(|line| line.stretches.iter().flatten())
    };
    let mut axes = ChartBuilder::on(body)
        .margin(MARGIN)
        // Room for half of the last label.
        .margin_right(5 * MARGIN)
        .x_label_area_size(2 * ROW)
        .y_label_area_size(4 * ROW)
        .build_cartesian_2d(
            Ruler::lay(&chart.x, points().map(|(x, _)| *x)),
            Ruler::lay(&chart.y, points().map(|(_, y)| *y)),
        )?;
    axes.configure_mesh()
        .axis_style(AXIS.stroke_width(2))
        .bold_line_style(GRID.stroke_width(2))
        .label_style(text::style(HPos::Center))
        .x_desc(shown(&chart.x.label))
        .y_desc(shown(&chart.y.label))
        .draw()?;
    let marks = lines.iter().flat_map(|line| {
        line.stretches
            .iter()
            .map(|stretch| mark(line, stretch.clone()))
    });
    axes.draw_series(marks)?;
    Ok(())
}

/// What is drawn for points that are joined: a dot if there is but one.
fn mark<'a>(
    line: &Line,
    points: Vec<(f64, f64)>,
) -> DynElement<'static, SVGBackend<'a>, (f64, f64)> {
    let color = style::line(line.color);
    let stroke = color.stroke_width(STROKE);
    match points[..] {
        [point] => Circle::new(point, 2 * STROKE, color.filled()).into_dyn(),
        _ if line.dashed => {
            DashedPathElement::new(points, 4 * STROKE, 3 * STROKE, stroke).into_dyn()
        }
        _ => PathElement::new(points, stroke).into_dyn(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, num::f64::ANY, prop_assert, proptest};
    use quick_xml::{Reader, events::Event};

    use super::*;
    use crate::{Axis, Scale, Series};

    fn chart(name: &str, x: Scale, y: Scale, points: &[(f64, f64)]) -> LineChart {
        LineChart {
            title: name.to_owned(),
            x: Axis::new(name, x),
            y: Axis::new(name, y),
            series: vec![Series {
                name: name.to_owned(),
                points: points.to_vec(),
                dashed: false,
            }],
        }
    }

    /// Reads a picture to its end.
    #[track_caller]
    fn parsed(svg: &str) -> Picture {
        let mut reader = Reader::from_str(svg);
        let mut picture = Picture::default();
        loop {
            match reader.read_event().expect("it is well-formed") {
                Event::Start(tag) | Event::Empty(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    for attribute in tag.attributes() {
                        attribute.expect("its attributes are well-formed");
                    }
                    picture.elements.push(name);
                }
                Event::Eof => return picture,
                _ => {}
            }
        }
    }

    #[derive(Default)]
    struct Picture {
        elements: Vec<String>,
    }

    impl Picture {
        fn count(&self, name: &str) -> usize {
            self.elements
                .iter()
                .filter(|element| *element == name)
                .count()
        }
    }

    #[test]
    fn text_of_any_kind_stays_text() {
        let hostile = "</text><script>alert('1')</script>\"&\0\u{1b}]]>";

        let svg = chart(
            hostile,
            Scale::Linear,
            Scale::Linear,
            &[(0.0, 1.0), (1.0, 2.0)],
        )
        .svg();

        assert_eq!(parsed(&svg).count("script"), 0);
        assert_eq!(
            svg.matches("&lt;script&gt;").count(),
            4,
            "title, both axes and the legend"
        );
        assert!(!svg.contains(['\0', '\u{1b}']));
    }

    #[test]
    fn a_value_that_cannot_be_shown_is_a_gap() {
        let points = [
            (0.0, 1.0),
            (1.0, 2.0),
            (2.0, f64::NAN),
            (3.0, 2.0),
            (4.0, 3.0),
            (5.0, 0.0),
            (6.0, 1.0),
        ];
        let whole = chart("", Scale::Linear, Scale::Log, &points[..2]).svg();

        let svg = chart("", Scale::Linear, Scale::Log, &points).svg();

        let strokes = |svg: &str| svg.matches("stroke=\"#0B62C4\"").count();
        assert_eq!(strokes(&svg), strokes(&whole) + 1, "{svg}");
        assert_eq!(parsed(&svg).count("circle"), 1, "a point alone is a dot");
        assert!(!svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn a_chart_without_values_says_so() {
        for points in [&[][..], &[(f64::NAN, 1.0)], &[(1.0, 0.0)]] {
            let svg = chart("", Scale::Linear, Scale::Log, points).svg();

            assert!(svg.contains("no data"), "{points:?}: {svg}");
            parsed(&svg);
        }
    }

    #[test]
    fn every_colour_has_one_for_dark_pages() {
        let series = |index: u32| Series {
            name: index.to_string(),
            points: vec![(0.0, f64::from(index)), (1.0, 1.0)],
            dashed: index % 2 == 1,
        };
        let mut chart = chart("", Scale::Linear, Scale::FromZero, &[]);
        chart.series = (0..16).map(series).collect();
        let style = crate::style();

        let svg = chart.svg();

        for colour in svg.split('"').filter(|value| value.starts_with('#')) {
            assert!(style.contains(&format!("\"{colour}\"")), "{colour}");
        }
    }

    proptest! {
        #[test]
        fn numbers_of_any_kind_are_drawn(points in vec((ANY, ANY), 0..8), other in vec((0.0..100.0, 0.0..10.0), 0..8)) {
            for x in [Scale::Linear, Scale::FromZero, Scale::Log, Scale::Percentile] {
                for y in [Scale::Linear, Scale::FromZero, Scale::Log] {
                    let mut chart = chart("", x, y, &points);
                    chart.series.push(Series { name: String::new(), points: other.clone(), dashed: true });

                    let svg = chart.svg();

                    parsed(&svg);
                    prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                }
            }
        }
    }
}
