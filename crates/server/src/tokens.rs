//! Who may act, by the tokens that they hold.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a token is compared by. It is all that is kept of a token.
type TokenDigest = [u8; 32];

/// What begins a token that is written as its digest.
const DIGEST_PREFIX: &str = "sha256:";
/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// Tokens and the names of those who hold them. Its `Debug` shows the names only.
#[derive(Clone)]
pub struct Tokens {
    holders: Vec<Holder>,
}

#[derive(Clone)]
struct Holder {
    name: String,
    digest: TokenDigest,
    line: usize,
}

/// What is wrong with the text of a token file. It never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .mistakes.join("\n"))]
pub struct TokensError {
    mistakes: Vec<String>,
}

impl TokensError {
    /// Every mistake with its line, in the order of lines; never empty.
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }
}

impl Tokens {
    /// Reads the text of a token file: a token a line, `NAME:TOKEN` or `NAME:sha256:HEX` (the
    /// token's SHA-256 in hexadecimal digits). Blank lines and lines that begin with `#` are
    /// skipped.
    ///
    /// # Errors
    /// Every line that is no token, and names or tokens that are given twice.
    pub fn parse(text: &str) -> Result<Tokens, TokensError> {
        let mut holders: Vec<Holder> = Vec::new();
        let mut mistakes = Vec::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match Holder::parse(line, index + 1).and_then(|holder| unique(holder, &holders)) {
                Ok(holder) => holders.push(holder),
                Err(mistake) => mistakes.push(format!("line {} {mistake}", index + 1)),
            }
        }
        if holders.is_empty() && mistakes.is_empty() {
            mistakes.push("there is no token in it".to_owned());
        }
        if !mistakes.is_empty() {
            return Err(TokensError { mistakes });
        }
        Ok(Tokens { holders })
    }

    /// The name of the one who holds `token`. How long it takes tells nothing about the tokens.
    pub fn holder(&self, token: &str) -> Option<&str> {
        let presented = digest(token);
        let mut found = None;
        for holder in &self.holders {
            if holder.digest.ct_eq(&presented).into() {
                found = Some(holder.name.as_str());
            }
        }
        found
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.holders.iter().map(|holder| &holder.name);
        f.debug_list().entries(names).finish()
    }
}

impl Holder {
    fn parse(text: &str, line: usize) -> Result<Holder, String> {
        let (name, token) = text.split_once(':').ok_or("is not NAME:TOKEN")?;
        let (name, token) = (name.trim(), token.trim());
        if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().all(is_visible) {
            return Err(format!(
                "has no name of 1 to {LONGEST_NAME} characters without space before the colon"
            ));
        }
        let digest = match token.strip_prefix(DIGEST_PREFIX) {
            Some(hex) => parse_digest(hex).ok_or("has no 64 hexadecimal digits after sha256:")?,
            None if token.is_empty() => return Err("has no token after the colon".to_owned()),
            // Others cannot be sent in a header.
            None if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                return Err("has a token with spaces or characters beyond ASCII".to_owned());
            }
            None => digest(token),
        };
        let name = name.to_owned();
        Ok(Holder { name, digest, line })
    }
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

fn unique(holder: Holder, others: &[Holder]) -> Result<Holder, String> {
    for other in others {
        if other.name == holder.name {
            return Err(format!("has the name of line {}", other.line));
        }
        // The log could not tell who acted.
        if other.digest == holder.digest {
            return Err(format!("has the token of line {}", other.line));
        }
    }
    Ok(holder)
}

fn digest(token: &str) -> TokenDigest {
    Sha256::digest(token.as_bytes()).into()
}

fn parse_digest(digits: &str) -> Option<TokenDigest> {
    let mut digest = TokenDigest::default();
    hex::decode_to_slice(digits, &mut digest).ok()?;
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf secret | sha256sum`.
    const SECRET: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    #[test]
    fn a_token_is_known_plain_or_by_its_digest() {
        let text = format!(
            "\u{feff}# operators\r\n\r\nada: s3cret \r\nbob:sha256:{}\neve:sha256:{}\n",
            SECRET.to_uppercase(),
            hex::encode(digest("a:b")),
        );

        let tokens = Tokens::parse(&text).unwrap();

        for (token, holder) in [
            ("s3cret", Some("ada")),
            ("secret", Some("bob")),
            ("a:b", Some("eve")),
            ("", None),
            ("S3cret", None),
            ("s3cret ", None),
            (SECRET, None),
        ] {
            assert_eq!(tokens.holder(token), holder, "{token:?}");
        }
        assert_eq!(format!("{tokens:?}"), r#"["ada", "bob", "eve"]"#);
    }

    #[test]
    fn a_token_may_have_colons() {
        let tokens = Tokens::parse("ada:a:b:sha256:c").unwrap();

        assert_eq!(tokens.holder("a:b:sha256:c"), Some("ada"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_without_the_token() {
        let same = format!("carl:sha256:{SECRET}");
        let text = [
            "ada:hunter2",
            "hunter2",
            ":hunter2",
            "a b:hunter2",
            "bob:",
            "bob:hunter2 hunter2",
            "bob:sha256:hunter2",
            "ada:other",
            "bob:secret",
            &same,
        ];

        let error = Tokens::parse(&text.join("\n")).unwrap_err();

        assert_eq!(
            error.mistakes(),
            [
                "line 2 is not NAME:TOKEN",
                "line 3 has no name of 1 to 64 characters without space before the colon",
                "line 4 has no name of 1 to 64 characters without space before the colon",
                "line 5 has no token after the colon",
                "line 6 has a token with spaces or characters beyond ASCII",
                "line 7 has no 64 hexadecimal digits after sha256:",
                "line 8 has the name of line 1",
                "line 10 has the token of line 9",
            ]
        );
    }

    #[test]
    fn a_file_without_a_token_is_a_mistake() {
        for text in ["", "\n", "# ada:secret\n"] {
            assert!(Tokens::parse(text).is_err(), "{text:?}");
        }
    }
}
