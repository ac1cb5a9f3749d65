//! The token that is sent along.

use std::fs;

use hyper::header::HeaderValue;

/// Reads a file that holds a token and nothing else, but for a line end; gives the value of
/// `Authorization`, which its `Debug` does not show.
///
/// # Errors
/// When the file cannot be read or holds something else; what it holds is not repeated.
pub(super) fn read(path: &str) -> Result<HeaderValue, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let token = text.trim();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "must hold one token of printable ASCII characters and nothing else".to_owned(),
        );
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| "cannot be sent in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_one_token_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let path = path.to_str().unwrap();
        for (content, sent) in [
            ("s3cret", Some("Bearer s3cret")),
            ("s3cret\n", Some("Bearer s3cret")),
            ("", None),
            ("\n", None),
            ("two words", None),
            ("two\nlines", None),
            ("schlüssel", None),
        ] {
            fs::write(path, content).unwrap();

            let value = read(path);

            let found = value.as_ref().ok().map(|value| value.to_str().unwrap());
            assert_eq!(found, sent, "{content:?}");
            assert!(!format!("{value:?}").contains("s3cret"), "{value:?}");
        }
        assert!(read("absent").is_err());
    }
}
