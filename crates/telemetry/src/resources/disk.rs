//! A volume and the room on it.

use std::{io, path::Path};

use serde::Serialize;

use super::share;

/// A volume, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Disk {
    /// Its size.
    pub total: u64,
    /// Room left for programs that are not root's.
    pub free: u64,
    /// The share of what such programs can have that is in use, 0 to 100, with one decimal; `df`
    /// and psutil count alike.
    pub percent: f64,
}

impl Disk {
    /// Asks for the volume of a file or folder now. It blocks for as long as the volume does not
    /// answer, which may be for ever.
    ///
    /// # Errors
    ///
    /// Of the system, when there is no such path.
    pub fn of(path: impl AsRef<Path>) -> io::Result<Self> {
        let volume = rustix::fs::statvfs(path.as_ref())?;
        let bytes = |blocks: u64| blocks.saturating_mul(volume.f_frsize);
        let used = bytes(volume.f_blocks.saturating_sub(volume.f_bfree));
        let free = bytes(volume.f_bavail);
        Ok(Self {
            total: bytes(volume.f_blocks),
            free,
            percent: share(used, used.saturating_add(free)),
        })
    }
}
