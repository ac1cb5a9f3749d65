//! Colours: those that are drawn with, and those that a page shows in their place.

use std::fmt::Write;

use plotters::style::RGBColor;

/// Text.
pub(crate) const INK: RGBColor = RGBColor(31, 41, 51);
/// Axes.
pub(crate) const AXIS: RGBColor = RGBColor(138, 148, 160);
/// Lines behind the data.
pub(crate) const GRID: RGBColor = RGBColor(213, 219, 225);

/// Lines, on light and on dark ground. All of them have a contrast of at least 4.5 to 1 there.
const LINES: [(RGBColor, RGBColor); 6] = [
    (RGBColor(11, 98, 196), RGBColor(108, 177, 255)),
    (RGBColor(180, 83, 9), RGBColor(251, 154, 75)),
    (RGBColor(126, 58, 242), RGBColor(196, 160, 255)),
    (RGBColor(21, 128, 61), RGBColor(74, 222, 128)),
    (RGBColor(200, 30, 58), RGBColor(255, 128, 149)),
    (RGBColor(14, 116, 144), RGBColor(77, 212, 232)),
];

/// The colour of a line by its number; they come again after six.
pub(crate) fn line(index: usize) -> RGBColor {
    LINES[index % LINES.len()].0
}

/// Style sheet for a page with charts. Text, axes and grid take the colour of the text around them;
/// lines have one for light and one for dark pages, by `prefers-color-scheme`.
///
/// Charts are drawn in the colours of light pages, as attributes, which a style sheet overrides.
pub fn style() -> String {
    let mut css = format!(
        ".chart{{display:block;width:100%;height:auto}}\
         .chart text{{font-family:inherit}}.chart svg>text:first-child{{font-weight:600}}\
         .chart [fill=\"{ink}\"]{{fill:currentColor}}\
         .chart [stroke=\"{axis}\"]{{stroke:currentColor;stroke-opacity:.5}}\
         .chart [stroke=\"{grid}\"]{{stroke:currentColor;stroke-opacity:.15}}\
         @media (prefers-color-scheme:dark){{",
        ink = hex(INK),
        axis = hex(AXIS),
        grid = hex(GRID),
    );
    for (light, dark) in LINES {
        let (light, dark) = (hex(light), hex(dark));
        let _ = write!(
            css,
            ".chart [stroke=\"{light}\"]{{stroke:{dark}}}.chart [fill=\"{light}\"]{{fill:{dark}}}"
        );
    }
    css.push('}');
    css
}

/// A colour as it stands in the attributes of a chart.
fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, as WCAG 2 defines it.
    fn luminance(RGBColor(red, green, blue): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn lines_can_be_seen_on_light_and_on_dark_ground() {
        for (light, dark) in LINES {
            assert!(contrast(light, RGBColor(255, 255, 255)) >= 4.5, "{light:?}");
            assert!(contrast(dark, RGBColor(22, 27, 34)) >= 4.5, "{dark:?}");
        }
    }
}
