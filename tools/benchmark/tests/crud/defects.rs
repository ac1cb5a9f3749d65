//! What a store does wrong is found, and nothing else.

use std::{collections::BTreeMap, sync::Arc};

use benchmark::crud::{Operation, Scenario, Template, User, Weights};

use crate::store::{Defect, Store};

const REQUESTS: usize = 1_000;

/// The mismatches that several users find in a store, by operation and text.
fn mismatches(store: &mut Store, users: &mut [User]) -> BTreeMap<Operation, Vec<String>> {
    let mut mismatches: BTreeMap<Operation, Vec<String>> = BTreeMap::new();
    for at in 0..REQUESTS {
        let user = &mut users[at % 3];
        let step = user.next();
        let (status, headers, body) = store.answer(&step);
        if let Err(fault) = user.check(&step, status, &headers, &body) {
            assert_eq!(fault.kind(), "mismatch", "{step:?}: {fault}");
            let said = mismatches.entry(step.operation).or_default();
            said.push(fault.to_string());
        }
    }
    mismatches
}

fn users() -> Vec<User> {
    let template = r#"{"name":"thing {{n}}","price":999.99,"amount":1000}"#;
    let template = Template::parse(template).unwrap();
    let scenario = Scenario::new("/things", template, Weights::default(), 1).unwrap();
    let scenario = Arc::new(scenario);
    let seeds = 0..3;
    seeds
        .map(|seed| User::new(Arc::clone(&scenario), seed))
        .collect()
}

#[test]
fn nothing_is_wrong_with_a_store_that_does_all_right() {
    let mut store = Store::new(Defect::None);
    let mut users = users();

    assert_eq!(mismatches(&mut store, &mut users), BTreeMap::new());

    let leftovers: Vec<_> = users.into_iter().flat_map(User::leftovers).collect();
    assert_eq!(leftovers.len(), store.len(), "each object is known");
    for step in leftovers {
        assert_eq!(store.answer(&step).0, 204, "{step:?}");
    }
    assert_eq!(store.len(), 0);
}

#[test]
fn each_defect_is_found_where_it_shows() {
    let table = [
        (
            Defect::StaleRead,
            Operation::Get,
            "`amount` is",
            "a stale read",
        ),
        (
            Defect::LostUpdate,
            Operation::Get,
            "`amount` is",
            "a lost update, when it is read",
        ),
        (
            Defect::LostUpdate,
            Operation::List,
            "in the item",
            "a lost update, when it is listed",
        ),
        (
            Defect::LostCreation,
            Operation::Get,
            "it must exist",
            "a lost creation, read",
        ),
        (
            Defect::LostCreation,
            Operation::Update,
            "it must exist",
            "a lost creation, replaced",
        ),
        (
            Defect::LostCreation,
            Operation::Delete,
            "it must exist",
            "a lost creation, deleted",
        ),
        (
            Defect::ResurrectedDelete,
            Operation::Get,
            "is there again",
            "a resurrected delete",
        ),
        (
            Defect::StaleList,
            Operation::List,
            "in the item",
            "a stale list",
        ),
        (
            Defect::IncompleteList,
            Operation::List,
            "is not in it",
            "an incomplete list",
        ),
        (
            Defect::Rounding,
            Operation::Create,
            "`price` is",
            "a rounded price",
        ),
    ];
    for (defect, operation, expected, why) in table {
        let found = mismatches(&mut Store::new(defect), &mut users());
        let said = found.get(&operation).cloned().unwrap_or_default();
        assert!(
            said.iter().any(|it| it.contains(expected)),
            "{why}: {said:?}"
        );
    }
}

#[test]
fn operations_have_their_shares() {
    let mut store = Store::new(Defect::None);
    let mut user = users().remove(0);
    let mut counts: BTreeMap<Operation, usize> = BTreeMap::new();
    for _ in 0..REQUESTS {
        let step = user.next();
        *counts.entry(step.operation).or_default() += 1;
        let (status, headers, body) = store.answer(&step);
        user.check(&step, status, &headers, &body).unwrap();
    }

    let shares = [0.4, 0.2, 0.15, 0.15, 0.1];
    for (operation, share) in Operation::ALL.into_iter().zip(shares) {
        let found = counts[&operation] as f64 / REQUESTS as f64;
        assert!(
            (found - share).abs() < 0.05,
            "{operation}: {found}, not {share}"
        );
    }
}
