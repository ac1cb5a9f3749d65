//! Where client and server disagree, said in sentences with both numbers.

use super::{
    Scrape, ServerEndpoint,
    asked::Asked,
    scrape::{DURATION, REQUESTS},
};

/// A difference between shares of 5xx that says nothing when the counts differ as well: in percent.
const SAME_SHARE: f64 = 0.1;

/// A difference between means that the way there and back, and the work of the client, explain: in
/// seconds.
const SAME_MEAN: f64 = 0.001;

/// What client and server say differently of one route.
pub(super) fn disagreements(server: &ServerEndpoint, asked: &Asked) -> Vec<String> {
    let found = [
        count(server, asked),
        server_errors(server, asked),
        mean(server),
    ];
    found.into_iter().flatten().collect()
}

fn count(server: &ServerEndpoint, asked: &Asked) -> Option<String> {
    let (counted, sent) = (server.requests, asked.requests);
    let both = format!(
        "The server counted {counted} requests to {}, the client sent {sent}",
        name(server)
    );
    if counted > sent {
        return Some(format!(
            "{both}: somebody else asked it too, or requests were repeated on the way."
        ));
    }
    let lost = sent - counted;
    let unanswered = match asked.unanswered {
        0 => String::new(),
        some => format!("; the client got no answer to {some}"),
    };
    (lost > 0)
        .then(|| format!("{both}: {lost} were lost on the way, or were not counted{unanswered}."))
}

fn server_errors(server: &ServerEndpoint, asked: &Asked) -> Option<String> {
    let codes = server.status_codes.iter();
    let at_server: u64 = codes.filter_map(super::asked::server_error).sum();
    let at_client = asked.server_errors;
    let share = |count: u64, percent: f64, of: u64| format!("{count} of {of} ({percent:.2} %)");
    let shares_differ = (server.error_rate - server.client_error_rate).abs() > SAME_SHARE;
    let differ = at_server != at_client && (server.requests == asked.requests || shares_differ);
    differ.then(|| {
        format!(
            "To {} the server answered {} requests with 5xx, the client saw {}.",
            name(server),
            share(at_server, server.error_rate, server.requests),
            share(at_client, server.client_error_rate, asked.requests),
        )
    })
}

fn mean(server: &ServerEndpoint) -> Option<String> {
    let (inside, outside) = (server.avg_response_time, server.client_avg_response_time);
    let far = outside > 2.0 * inside && outside - inside > SAME_MEAN;
    (far && inside > 0.0).then(|| {
        format!(
            "The server took {} for a request to {} in the mean, the client waited {}: most of \
             that time passed outside of what the server measures, in the queues of its kernel \
             and of its accept loop or on the network, or the client itself is saturated.",
            milliseconds(inside),
            name(server),
            milliseconds(outside),
        )
    })
}

/// That the server began to count anew.
pub(super) fn restarted(endpoints: &[ServerEndpoint]) -> String {
    let counted: u64 = endpoints.iter().map(|it| it.requests).sum();
    let sent: u64 = endpoints.iter().map(|it| it.client_requests).sum();
    format!(
        "The server was restarted during the run, or another instance of it answered: since its \
         start it counted {counted} of these requests, the client sent {sent}."
    )
}

/// What the metrics at `url` do not have.
pub(super) fn missing(url: &str, scrape: &Scrape) -> Vec<String> {
    let counts = scrape.counts.is_none().then(|| {
        format!(
            "What the server counted is not known: it needs a counter {REQUESTS} with the labels \
             method, endpoint and status_code, and {url} has none."
        )
    });
    let times = scrape.times.is_none().then(|| {
        format!(
            "How long the server took is not known: it needs a histogram {DURATION} with the \
             labels method and endpoint, and {url} has none."
        )
    });
    counts.into_iter().chain(times).collect()
}

fn name(server: &ServerEndpoint) -> String {
    format!("{} {}", server.method, server.endpoint)
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3} ms", 1000.0 * seconds)
}
