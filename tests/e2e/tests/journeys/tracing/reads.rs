//! Reads and writes followed through the cache.

use e2e::{Client, Store};
use reqwest::Method;
use servers::{Collector, Redis, Span, poll_until};

use super::{BODY, CALLER, DEADLINE, TRACE, launch, named};

/// Where the keys of this test are.
const PREFIX: &str = "tracing-reads";

async fn traced(api: &Client, method: Method, body: &str, trace: &str) {
    let path = match method {
        Method::POST => "/products",
        _ => "/products/1",
    };
    let request = api.with_json(method, path, body.to_owned());
    let answer = api.send(request.header("traceparent", format!("00-{trace}-{CALLER}-01")));
    let status = answer.await.status;
    assert!([200, 201].contains(&status), "{path}: {status}");
}

/// The one span of this name in a trace.
#[track_caller]
fn one(spans: &[Span], trace: &str, name: &str) -> Span {
    let of_trace = spans.iter().filter(|span| span.trace_id == trace);
    let of_trace: Vec<Span> = of_trace.cloned().collect();
    let found = named(&of_trace, name);
    let all = of_trace.iter().filter(|span| span.name == name);
    assert_eq!(all.count(), 1, "{name}: {of_trace:#?}");
    found.clone()
}

#[track_caller]
fn is_call(span: &Span, request: &Span, system: &str, operation: &str) {
    assert_eq!(span.kind, "SPAN_KIND_CLIENT", "{span:?}");
    assert_eq!(span.parent_id, request.span_id, "{span:?}");
    assert_eq!(span.attribute("db.system.name"), system, "{span:?}");
    assert_eq!(span.attribute("db.operation.name"), operation, "{span:?}");
    assert_eq!(span.status, "STATUS_CODE_UNSET", "{span:?}");
}

#[tokio::test]
async fn a_read_is_followed_through_redis_to_the_database_and_a_write_to_redis() {
    let (collector, redis) = (Collector::start().unwrap(), Redis::shared());
    let launch = launch(&collector.url())
        .set("cache.key_prefix", PREFIX)
        // A busy machine may be slow.
        .set("cache.operation_timeout", "10s")
        .variable("REDIS_URL", &redis.url());
    let service = launch.on(&Store::postgres()).await;
    let api = service.client();
    let writing = TRACE.replace('4', "5");
    traced(&api, Method::POST, BODY, &writing).await;
    let key = format!("{PREFIX}:1");
    assert_eq!(redis.command(&["DEL", &key]).unwrap(), "1");

    traced(&api, Method::GET, "", TRACE).await;
    poll_until("what was read to be offered", DEADLINE, || async {
        let found = redis.command(&["EXISTS", &key]).unwrap();
        if found == "1" { Ok(()) } else { Err(found) }
    })
    .await;
    service.terminate();
    let ended = service.end().await;

    assert_eq!(ended.code, 0, "{}", ended.stdout);
    let spans = collector.spans();
    let read = one(&spans, TRACE, "GET /products/{product_id}");
    assert_eq!(read.kind, "SPAN_KIND_SERVER");
    assert_eq!(read.parent_id, CALLER);
    is_call(&one(&spans, TRACE, "GET"), &read, "redis", "GET");
    let select = one(&spans, TRACE, "SELECT products");
    is_call(&select, &read, "postgresql", "SELECT");
    is_call(&one(&spans, TRACE, "EVALSHA"), &read, "redis", "EVALSHA");
    let write = one(&spans, &writing, "POST /products");
    let publication = one(&spans, &writing, "EVALSHA");
    is_call(&publication, &write, "redis", "EVALSHA");
    let heartbeats = spans.iter().filter(|span| span.name == "PUBLISH");
    assert_eq!(heartbeats.count(), 0, "nobody asked for them");
    assert!(!ended.stdout.contains("Cannot export traces"));
}
