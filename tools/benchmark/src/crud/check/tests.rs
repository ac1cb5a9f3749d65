//! Answers, and what is found wrong with them.

use std::sync::Arc;

use hyper::header::{HeaderName, LINK, LOCATION};
use serde_json::json;

use super::*;
use crate::crud::{Scenario, Template, Weights};

/// A user with one object, `things/7`, which is number 1, and one that it deleted, `things/8`,
/// which was number 2.
fn user() -> User {
    let template = r#"{"name":"thing {{n}}","size":{"price":9.99}}"#;
    let template = Template::parse(template).unwrap();
    let scenario = Scenario::new("/things", template, Weights::default(), 100).unwrap();
    let mut user = User::new(Arc::new(scenario), 1);
    for (id, number) in [("7", 1), ("8", 2)] {
        user.objects.put(object(id, number));
    }
    user.objects.delete("8");
    user
}

fn object(id: &str, number: u64) -> Object {
    Object {
        id: id.to_owned(),
        number,
    }
}

/// What the service answers with for the object of this number.
fn body(id: impl Into<Value>, number: u64) -> Value {
    let mut fields = user().scenario.fields(number);
    fields.insert("id".to_owned(), id.into());
    fields.insert("made_at".to_owned(), "today".into());
    fields.into()
}

/// What is found wrong with an answer, and whether the user believes in an object `things/7`
/// afterwards, by its number.
fn found(
    user: &mut User,
    subject: Subject,
    (status, header, body): (u16, Option<(HeaderName, &str)>, &str),
) -> (Option<Fault>, Option<u64>) {
    let step = user.scenario.step(subject);
    let header = header.map(|(name, value)| (name, value.parse().unwrap()));
    let headers = HeaderMap::from_iter(header);
    let status = StatusCode::from_u16(status).unwrap();
    let fault = user.check(&step, status, &headers, body.as_bytes()).err();
    (fault, user.objects.live("7"))
}

/// Asserts what is said: nothing, `status`, or a part of the mismatch.
#[track_caller]
fn assert_said(fault: Option<Fault>, expected: &str, why: &str) {
    let said = match &fault {
        None => String::new(),
        Some(Fault::Status(_)) => "status".to_owned(),
        Some(Fault::Mismatch(said)) => said.clone(),
    };
    let right = said.contains(expected) && said.is_empty() == expected.is_empty();
    assert!(right, "{why}: {said:?}, not {expected:?}");
}

#[test]
fn a_creation_must_say_where_the_object_is_and_what_it_looks_like() {
    let new = body(9, 3).to_string();
    let at = |path| Some((LOCATION, path));
    let table = [
        (201, at("/things/9"), new.as_str(), "", "as it should be"),
        (201, at("http://a/b/things/9/"), &new, "", "another host"),
        (201, None, &new, "", "an id only"),
        (200, None, &new, "", "200 will do"),
        (201, at("/things/9"), "", "", "a location only"),
        (
            201,
            None,
            r#"{"name":"thing 3"}"#,
            "neither `Location` nor `id`",
            "no id",
        ),
        (
            201,
            at("/things/10"),
            &new,
            "ends in 10, `id` is 9",
            "two ids",
        ),
        (
            201,
            at("/things/a<b c"),
            "",
            "no part of a path",
            "nothing that can be asked for",
        ),
        (201, None, "[1]", "no object: [1]", "an array"),
        (201, None, "{", "no JSON", "cut off"),
        (
            201,
            None,
            &body(9, 4).to_string(),
            "`name` is \"thing 4\", not \"thing 3\"",
            "another",
        ),
        (
            201,
            None,
            r#"{"id":9,"name":"thing 3"}"#,
            "`size` is null",
            "a field is missing",
        ),
        (
            201,
            None,
            &body(7, 3).to_string(),
            "7 was given to two objects",
            "a taken id",
        ),
        (
            204,
            None,
            "",
            "204 No Content instead of 201",
            "no answer to the point",
        ),
        (
            307,
            at("/elsewhere"),
            "",
            "307 Temporary Redirect instead",
            "a redirect",
        ),
        (422, None, "{}", "status", "refused"),
        (503, None, "", "status", "failed"),
    ];
    for (status, header, body, expected, why) in table {
        let (fault, _) = found(&mut user(), Subject::New(3), (status, header, body));
        assert_said(fault, expected, why);
    }
}

#[test]
fn a_read_must_give_what_was_last_written() {
    let table = [
        (200, body(7, 1).to_string(), "", Some(1), "as it should be"),
        (
            200,
            body("7", 1).to_string(),
            "",
            Some(1),
            "an id that is text",
        ),
        (
            200,
            body(7, 3).to_string(),
            "`name` is \"thing 3\"",
            Some(1),
            "another version",
        ),
        (
            200,
            body(6, 1).to_string(),
            "`id` is 6, not 7",
            Some(1),
            "another object",
        ),
        (200, String::new(), "the body is empty", Some(1), "nothing"),
        (200, "null".to_owned(), "no object: null", Some(1), "null"),
        (
            404,
            String::new(),
            "must exist",
            None,
            "it is lost, and not asked for again",
        ),
        (410, String::new(), "must exist", None, "likewise"),
        (500, String::new(), "status", Some(1), "failed"),
    ];
    for (status, body, expected, after, why) in table {
        let subject = Subject::Live(object("7", 1));
        let (fault, live) = found(&mut user(), subject, (status, None, &body));
        assert_said(fault, expected, why);
        assert_eq!(live, after, "{why}");
    }
}

