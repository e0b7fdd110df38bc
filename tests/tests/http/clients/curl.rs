//! curl: one process for several calls, which are transfers of one command line.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use palisade_tests::client::Answer;

use super::{
    call::{Call, Content, FormFile},
    client::{Client, Outcome},
};

/// It keeps connections within a process, so those of several calls that are made at once.
pub(super) struct Curl {
    service: SocketAddr,
}

impl Curl {
    pub(super) fn new(service: SocketAddr) -> Self {
        Self { service }
    }

    /// The options of a transfer, as lines of a file of options.
    fn options(&self, call: &Call, number: usize, folder: &Path) -> String {
        let mut options = Vec::new();
        let mut option = |name: &str, value: &str| {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            options.push(format!("{name} = \"{value}\"\n"));
        };
        let beside =
            |ending: &str| format!("{}", folder.join(format!("{number}.{ending}")).display());
        option("url", &format!("http://{}{}", self.service, call.target));
        option("max-time", "20");
        option("output", &beside("body"));
        option("dump-header", &beside("head"));
        option("write-out", "%{http_code} %{errormsg}\\n");
        if !call.token.is_empty() {
            option("header", &format!("Authorization: Bearer {}", call.token));
        }
        match &call.content {
            Content::Nothing => option("request", call.method),
            Content::Json(text) | Content::Text(_, text) => {
                let media_type = match &call.content {
                    Content::Text(media_type, _) => media_type,
                    Content::Nothing | Content::Json(_) | Content::Query(..) | Content::File(_) => {
                        "application/json"
                    }
                };
                option("header", &format!("Content-Type: {media_type}"));
                fs::write(beside("sent"), text).unwrap();
                option("data-binary", &format!("@{}", beside("sent")));
            }
            Content::Query(name, value) => {
                option("data-urlencode", &format!("{name}={value}"));
                options.push("get\n".to_owned());
            }
            Content::File(FormFile { field, path, name, media_type }) => {
                let file = format!("{field}=@\"{}\";filename=\"{name}\"", path.display());
                option("form", &format!("{file};type={media_type}"));
            }
        }
        options.concat()
    }
}

impl Client for Curl {
    fn send(&mut self, calls: &[Call]) -> Vec<Outcome> {
        let folder = tempfile::tempdir().unwrap();
        let numbered = calls.iter().enumerate();
        let options: Vec<_> =
            numbered.map(|(number, call)| self.options(call, number, folder.path())).collect();
        // `-q` comes first: no file of the user's own.
        let mut command = Command::new("curl");
        command.args(["-q", "--silent", "--noproxy", "*", "--config", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(options.join("next\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), calls.len(), "{told}");
        lines
            .iter()
            .enumerate()
            .map(|(number, line)| outcome(line, number, folder.path()))
            .collect()
    }
}

/// What it wrote of a transfer.
fn outcome(line: &str, number: usize, folder: &Path) -> Outcome {
    let (status, error) = line.split_once(' ').unwrap();
    if !error.is_empty() {
        return Err(format!("{status} {error}"));
    }
    let head = fs::read_to_string(folder.join(format!("{number}.head"))).unwrap();
    // The last one: an interim answer comes before.
    let head = head.trim_end().rsplit("\r\n\r\n").next().unwrap();
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let headers =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    // There is no file where the answer has no body.
    let body = fs::read(folder.join(format!("{number}.body"))).unwrap_or_default();
    Ok(Answer { status: status.parse().unwrap(), headers, body })
}
