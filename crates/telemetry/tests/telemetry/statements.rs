//! Queries of a database that goes without its own measure.

use std::{error::Error, fmt, future, io, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio::time::timeout;

use crate::app::{App, Scrape};

/// What a driver answers, with what it had as the reason.
#[derive(Debug)]
struct Refused(Cause);

type Cause = Option<Box<dyn Error + Send + Sync>>;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&**self.0.as_ref()?)
    }
}

fn give_up() -> io::Result<()> {
    panic!("in the driver")
}

fn queries(scrape: &Scrape, operation: &str) -> f64 {
    let count = scrape[&format!("db_queries_total{{operation=\"{operation}\"}}")];
    let timed = format!("db_query_duration_seconds_count{{operation=\"{operation}\"}}");
    assert_eq!(scrape[&timed], count, "{operation}: each query is timed");
    count
}

/// Those that there are: operation, kind, how many.
fn errors(scrape: &Scrape) -> Vec<(String, f64)> {
    let errors = scrape
        .iter()
        .filter_map(|(series, count)| Some((series.strip_prefix("db_query_errors_total")?, count)));
    errors
        .filter(|(_, count)| **count > 0.0)
        .map(|(labels, count)| (labels.to_owned(), *count))
        .collect()
}

#[tokio::test]
async fn queries_are_counted_by_the_verb_of_their_statement() {
    let app = App::new();

    for (statement, operation) in [
        ("select", "select"),
        ("SELECT * FROM things", "select"),
        ("with old as (select 1) delete from things", "delete"),
        ("INSERT INTO things VALUES (1)", "insert"),
        ("update", "update"),
        ("find_things", "other"),
        ("", "other"),
    ] {
        let before = queries(&app.scrape().await, operation);
        let query = async { Ok::<_, io::Error>(7) };
        let answer = app.metrics().track_db_query(statement, query).await;

        assert_eq!(answer.unwrap(), 7);
        let after = queries(&app.scrape().await, operation);
        assert_eq!(after, before + 1.0, "{statement}");
    }
    assert_eq!(errors(&app.scrape().await), []);
}

#[tokio::test]
async fn errors_are_counted_by_what_caused_them() {
    let late = timeout(Duration::ZERO, future::pending::<()>()).await;
    let table: [(Cause, &str, &str); 5] = [
        (None, "other", "nothing known"),
        (Some(Box::new(late.unwrap_err())), "timeout", "tokio's"),
        (
            Some(Box::new(io::Error::from(io::ErrorKind::TimedOut))),
            "timeout",
            "the wire's",
        ),
        (
            Some(Box::new(io::Error::from(io::ErrorKind::BrokenPipe))),
            "connection",
            "a broken wire",
        ),
        (
            Some(Box::new(Refused(Some(Box::new(io::Error::from(
                io::ErrorKind::ConnectionRefused,
            )))))),
            "connection",
            "a cause's cause",
        ),
    ];
    for (cause, kind, why) in table {
        let app = App::new();
        let refused = Refused(cause);

        let query = async { Err::<(), _>(refused) };
        let answer = app.metrics().track_db_query("DELETE", query).await;

        assert!(answer.is_err());
        let labels = format!("{{kind=\"{kind}\",operation=\"delete\"}}");
        assert_eq!(errors(&app.scrape().await), [(labels, 1.0)], "{why}");
    }
}

#[tokio::test]
async fn a_query_that_is_dropped_is_no_error_and_one_that_panics_is() {
    let app = App::new();
    let stuck = future::pending::<io::Result<()>>();

    drop(app.metrics().track_db_query("SELECT", stuck));
    let query = async { give_up() };
    let panicking = AssertUnwindSafe(app.metrics().track_db_query("UPDATE", query));
    assert!(panicking.catch_unwind().await.is_err());

    let scrape = app.scrape().await;
    assert_eq!(queries(&scrape, "select"), 1.0);
    assert_eq!(queries(&scrape, "update"), 1.0);
    let labels = "{kind=\"other\",operation=\"update\"}".to_owned();
    assert_eq!(errors(&scrape), [(labels, 1.0)]);
}
