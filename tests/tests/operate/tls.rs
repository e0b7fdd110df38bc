//! TLS of a service without a proxy: versions, names, bounds, and what does not start.

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use palisade::{Builder, Environment, Http2, Palisade, TlsFiles, TlsVersion, prelude::*};
use palisade_tests::server::Server;
use tempfile::TempDir;

use crate::{
    authority::{Authority, Issued, Wanted},
    tls_client::{Client, plain},
};

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[post("/change")]
#[public(reason = "the check of other sites is what is tested")]
async fn post_change() -> NoContent {
    NoContent
}

#[get("/large")]
#[public]
async fn large() -> String {
    "0123456789abcdef".repeat(1 << 19)
}

fn builder(files: TlsFiles) -> Builder {
    Palisade::builder().endpoints(endpoints![ping, post_change, large]).tls(files)
}

/// A service with one certificate for `localhost`.
struct Running {
    server: Server,
    authority: Authority,
    folder: TempDir,
}

impl Running {
    fn start(change: impl FnOnce(Builder) -> Builder) -> Self {
        Self::with(|files| files, change)
    }

    fn with(
        files: impl FnOnce(TlsFiles) -> TlsFiles,
        change: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
        let own = authority.issue(Wanted::default()).write(folder.path(), "own");
        fs::write(folder.path().join("root.pem"), authority.pem()).unwrap();
        let server = Server::serve(change(builder(files(own))));
        Self { server, authority, folder }
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn client(&self) -> Client {
        Client::of(&self.authority)
    }

    /// The output of `openssl s_client` for `localhost`, to which nothing is sent.
    fn openssl(&self, options: &[&str]) -> String {
        let output = Command::new("openssl")
            .arg("s_client")
            .args(["-connect", &self.address().to_string(), "-servername", "localhost"])
            .arg("-CAfile")
            .arg(self.folder.path().join("root.pem"))
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        told + &String::from_utf8_lossy(&output.stderr)
    }
}

#[test]
fn curl_reaches_the_service_over_https() {
    let running = Running::start(|builder| builder);
    let address = running.address();
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "20", "--cacert"])
        .arg(running.folder.path().join("root.pem"))
        .args(["--resolve", &format!("localhost:{}:{}", address.port(), address.ip())])
        .arg(format!("https://localhost:{}/ping", address.port()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.starts_with("HTTP/2 200 ") && told.ends_with("pong"), "{told}");
}

#[test]
fn both_versions_are_spoken_and_older_ones_are_not() {
    let both = Running::start(|builder| builder);
    let new = Running::with(|files| files.min_version(TlsVersion::V1_3), |builder| builder);
    let good = "Verify return code: 0 (ok)";
    for (running, option, expected) in [
        (&both, "-tls1_3", true),
        (&both, "-tls1_2", true),
        (&both, "-tls1_1", false),
        (&new, "-tls1_3", true),
        (&new, "-tls1_2", false),
    ] {
        let told = running.openssl(&[option, "-cipher", "DEFAULT:@SECLEVEL=0"]);
        let is_spoken = told.contains(good) && !told.contains("Cipher is (NONE)");
        assert_eq!(is_spoken, expected, "{option}: {told}");
    }
}

#[test]
fn clients_agree_on_http_2_unless_it_is_off() {
    let running = Running::start(|builder| builder.http2(Http2::Off));
    let told = running.openssl(&["-alpn", "h2,http/1.1"]);
    assert!(told.contains("ALPN protocol: http/1.1"), "{told}");
    let both = Running::start(|builder| builder);
    let told = both.openssl(&["-alpn", "h2,http/1.1"]);
    assert!(told.contains("ALPN protocol: h2"), "{told}");
    assert_eq!(running.client().open(running.address(), "localhost").unwrap().protocol(), None);
}

