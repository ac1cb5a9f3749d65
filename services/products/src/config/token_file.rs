//! Files of tokens, which keys name.

use std::path::Path;

use server::Tokens;

use super::errors::{Flaw, Mistakes};

const REMEDY: &str = "write a token a line, NAME:TOKEN or NAME:sha256:HEX";

/// Reads the tokens in the file at `path`, which `key` names. What is wrong never quotes the path,
/// since people put a token itself where its file belongs, nor the file's text.
pub(super) fn read(
    path: &Path,
    key: &str,
    origin: &str,
    mistakes: &mut Mistakes,
) -> Option<Tokens> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let flaw = Flaw::new(
            format!("the file that it names cannot be read: {error}"),
            "name a readable file of tokens",
        );
        mistakes.add(key, origin, flaw);
    });
    Tokens::parse(&text.ok()?)
        .map_err(|error| {
            for mistake in error.mistakes() {
                let problem = format!("of the file that it names, {mistake}");
                mistakes.add(key, origin, Flaw::new(problem, REMEDY));
            }
        })
        .ok()
}
