//! An axis laid along its data.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::{Axis, Scale, text::shown, ticks};

/// An axis that begins and ends where its data do, or at the round value next to that.
pub(crate) struct Ruler<'a> {
    axis: &'a Axis,
    /// The values written beside it.
    ticks: Vec<f64>,
    /// Its ends, as places.
    ends: Range<f64>,
}

impl<'a> Ruler<'a> {
    /// Lays an axis along values that its scale can show.
    pub(crate) fn lay(axis: &'a Axis, values: impl Iterator<Item = f64>) -> Self {
        let scale = axis.scale;
        let zero = matches!(scale, Scale::FromZero | Scale::Percentile).then_some(0.0);
        let places = values.chain(zero).filter_map(|value| scale.place(value));
        let ends = widened(f64::INFINITY..f64::NEG_INFINITY, places);
        let ends = if ends.start <= ends.end {
            ends
        } else {
            0.0..0.0
        };
        let ticks = match scale {
            Scale::Linear | Scale::FromZero => ticks::even(ends.start, ends.end),
            Scale::Log => ticks::decades(ends.start, ends.end),
            Scale::Percentile => ticks::nines(ends.end),
        };
        let ends = widened(ends, ticks.iter().filter_map(|tick| scale.place(*tick)));
        Self { axis, ticks, ends }
    }
}

fn widened(ends: Range<f64>, places: impl Iterator<Item = f64>) -> Range<f64> {
    places.fold(ends, |ends, place| {
        ends.start.min(place)..ends.end.max(place)
    })
}

impl Ranged for Ruler<'_> {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let place = self.axis.scale.place(*value).unwrap_or(self.ends.start);
        let share = (place - self.ends.start) / (self.ends.end - self.ends.start);
        first + (f64::from(last - first) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Plotters asks a second time for finer lines.
        match hint.weight().allow_light_points() {
            true => Vec::new(),
            false => self.ticks.clone(),
        }
    }

    fn range(&self) -> Range<f64> {
        self.ticks[0]..self.ticks[self.ticks.len() - 1]
    }
}

impl ValueFormatter<f64> for Ruler<'_> {
    fn format_ext(&self, value: &f64) -> String {
        shown(&(self.axis.format)(*value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, num::f64::ANY, prop_assert, proptest};

    use super::*;

    const SCALES: [Scale; 4] = [
        Scale::Linear,
        Scale::FromZero,
        Scale::Log,
        Scale::Percentile,
    ];

    #[test]
    fn zero_is_always_on_an_axis_from_zero() {
        let axis = Axis::new("", Scale::FromZero);

        let ruler = Ruler::lay(&axis, [980.0, 1020.0].into_iter());

        assert_eq!(ruler.map(&0.0, (10, 110)), 10);
        assert!(ruler.ticks.contains(&0.0), "{:?}", ruler.ticks);
    }

    proptest! {
        #[test]
        fn an_axis_has_room_for_its_values_and_few_labels(values in vec(ANY, 0..20)) {
            for scale in SCALES {
                let axis = Axis::new("", scale);

                let ruler = Ruler::lay(&axis, values.iter().copied());

                prop_assert!(ruler.ends.start < ruler.ends.end, "{scale:?} {:?}", ruler.ends);
                prop_assert!((2..=13).contains(&ruler.ticks.len()), "{scale:?} {:?}", ruler.ticks);
                for value in values.iter().filter(|value| scale.place(**value).is_some()) {
                    let pixel = ruler.map(value, (10, 110));
                    prop_assert!((10..=110).contains(&pixel), "{scale:?} {value} at {pixel}");
                }
            }
        }
    }
}
