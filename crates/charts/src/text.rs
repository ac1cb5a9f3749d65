//! Text in a chart.

use plotters::{
    element::Text,
    style::{
        Color, FontFamily, FontStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use crate::style::INK;

/// Longer text is cut off: it would hide what stands beside it.
const LONGEST: usize = 60;
/// Plotters' measure; the letters are a fifth smaller.
const SIZE: f64 = 30.0;
/// Width of a letter in the mean, generously; whether it fits is up to the font of the reader.
const LETTER: i32 = 14;

/// Text that can stand in an XML document, and has an end.
pub(crate) fn shown(text: &str) -> String {
    let allowed = |letter: char| match letter {
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    let mut letters = text.chars().map(allowed);
    let mut text: String = letters.by_ref().take(LONGEST).collect();
    if letters.next().is_some() {
        text.push('…');
    }
    text
}

/// About how wide a text is.
pub(crate) fn width(text: &str) -> i32 {
    i32::try_from(text.chars().count()).map_or(i32::MAX, |letters| letters.saturating_mul(LETTER))
}

/// Text beside or around a point.
pub(crate) fn label(text: &str, at: (i32, i32), side: HPos) -> Text<'static, (i32, i32), String> {
    Text::new(shown(text), at, style(side))
}

/// How all text is drawn.
pub(crate) fn style(side: HPos) -> TextStyle<'static> {
    TextStyle {
        font: (FontFamily::SansSerif, SIZE, FontStyle::Normal).into(),
        color: INK.to_backend_color(),
        pos: Pos::new(side, VPos::Center),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_fit_for_a_document() {
        let long = "x".repeat(100);
        let cases = [
            (
                "GET /ä?q=<b>",
                "GET /ä?q=<b>".to_owned(),
                "markup is the picture's to escape",
            ),
            (
                "a\0b\u{1b}c\nd\u{ffff}",
                "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}".to_owned(),
                "XML forbids them",
            ),
            (&long, format!("{}…", "x".repeat(60)), "it would not fit"),
        ];

        for (text, expected, reason) in cases {
            assert_eq!(shown(text), expected, "{reason}");
        }
    }
}
