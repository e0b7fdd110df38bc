//! A client in another language: it reads calls as lines, and writes replies as lines of JSON.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use palisade_tests::client::Answer;
use serde::Deserialize;
use tempfile::TempDir;

use super::{
    call::Call,
    client::{Client, Outcome},
};

/// How long a reply may take: more than the time-out that each client has.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. It ends with this.
pub(super) struct Program {
    child: Child,
    calls: Option<ChildStdin>,
    replies: Receiver<String>,
    folder: TempDir,
}

/// A line that it writes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reply {
    Answer { status: u16, headers: BTreeMap<String, String>, body: String },
    Error { error: String },
}

impl Program {
    pub(super) fn start(mut command: Command, service: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        command.arg(format!("http://{service}")).current_dir(folder.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let (calls, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (send, replies) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, calls, replies, folder }
    }

    fn reply(&mut self) -> Outcome {
        let Ok(line) = self.replies.recv_timeout(PATIENCE) else {
            // A writer must not wait for ever.
            let _ended = self.child.kill();
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            panic!("no reply: {log}");
        };
        match serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")) {
            Reply::Answer { status, headers, body } => {
                let headers = headers.into_iter().collect();
                Ok(Answer { status, headers, body: STANDARD.decode(body).unwrap() })
            }
            Reply::Error { error } => Err(error),
        }
    }
}

impl Client for Program {
    fn send(&mut self, calls: &[Call]) -> Vec<Outcome> {
        let lines: String = calls.iter().map(Call::line).collect();
        let mut input = self.calls.take().unwrap();
        thread::scope(|scope| {
            // All at once, so that the program goes from one call to the next without a pause.
            let writer = scope.spawn(move || {
                let _written = input.write_all(lines.as_bytes()).and_then(|()| input.flush());
                input
            });
            let outcomes = calls.iter().map(|_| self.reply()).collect();
            self.calls = writer.join().ok();
            outcomes
        })
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.calls.take());
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
