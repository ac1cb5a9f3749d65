//! What every line says of where it comes from.

use tracing::{Level, Metadata};

/// How grave, from whom, and from which place in the code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) level: Level,
    pub(super) logger: &'a str,
    pub(super) module: &'a str,
    /// A dependency's file without the folder that the building machine kept it in.
    pub(super) file: Option<&'a str>,
    pub(super) line: Option<u32>,
}

impl<'a> Head<'a> {
    pub(super) fn of(metadata: &'a Metadata<'_>) -> Self {
        Self {
            level: *metadata.level(),
            logger: metadata.target(),
            module: metadata.module_path().unwrap_or(metadata.target()),
            file: metadata.file().map(within_package),
            line: metadata.line(),
        }
    }
}

/// A dependency's file from its package on.
pub(super) fn within_package(file: &str) -> &str {
    if !file.starts_with('/') {
        return file;
    }
    let package = file
        .rfind("/src/")
        .and_then(|sources| file[..sources].rfind('/'));
    package.map_or(file, |slash| &file[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::within_package;

    #[test]
    fn a_dependencys_file_is_named_from_its_package_on() {
        for (file, shown) in [
            (
                "/home/me/.cargo/registry/src/index/sqlx-0.9.0/src/pool/inner.rs",
                "sqlx-0.9.0/src/pool/inner.rs",
            ),
            ("services/things/src/main.rs", "services/things/src/main.rs"),
            ("/lib.rs", "/lib.rs"),
        ] {
            assert_eq!(within_package(file), shown);
        }
    }
}
