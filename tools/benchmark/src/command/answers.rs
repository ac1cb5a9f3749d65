//! Whether there were good answers: figures of an endpoint without any are those of something else.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::results::EndpointResult;

/// What each endpoint answered at each level, in one run or in several.
#[derive(Debug, Default)]
pub(super) struct Answers(IndexMap<(String, u32), Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: u64,
    good: u64,
    /// What was aborted might have been good.
    aborted: u64,
    /// By status or kind of error.
    failed: BTreeMap<String, u64>,
}

impl Answers {
    /// Adds those of a run.
    pub(super) fn add(&mut self, results: &[EndpointResult]) {
        for result in results {
            let name = format!("{} {}", result.method, result.endpoint);
            let counts = self.0.entry((name, result.users)).or_default();
            counts.requests += result.total_requests;
            counts.good += result.successful_requests;
            counts.aborted += result.aborted();
            let codes = result.status_codes.iter();
            let codes = codes.map(|(code, count)| (format!("status {code}"), count));
            let kinds = result.errors.iter().filter(|(kind, _)| *kind != "status");
            for (kind, count) in codes.chain(kinds.map(|(kind, count)| (kind.clone(), count))) {
                *counts.failed.entry(kind).or_default() += count;
            }
        }
    }

    /// Says which endpoints gave no good answer, or that nobody was asked.
    pub(super) fn complaints(&self, interrupted: bool) -> Vec<String> {
        if self.0.values().all(|counts| counts.requests == 0) && !interrupted {
            return vec!["not one request was sent: the time was too short".to_owned()];
        }
        let endpoints = self.0.iter();
        endpoints
            .filter_map(|((name, _), counts)| Some(format!("{name}: {}", counts.complaint()?)))
            .collect()
    }
}

impl Counts {
    fn complaint(&self) -> Option<String> {
        if self.good > 0 || self.requests == self.aborted {
            return None;
        }
        let most = self.failed.iter().max_by_key(|(_, count)| **count);
        let most = most.map_or("", |(kind, _)| kind);
        let hint = match most {
            "status 404" => ": is the path right?",
            "status 405" => ": is the method right?",
            "status 401" | "status 403" => ": does it need a --header with credentials?",
            "status 400" | "status 415" | "status 422" => ": is the payload right?",
            "connection" | "protocol" => ": is the service still there, and is the scheme right?",
            _ => "",
        };
        let requests = self.requests;
        Some(format!(
            "not one of {requests} requests succeeded, most ended with {most}{hint}"
        ))
    }
}