#[test]
fn the_name_that_a_client_asks_for_chooses_the_certificate() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let of = |dns: &'static [&'static str], name: &str, ed25519: bool| {
        let issued = authority.issue(Wanted { dns, ed25519, ..Wanted::default() });
        let _written = issued.write(folder.path(), name);
        (
            folder.path().join(format!("{name}.pem")),
            folder.path().join(format!("{name}.key")),
            issued,
        )
    };
    let (pem, key, first) = of(&["one.example"], "one", false);
    let files = TlsFiles::new(pem, key);
    let (pem, key, shop) = of(&["*.shop.example"], "shop", false);
    let files = files.and(pem, key);
    let (pem, key, fixed) = of(&["fixed.shop.example"], "fixed", false);
    let files = files.and(pem, key);
    // A key that few clients verify, ahead of one that all do.
    let (pem, key, _) = of(&["two.example"], "modern", true);
    let files = files.and(pem, key);
    let (pem, key, _) = of(&["two.example"], "usual", false);
    let files = files.and(pem, key);
    let hosts = |builder: Builder| {
        builder.host("one.example").host("*.shop.example").host("two.example").host("other.example")
    };
    let server = Server::serve(hosts(builder(files.clone())));
    let strict = Server::serve(hosts(builder(files.strict_names())));
    let client = Client::of(&authority);
    let der = |issued: &Issued| {
        let text: String =
            issued.certificate.lines().filter(|line| !line.starts_with('-')).collect();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap()
    };
    for server in [&server, &strict] {
        for (name, expected) in
            [("one.example", &first), ("a.shop.example", &shop), ("fixed.shop.example", &fixed)]
        {
            let open = client.open(server.address(), name).unwrap();
            assert!(open.certificate() == der(expected), "{name}");
            assert_eq!(client.get(server.address(), name, "/ping").unwrap().status, 200, "{name}");
        }
    }
    let openssl = |server: &Server, options: &[&str]| {
        let output = Command::new("openssl")
            .args(["s_client", "-connect", &server.address().to_string()])
            .args(options)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    for (schemes, expected) in
        [("ed25519:ecdsa_secp256r1_sha256", "ED25519"), ("ecdsa_secp256r1_sha256", "ECDSA")]
    {
        let told =
            openssl(&server, &["-servername", "two.example", "-sigalgs", schemes, "-tls1_3"]);
        let told =
            told.lines().find(|line| line.starts_with("Peer signature type")).map(str::to_owned);
        assert!(
            told.as_ref().is_some_and(|told| told.to_uppercase().contains(expected)),
            "{told:?}"
        );
    }
    // The first certificate, where none covers the name or there is no name.
    for options in [&["-servername", "other.example"][..], &["-noservername"]] {
        let told = openssl(&server, options);
        assert!(told.contains("BEGIN CERTIFICATE"), "{told}");
    }
    let told = openssl(&strict, &["-servername", "other.example"]);
    assert!(told.contains("unrecognized name"), "{told}");
    let told = openssl(&strict, &["-noservername"]);
    // OpenSSL has no text of its own for this alert in all versions: its number is 109.
    assert!(told.contains("alert number 109"), "{told}");
    assert!(!told.contains("BEGIN CERTIFICATE"), "{told}");
}

