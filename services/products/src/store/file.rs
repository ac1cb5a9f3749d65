//! Whether the database's file is the one that the pool has open.
//!
//! Who deletes or replaces the file of a running service leaves it with one that nobody else sees,
//! and that is gone at its end, with all that was written meanwhile.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use tokio::task::spawn_blocking;

/// The file at a path, known again by the volume's number and its own.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    known: OnceLock<(u64, u64)>,
}

impl File {
    /// The first file that is seen at `path`.
    pub(super) fn at(path: PathBuf) -> Arc<Self> {
        let known = OnceLock::new();
        Arc::new(Self { path, known })
    }

    /// Sees that it is still there. One that was never there has yet to be made.
    pub(super) async fn check(self: Arc<Self>) -> io::Result<()> {
        let looked = spawn_blocking(move || self.look()).await;
        looked.map_err(io::Error::other)?
    }

    fn look(&self) -> io::Result<()> {
        let found = match fs::metadata(&self.path) {
            Ok(found) => (found.dev(), found.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.known.get().is_none() => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if *self.known.get_or_init(|| found) == found {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the file was replaced; a restart opens the new one",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_was_deleted_or_replaced_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("products.db");
        let file = File::at(path.clone());
        let check = || Arc::clone(&file).check();

        check().await.expect("it has yet to be made");
        fs::write(&path, "first").unwrap();
        check().await.expect("it was made");
        let aside = folder.path().join("aside.db");
        fs::rename(&path, &aside).unwrap();
        check().await.expect_err("it was moved away");
        fs::write(&path, "second").unwrap();
        check().await.expect_err("it was replaced");
        fs::rename(&aside, &path).unwrap();
        check().await.expect("it is back");
    }
}
