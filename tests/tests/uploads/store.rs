//! What is stored: who may read it, how it is found, what a process leaves behind.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    thread,
    time::{Duration, Instant},
};

use palisade::upload::Uploads;

use crate::{
    cut::{begin, beginning},
    file::png,
    service::{Part, Service},
};

#[test]
fn stored_files_are_listed_loaded_and_deleted() {
    let service = Service::start();
    let png = png();
    let ids: Vec<String> = (0..3)
        .map(|_| {
            service.send("/any", &[Part::file("image/png", &png)]).json()["id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let listed = service.server.get("/files").send().json();
    let listed: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["id"].as_str().unwrap().to_owned())
        .collect();
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(listed, sorted);
    let target = format!("/files/{}", ids[0]);
    assert_eq!(service.server.request("DELETE", &target).send().status, 204);
    assert_eq!(service.server.get(&target).send().status, 404);
    assert_eq!(service.server.request("DELETE", &target).send().status, 404);
    for bad in [
        "x",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        &ids[1].to_uppercase(),
        &format!("{}0", ids[1]),
    ] {
        let status = service.server.get(&format!("/files/{bad}")).send().status;
        assert!(matches!(status, 400 | 404 | 422), "{bad}: {status}");
    }
}

#[test]
fn files_are_for_their_user_alone() {
    let service = Service::start();
    service.send("/any", &[Part::file("image/png", &png())]);
    // One that is on its way, too.
    let _half = begin(&service, "/any", "application/gzip", &beginning());
    let patience = Instant::now() + Duration::from_secs(10);
    while service.incoming().is_empty() {
        assert!(Instant::now() < patience, "nothing was written");
        thread::sleep(Duration::from_millis(5));
    }
    let files = [service.stored(), service.incoming()].concat();
    assert_eq!(files.len(), 3, "a content, what is known of it, and half a file");
    for path in files {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
        let folder = fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777;
        assert_eq!(folder, 0o700);
    }
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
    let error = Uploads::in_folder(&open).unwrap_err();
    assert!(error.to_string().contains("other users can enter it"), "{error}");
}

#[test]
fn what_a_killed_process_left_is_removed_and_what_another_has_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let alive = Uploads::in_folder(&data).unwrap();
    let incoming = data.join("incoming");
    let runs = || {
        let mut names: Vec<_> = fs::read_dir(&incoming)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        names.sort();
        names
    };
    let own = runs();
    assert_eq!(own.len(), 1);
    // A process that has ended: its folder, its file, and a lock that no process holds.
    let dead = incoming.join("0123456789abcdef0123456789abcdef");
    fs::create_dir(&dead).unwrap();
    fs::write(dead.join("half"), b"half a file").unwrap();
    fs::write(incoming.join("0123456789abcdef0123456789abcdef.lock"), b"").unwrap();
    // And an entry that the store did not make.
    fs::create_dir(incoming.join("other")).unwrap();
    let second = Uploads::in_folder(&data).unwrap();
    assert!(!dead.exists());
    assert!(incoming.join("other").exists());
    assert!(runs().contains(&own[0]), "the other process goes on");
    drop((alive, second));
    assert_eq!(runs(), [incoming.join("other")]);
}
