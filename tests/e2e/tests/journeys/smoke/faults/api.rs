//! Faults of the API.

use poem::http::Method;
use poem::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use serde_json::json;

use super::super::liar::Lie;
use super::{Fault, ask, asked, stale_after, tell};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        why: "a creation is answered with 200",
        step: "create",
        said: "expected status 201, got 200",
        lie: tell(|asked, told, _| {
            if asked.method == Method::POST {
                told.status = 200;
            }
        }),
    },
    Fault {
        why: "a creation that took effect is answered with 500",
        step: "create",
        said: "expected status 201, got 500 without a body",
        lie: tell(|asked, told, _| {
            if asked.method == Method::POST {
                told.status = 500;
                told.body.clear();
            }
        }),
    },
    Fault {
        why: "a creation is answered with another one's product, and all products are listed",
        step: "create",
        said: "expected name \"smoke-test-",
        lie: Lie {
            ask: |asked, _| {
                if asked.path.contains("?name=") {
                    "/products".clone_into(&mut asked.path);
                }
            },
            tell: |asked, told, _| {
                if asked.method == Method::POST {
                    told.body =
                        r#"{"id":1,"name":"Bystander","price":1099.99,"amount":7}"#.to_owned();
                }
            },
        },
    },
    Fault {
        why: "nobody says where the product is",
        step: "create",
        said: "expected Location, got none",
        lie: tell(|asked, told, _| {
            if asked.method == Method::POST {
                told.headers.remove(LOCATION);
            }
        }),
    },
    Fault {
        why: "the price is another",
        step: "create",
        said: "expected price 1099.99",
        lie: tell(|asked, told, _| {
            if asked.method == Method::POST {
                told.body = told.body.replace("1099.99", "1100");
            }
        }),
    },
    Fault {
        why: "a read has no ETag",
        step: "read",
        said: "expected ETag, got none",
        lie: tell(|asked, told, _| {
            if asked.product(&Method::GET) {
                told.headers.remove(ETAG);
            }
        }),
    },
    Fault {
        why: "a read has another body under the same ETag",
        step: "read",
        said: "\"amount\":6",
        lie: tell(|asked, told, _| {
            if asked.product(&Method::GET) {
                told.body = told.body.replace("\"amount\":7", "\"amount\":6");
            }
        }),
    },
    Fault {
        why: "a product is sent again to whoever has it",
        step: "unchanged",
        said: "expected status 304, got 200",
        lie: ask(|asked, _| {
            asked.headers.remove(IF_NONE_MATCH);
        }),
    },
    Fault {
        why: "conditions of writes are not looked at",
        step: "outdated",
        said: "expected status 412, got 200",
        lie: ask(|asked, _| {
            asked.headers.remove(IF_MATCH);
        }),
    },
    Fault {
        why: "a replacement keeps the version",
        step: "replace",
        said: "expected a new ETag",
        lie: tell(|asked, told, _| {
            if asked.product(&Method::PUT) && told.status == 200 {
                told.headers.insert(ETAG, asked.headers[IF_MATCH].clone());
            }
        }),
    },
    Fault {
        why: "a patch changes what it does not name",
        step: "patch",
        said: "expected price 0.5",
        lie: ask(|asked, _| {
            if asked.product(&Method::PATCH) {
                asked.body = json!({"amount": 9, "price": 3}).to_string().into_bytes();
            }
        }),
    },
    Fault {
        why: "a read after writes is old",
        step: "read again",
        said: "expected ETag:",
        lie: tell(|asked, told, history| stale_after(&Method::PATCH, asked, told, history)),
    },
    Fault {
        why: "the list is not filtered",
        step: "find",
        said: "Bystander",
        lie: ask(|asked, _| {
            if asked.path.contains("?name=") {
                "/products".clone_into(&mut asked.path);
            }
        }),
    },
    Fault {
        why: "the list lacks the product",
        step: "find",
        said: "got []",
        lie: tell(|asked, told, _| {
            if asked.path.contains("?name=") {
                "[]".clone_into(&mut told.body);
            }
        }),
    },
    Fault {
        why: "a deletion is not carried out at first",
        step: "gone",
        said: "expected status 404, got 200",
        lie: Lie {
            ask: |now, history| {
                if now.method == Method::DELETE && !asked(history, &Method::DELETE) {
                    now.method = Method::GET;
                }
            },
            tell: |asked, told, _| {
                if asked.method == Method::DELETE {
                    told.status = 204;
                    told.body.clear();
                }
            },
        },
    },
    Fault {
        why: "a deletion fails at first",
        step: "delete",
        said: "expected status 204, got 503",
        lie: tell(|now, told, history| {
            if now.method == Method::DELETE && !asked(history, &Method::DELETE) {
                told.status = 503;
            }
        }),
    },
];
