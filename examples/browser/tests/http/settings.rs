//! How the service starts, and when it does not.

use std::{fs, os::unix::fs::PermissionsExt as _};

use palisade_tests::redis::RedisServer;

use crate::{
    instance::{Instance, PASSWORD, command},
    refusal::refusal,
};

#[test]
fn without_any_setting_it_makes_a_password_and_says_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a folder? #1 100%");
    let book = Instance::start_in(&data, &[]);
    let file = data.join("admin-password");
    let password = fs::read_to_string(&file).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&file)), (0o700, 0o600));
    assert!(book.log().contains(&file.display().to_string()), "{}", book.log());
    assert!(!book.log().contains(password.trim()), "{}", book.log());
    assert_eq!(password.trim().len(), 22, "128 bits");
    let log_in = |book: &Instance, password: &str| {
        book.form("/login", &[("name", "admin"), ("password", password)]).send().status
    };
    assert_eq!(log_in(&book, password.trim()), 303);
    for guess in ["admin-admin", "password", "palisade"] {
        assert_eq!(log_in(&book, guess), 400, "{guess}");
    }
    book.write("kept");
    drop(book);

    // The same password and the same book; then the operator's own password, in place of it.
    let again = Instance::start_in(&data, &[]);
    assert_eq!(log_in(&again, password.trim()), 303);
    assert_eq!(again.texts(""), ["kept"]);
    drop(again);
    let own = Instance::start_in(&data, &[("BROWSER_ADMIN_PASSWORD", PASSWORD)]);
    assert_eq!((log_in(&own, PASSWORD), log_in(&own, password.trim())), (303, 400));
}

#[test]
fn what_cannot_work_keeps_it_from_starting() {
    for (settings, says, not) in [
        (&[("BROWSER_ADMIN_PASSWORD", "hunter2")][..], "BROWSER_ADMIN_PASSWORD", "hunter2"),
        (&[("BROWSER_ADMIN_PASSWORD", "iloveyou")], "most common", "iloveyou"),
        (&[("BROWSER_ADMIN_PASSWORD", "my-Admin-1")], "BROWSER_ADMIN_PASSWORD", "my-Admin-1"),
        (&[("BROWSER_ADMIN_PASSWORD", " ")], "BROWSER_ADMIN_PASSWORD (environment) is empty", "\0"),
        (&[("PALISADE_ADMIN_PASSWORD", PASSWORD)], "PALISADE_ADMIN_PASSWORD", PASSWORD),
        (&[("PALISADE_CORS_ORIGINS", "*")], "PALISADE_CORS_ORIGINS", "\0"),
        (&[("PALISADE_REDIS_URL", "redis://u:hunter22@127.0.0.1:1")], "Redis", "hunter22"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let said = refusal(command(&data).envs(settings.iter().copied()));
        assert!(said.contains(says), "{settings:?}: {said}");
        assert!(!said.contains(not), "{settings:?}: {said}");
    }
}

#[test]
fn the_book_is_private_and_a_folder_that_others_can_enter_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let book = Instance::start_in(&data, &[]);
    book.write("kept");
    for file in ["browser.sqlite", "browser.sqlite-wal", "browser.sqlite-shm"] {
        let mode = fs::metadata(data.join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    drop(book);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    let said = refusal(&mut command(&data));
    assert!(said.contains("chmod 700"), "{said}");
}

#[test]
fn a_password_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Instance::start_in(&data, &[]));
    let file = data.join("admin-password");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let said = refusal(&mut command(&data));
    assert!(said.contains("mode 640"), "{said}");
}

#[test]
fn sessions_in_redis_outlive_the_process_but_not_the_password() {
    let Some(redis) = RedisServer::launch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let url = redis.url();
    let start = |password| {
        let settings = [("PALISADE_REDIS_URL", url.as_str()), ("BROWSER_ADMIN_PASSWORD", password)];
        Instance::start_in(&folder.path().join("data"), &settings)
    };
    let log_in = |book: &Instance, password| {
        let answer = book.form("/login", &[("name", "admin"), ("password", password)]).send();
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    };
    let admin = |book: &Instance, cookie: &str| {
        book.request("GET", "/admin").header("Cookie", cookie).send().status
    };
    let first = start(PASSWORD);
    let (one, two) = (log_in(&first, PASSWORD), log_in(&first, PASSWORD));
    drop(first);
    let second = start(PASSWORD);
    assert_eq!([admin(&second, &one), admin(&second, &two)], [200, 200]);
    assert_eq!(second.request("POST", "/logout").header("Cookie", &one).send().status, 303);
    assert_eq!([admin(&second, &one), admin(&second, &two)], [401, 200]);
    drop(second);

    let other = "another horse battery";
    let third = start(other);
    assert_eq!(admin(&third, &two), 401, "a session of the old password");
    let three = log_in(&third, other);
    drop(third);
    assert_eq!(admin(&start(other), &three), 200, "one of the new password goes on");
}

#[test]
fn settings_are_printed_and_checked_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |argument: &str| {
        let output = command(&data).args([argument, "--set", "backlog=99"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = run("--print-settings");
    for line in ["[browser]", "backlog = \"99\"  # command line; default: \"1024\""] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let origin = "\"  # environment; default: \".palisade\"";
    assert!(printed.lines().any(|line| line.starts_with("data = ") && line.ends_with(origin)));
    assert!(run("--check").starts_with("the settings are valid"));
    assert!(!data.exists(), "nothing was made");
}
