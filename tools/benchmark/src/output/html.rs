//! A page that tells a run to a reader: one file that needs nothing else.

mod figures;
mod tables;
mod words;

use askama::Template;
use chrono::DateTime;

use self::tables::{Fact, Table};
use crate::{
    results::{EndpointResult, Model, Results},
    server_view::ServerView,
    summary,
};

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    results: &'a Results,
    /// What each of the charts needs once.
    chart_style: String,
    summary: Vec<Fact>,
    levels: Table,
    level_figures: Vec<String>,
    endpoints: Table,
    profiles: Table,
    corrected: Table,
    courses: Vec<Course>,
    server: Table,
    configuration: Vec<Fact>,
}

/// What happened at one level, drawn.
struct Course {
    title: String,
    figures: Vec<String>,
}

/// The page.
pub(super) fn render(results: &Results) -> anyhow::Result<String> {
    let page = Page {
        results,
        chart_style: charts::style(),
        summary: tables::summary(results),
        levels: tables::levels(&results.levels),
        level_figures: figures::levels(&results.levels),
        endpoints: tables::endpoints(&results.results),
        profiles: tables::profiles(&results.results),
        corrected: tables::corrected(&results.results),
        courses: courses(&results.results),
        server: tables::server(&results.server),
        configuration: tables::configuration(results),
    };
    Ok(page.render()?)
}

fn courses(results: &[EndpointResult]) -> Vec<Course> {
    results
        .chunk_by(|one, next| one.users == next.users)
        .map(|level| Course {
            title: words::users(level[0].users),
            figures: figures::course(level),
        })
        .collect()
}

impl Page<'_> {
    /// From when response times count.
    fn clock(&self) -> &'static str {
        match self.results.config.model {
            Model::Closed => {
                "Closed model: a user sends when it has its last answer. Response times count from \
                 the moment a request was sent."
            }
            Model::Open => {
                "Open model: requests are sent by the clock. Response times count from the moment \
                 a request was meant to be sent."
            }
        }
    }

    fn verdict(&self) -> String {
        summary::saturation(self.results)
    }

    /// To the second, as people read it.
    fn begun(&self) -> String {
        let timestamp = &self.results.timestamp;
        DateTime::parse_from_rfc3339(timestamp).map_or_else(
            |_| timestamp.clone(),
            |begun| begun.to_utc().format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        )
    }

    fn asked_server(&self) -> bool {
        self.results.server != ServerView::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use scraper::{Html, Selector};

    use super::*;
    use crate::output::example::{self, HOSTILE};

    fn all() -> [Results; 3] {
        [example::results(), example::profile(), example::nothing()]
    }

    #[track_caller]
    fn page(results: &Results) -> Html {
        Html::parse_document(&render(results).expect("there is nothing that cannot be rendered"))
    }

    fn texts(page: &Html, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("it is a selector");
        page.select(&selector)
            .map(|element| element.text().collect::<String>())
            .collect()
    }

    #[test]
    fn the_page_is_well_formed() {
        for results in all() {
            let page = page(&results);

            assert!(page.errors.is_empty(), "{:?}", page.errors);
        }
    }

    #[test]
    fn the_page_needs_nothing_else() {
        let hosts = [
            "http://localhost:8000",
            "http://localhost:8000/metrics",
            "http://www.w3.org/2000/svg",
        ];
        let stop = |letter: char| letter.is_whitespace() || "\"'<>)".contains(letter);
        let html = render(&example::results()).expect("it can be rendered");

        for (start, _) in html.match_indices("http") {
            let address = html[start..].split(stop).next().unwrap_or_default();
            assert!(hosts.contains(&address), "{address}");
        }
        for reference in [
            "url(", "@import", "src=", "href=", "<link", "<script", "//cdn",
        ] {
            assert!(!html.contains(reference), "{reference}");
        }
    }

    #[test]
    fn names_are_text_wherever_they_stand() {
        let page = page(&example::results());

        let elements: BTreeSet<&str> = page
            .tree
            .nodes()
            .filter_map(|node| node.value().as_element())
            .map(|element| element.name())
            .collect();
        assert!(
            !elements.contains("script") && !elements.contains("b"),
            "{elements:?}"
        );
        let named = |text: &String| text.contains(HOSTILE);
        for place in [
            "section.endpoints td",
            "section.courses svg text",
            "section.configuration dd",
        ] {
            assert!(texts(&page, place).iter().any(named), "{place}");
        }
    }

    #[test]
    fn a_run_without_answers_has_no_numbers_that_are_none() {
        let html = render(&example::nothing()).expect("it can be rendered");

        assert!(!html.contains("NaN") && !html.contains(">inf"));
        assert!(html.contains("no data"));
    }

    #[test]
    fn what_was_not_is_not_told() {
        let mut results = example::results();
        (results.config.payload_bytes, results.config.ramp_up) = (0, 0.0);
        for result in &mut results.results {
            result.failed_requests = 0;
        }

        let page = page(&results);

        for (place, text) in [
            ("section.configuration dt", "payload"),
            ("section.configuration dt", "ramp-up"),
            ("section.courses svg text", "Failures"),
        ] {
            let found = texts(&page, place);
            assert!(!found.iter().any(|it| it == text), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_run_ended_by_hand_says_so() {
        let marks = |results| texts(&page(&results), ".interrupted").len();

        assert_eq!(marks(example::results()), 1);
        assert_eq!(marks(example::profile()), 0);
    }

    #[test]
    fn every_part_of_the_results_is_told() {
        let page = page(&example::results());

        for (place, expected, reason) in [
            ("section.summary div", "deleted at the end7", "the cleanup"),
            ("section.summary div", "left behind1", "what it left"),
            ("header p", "Begun 2026-01-02 03:04:05 UTC.", "when"),
            (
                "section.levels",
                "throughput stopped growing",
                "the verdict",
            ),
            ("section.corrected td", "corrected", "which is which"),
            ("section.server li", "10 requests fewer", "a disagreement"),
            ("section.server td", "179,990", "what the server counted"),
            ("section.endpoints td", "503: 900", "status codes"),
            ("section.configuration dd", "p95<50ms", "a threshold"),
            ("section.configuration dd", "GET /health × 3", "a weight"),
            ("section.courses svg text", "Failures", "what failed"),
        ] {
            let found = texts(&page, place);
            assert!(
                found.iter().any(|text| text.contains(expected)),
                "{reason}: {found:?}"
            );
        }
    }
}
