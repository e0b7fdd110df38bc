//! Certificates that are replaced while the service runs.

use std::{
    fs,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use palisade::{Palisade, TlsFiles, prelude::*};
use palisade_tests::{audit, port::free_address, server::Server};
use tempfile::TempDir;

use crate::{
    authority::{Authority, Issued, Wanted, replace},
    process::until,
    tls_client::Client,
};

const PATIENCE: Duration = Duration::from_secs(60);

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn serve(files: TlsFiles) -> Server {
    let builder = Palisade::builder().endpoints(endpoints![ping]).tls(files);
    // A connection waits for its first request as long as a test renews certificates.
    let builder = builder.head_timeout(Duration::from_secs(600));
    Server::serve(builder.dangerous_no_service_limit("the tests ask for more than a client does"))
}

fn der(issued: &Issued) -> Vec<u8> {
    let text: String = issued.certificate.lines().filter(|line| !line.starts_with('-')).collect();
    base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()
}

/// The certificate of a new connection.
fn shown(server: &Server, authority: &Authority) -> Vec<u8> {
    Client::of(authority).open(server.address(), "localhost").unwrap().certificate()
}

#[test]
fn a_renewed_certificate_is_used_and_no_request_fails() {
    let (authority, folder) = (Arc::new(Authority::new("servers")), TempDir::new().unwrap());
    let first = authority.issue(Wanted::default());
    let server = Arc::new(serve(first.write(folder.path(), "own")));
    assert!(shown(&server, &authority) == der(&first));
    // It is open all the while.
    let mut kept = Client::of(&authority).open(server.address(), "localhost").unwrap();
    let (is_over, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (server, authority) = (Arc::clone(&server), Arc::clone(&authority));
            let (is_over, asked) = (Arc::clone(&is_over), Arc::clone(&asked));
            thread::spawn(move || {
                let client = Client::of(&authority);
                while !is_over.load(Ordering::Relaxed) {
                    let told = client.get(server.address(), "localhost", "/ping").unwrap();
                    assert_eq!(told.status, 200);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for serial in 2..5 {
        let next = authority.issue(Wanted { serial, ..Wanted::default() });
        // The key comes some time behind its certificate: until then the two do not match.
        replace(&folder.path().join("own.pem"), &next.certificate);
        thread::sleep(Duration::from_millis(700));
        replace(&folder.path().join("own.key"), &next.key);
        let began = Instant::now();
        while shown(&server, &authority) != der(&next) {
            assert!(began.elapsed() < PATIENCE, "it is not used");
            thread::sleep(Duration::from_millis(100));
        }
    }
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) > 10);
    let told = kept.ask("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(told.unwrap().status, 200);
}

#[test]
fn a_pair_that_cannot_be_used_leaves_the_last_one_and_is_told_once() {
    audit::listen();
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let other = authority.issue(Wanted { dns: &["other.example"], ..Wanted::default() });
    let first = authority.issue(Wanted::default());
    let _written = first.write(folder.path(), "own");
    let _written = other.write(folder.path(), "other");
    let path = |name: &str| folder.path().join(name);
    let files = TlsFiles::new(path("own.pem"), path("own.key"));
    let server = serve(files.and(path("other.pem"), path("other.key")));
    let place = path("own.pem").display().to_string();
    assert!(shown(&server, &authority) == der(&first), "it has started");
    let wait_for = |parts: &[&str], count: usize| {
        let began = Instant::now();
        while audit::count(parts) < count {
            assert!(began.elapsed() < PATIENCE, "{parts:?}");
            thread::sleep(Duration::from_millis(50));
        }
    };
    let stranger = authority.issue(Wanted { serial: 7, ..Wanted::default() });
    replace(&path("own.pem"), &stranger.certificate);
    wait_for(&["TLS: ", "does not belong to the certificate", &place], 1);
    assert!(shown(&server, &authority) == der(&first), "the last one stays");
    // The other pair is renewed all the same.
    let renewed =
        authority.issue(Wanted { dns: &["other.example"], serial: 8, ..Wanted::default() });
    let _written = renewed.write(folder.path(), "other");
    let began = Instant::now();
    let client = Client::of(&authority);
    while client.open(server.address(), "other.example").unwrap().certificate() != der(&renewed) {
        assert!(began.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(50));
    }
    // Another change is reported again, and the first was reported once in all these checks.
    fs::remove_file(path("own.pem")).unwrap();
    wait_for(&["TLS: ", "cannot read", &place], 1);
    assert_eq!(audit::count(&["TLS: ", "does not belong to the certificate", &place]), 1);
    assert!(shown(&server, &authority) == der(&first));
    let _written = stranger.write(folder.path(), "own");
    let began = Instant::now();
    while shown(&server, &authority) != der(&stranger) {
        assert!(began.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(audit::count(&["TLS: ", "cannot read", &place]), 1);
}

#[test]
fn a_certificate_that_expires_soon_is_told_at_the_start() {
    audit::listen();
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    for (name, from, until, word) in [
        ("soon.example", -70, 20, Some("expires soon")),
        ("now.example", -88, 2, Some("renew it now")),
        ("later.example", -60, 30, None),
    ] {
        let issued =
            authority.issue(Wanted { dns: &["localhost", name], from, until, ..Wanted::default() });
        let server = serve(issued.write(folder.path(), name));
        let told = Client::of(&authority).get(server.address(), "localhost", "/ping").unwrap();
        assert_eq!(told.status, 200);
        let began = Instant::now();
        while let Some(word) = word
            && audit::count(&["TLS: a certificate", name, word]) == 0
        {
            assert!(began.elapsed() < PATIENCE, "{name}");
            thread::sleep(Duration::from_millis(20));
        }
        let all = audit::count(&["TLS: a certificate", name]);
        assert_eq!(all, usize::from(word.is_some()), "{name}");
    }
}

/// Whether this process is the service of the test below.
const CHILD: &str = "TLS_RELOAD_CHILD";

#[test]
#[ignore = "a process that another test starts"]
fn child_of_sighup() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let _log = palisade::log::init().unwrap();
    let builder = Palisade::from_env().unwrap().endpoints(endpoints![ping]);
    actix_web::rt::System::new().block_on(builder.serve()).unwrap();
}

/// Ends its process.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        let _killed = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn a_signal_to_reload_says_which_certificate_cannot_be_used() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let first = authority.issue(Wanted::default());
    let _written = first.write(folder.path(), "own");
    let path = |name: &str| folder.path().join(name);
    let address = free_address();
    let log = fs::File::create(path("log")).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls_reload::child_of_sighup", "--ignored", "--nocapture"])
        .env(CHILD, "1")
        .env("PALISADE_BIND", address.to_string())
        .env("PALISADE_TLS_CERT", path("own.pem"))
        .env("PALISADE_TLS_KEY", path("own.key"))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let child = Child(child);
    let shown = || Some(Client::of(&authority).open(address, "localhost").ok()?.certificate());
    until("it serves", || shown() == Some(der(&first)));
    let hang_up = || {
        let id = child.0.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
    };
    let lines = |parts: &[&str]| {
        let log = fs::read_to_string(path("log")).unwrap();
        log.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    };
    hang_up();
    until("all is read again", || lines(&["reloaded: ", "certificates"]) == 1);
    replace(&path("own.pem"), "no certificate");
    hang_up();
    let failed = ["could not be reloaded", "certificates", "own.pem"];
    until("the reload fails", || lines(&failed) == 1);
    assert_eq!(shown(), Some(der(&first)), "the last one stays");
    let next = authority.issue(Wanted { serial: 2, ..Wanted::default() });
    let _written = next.write(folder.path(), "own");
    hang_up();
    until("the next one is used", || shown() == Some(der(&next)));
    assert_eq!(lines(&failed), 1);
}
