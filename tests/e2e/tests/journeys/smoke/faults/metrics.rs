//! Faults of the metrics.

use e2e::Answer;
use poem::http::HeaderValue;
use poem::http::header::CONTENT_TYPE;

use super::super::liar::History;
use super::{Fault, tell};

fn first_scrape(told: &mut Answer, history: &History) {
    let first = history.iter().find(|(asked, _)| asked.path == "/metrics");
    if let Some((_, first)) = first {
        *told = first.clone();
    }
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        why: "a scrape is of a type that Prometheus does not take",
        step: "scrape",
        said: "expected Content-Type: text/plain; version=0.0.4",
        lie: tell(|asked, told, _| {
            if asked.path == "/metrics" {
                let html = HeaderValue::from_static("text/html");
                told.headers.insert(CONTENT_TYPE, html);
            }
        }),
    },
    Fault {
        why: "a scrape lacks a family",
        step: "scrape",
        said: "the line # TYPE db_pool_max_connections gauge",
        lie: tell(|_, told, _| {
            told.body = told.body.replace("db_pool_max_connections", "db_pool_size");
        }),
    },
    Fault {
        why: "requests are not counted",
        step: "rise",
        said: "to rise above",
        lie: tell(|asked, told, history| {
            if asked.path == "/metrics" {
                first_scrape(told, history);
            }
        }),
    },
    Fault {
        why: "two replicas do not count, and one of them has counted more",
        step: "rise",
        said: "to rise above",
        lie: tell(|asked, told, history| {
            if asked.path == "/metrics" {
                first_scrape(told, history);
                if history.len() % 4 < 2 {
                    let start = "\nprocess_start_time_seconds ";
                    let series = "endpoint=\"/products\",method=\"GET\",status_code=\"200\"} ";
                    told.body = told.body.replace(start, &format!("{start}1"));
                    told.body = told.body.replace(series, &format!("{series}9"));
                }
            }
        }),
    },
];
