//! Memory and disk: the same before and after, whatever came.

#![expect(clippy::print_stdout, reason = "they are figures that the tests print")]

use std::{
    env, fs,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use palisade_tests::client::Connection;

use crate::{
    cut::{begin, beginning, noise},
    file::png_of,
    service::{BOUNDARY, Part, Service, content_type},
};

/// Measures in a process of its own, whose memory no other test takes.
fn alone(test: &str, measure: fn()) {
    const IS_ALONE: &str = "PALISADE_TEST_ALONE";
    if env::var_os(IS_ALONE).is_some() {
        return measure();
    }
    let name = format!("memory::{test}");
    let mut process = Command::new(env::current_exe().unwrap());
    let process = process.args(["--exact", &name, "--nocapture"]).env(IS_ALONE, "1");
    let output = process.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{failed}");
}

/// Resident memory of this process, server included, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The largest that it has been.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A gzip of stored blocks: as long as what is in it.
struct Stored {
    blocks: usize,
}

impl Stored {
    const BLOCK: usize = 60_000;

    fn length(&self) -> usize {
        10 + self.blocks * (5 + Self::BLOCK) + 5 + 8
    }

    fn send(&self, connection: &mut Connection) {
        let mut crc = flate2::Crc::new();
        connection.write(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        let content: Vec<u8> = (0..Self::BLOCK).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let length = u16::try_from(Self::BLOCK).unwrap();
        let block = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &content].concat();
        for _ in 0..self.blocks {
            crc.update(&content);
            connection.write(&block);
        }
        let size = u32::try_from(self.blocks * Self::BLOCK).unwrap();
        connection.write(&[1, 0, 0, 0xff, 0xff]);
        connection.write(&[crc.sum().to_le_bytes(), size.to_le_bytes()].concat());
    }
}

fn upload(service: &Service, file: &Stored) -> (u16, String) {
    let head = Part::file("application/gzip", b"").head();
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    let mut connection = Connection::open(service.server.address());
    connection.write(
        format!(
            "POST /large HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{head}",
            content_type(),
            head.len() + file.length() + end.len(),
        )
        .as_bytes(),
    );
    file.send(&mut connection);
    connection.write(end.as_bytes());
    let answer = connection.answer().unwrap();
    (answer.status, answer.text())
}

#[test]
fn a_large_file_takes_no_more_memory_than_a_small_one() {
    alone("a_large_file_takes_no_more_memory_than_a_small_one", large_files);
}

fn large_files() {
    let service = Service::start_patient();
    let small = Stored { blocks: 200 };
    assert_eq!(upload(&service, &small), (200, small.length().to_string()));
    let before = peak();
    // 240 MB.
    let large = Stored { blocks: 4_000 };
    assert_eq!(upload(&service, &large), (200, large.length().to_string()));
    let grown = peak().saturating_sub(before);
    println!("peak memory: {before} KiB after 12 MB, {grown} KiB more after 240 MB");
    assert!(grown < 16 << 10, "{grown} KiB");
    service.assert_nothing_is_left("large files");
}

#[test]
fn refused_files_leave_neither_memory_nor_files() {
    alone("refused_files_leave_neither_memory_nor_files", refused_files);
}

fn refused_files() {
    let service = Service::start();
    let zeros = vec![0; 8 << 20];
    let bomb = crate::file::zip(&[("a", &zeros)]);
    let refuse = |times| {
        for _ in 0..times {
            let answer = service.send("/any", &[Part::file("application/zip", &bomb)]);
            assert_eq!(answer.status, 422);
        }
    };
    refuse(40);
    let before = resident();
    refuse(200);
    let grown = resident().saturating_sub(before);
    println!("resident memory: {before} KiB, {grown} KiB more after 200 bombs");
    assert!(grown < 8 << 10, "{grown} KiB");
    service.assert_nothing_is_left("bombs");
    assert!(service.stored().is_empty());
}

/// Most of a picture whose rows are noise.
fn half_a_picture() -> Vec<u8> {
    let mut rows = noise(901 * 900);
    for filter in rows.iter_mut().step_by(901) {
        *filter = 0;
    }
    let mut png = png_of(900, 900, &[], &rows);
    png.truncate(600_000);
    png
}

/// Uploads that stop half way hold little for as long as they may, and nothing that the next ones do not
/// use again.
#[test]
fn a_half_upload_holds_less_than_it_has_sent() {
    alone("a_half_upload_holds_less_than_it_has_sent", uploads_that_stop);
}

fn uploads_that_stop() {
    const UPLOADS: usize = 200;
    /// KiB of this process: some 200 are in use, and the allocator keeps as much again of what is free.
    const MOST: usize = 448;
    let service = Service::serve();
    // The threads and tables of the service are there, and what its first files leave behind.
    drop(half_uploads(&service, 8));
    service.assert_nothing_is_left("the first half uploads");
    let before = resident();
    let grown = || usize::try_from(resident().saturating_sub(before)).unwrap();
    for round in 1..=2 {
        let connections = half_uploads(&service, UPLOADS);
        let patience = Instant::now() + Duration::from_secs(20);
        // What is being written is more than what stays.
        while grown() > MOST * UPLOADS {
            let each = grown() / UPLOADS;
            assert!(Instant::now() < patience, "round {round}: {each} KiB for each half upload");
            thread::sleep(Duration::from_millis(20));
        }
        println!("round {round}: {} KiB for each half upload", grown() / UPLOADS);
        drop(connections);
        service.assert_nothing_is_left("half uploads");
    }
}

/// Files of two kinds, of which all but the end was sent and written.
fn half_uploads(service: &Service, count: usize) -> Vec<Connection> {
    let files = [("image/png", half_a_picture()), ("application/gzip", beginning())];
    let open = files.iter().cycle().take(count);
    let open = open.map(|(kind, bytes)| begin(service, "/any", kind, bytes)).collect();
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let found = service.incoming();
        let sizes = found.iter().filter_map(|path| fs::metadata(path).ok());
        if sizes.filter(|about| about.is_file() && about.len() > 256_000).count() == count {
            return open;
        }
        assert!(Instant::now() < patience, "not all files were written: {}", found.len());
        thread::sleep(Duration::from_millis(20));
    }
}
