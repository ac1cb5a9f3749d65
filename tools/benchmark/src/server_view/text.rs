//! Prometheus' text format (`text/plain; version=0.0.4`), sample by sample.
//!
//! It is read here for want of a crate to read it: `prometheus-parse` ends the labels at the first
//! `}`, which every route template has, `prom_text_format_parser` leaves escapes as they stand, and
//! `openmetrics-parser` is under the LGPL, which asks more of those who pass a binary on than the
//! licence of this workspace.

use anyhow::{Context, Result, ensure};

/// One line with a value.
#[derive(Debug, PartialEq)]
pub(super) struct Sample<'a> {
    /// The series' name, `_bucket` and the like included.
    pub(super) name: &'a str,
    labels: Vec<(&'a str, String)>,
    /// What it was at the time.
    pub(super) value: f64,
}

impl Sample<'_> {
    /// The value of a label.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(label, _)| *label == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The samples of a scrape, in their order; comments, types and times are left out.
///
/// # Errors
/// With the first line that is not of the format, and why.
pub(super) fn samples(text: &str) -> Result<Vec<Sample<'_>>> {
    let lines = text.lines().enumerate().map(|(at, line)| (at, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| {
            let sample = Line { rest: line }.sample();
            sample.with_context(|| format!("line {} is `{}`", at + 1, excerpt(line)))
        })
        .collect()
}

/// So much of a text as fits into a message.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut excerpt: String = text.chars().take(LONGEST).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}

/// What is left to read of a line.
struct Line<'a> {
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn sample(mut self) -> Result<Sample<'a>> {
        let name = self.name()?;
        let labels = if self.skip("{") {
            self.labels()?
        } else {
            Vec::new()
        };
        let mut words = self.rest.split_whitespace();
        let value = words.next().context("a value is missing")?;
        let value = value.parse().context("the value is no number")?;
        // What OpenMetrics puts behind a `#` is an exemplar.
        if let Some(time) = words.next().filter(|word| !word.starts_with('#')) {
            let _: f64 = time.parse().context("the time is no number")?;
        }
        Ok(Sample {
            name,
            labels,
            value,
        })
    }

    /// Reads `a="b",c="d"}`; a comma may stand before the brace.
    fn labels(&mut self) -> Result<Vec<(&'a str, String)>> {
        let mut labels = Vec::new();
        while !self.skip("}") {
            let name = self.name()?;
            ensure!(self.skip("="), "a label has no `=`");
            ensure!(self.rest.starts_with('"'), "a label's value has no quotes");
            labels.push((name, self.quoted()?));
            ensure!(
                self.skip(",") || self.rest.starts_with('}'),
                "labels have no comma between them"
            );
        }
        Ok(labels)
    }

    fn name(&mut self) -> Result<&'a str> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let end = self.rest.find(|c| !is_of_name(c));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        ensure!(
            !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()),
            "a name is missing"
        );
        self.rest = rest.trim_start();
        Ok(name)
    }

    /// Reads from one quote to the other and undoes the three escapes that there are.
    fn quoted(&mut self) -> Result<String> {
        let mut value = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next().context("a quote is not closed")? {
                '"' => break,
                '\\' => match chars.next().context("a quote is not closed")? {
                    'n' => value.push('\n'),
                    escaped @ ('\\' | '"') => value.push(escaped),
                    other => value.extend(['\\', other]),
                },
                plain => value.push(plain),
            }
        }
        self.rest = chars.as_str().trim_start();
        Ok(value)
    }

    /// Whether `text` is next; if so, it is passed, with the blanks after it.
    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.map_or(self.rest, str::trim_start);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_the_format_allows_is_read() {
        let table = [
            ("up 1", "up", "", 1.0, "no labels"),
            ("up{} 1.5e3 1395066363000", "up", "", 1500.0, "a time"),
            (
                "a{x=\"/t/{id}\"} 2",
                "a",
                "/t/{id}",
                2.0,
                "braces in a value",
            ),
            (
                "a{x=\"p,q=\\\"r\\\"\"} 2",
                "a",
                "p,q=\"r\"",
                2.0,
                "quotes, commas",
            ),
            (
                "a{x=\"\\\\n\\n\"} 2",
                "a",
                "\\n\n",
                2.0,
                "a backslash, a line feed",
            ),
            ("a{x=\"  b\"} 2", "a", "  b", 2.0, "blanks in a value"),
            (
                "a { y = \"\" , x = \"b\" , } -2",
                "a",
                "b",
                -2.0,
                "blanks, a last comma",
            ),
            (
                "a_bucket{x=\"\",le=\"+Inf\"}\t+Inf",
                "a_bucket",
                "",
                f64::INFINITY,
                "a tab",
            ),
            (
                "a:b 3 # {x=\"y\"} 1",
                "a:b",
                "",
                3.0,
                "an exemplar, as OpenMetrics has it",
            ),
        ];
        for (line, name, label, value, why) in table {
            let text = format!("# HELP a \"{{\n# TYPE a counter\n\n{line}\r\n");
            let read = samples(&text).unwrap();
            assert_eq!(read.len(), 1, "{why}");
            assert_eq!(read[0].name, name, "{why}");
            assert_eq!(read[0].label("x").unwrap_or_default(), label, "{why}");
            assert_eq!(read[0].value, value, "{why}");
        }
        assert!(samples("a NaN").unwrap()[0].value.is_nan());
    }

    #[test]
    fn what_is_not_of_the_format_is_refused_with_its_line() {
        let table = [
            ("<html>", "a name is missing"),
            ("{\"status\":\"ok\"}", "a name is missing"),
            ("up", "a value is missing"),
            ("up one", "the value is no number"),
            ("up 1 today", "the time is no number"),
            ("a{x=\"b\" 1", "no comma"),
            ("a{x=b} 1", "no quotes"),
            ("a{x} 1", "no `=`"),
            ("a{x=\"b} 1", "not closed"),
        ];
        for (line, why) in table {
            let error = format!("{:#}", samples(&format!("up 1\n{line}")).unwrap_err());
            assert!(error.contains(why), "{line}: {error}");
            assert!(error.contains(&format!("line 2 is `{line}`")), "{error}");
        }
    }
}
