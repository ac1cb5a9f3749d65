//! What `/metrics` answered, taken apart.

use std::collections::{BTreeMap, BTreeSet};

/// A scrape in Prometheus' text format, as far as a well-formed one needs reading.
#[derive(Debug, Clone)]
pub struct Scrape {
    families: BTreeMap<String, Family>,
}

/// The series of one name, a histogram's buckets, sum and count among them.
#[derive(Debug, Clone)]
struct Family {
    kind: String,
    series: Vec<Series>,
}

/// A line of the scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name as it stands there, `_bucket` and the like included.
    pub name: String,
    /// Labels, `le` included.
    pub labels: BTreeMap<String, String>,
    /// Value.
    pub value: f64,
}

impl Scrape {
    /// Reads the text of an answer.
    ///
    /// # Panics
    /// When a series stands below no `# TYPE` of its own, or cannot be read.
    pub fn parse(text: &str) -> Self {
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines() {
            if let Some(declaration) = line.strip_prefix("# TYPE ") {
                let (name, kind) = declaration.split_once(' ').expect("name and type");
                current = name.to_owned();
                let family = Family {
                    kind: kind.to_owned(),
                    series: Vec::new(),
                };
                let again = families.insert(current.clone(), family);
                assert!(again.is_none(), "{name} is declared twice");
            } else if !line.starts_with('#') {
                let series = Series::parse(line);
                let family = families.get_mut(&current);
                let family = family.filter(|_| series.name.starts_with(&current));
                let family = family.unwrap_or_else(|| panic!("{line} has no TYPE"));
                family.series.push(series);
            }
        }
        Self { families }
    }

    /// A line `name type label,label` per family, sorted, without `le`. Series of one family that
    /// have other labels than the first make a line of their own.
    pub fn declarations(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for (name, Family { kind, series }) in &self.families {
            for one in series {
                let labels = one.labels.keys().map(String::as_str);
                let labels: Vec<&str> = labels.filter(|label| *label != "le").collect();
                let line = format!("{name} {kind} {}", labels.join(","));
                lines.insert(line.trim_end().to_owned());
            }
        }
        lines
    }

    /// The series of this very name with these labels among theirs.
    pub fn series(&self, name: &str, labels: &[(&str, &str)]) -> Vec<&Series> {
        let has = |series: &Series, (label, value): &(&str, &str)| {
            series
                .labels
                .get(*label)
                .is_some_and(|found| found == value)
        };
        self.families
            .values()
            .flat_map(|family| &family.series)
            .filter(|series| series.name == name && labels.iter().all(|label| has(series, label)))
            .collect()
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.families
            .values()
            .map(|family| family.series.len())
            .sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Series {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a series and its value");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        Self {
            name: name.to_owned(),
            labels: parse_labels(labels.trim_end_matches('}')),
            value: value
                .parse()
                .unwrap_or_else(|_| panic!("no number in {line}")),
        }
    }
}

/// Reads `a="b",c="d"`. Closed sets of values have no quotes in them.
fn parse_labels(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split("\",").filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once("=\"").expect("a label and its value"))
        .map(|(label, value)| (label.to_owned(), value.trim_end_matches('"').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_and_series_are_found() {
        let scrape = Scrape::parse(
            "# HELP visits_total Visits.\n# TYPE visits_total counter\n\
             visits_total{by=\"ada\",when=\"a, b\"} 3\nvisits_total{by=\"bob\",when=\"\"} 0\n\
             # HELP size Size.\n# TYPE size histogram\nsize_bucket{le=\"1\"} 1\n\
             size_bucket{le=\"+Inf\"} 1\nsize_sum 0.5\nsize_count 1\n",
        );

        let declarations: Vec<String> = scrape.declarations().into_iter().collect();
        assert_eq!(
            declarations,
            ["size histogram", "visits_total counter by,when"]
        );
        let of_ada = scrape.series("visits_total", &[("by", "ada")]);
        assert_eq!(of_ada[0].value, 3.0);
        assert_eq!(of_ada[0].labels["when"], "a, b");
        assert_eq!(scrape.series("size_bucket", &[("le", "+Inf")]).len(), 1);
        assert_eq!(scrape.len(), 6);
    }
}
