//! Starts that have to fail.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a service says that does not start. One that starts, or does not end, is ended, and fails
/// the test: a test that waits for its end would wait for ever.
pub(crate) fn refusal(command: &mut Command) -> String {
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let stderr = BufReader::new(process.stderr.take().unwrap());
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let (began, mut said) = (Instant::now(), String::new());
    let has_ended = loop {
        match lines.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
            Ok(line) => {
                said.push_str(&line);
                said.push('\n');
                if line.contains("listening on http://") {
                    break false;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break true,
            Err(RecvTimeoutError::Timeout) => break false,
        }
    };
    if !has_ended {
        process.kill().unwrap();
    }
    let status = process.wait().unwrap();
    assert!(has_ended, "the service has started, or does not end: {said}");
    assert!(!status.success(), "the service ended without an error: {said}");
    said
}
