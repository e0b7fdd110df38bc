//! The text log, with what clients choose in it.

use std::{env, process::Command};

use palisade::{Palisade, prelude::*};
use palisade_tests::{
    server::Server,
    token::{token, verifier},
};

#[post("/logs")]
#[authenticated]
#[validated]
async fn careless(name: Json<Text<200>>, who: Principal) -> &'static str {
    // A handler that writes what it was sent as it is.
    tracing::info!("asked for {} by {}", &**name, who.subject());
    tracing::info!(name = %&**name, "as a field");
    "ok"
}

/// Run by the test below in a process of its own, whose standard error is the log.
#[test]
#[ignore = "needs a process whose standard error is read"]
fn service() {
    let _log = palisade::log::init().unwrap();
    let builder = Palisade::builder().auth(verifier()).endpoints(endpoints![careless]);
    let server = Server::serve(builder);
    let name = r#""a\n2026-01-01T00:00:00.000000Z  INFO forged\u001b[2J\u202e\u009b1m""#;
    let request = server.post("/logs").json(name);
    let answer = request.bearer(&token("ada\u{202e}\u{200b}", "")).send();
    assert_eq!(answer.status, 200);
}

#[test]
fn a_client_begins_no_line_and_moves_no_cursor() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["log_lines::service", "--exact", "--ignored", "--nocapture"])
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("asked for a"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01T00:00:00")), "{log}");
    let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!log.chars().any(is_bad), "{log:?}");
    // The table of endpoints is the one event of several lines.
    assert!(log.lines().any(|line| line.starts_with("method ")), "{log}");
    let subject = log.lines().find(|line| line.contains("palisade::audit")).unwrap();
    assert!(subject.contains("ada") && subject.contains("/logs"), "{subject}");
}