#[test]
fn sessions_are_resumed_on_any_worker() {
    let running = Running::start(|builder| builder);
    let client = running.client();
    let mut resumed = 0;
    for number in 0..12 {
        let mut open = client.open(running.address(), "localhost").unwrap();
        resumed += usize::from(open.is_resumed());
        let told = open
            .ask("GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(told.status, 200);
    }
    assert_eq!(resumed, 11);
    // TLS 1.2 has tickets of its own.
    let session = running.folder.path().join("session");
    let session = session.to_str().unwrap();
    let first = running.openssl(&["-tls1_2", "-sess_out", session]);
    assert!(first.contains("New, TLSv1.2"), "{first}");
    let second = running.openssl(&["-tls1_2", "-sess_in", session]);
    assert!(second.contains("Reused, TLSv1.2"), "{second}");
}

#[test]
fn the_guards_know_that_the_connection_is_https() {
    let running = Running::start(|builder| builder);
    let address = running.address();
    let client = running.client();
    for (origin, expected) in
        [("https://localhost", 204), ("http://localhost", 403), ("https://other.example", 403)]
    {
        let request = format!(
            "POST /change HTTP/1.1\r\nHost: localhost\r\nOrigin: {origin}\r\nContent-Length: 0\r\n\
             Connection: close\r\n\r\n"
        );
        let told = client.open(address, "localhost").unwrap().ask(&request).unwrap();
        assert_eq!(told.status, expected, "{origin}: {}", told.text);
    }
}

#[test]
fn browsers_are_bound_to_https_in_production() {
    let hsts = |change: fn(Builder) -> Builder| {
        let running = Running::start(change);
        let told = running.client().get(running.address(), "localhost", "/ping").unwrap();
        assert_eq!(told.status, 200, "{}", told.text);
        told.text.to_ascii_lowercase().contains("strict-transport-security: max-age=63072000")
    };
    assert!(hsts(|builder| builder.environment(Environment::Production).host("localhost")));
    assert!(hsts(|builder| builder.public_origin("https://localhost")));
    assert!(!hsts(|builder| builder), "a developer's machine");
}

#[test]
fn plain_http_is_answered_in_plain_text() {
    let running = Running::start(|builder| builder);
    for request in [
        "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "POST /change HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
        "G",
    ] {
        let answer = plain(running.address(), request.as_bytes()).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(body.contains("HTTPS"), "{answer}");
        assert!(answer.contains(&format!("content-length: {}\r\n", body.len())), "{answer}");
    }
    // What is neither gets an alert.
    let answer = plain(running.address(), &[0x80, 0x2e, 1, 0, 2, 0, 0x15]).unwrap();
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
}

#[test]
fn a_handshake_has_the_time_of_a_head() {
    let running = Running::start(|builder| builder.head_timeout(Duration::from_secs(1)));
    let hello = [22, 3, 1, 0, 200, 1, 0, 0, 196];
    for sent in [&[][..], &hello[..1], &hello] {
        let began = Instant::now();
        let answer = plain(running.address(), sent).unwrap();
        assert!(answer.is_empty() && began.elapsed() >= Duration::from_millis(900), "{sent:?}");
    }
    // A request has its own time behind it.
    assert_eq!(running.client().get(running.address(), "localhost", "/ping").unwrap().status, 200);
}

#[test]
fn a_service_that_stops_does_not_wait_for_handshakes() {
    let mut running = Running::start(|builder| builder.head_timeout(Duration::from_secs(600)));
    // A hello of which nothing more comes.
    let mut socket = TcpStream::connect(running.address()).unwrap();
    socket.write_all(&[22, 3, 1]).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The service has accepted it once it answers a later one.
    assert_eq!(running.client().get(running.address(), "localhost", "/ping").unwrap().status, 200);
    running.server.tell();
    let began = Instant::now();
    assert!(matches!(socket.read(&mut [0]), Ok(0)), "the handshake is ended");
    while !running.server.has_ended() {
        assert!(began.elapsed() < Duration::from_secs(20), "the service has not ended");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn handshakes_are_connections_of_their_address() {
    let two = NonZeroU32::new(2).unwrap();
    let running = Running::start(|builder| {
        builder.connections_per_address(two).head_timeout(Duration::from_secs(600))
    });
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let mut socket = TcpStream::connect(running.address()).unwrap();
            // The beginning of a hello, behind which nothing comes.
            let _sent = socket.write_all(&[22, 3, 1]);
            socket.set_nonblocking(true).unwrap();
            socket
        })
        .collect();
    let are_closed = || {
        let is_closed = |mut socket: &TcpStream| match socket.read(&mut [0]) {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        waiting.iter().filter(|socket| is_closed(socket)).count()
    };
    let began = Instant::now();
    while are_closed() < 2 {
        assert!(began.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(10));
    }
    let client = running.client();
    assert!(client.get(running.address(), "localhost", "/ping").is_err(), "there is no place");
    assert_eq!(are_closed(), 2, "the others wait");
    drop(waiting);
    // The places are free once the service has seen the ends.
    while client.get(running.address(), "localhost", "/ping").is_err() {
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn a_large_answer_comes_whole_and_ends_for_a_client_that_does_not_read() {
    let running = Running::start(|builder| builder.write_timeout(Duration::from_secs(1)));
    let client = running.client();
    let told = client.get(running.address(), "localhost", "/large").unwrap();
    assert_eq!(told.status, 200);
    assert!(told.text.ends_with("0123456789abcdef") && told.text.len() > 16 << 19);

    let mut open = client.open(running.address(), "localhost").unwrap();
    socket2::SockRef::from(open.socket()).set_recv_buffer_size(4 * 1024).unwrap();
    open.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    thread::sleep(Duration::from_secs(4));
    let mut read = 0;
    let mut part = vec![0; 64 * 1024];
    let ended = loop {
        match open.read(&mut part) {
            Ok(0) => break "an end",
            Ok(bytes) => read += bytes,
            Err(_) => break "an error",
        }
    };
    assert!(ended == "an error" && read < 16 << 19, "{ended} after {read} bytes");
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let running = Running::start(|builder| builder);
    let mut open = running.client().open(running.address(), "localhost").unwrap();
    let one = "GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    let last = "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let told = open.ask(&format!("{one}{last}")).unwrap();
    assert_eq!(told.text.matches("HTTP/1.1 200 OK").count(), 51);
    assert_eq!(told.text.matches("pong").count(), 50);
    assert!(told.text.ends_with("0123456789abcdef"));
}

/// What is wrong with these files.
fn complaints(files: TlsFiles) -> Vec<String> {
    builder(files).build().err().map_or_else(Vec::new, |failure| failure.complaints().to_vec())
}

#[test]
fn files_that_cannot_work_do_not_start() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let (other, path) = (Authority::new("others"), folder.path());
    let good = authority.issue(Wanted::default());
    let write = |certificate: &str, key: &str| {
        Issued { certificate: certificate.to_owned(), key: key.to_owned() }.write(path, "own")
    };
    let stranger = other.issue(Wanted::default());
    let chain = |parts: &[&str]| parts.concat();
    let (good_pem, root) = (good.certificate.as_str(), authority.pem());
    let early = authority.issue(Wanted { from: 2, ..Wanted::default() });
    let late = authority.issue(Wanted { from: -20, until: -1, ..Wanted::default() });
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (certificate, key, says) in [
        (good_pem.to_owned(), good.key.as_str(), ""),
        (chain(&[good_pem, &root]), &good.key, ""),
        (String::new(), &good.key, "own.pem` holds no certificate: name the PEM file"),
        (good_pem.to_owned(), "", "own.key` holds no private key"),
        (good_pem.to_owned(), encrypted, "is encrypted, and there is no password"),
        (good_pem.to_owned(), &stranger.key, "does not belong to the certificate in"),
        (chain(&[&root, good_pem]), &good.key, "belongs to certificate 2 of"),
        (chain(&[good_pem, &other.pem()]), &good.key, "certificate 2 has not issued certificate 1"),
        (early.certificate.clone(), &early.key, "is not valid before"),
        (late.certificate.clone(), &late.key, "own.pem` expired on"),
        (good_pem[..good_pem.len() / 2].to_owned(), &good.key, "the file is cut off"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
            &good.key,
            "certificate 1 of",
        ),
    ] {
        let told = complaints(write(&certificate, key));
        match told.as_slice() {
            [] => assert_eq!(says, "", "it starts"),
            [one] => {
                assert!(!says.is_empty() && one.contains(says), "{says}: {one}");
                assert!(
                    one.starts_with("PALISADE_TLS_CERT, PALISADE_TLS_KEY or `.tls(..)`: "),
                    "{one}"
                );
            }
            several => panic!("{several:?}"),
        }
    }
    let files = good.write(path, "own");
    for (mode, says) in [(0o600, ""), (0o400, ""), (0o604, "chmod 600"), (0o660, "chmod 600")] {
        fs::set_permissions(path.join("own.key"), fs::Permissions::from_mode(mode)).unwrap();
        let told = complaints(files.clone()).concat();
        assert_eq!(told.is_empty(), says.is_empty(), "{mode:o}: {told}");
        assert!(told.contains(says), "{mode:o}: {told}");
    }
    fs::set_permissions(path.join("own.key"), fs::Permissions::from_mode(0o600)).unwrap();
    let missing = complaints(TlsFiles::new(path.join("none.pem"), path.join("own.key"))).concat();
    assert!(missing.contains("none.pem`: No such file"), "{missing}");
    let told = complaints(files.clone().client_authority(path.join("own.key"))).concat();
    assert!(
        told.contains("PALISADE_TLS_CLIENT_CA") && told.contains("no certificate of an"),
        "{told}"
    );
    let told = complaints(files.clone().client_revocations("crl.pem")).concat();
    assert!(
        told.contains("PALISADE_TLS_CLIENT_CRL") && told.contains("set PALISADE_TLS_CLIENT_CA"),
        "{told}"
    );
    let told = builder(files).public_origin("http://localhost").build().err().unwrap();
    assert!(told.to_string().contains("PALISADE_PUBLIC_ORIGIN"), "{told}");
}

#[test]
fn a_scanner_of_tls_finds_nothing() {
    let names = ["testssl", "testssl.sh"];
    let has = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let Some(program) = names.iter().find(has) else {
        palisade_tests::skip("testssl.sh", "PALISADE_TEST_TESTSSL");
        return;
    };
    let running = Running::start(|builder| builder.host("localhost"));
    let found = running.folder.path().join("found.json");
    let output = Command::new(program)
        .args(["--quiet", "--color", "0", "--warnings", "off", "--openssl-timeout", "10"])
        .args(["--nodns", "none", "--ip", "127.0.0.1"])
        // Protocols, suites, forward secrecy, and the attacks that have names.
        .args(["--protocols", "--std", "--pfs", "--vulnerable"])
        .arg("--jsonfile")
        .arg(&found)
        .arg(format!("localhost:{}", running.address().port()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = fs::read_to_string(&found).unwrap_or_default();
    let findings: Vec<serde_json::Value> = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
    let field = |finding: &serde_json::Value, name: &str| {
        finding.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let of = |id: &str| findings.iter().find(|finding| field(finding, "id") == id);
    for (id, expected) in [("TLS1_3", "offered"), ("TLS1_2", "offered"), ("TLS1_1", "not offered")]
    {
        let told = of(id).map(|finding| field(finding, "finding")).unwrap_or_default();
        assert!(told.starts_with(expected), "{id}: {told}");
    }
    let bad: Vec<_> = findings
        .iter()
        .filter(|finding| {
            let severity = field(finding, "severity");
            ["MEDIUM", "HIGH", "CRITICAL", "FATAL"].contains(&severity.as_str())
        })
        .map(|finding| format!("{}: {}", field(finding, "id"), field(finding, "finding")))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}
