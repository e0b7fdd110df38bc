//! Files of audit events.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use palisade::{
    Palisade,
    audit::{
        AuditError, Event, FileOptions, FileSink, Finding, Key, Outcome, Report, Sink as _, verify,
    },
    prelude::*,
};
use palisade_tests::{audit_schema::valid, client::Connection, server::Server};

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn key() -> Key {
    Key::new(b"0123456789abcdef0123456789abcdef").unwrap()
}

fn options(path: &Path) -> FileOptions {
    FileOptions::new(path).key(key())
}

/// Opens the file, once the service before has let go of it.
fn open(options: &FileOptions) -> FileSink {
    let start = Instant::now();
    loop {
        match options.clone().open() {
            Ok(sink) => return sink,
            Err(AuditError::Taken(_)) if start.elapsed() < Duration::from_secs(20) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Waits until no service writes to the file.
fn wait_for_the_end(path: &Path) {
    let lock = fs::File::open(path.with_file_name("audit.jsonl.lock")).unwrap();
    let start = Instant::now();
    while lock.try_lock().is_err() {
        assert!(start.elapsed() < Duration::from_secs(20), "it is still written");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Serves so many requests with events in this file.
fn serve(options: &FileOptions, requests: usize) -> Server {
    let builder = Palisade::builder()
        .dangerous_no_service_limit("a test of many requests")
        .audit_sink(open(options));
    let server = Server::serve(builder.endpoints(endpoints![ping]));
    let mut connection = Connection::open(server.address());
    for _ in 0..requests {
        connection.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(connection.answer().unwrap().status, 200);
    }
    server
}

/// The lines of all files of the trail, once there are so many.
#[track_caller]
fn lines(path: &Path, count: usize) -> Vec<String> {
    let start = Instant::now();
    loop {
        let files = files(path);
        let text: String =
            files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        if lines.len() >= count || start.elapsed() > Duration::from_secs(20) {
            assert_eq!(lines.len(), count);
            return lines;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The older files by their numbers, and the one that is written.
fn files(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        let rest = file.file_name().unwrap().to_str().unwrap().strip_prefix(name);
        let number = rest.and_then(|rest| rest.strip_prefix('.'));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    files.sort();
    files.push(path.to_owned());
    files
}

/// What a verification says, once the head is of the last line.
fn verified(path: &Path) -> Report {
    let start = Instant::now();
    loop {
        let report = verify(path, Some(&key())).unwrap();
        if report.is_whole() || start.elapsed() > Duration::from_secs(5) {
            return report;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    (folder, path)
}

#[test]
fn the_chain_goes_on_from_run_to_run_and_each_event_fits_the_schema() {
    let (_folder, path) = folder();
    drop(serve(&options(&path), 3));
    lines(&path, 3);
    drop(serve(&options(&path), 2));
    for (index, line) in lines(&path, 5).iter().enumerate() {
        let event = valid(line);
        assert_eq!(event["palisade.chain.seq"], index + 1);
        assert_eq!(event["url.path"], "/ping");
    }
    let report = verified(&path);
    assert_eq!((report.lines, report.last, report.findings), (5, Some(5), vec![]));
    for name in ["audit.jsonl", "audit.jsonl.head", "audit.jsonl.lock"] {
        let mode = fs::metadata(path.with_file_name(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_line_that_is_gone_or_changed_shows_and_stays_so() {
    let (_folder, path) = folder();
    drop(serve(&options(&path), 5));
    let all = lines(&path, 5);
    assert!(verified(&path).is_whole());
    let write = |lines: &[String]| fs::write(&path, lines.join("\n") + "\n").unwrap();
    let findings = || verify(&path, Some(&key())).unwrap().findings;

    write(&[&all[..2], &all[3..]].concat());
    let file = path.clone();
    assert_eq!(findings(), [Finding::Missing { file, line: 3, from: 3, to: 3 }]);

    let mut changed = all.clone();
    changed[3] = changed[3].replace("\"GET\"", "\"PUT\"");
    write(&changed);
    let file = path.clone();
    assert_eq!(findings(), [Finding::Changed { file, line: 4 }]);

    // The service goes on behind what was cut off, so that it stays missing.
    write(&all[..3]);
    assert_eq!(findings(), [Finding::CutOff { from: 4, to: 5 }]);
    drop(serve(&options(&path), 1));
    lines(&path, 4);
    let start = Instant::now();
    let file = path.clone();
    let missing = [Finding::Missing { file, line: 4, from: 4, to: 5 }];
    while findings() != missing && start.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(findings(), missing);
}

#[test]
fn a_full_file_is_put_aside_and_a_moved_one_is_made_again() {
    let (folder, path) = folder();
    let options = options(&path).rotate_size(4_096);
    let server = serve(&options, 40);
    lines(&path, 40);
    let files = files(&path);
    assert!(files.len() > 3, "{files:?}");
    for file in &files {
        assert!(fs::metadata(file).unwrap().len() <= 4_096, "{file:?}");
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(files[0].ends_with("audit.jsonl.000000000001"), "{files:?}");
    assert!(verified(&path).is_whole());
    // As a program that rotates logs does.
    let moved = folder.path().join("audit.jsonl.999999999999");
    fs::rename(&path, &moved).unwrap();
    assert_eq!(server.get("/ping").send().status, 200);
    lines(&path, 41);
    let start = Instant::now();
    while !path.exists() && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let report = verified(&path);
    assert_eq!((report.findings, report.last), (vec![], Some(41)));
}

#[test]
fn a_file_has_one_writer_and_is_a_file() {
    let (folder, path) = folder();
    let first = options(&path).open().unwrap();
    let error = options(&path).open().unwrap_err();
    assert!(error.to_string().contains("another process writes to"), "{error}");
    drop(first);
    let error = FileOptions::new(folder.path()).open().unwrap_err();
    assert!(error.to_string().contains("a folder"), "{error}");
    fs::write(folder.path().join("other.head"), "anything").unwrap();
    let error = FileOptions::new(folder.path().join("other")).open().unwrap_err();
    assert!(error.to_string().contains("is not the head of an audit file"), "{error}");
}

#[test]
fn a_chain_is_continued_with_its_key_alone() {
    let unsigned = |path: &Path| FileOptions::new(path);
    let signed = |path: &Path| options(path);
    let changed = |path: &Path| {
        FileOptions::new(path).key(Key::new(b"another key of thirty-two bytes.").unwrap())
    };
    type With = fn(&Path) -> FileOptions;
    let cases: [(With, With, &str); 3] = [
        (signed, unsigned, "was written with a key, and none is set"),
        (signed, changed, "was written with another key"),
        (unsigned, signed, "was written without a key"),
    ];
    for (first, second, says) in cases {
        for has_head in [true, false] {
            let (_folder, path) = folder();
            drop(serve(&first(&path), 2));
            wait_for_the_end(&path);
            if !has_head {
                fs::remove_file(path.with_file_name("audit.jsonl.head")).unwrap();
            }
            let error = second(&path).open().unwrap_err().to_string();
            assert!(error.contains(says) && error.contains("PALISADE_AUDIT_KEY"), "{error}");
            assert!(error.contains("to another folder: a new chain begins"), "{error}");
            drop(open(&first(&path)));
            wait_for_the_end(&path);
            // What the error says to do.
            let archive = path.with_file_name("archive");
            fs::create_dir(&archive).unwrap();
            for name in ["audit.jsonl", "audit.jsonl.head"] {
                let _missing = fs::rename(path.with_file_name(name), archive.join(name));
            }
            drop(open(&second(&path)));
        }
    }
}

#[test]
fn the_files_of_a_trail_are_not_opened_through_links() {
    for name in ["audit.jsonl", "audit.jsonl.head", "audit.jsonl.lock"] {
        let (folder, path) = folder();
        let victim = folder.path().join("victim");
        fs::write(&victim, "").unwrap();
        symlink(&victim, folder.path().join(name)).unwrap();
        let error = options(&path).open().unwrap_err().to_string();
        assert!(error.contains("it is a symbolic link: name the file itself"), "{name}: {error}");
        assert_eq!(fs::read(&victim).unwrap(), b"", "{name}");
    }
    let (folder, path) = folder();
    fs::create_dir(folder.path().join("audit.jsonl.head")).unwrap();
    let error = options(&path).open().unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
}

#[test]
fn a_folder_that_others_can_write_to_is_refused_and_a_missing_one_is_made() {
    let (folder, _) = folder();
    for (mode, is_refused) in
        [(0o700, false), (0o755, false), (0o775, true), (0o777, true), (0o1777, true)]
    {
        let wide = folder.path().join(format!("{mode:o}"));
        fs::create_dir(&wide).unwrap();
        fs::set_permissions(&wide, fs::Permissions::from_mode(mode)).unwrap();
        let opened = options(&wide.join("audit.jsonl")).open();
        assert_eq!(opened.is_err(), is_refused, "{mode:o}");
        if let Err(error) = opened {
            assert!(error.to_string().contains("chmod go-w"), "{error}");
        }
        // As the error says.
        let inside = wide.join("own/audit.jsonl");
        drop(open(&options(&inside)));
        let made = fs::metadata(inside.parent().unwrap()).unwrap().permissions().mode();
        assert_eq!(made & 0o777, 0o700);
    }
}

#[test]
fn old_files_are_removed_after_their_time_alone() {
    let (_folder, path) = folder();
    let kept = options(&path).rotate_size(4_096);
    drop(serve(&kept, 40));
    wait_for_the_end(&path);
    let before = files(&path).len();
    assert!(before > 3);
    // An hour has not passed.
    drop(open(&kept.clone().retention(Duration::from_secs(3_600))));
    assert_eq!(files(&path).len(), before);
    drop(open(&kept.clone().retention(Duration::ZERO)));
    assert_eq!(files(&path), std::slice::from_ref(&path));
    let report = verified(&path);
    assert_eq!((&report.findings, report.last), (&vec![], Some(40)));
    let first = report.first.unwrap();
    assert!(first > 1);
    // Later starts go on with what the head says.
    drop(serve(&kept, 40));
    wait_for_the_end(&path);
    let report = verified(&path);
    assert_eq!((report.findings, report.first), (vec![], Some(first)));
    // Another program removes the oldest file.
    let all = files(&path);
    fs::remove_file(&all[0]).unwrap();
    let findings = verified(&path).findings;
    assert!(
        matches!(findings[..], [Finding::Removed { from, .. }] if from == first),
        "{findings:?}"
    );
    drop(open(&kept));
    assert_eq!(verified(&path).findings, findings, "a start does not hide it");
}

/// How many requests are sent to a service whose disk is full.
const REQUESTS: usize = 2_000;

/// Run by the test below in a process whose files may have 64 KiB.
#[test]
#[ignore = "needs a process with a limit on the size of files"]
fn with_a_full_disk() {
    let path = PathBuf::from(env::var_os("PALISADE_TEST_AUDIT_FILE").unwrap());
    drop(serve(&options(&path), REQUESTS));
    full_and_whole(&path);
}

/// As above: more events than the disk has room for arrive before the first one is written.
#[test]
#[ignore = "needs a process with a limit on the size of files"]
fn with_a_batch_longer_than_the_disk() {
    let path = PathBuf::from(env::var_os("PALISADE_TEST_AUDIT_FILE").unwrap());
    let sink = open(&options(&path));
    for _ in 0..REQUESTS {
        sink.write(&Event::new("limit-evicted", Outcome::Failure));
    }
    drop(sink);
    full_and_whole(&path);
}

/// Whether the file has lines up to the limit of this process, and each of them is whole.
#[track_caller]
fn full_and_whole(path: &Path) {
    // The thread that writes has ended once the file can be opened again.
    drop(open(&options(path)));
    let report = verify(path, Some(&key())).unwrap();
    assert_eq!(report.findings, []);
    assert!(report.lines > 10 && report.lines < 1_000, "{report:?}");
}

#[test]
fn a_full_disk_stops_no_request_and_leaves_whole_lines() {
    for inner in ["with_a_full_disk", "with_a_batch_longer_than_the_disk"] {
        let (_folder, path) = folder();
        // Sizes are in units of 512 or 1,024 bytes. A write beyond fails, since the signal is ignored.
        let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
        let output = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(env::current_exe().unwrap())
            .args([&format!("audit_files::{inner}"), "--exact", "--ignored", "--nocapture"])
            .env("PALISADE_TEST_AUDIT_FILE", &path)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success() && out.contains("1 passed"), "{inner}\n{out}\n{err}");
        // Full except for a part of a line.
        let length = fs::metadata(&path).unwrap().len();
        assert!(length > 31 << 10 && length <= 64 << 10, "{inner}: {length}");
    }
}

#[test]
fn a_disk_that_is_full_at_the_start_is_an_error_until_there_is_room() {
    let secret = "6f1c0a9be7d24c5381f0d3a9b6427e5c";
    let (_folder, path) = folder();
    let signed = FileOptions::new(&path).key(Key::new(secret.as_bytes()).unwrap());
    drop(serve(&signed, 2));
    wait_for_the_end(&path);
    // A process ended while it wrote, and its line leaves room for a part of the next one. `ulimit` of a POSIX shell
    // counts units of 512 bytes.
    let mut torn = fs::read_to_string(&path).unwrap();
    torn.push_str("{\"@timestamp\":\"");
    torn.push_str(&"x".repeat((64 << 9) - 20 - torn.len()));
    fs::write(&path, &torn).unwrap();
    let start = |limit: &str| {
        let script = format!("trap '' XFSZ; {limit}; exec \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(env::current_exe().unwrap())
            .args(["audit_files::from_the_environment", "--exact", "--ignored", "--nocapture"])
            .env("PALISADE_AUDIT", format!("log, file:{}", path.display()))
            .env("PALISADE_AUDIT_KEY", secret)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let told = start("ulimit -f 64");
    let says = format!("there is no room for the audit file `{}`", path.display());
    for part in ["PALISADE_AUDIT", &says, "free space on its disk"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), torn, "nothing was changed");
    let told = start("true");
    assert!(told.contains("started"), "{told}");
    let text = fs::read_to_string(&path).unwrap();
    let (before, loss) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(before, torn);
    let event = valid(loss);
    assert_eq!(
        (&event["event.action"], &event["palisade.dropped"]),
        (&"audit-dropped".into(), &1.into())
    );
    assert_eq!(event["palisade.chain.seq"], 3);
    let report = verify(&path, Some(&Key::new(secret.as_bytes()).unwrap())).unwrap();
    assert!(matches!(report.findings[..], [Finding::Malformed { line: 3, .. }]), "{report:?}");
}

#[test]
fn the_environment_names_files_and_servers() {
    let (_folder, path) = folder();
    let script = |audit: &str, more: &[(&str, &str)]| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["audit_files::from_the_environment", "--exact", "--ignored", "--nocapture"]);
        command.env("PALISADE_AUDIT", audit).envs(more.iter().copied());
        let output = command.output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let file = format!("log, file:{}", path.display());
    let secret = ("PALISADE_AUDIT_KEY", "6f1c0a9be7d24c5381f0d3a9b6427e5c");
    let more = [
        secret,
        ("PALISADE_AUDIT_FILE_SIZE", "1 MiB"),
        ("PALISADE_AUDIT_FILE_AGE", "24 h"),
        ("PALISADE_AUDIT_FILE_RETENTION", "2160 h"),
    ];
    assert!(script(&file, &more).contains("started"));
    let signed = FileOptions::new(&path).key(Key::new(secret.1.as_bytes()).unwrap());
    drop(serve(&signed, 1));
    wait_for_the_end(&path);
    assert!(path.exists());
    for (audit, more, says) in [
        ("file", vec![], "has \"file\": write log"),
        ("syslog:tls:a:6514", vec![], "no address of a syslog server"),
        ("log", vec![secret], "go with a file in PALISADE_AUDIT"),
        (
            &*file,
            vec![("PALISADE_AUDIT_KEY", "short")],
            "PALISADE_AUDIT_KEY (environment) is too weak",
        ),
        (
            &*file,
            vec![("PALISADE_AUDIT_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")],
            "PALISADE_AUDIT_KEY (environment) is too weak",
        ),
        (&*file, vec![("PALISADE_AUDIT_FILE_SIZE", "1 KiB")], "write a size like 64 MiB"),
        (&*file, vec![("PALISADE_AUDIT_FILE_AGE", "1 s")], "write a time like 24 h"),
        (&*file, vec![("PALISADE_AUDIT_FILE_RETENTION", "1 s")], "write a time like 2160 h"),
        (&*file, vec![], "was written with a key, and none is set: set PALISADE_AUDIT_KEY"),
    ] {
        let told = script(audit, &more);
        assert!(told.contains(says), "{says} is not in {told}");
        assert!(!told.contains("aaaaaaaa") && !told.contains("6f1c0a9b"), "{told}");
    }
}

/// Run by the test above in a process with variables of its own.
#[test]
#[ignore = "needs variables of its own"]
fn from_the_environment() {
    let built = Palisade::from_env().and_then(|builder| builder.build().map(|_| ()));
    match built {
        Ok(()) => println!("started"),
        Err(failure) => println!("{failure}"),
    }
}