#[test]
fn a_replacement_is_believed_when_it_is_confirmed() {
    let table = [
        (200, body(7, 3).to_string(), "", Some(3), "as it should be"),
        (204, String::new(), "", Some(3), "without a body"),
        (
            200,
            body(7, 1).to_string(),
            "`name` is \"thing 1\"",
            Some(3),
            "the old version",
        ),
        (404, String::new(), "must exist", None, "it is lost"),
        (409, String::new(), "status", Some(1), "refused"),
        (429, String::new(), "status", Some(1), "not now"),
        (504, String::new(), "status", None, "it may have happened"),
        (408, String::new(), "status", None, "likewise"),
    ];
    for (status, body, expected, after, why) in table {
        let subject = Subject::Replaced(object("7", 3));
        let (fault, live) = found(&mut user(), subject, (status, None, &body));
        assert_said(fault, expected, why);
        assert_eq!(live, after, "{why}");
    }
}

#[test]
fn what_was_deleted_stays_deleted() {
    let table = [
        (204, "", "", None, "as it should be"),
        (200, "{}", "", None, "with a body"),
        (
            404,
            "",
            "must exist",
            None,
            "somebody else was there before",
        ),
        (403, "", "status", Some(1), "refused"),
        (500, "", "status", None, "it may have happened"),
    ];
    for (status, body, expected, after, why) in table {
        let subject = Subject::Doomed(object("7", 1));
        let (fault, live) = found(&mut user(), subject, (status, None, body));
        assert_said(fault, expected, why);
        assert_eq!(live, after, "{why}");
    }

    let table = [
        (404, String::new(), "", "as it should be"),
        (410, String::new(), "", "or so"),
        (
            200,
            body(8, 2).to_string(),
            "is there again",
            "it came back",
        ),
        (
            200,
            body(8, 5).to_string(),
            "",
            "somebody else's, with the same id",
        ),
        (502, String::new(), "status", "failed"),
    ];
    for (status, body, expected, why) in table {
        let subject = Subject::Deleted(object("8", 2));
        let (fault, _) = found(&mut user(), subject, (status, None, &body));
        assert_said(fault, expected, why);
    }
}

#[test]
fn a_list_has_nothing_that_is_out_of_date() {
    let others = [body(1, 50), body("x", 51), json!({"nameless": true})];
    let with = |more: &[Value]| Value::from([&others[..], more].concat());
    let link = |value| Some((LINK, value));
    let only_first = "</things>; rel=\"first\"";
    let table = [
        (None, with(&[]), "", "only others'; there may be more pages"),
        (None, with(&[body(7, 1)]), "", "as it should be"),
        (
            None,
            json!([{"id": 7, "name": "thing 1"}]),
            "",
            "some of the fields",
        ),
        (
            None,
            json!({"items": [body(7, 1)], "total": 1}),
            "",
            "a page with items",
        ),
        (None, json!({"data": []}), "", "a page with data"),
        (
            None,
            with(&[body(7, 3)]),
            "in the item 7, `name` is \"thing 3\"",
            "another version",
        ),
        (
            None,
            with(&[body(8, 2)]),
            "8 was deleted, and is in the list",
            "a deleted one",
        ),
        (
            None,
            with(&[body(8, 5)]),
            "",
            "somebody else's, with the same id",
        ),
        (None, json!([{"id": 8}]), "", "nothing to tell them apart"),
        (link(only_first), with(&[body(7, 1)]), "", "the whole list"),
        (
            link(only_first),
            with(&[]),
            "7 is not in it",
            "the whole list without it",
        ),
        (
            link("</t>; rel=first, </t?a=b>; rel=next"),
            with(&[]),
            "",
            "more pages",
        ),
        (
            link("</style.css>; rel=preload"),
            with(&[]),
            "",
            "a link to something else",
        ),
        (
            None,
            json!({"things": []}),
            "no array",
            "an unknown wrapper",
        ),
        (None, json!({"items": 7}), "no array", "no list of items"),
        (None, json!([7]), "not an array of objects: 7", "no objects"),
    ];
    for (header, body, expected, why) in table {
        let answer = (200, header, &*body.to_string());
        let (fault, live) = found(&mut user(), Subject::All, answer);
        assert_said(fault, expected, why);
        assert_eq!(live, Some(1), "{why}");
    }
    let (fault, _) = found(&mut user(), Subject::All, (500, None, ""));
    assert_said(fault, "status", "failed");
}

#[test]
fn an_object_of_unknown_state_is_only_deleted_at_the_end() {
    let mut user = user();
    let step = user.scenario.step(Subject::Replaced(object("7", 3)));

    user.unanswered(&step);

    assert_eq!(user.objects.live("7"), None);
    let deletions: Vec<Step> = user.leftovers().collect();
    assert_eq!(deletions.len(), 1);
    assert_eq!(deletions[0].path, "/things/7");
    assert_eq!(deletions[0].method, hyper::Method::DELETE);
}

#[test]
fn an_id_of_the_clients_own_choice_is_not_replaced() {
    let template = Template::parse(r#"{"id":"t{{n}} a","name":"{{n}}"}"#).unwrap();
    let scenario = Scenario::new("/things", template, Weights::default(), 1).unwrap();
    let mut user = User::new(Arc::new(scenario), 1);
    let created = user.scenario.step(Subject::New(5));
    let body = created.body.clone().unwrap();
    let headers = HeaderMap::new();
    user.check(&created, StatusCode::CREATED, &headers, &body)
        .unwrap();

    let replaced = user.scenario.step(Subject::Replaced(object("t5%20a", 6)));

    assert_eq!(replaced.path, "/things/t5%20a");
    assert_eq!(replaced.body.as_deref(), Some(&br#"{"name":"6"}"#[..]));
    let answer = br#"{"id":"t5 a","name":"6"}"#;
    let said = user.check(&replaced, StatusCode::OK, &headers, answer);
    assert_eq!(said, Ok(()));
}
