//! `make soak` runs each journey that can be made longer.

use std::fs;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const JOURNEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journeys");

/// The variable that a journey is made longer by, if there is one.
fn variable(journey: &str) -> Option<&str> {
    let (_, rest) = journey.split_once("env::var(\"")?;
    rest.split_once('"').map(|(name, _)| name)
}

#[test]
fn a_soak_lengthens_every_journey_that_can_be_longer() {
    let makefile = fs::read_to_string(format!("{ROOT}/Makefile")).expect("Makefile is there");
    let recipe = makefile.split("\nsoak:").nth(1).expect("there is a soak");
    let recipe = recipe.split("\n\n").next().unwrap_or_default();
    let mut longer = 0;
    for entry in fs::read_dir(JOURNEYS).expect("the journeys are there") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // This file only speaks of such variables.
        let journey = fs::read_to_string(&path).ok().filter(|_| name != "soak");
        let Some(variable) = journey.as_deref().and_then(variable) else {
            continue;
        };

        assert!(recipe.contains(&format!("{variable}=")), "{name}: {recipe}");
        assert!(recipe.contains(&format!(" {name}::")), "{name}: {recipe}");
        longer += 1;
    }
    assert!(longer >= 2, "{longer}");
}
