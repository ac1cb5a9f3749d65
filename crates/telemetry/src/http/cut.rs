//! Requests that the server ends before they are through: neither their clients left nor their
//! handlers failed.

use std::cell::Cell;

thread_local! {
    static CUTTING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `end`, which drops connections of a server that stops. A request that ends with one of them
/// is logged as cut and, where it had no answer yet, counted as a 503.
pub fn cutting<T>(end: impl FnOnce() -> T) -> T {
    let _former = Former(CUTTING.replace(true));
    end()
}

/// Whether what is dropped now is cut by the server.
pub(super) fn is_cutting() -> bool {
    CUTTING.get()
}

/// Restores what was said before, whatever ends the work.
struct Former(bool);

impl Drop for Former {
    fn drop(&mut self) {
        CUTTING.set(self.0);
    }
}
