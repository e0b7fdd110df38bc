//! What logins and answers that are not read take of memory.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use palisade_tests::client::Connection;

use crate::{
    deployment::Deployment,
    person::{Person, log_in},
};

/// Logins at a time.
const AT_ONCE: usize = 16;
/// What one hash takes, in KiB.
const COST: usize = 19 * 1024;

/// Resident memory of a process in KiB.
fn resident(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn logins_take_the_memory_of_those_that_run_at_once() {
    let logins = std::env::var("LOGINS").map_or(600, |number| number.parse().unwrap());
    let service = Deployment::on_sqlite(&[("PALISADE_LIMITS", "off")]);
    let base = resident(service.process());
    let (next, hashed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < logins {
                    let answer = log_in(&service, "nobody", "not the password");
                    hashed.fetch_add(usize::from(answer.status == 400), Ordering::Relaxed);
                }
            });
        }
    });
    let cores = thread::available_parallelism().unwrap().get();
    let (after, hashed) = (resident(service.process()), hashed.into_inner());
    println!("{hashed} of {logins} logins on {cores} cores: {base} KiB before, {after} KiB after");
    assert!(hashed * 2 > logins, "{hashed} of {logins}");
    let bound = base + cores * COST * 12 / 10;
    assert!(after <= bound, "{after} KiB, at most {bound}");
}

/// Answers that their clients do not read.
const UNREAD: usize = 100;
/// The most of each, in KiB: a page, once as it was written and once where a buffer has grown, and the part of it
/// that is encoded.
const PAGE: usize = 2 * 256 + 64;

#[test]
#[cfg(target_os = "linux")]
fn answers_that_are_not_read_take_a_page_each() {
    // Two of an account are under way at a time with limits, however many connections ask.
    let service = Deployment::on_sqlite(&[("PALISADE_LIMITS", "off")]);
    let person = Person::new(&service, "writer-of-pages");
    // Two bytes of JSON for each that is stored.
    let long = "\"\\".repeat(5_000);
    for number in 0..100 {
        person.note(&format!("{number}"), &long);
    }
    let request = format!(
        "GET /notes?limit=100 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        service.address(),
        person.access
    );
    let events = || service.log().matches("route=\"/notes\"").count();
    let (base, before) = (resident(service.process()), events());
    let connections: Vec<_> = (0..UNREAD)
        .map(|_| {
            let mut connection = Connection::open(service.address());
            connection.write(request.as_bytes());
            connection
        })
        .collect();
    let began = Instant::now();
    while events() < before + UNREAD {
        assert!(began.elapsed() < Duration::from_secs(60), "{} answers", events() - before);
        thread::sleep(Duration::from_millis(20));
    }
    let after = resident(service.process());
    println!("{UNREAD} answers that are not read: {base} KiB before, {after} KiB after");
    let bound = base + UNREAD * PAGE;
    assert!(after <= bound, "{after} KiB, at most {bound}");
    drop(connections);
}
