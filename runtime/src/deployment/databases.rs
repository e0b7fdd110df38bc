//! The databases that this process opened.
//!
//! A service opens them before it is built, and hands them over inside of types of its own: what the
//! checks need is noted where they are opened.

use std::sync::{Mutex, PoisonError};

use palisade_policy::deploy::{Clock, Server, SqliteFact};

/// What is known of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Opened {
    pub(crate) servers: Vec<Server>,
    pub(crate) files: Vec<SqliteFact>,
    pub(crate) clock: Option<Clock>,
}

static OPENED: Mutex<Opened> =
    Mutex::new(Opened { servers: Vec::new(), files: Vec::new(), clock: None });

pub(crate) fn opened() -> Opened {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn note(change: impl FnOnce(&mut Opened)) {
    change(&mut OPENED.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Notes a server by its URL.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) fn note_server(url: &str) {
    let Some(server) = Server::of("the database's URL", url) else { return };
    note(|opened| {
        if !opened.servers.contains(&server) {
            opened.servers.push(server);
        }
    });
}

/// Compares the clock of a database's server with ours.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) fn compare_clock(theirs: i64) {
    let theirs = u64::try_from(theirs).unwrap_or_default();
    if let Some(clock) = super::apart("the database", theirs, super::now()) {
        note(|opened| opened.clock = Some(clock));
    }
}

/// Notes the disk of a SQLite file, where that is not one of this machine.
#[cfg(feature = "sqlite")]
pub(crate) fn note_file(path: &std::path::Path) {
    let Some(disk) = super::disk::of(path) else { return };
    let path = path.display().to_string();
    note(|opened| {
        if !opened.files.iter().any(|file| file.path == path) {
            opened.files.push(SqliteFact { path, disk });
        }
    });
}
