//! What logins leave behind in memory.

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use crate::{deployment::Deployment, person::log_in};

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
