//! Faults of the cache.

use poem::http::header::HeaderName;
use poem::http::{HeaderValue, Method};

use super::{Fault, asked, stale_after, tell};

const X_CACHE: HeaderName = HeaderName::from_static("x-cache");

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        why: "nothing is cached",
        step: "hit",
        said: "the cache is off",
        lie: tell(|_, told, _| {
            told.headers
                .insert(X_CACHE, HeaderValue::from_static("bypass"));
        }),
    },
    Fault {
        why: "nothing that is cached is found",
        step: "hit",
        said: "expected X-Cache: hit, got miss",
        lie: tell(|_, told, _| {
            told.headers
                .insert(X_CACHE, HeaderValue::from_static("miss"));
        }),
    },
    Fault {
        why: "reads fail, which says nothing of the cache",
        step: "hit",
        said: "hit: not within 1s: GET",
        lie: tell(|asked, told, _| {
            if asked.product(&Method::GET) {
                told.status = 503;
            }
        }),
    },
    Fault {
        why: "who has written reads what was there before",
        step: "not old",
        said: "expected ETag:",
        lie: tell(|asked, told, history| stale_after(&Method::PATCH, asked, told, history)),
    },
    Fault {
        why: "others read what was there before",
        step: "not old for others",
        said: "expected ETag:",
        lie: tell(|asked, told, history| {
            let last = history.last().map(|(asked, _)| &asked.method);
            // The writer's own read comes right after its write.
            if last != Some(&Method::PATCH) {
                stale_after(&Method::PATCH, asked, told, history);
            }
        }),
    },
    Fault {
        why: "nothing is cached again after a write",
        step: "hit again",
        said: "expected X-Cache: hit, got miss",
        lie: tell(|_, told, history| {
            if asked(history, &Method::PATCH) {
                told.headers
                    .insert(X_CACHE, HeaderValue::from_static("miss"));
            }
        }),
    },
    Fault {
        why: "a deleted product is served",
        step: "gone",
        said: "expected status 404, got 200",
        lie: tell(|asked, told, history| stale_after(&Method::DELETE, asked, told, history)),
    },
];
