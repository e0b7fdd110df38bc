//! What a full list of revocations takes, in a process of its own: others would be measured with it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{fs, time::Instant};

use palisade::{Moment, auth::Revocations};

const MIB: u64 = 1_024;

/// A line of the process's own account of its memory, in KiB.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

#[test]
fn a_full_list_takes_what_is_documented() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let revocations = Revocations::in_memory();
    let until = Moment::now().unix_seconds() + 900;
    // Names as long as those of `TokenIssuer`.
    let revoke = |number: u32| {
        let login = format!("{number:0>43}");
        let subject = format!("subject-{number}");
        let issuer = "https://id.example.org";
        runtime.block_on(revocations.revoke_login_of(issuer, &subject, &login, until)).unwrap();
    };
    revoke(0);
    let before = memory("VmRSS:");
    (1..1_000_000).for_each(revoke);
    let (full, peak) = (memory("VmRSS:") - before, memory("VmHWM:") - before);
    println!("a million entries: {} MiB, {} MiB at most", full / MIB, peak / MIB);
    assert!(full < 110 * MIB && peak < 160 * MIB, "{full} KiB, {peak} KiB at most");

    // Beyond that it goes on, and grows no more.
    let began = Instant::now();
    (1_000_000..1_070_000).for_each(revoke);
    let beyond = memory("VmHWM:") - before;
    println!("70,000 more: {:?}, {} MiB at most", began.elapsed(), beyond / MIB);
    assert!(beyond < 190 * MIB, "{beyond} KiB");
}
