//! The closed set of `method` labels.

use poem::http::Method;

/// The nine standard methods, then what stands for all others.
pub(super) const LABELS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "OTHER",
];

/// The place of GET in [`LABELS`].
pub(super) const GET: usize = 0;
/// The place of HEAD in [`LABELS`].
pub(super) const HEAD: usize = 1;

/// The place of `method` in [`LABELS`].
pub(super) fn index(method: &Method) -> usize {
    match *method {
        Method::GET => GET,
        Method::HEAD => HEAD,
        Method::POST => 2,
        Method::PUT => 3,
        Method::DELETE => 4,
        Method::CONNECT => 5,
        Method::OPTIONS => 6,
        Method::TRACE => 7,
        Method::PATCH => 8,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_at_the_index_of_its_method() {
        for (place, label) in LABELS.iter().enumerate() {
            let method = Method::from_bytes(label.as_bytes()).unwrap();

            assert_eq!(index(&method), place, "{label}");
        }
    }

    #[test]
    fn case_matters_and_strangers_are_other() {
        for name in ["get", "BREW", "PROPFIND"] {
            let method = Method::from_bytes(name.as_bytes()).unwrap();

            assert_eq!(LABELS[index(&method)], "OTHER", "{name}");
        }
    }
}
