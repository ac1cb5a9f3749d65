//! Secrets taken out of a URL before it is printed.

use percent_encoding::percent_decode_str;

const MASK: &str = "***";

/// The URL with its password, in the user info or in the query, replaced by `***`.
///
/// Hides too much rather than too little: a password with an unescaped `/`, `?` or `@` goes as a
/// whole, since everything from the first `:` to the last `@` counts as one.
pub(super) fn mask_url(url: &str) -> String {
    match url.split_once('?') {
        Some((head, query)) => mask_user_info(&format!("{head}?{}", mask_query(query))),
        None => mask_user_info(url),
    }
}

/// The URL with all of its user info replaced by `***`: a lone user is often a token.
pub(super) fn mask_endpoint(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (_, host) = rest.rsplit_once('@')?;
        Some((scheme, host))
    });
    match parts {
        Some((scheme, host)) => format!("{scheme}://{MASK}@{host}"),
        None => url.to_owned(),
    }
}

fn mask_user_info(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (user_info, host) = rest.rsplit_once('@')?;
        let (user, _) = user_info.split_once(':')?;
        Some((scheme, user, host))
    });
    match parts {
        Some((scheme, user, host)) => format!("{scheme}://{user}:{MASK}@{host}"),
        None => url.to_owned(),
    }
}

fn mask_query(query: &str) -> String {
    let parameters: Vec<String> = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if names_a_password(name) => format!("{name}={MASK}"),
            _ => parameter.to_owned(),
        })
        .collect();
    parameters.join("&")
}

fn names_a_password(parameter: &str) -> bool {
    percent_decode_str(parameter)
        .decode_utf8_lossy()
        .to_ascii_lowercase()
        .contains("pass")
}

#[cfg(test)]
mod tests {
    use super::{mask_endpoint, mask_url};

    #[test]
    fn an_endpoint_keeps_neither_user_nor_password() {
        let cases = [
            ("https://user:secret@host:4317", "https://***@host:4317"),
            ("https://secret@host:4317", "https://***@host:4317"),
            ("https://a:sec@ret@host", "https://***@host"),
            ("http://host:4317", "http://host:4317"),
        ];

        for (url, masked) in cases {
            assert_eq!(mask_endpoint(url), masked);
        }
    }

    #[test]
    fn a_password_never_survives_masking() {
        let cases = [
            (
                "postgres://user:secret@host/db",
                "postgres://user:***@host/db",
            ),
            (
                "postgres://user:se@cret@host/db",
                "postgres://user:***@host/db",
            ),
            (
                "postgres://user:12/secret@host/db",
                "postgres://user:***@host/db",
            ),
            (
                "postgres://user:12?secret@host/db",
                "postgres://user:***@host/db",
            ),
            (
                "postgres://user:a:secret@host/db?sslmode=require",
                "postgres://user:***@host/db?sslmode=require",
            ),
            (
                "postgres://host/db?user=u&password=secret",
                "postgres://host/db?user=u&password=***",
            ),
            (
                "postgres://user@host:5432/db?password=se@cret",
                "postgres://user@host:5432/db?password=***",
            ),
            (
                "postgres://host/db?passwor%64=secret",
                "postgres://host/db?passwor%64=***",
            ),
            (
                "postgres://user:secret@host/db?PASSWORD=secret&a=b",
                "postgres://user:***@host/db?PASSWORD=***&a=b",
            ),
        ];

        for (url, masked) in cases {
            assert_eq!(mask_url(url), masked);
        }
    }

    #[test]
    fn a_url_without_a_password_stays_as_it_is() {
        for url in [
            "sqlite://data/products.db?mode=rwc",
            "postgres://user@host:5432/db",
            "postgres://host/db?sslmode=require",
        ] {
            assert_eq!(mask_url(url), url);
        }
    }
}
