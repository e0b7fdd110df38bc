//! Sockets that are there already, and folders that others can write to.

use std::{
    fs,
    num::NonZeroU32,
    os::unix::{
        fs::{MetadataExt as _, symlink},
        net::{UnixDatagram, UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use super::{SocketFile, SocketFileError};
use crate::private_folder::{
    NotPrivate,
    tests::{Place, set},
};

fn listen(path: &Path) -> Result<(SocketFile, UnixListener), SocketFileError> {
    SocketFile::listen(path, 0o600, NonZeroU32::new(16).unwrap())
}

fn names(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_socket_has_its_mode_and_goes_with_its_service() {
    let place = Place::new();
    for mode in [0o600, 0o660] {
        let path = place.join("made").join("http.sock");
        let (file, listener) =
            SocketFile::listen(&path, mode, NonZeroU32::new(16).unwrap()).unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().mode() & 0o777, mode);
        assert_eq!(names(&place.join("made")), std::slice::from_ref(&path));
        let _client = UnixStream::connect(file.path()).unwrap();
        listener.accept().unwrap();
        drop(file);
        assert!(names(&place.join("made")).is_empty());
    }
    assert_eq!(fs::metadata(place.join("made")).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn what_a_process_left_behind_is_replaced_and_one_that_listens_is_not() {
    let place = Place::new();
    let path = place.join("http.sock");
    drop(UnixListener::bind(&path).unwrap());
    let (first, listener) = listen(&path).unwrap();
    assert!(matches!(listen(&path), Err(SocketFileError::Taken(_))));
    // Also with a backlog that is full.
    let (_full, _held) = (listener, first);
    let small = place.join("small.sock");
    let (_small, _listener) = SocketFile::listen(&small, 0o600, NonZeroU32::MIN).unwrap();
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(UnixStream::connect(&small).unwrap());
    }
    assert!(matches!(listen(&small), Err(SocketFileError::Taken(_))));
    // And one of another kind.
    let datagrams = place.join("datagrams.sock");
    let _datagrams = UnixDatagram::bind(&datagrams).unwrap();
    assert!(matches!(listen(&datagrams), Err(SocketFileError::Taken(_))));
    assert!(UnixStream::connect(&path).is_ok());
    assert_eq!(names(&place.join("")).len(), 3);
}

#[test]
fn other_files_stay() {
    let place = Place::new();
    let path = place.join("http.sock");
    fs::write(&path, "a file").unwrap();
    assert!(matches!(listen(&path), Err(SocketFileError::Other(_))));
    assert_eq!(fs::read_to_string(&path).unwrap(), "a file");
    fs::remove_file(&path).unwrap();
    symlink(place.join("elsewhere"), &path).unwrap();
    assert!(matches!(listen(&path), Err(SocketFileError::Other(_))));
    assert_eq!(names(&place.join("")), [path]);
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let place = Place::new();
    let folder = place.join("open");
    fs::create_dir(&folder).unwrap();
    for (mode, fine) in [(0o777, false), (0o770, false), (0o1777, false), (0o755, true)] {
        set(&folder, mode);
        let listening = listen(&folder.join("http.sock"));
        match (listening, fine) {
            (Ok(_), true) => {}
            (Err(SocketFileError::NotPrivate(NotPrivate::Writable(..))), false) => {}
            (listening, _) => panic!("{mode:o}: {listening:?}"),
        }
        assert!(names(&folder).is_empty());
    }
}

#[test]
fn the_socket_of_a_service_that_came_later_is_not_removed() {
    let place = Place::new();
    let path = place.join("http.sock");
    let (first, listener) = listen(&path).unwrap();
    drop(listener);
    let (second, _listener) = listen(&path).unwrap();
    drop(first);
    assert!(UnixStream::connect(&path).is_ok());
    drop(second);
    assert!(names(&place.join("")).is_empty());
}

#[test]
fn a_path_that_is_too_long_is_told() {
    let place = Place::new();
    let path = place.join(&"x".repeat(110));
    let error = listen(&path).unwrap_err();
    assert!(matches!(error, SocketFileError::Io(..)), "{error}");
    assert!(names(&place.join("")).is_empty());
}
