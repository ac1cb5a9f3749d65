//! Where the disk is that products fill.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use secrecy::ExposeSecret;

use crate::config::Database;

/// The folder of the database's file; with a database server the working directory.
pub fn folder(settings: &Database) -> PathBuf {
    let url = settings.url.expose_secret();
    let options = url.starts_with("sqlite:").then_some(url);
    let options = options.and_then(|url| SqliteConnectOptions::from_str(url).ok());
    let file = options.as_ref().map(SqliteConnectOptions::get_filename);
    file.and_then(Path::parent)
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn the_folder_is_that_of_the_file_or_the_working_directory() {
        let table = [
            ("sqlite:///var/lib/products.db", "/var/lib", "absolute"),
            ("sqlite://data/products.db?mode=rwc", "data", "relative"),
            ("sqlite://products.db", ".", "in the working directory"),
            ("postgres://server/data/products", ".", "no file at all"),
        ];
        for (url, expected, why) in table {
            let sources = Sources {
                flags: vec![("database.url".to_owned(), url.to_owned())],
                ..Sources::default()
            };
            let config = Config::load(&sources).unwrap();

            assert_eq!(folder(&config.database), Path::new(expected), "{why}");
        }
    }
}
