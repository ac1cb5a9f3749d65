//! What people look for in the line of a completed request.

/// The message of that line.
const COMPLETED: &str = "Request completed";

/// An answered request, in the words of the line that tells of it.
pub(super) struct Answer<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: &'a str,
    /// `850µs`, `1.2ms`, `3.45s`.
    pub(super) duration: String,
    /// `123B`, `1.2KiB`.
    pub(super) size: Option<String>,
}

impl<'a> Answer<'a> {
    /// Reads the fields of an event, if it is one of a completed request.
    pub(super) fn of(message: &str, fields: &'a [(&'static str, String)]) -> Option<Self> {
        if message != COMPLETED {
            return None;
        }
        let field = |wanted| {
            let found = fields.iter().find(|(key, _)| *key == wanted);
            found.map(|(_, value)| value.as_str())
        };
        Some(Self {
            method: field("method")?,
            path: field("path")?,
            status: field("status_code")?,
            duration: duration(field("duration_seconds")?.parse().ok()?),
            size: field("response_bytes").and_then(|bytes| Some(size(bytes.parse().ok()?))),
        })
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 0.001 {
        format!("{:.0}µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1}ms", seconds * 1e3)
    } else {
        format!("{seconds:.2}s")
    }
}

fn size(bytes: u64) -> String {
    let kib = bytes as f64 / 1024.0;
    if bytes < 1024 {
        format!("{bytes}B")
    } else if kib < 1024.0 {
        format!("{kib:.1}KiB")
    } else {
        format!("{:.1}MiB", kib / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_have_the_unit_that_suits_them() {
        for (seconds, shown) in [
            (0.0, "0µs"),
            (0.000_85, "850µs"),
            (0.001_234, "1.2ms"),
            (0.999, "999.0ms"),
            (12.345, "12.35s"),
        ] {
            assert_eq!(duration(seconds), shown);
        }
        for (bytes, shown) in [
            (0, "0B"),
            (1023, "1023B"),
            (1536, "1.5KiB"),
            (16 << 20, "16.0MiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
