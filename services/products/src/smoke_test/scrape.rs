//! As much of Prometheus' text format as it takes to look a count up.

/// The text of a scrape.
pub(super) struct Scrape<'a>(pub(super) &'a str);

impl Scrape<'_> {
    /// Whether there is this line.
    pub(super) fn has(&self, wanted: &str) -> bool {
        self.0.lines().any(|line| line.trim_end() == wanted)
    }

    /// The sum of the series of this name with these labels among theirs, if there are any.
    pub(super) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let values = self.0.lines().filter_map(|line| value(line, name, labels));
        values.reduce(|sum, value| sum + value)
    }
}

fn value(line: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let rest = line.strip_prefix(name)?;
    let (found, value) = match rest.strip_prefix('{') {
        Some(rest) => rest.rsplit_once("} ")?,
        None => ("", rest.strip_prefix(' ')?),
    };
    let has = |(label, value): &(&str, &str)| {
        let label = format!("{label}=\"{value}\"");
        format!(",{found},").contains(&format!(",{label},"))
    };
    if !labels.iter().all(has) {
        return None;
    }
    // A time may follow.
    value.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRAPE: Scrape<'_> = Scrape(
        "# HELP visits_total Visits.\n# TYPE visits_total counter\n\
         visits_total{path=\"/{id}\",by=\"ada\"} 3\nvisits_total{path=\"/{id}\",by=\"bob\"} 4 1700\n\
         visits_total_other{by=\"ada\"} 100\nvisits_total{sold_by=\"ada\",path=\"/\"} 50\nuptime 1.5\n",
    );

    #[test]
    fn series_are_found_by_their_labels_and_summed() {
        for (name, labels, sum) in [
            ("visits_total", &[("by", "ada")][..], Some(3.0)),
            ("visits_total", &[("path", "/{id}")], Some(7.0)),
            ("visits_total", &[("by", "cid")], None),
            ("visits_total", &[], Some(57.0)),
            ("uptime", &[], Some(1.5)),
            ("visits", &[], None),
        ] {
            assert_eq!(SCRAPE.sum(name, labels), sum, "{name} {labels:?}");
        }
    }

    #[test]
    fn a_line_is_there_as_a_whole_or_not() {
        assert!(SCRAPE.has("# TYPE visits_total counter"));
        assert!(!SCRAPE.has("# TYPE visits_total count"));
    }
}
