//! AWS as `moto` emulates it, and the metadata service of an instance.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use super::{Peer, Reply, unheard_of};
use crate::{client::Request, daemon::Daemon};

/// A running `moto_server`, which ends when this is dropped.
#[derive(Debug)]
pub struct Moto {
    daemon: Daemon,
}

impl Moto {
    /// Starts one; `None` where it is not installed, and then the test is counted as skipped.
    /// `scripts/test` installs it below the target folder. With `PALISADE_TEST_MOTO=required` in the
    /// environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let Some(program) = program() else {
            crate::skip("moto_server", "PALISADE_TEST_MOTO");
            return None;
        };
        // Without an account of its own: the interpreter is below a folder of this user.
        let mut daemon = Daemon::new("moto", &[]);
        let mut command = daemon.command(&program);
        let port = daemon.address.port().to_string();
        command.args(["--host", "127.0.0.1", "--port", &port]);
        // It must connect to no other server.
        command.env("MOTO_CALL_RESET_API", "false").env("no_proxy", "*");
        daemon.start(command, |daemon| answers(daemon.address));
        Some(Self { daemon })
    }

    /// Its address, as the beginning of a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.daemon.address)
    }

    /// Calls a function of Secrets Manager.
    ///
    /// # Panics
    ///
    /// It fails.
    #[expect(clippy::needless_pass_by_value, reason = "callers write json!")]
    pub fn call(&self, function: &str, input: serde_json::Value) -> serde_json::Value {
        let scope = "AKIATEST/20261201/eu-central-1/secretsmanager/aws4_request";
        let answer = Request::new(self.daemon.address, "POST", "/")
            .header("X-Amz-Target", &format!("secretsmanager.{function}"))
            .header("Authorization", &format!("AWS4-HMAC-SHA256 Credential={scope}"))
            .header("Content-Type", "application/x-amz-json-1.1")
            .body(input.to_string())
            .send();
        assert_eq!(answer.status, 200, "{function}: {}", answer.text());
        answer.json()
    }
}

fn answers(address: SocketAddr) -> bool {
    std::net::TcpStream::connect(address).is_ok()
        && Request::new(address, "GET", "/moto-api/data.json").send().status == 200
}

/// That of the target folder that this program is in.
fn program() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let found = own.ancestors().map(|folder| folder.join("clients/aws/bin/moto_server"));
    found.into_iter().find(|path| works(path))
}

fn works(path: &Path) -> bool {
    path.is_file()
        && Command::new(path).arg("--help").output().is_ok_and(|told| told.status.success())
}

/// The metadata service of an instance with a role, in its second version: the server, and the secret
/// access key that it gives.
pub fn instance_metadata() -> (Peer, String) {
    let (token, secret) = (unheard_of(), unheard_of());
    let own = secret.clone();
    let peer = Peer::start(move |asked| {
        let text =
            |status, body: &str| Reply { status, headers: Vec::new(), body: body.to_owned() };
        let roles = "/latest/meta-data/iam/security-credentials/";
        if asked.path == "/latest/api/token" && asked.method == "PUT" {
            let ttl = asked.header("x-aws-ec2-metadata-token-ttl-seconds");
            return text(if ttl.is_empty() { 400 } else { 200 }, &token);
        }
        if asked.header("x-aws-ec2-metadata-token") != token {
            return text(401, "");
        }
        match asked.path.strip_prefix(roles) {
            Some("") => text(200, "shop-role"),
            Some("shop-role") => Reply::json(
                200,
                json!({
                    "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIATEST",
                    "SecretAccessKey": own, "Token": "session-token",
                    "Expiration": "2036-12-01T12:00:00Z",
                }),
            ),
            _ => text(404, ""),
        }
    });
    (peer, secret)
}
