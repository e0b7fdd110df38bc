//! Programs that speak HTTP/2, against a service that speaks it without TLS.

use std::{
    fs,
    io::{self, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use tempfile::NamedTempFile;

use palisade_tests::{
    client, port::free_address, reverse_proxy::SocketFolder, skip, token::token,
    unix_server::UnixServer,
};

use crate::http2_service::{builder, start, until};

/// The output of a program; `None` where it is not installed, and then the test counts as skipped.
fn output(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let mistakes = String::from_utf8_lossy(&output.stderr).into_owned();
            Some((output.status.success(), text + &mistakes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            skip(program, "PALISADE_TEST_PEERS");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

#[test]
fn curl_asks_writes_and_is_refused() {
    let (server, _) = start(|builder| builder);
    let at = |path: &str| format!("http://{}{path}", server.address());
    let quiet = ["-sS", "--http2-prior-knowledge", "-w", " %{http_version} %{http_code}"];
    let token = format!("Authorization: Bearer {}", token("ada", "items:write"));
    let mut file = NamedTempFile::new().unwrap();
    file.write_all("x".repeat(150_000).as_bytes()).unwrap();
    let large = format!("@{}", file.path().display());
    for (arguments, says) in [
        (vec![at("/ping")], "pong 2 200"),
        (vec![at("/me")], " 2 401"),
        (vec![at("/nowhere")], " 2 404"),
        (vec!["-I".to_owned(), at("/ping")], " 2 200"),
        (
            vec![
                at("/items"),
                "-H".to_owned(),
                token,
                "-H".to_owned(),
                "Content-Type: application/json".to_owned(),
                "-d".to_owned(),
                r#"{"name": "lamp", "qty": 2}"#.to_owned(),
            ],
            " 2 201",
        ),
        (
            vec!["-X".to_owned(), "PUT".to_owned(), at("/uploads"), "-d".to_owned(), large],
            "150000 2 200",
        ),
        (
            vec![
                "-X".to_owned(),
                "PUT".to_owned(),
                at("/uploads"),
                "-H".to_owned(),
                "Expect: 100-continue".to_owned(),
                "-d".to_owned(),
                "four".to_owned(),
            ],
            "4 2 200",
        ),
        // curl 7.88 cannot send a second request on a connection that it begins with HTTP/2 by prior knowledge:
        // "Error in the HTTP2 framing layer", with nginx 1.22 too. h2load shows that connections are used again.
    ] {
        let mut all = quiet.to_vec();
        all.extend(arguments.iter().map(String::as_str));
        let Some((is_done, text)) = output("curl", &all) else { return };
        assert!(is_done && text.ends_with(says), "{arguments:?}: {text}");
    }
    // A large answer arrives whole.
    let made = at("/made/stream/5000000");
    let mut all = quiet.to_vec();
    all.extend(["-o", "/dev/null", &made]);
    all[3] = "%{size_download} %{http_version}";
    let Some((_, text)) = output("curl", &all) else { return };
    assert_eq!(text, "5000000 2");
}

#[test]
fn curl_asks_by_a_unix_socket() {
    let folder = SocketFolder::new();
    let path = folder.socket();
    let _server = UnixServer::serve(builder().0, &path).unwrap();
    let path = path.display().to_string();
    let arguments =
        ["-sS", "--http2-prior-knowledge", "-w", " %{http_version}", "--unix-socket", &path];
    let asked = [&arguments[..], &["http://localhost/request"]].concat();
    let Some((_, text)) = output("curl", &asked) else { return };
    assert_eq!(text, "HTTP/2.0 /request localhost   2");
}

#[test]
fn h2load_is_answered_request_by_request() {
    let (server, _) =
        start(|builder| builder.service_limit(1_000_000, Duration::from_secs(60), 100_000));
    let ping = format!("http://{}/ping", server.address());
    let load = ["-n", "5000", "-c", "10", "-m", "50", &ping];
    let Some((is_done, text)) = output("h2load", &load) else { return };
    assert!(is_done && text.contains("5000 succeeded, 0 failed, 0 errored"), "{text}");
    assert!(text.contains("Application protocol: h2c"), "{text}");
    // 20 uploads at once over each connection, with its windows.
    let body = std::env::temp_dir().join(format!("palisade-h2load-{}", std::process::id()));
    fs::write(&body, vec![b'x'; 100_000]).unwrap();
    let path = body.display().to_string();
    let uploads = format!("http://{}/uploads", server.address());
    let load = ["-n", "200", "-c", "4", "-m", "20", "-H", ":method: PUT", "-d", &path, &uploads];
    let loaded = output("h2load", &load);
    let _removed = fs::remove_file(&body);
    let Some((is_done, text)) = loaded else { return };
    assert!(is_done && text.contains("200 succeeded, 0 failed, 0 errored"), "{text}");
    assert!(text.contains("200 2xx"), "{text}");
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The block of the page about HTTP/2, with these addresses.
fn haproxy_block(own: SocketAddr, service: SocketAddr) -> String {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/http2.md");
    let page = fs::read_to_string(page).unwrap();
    let lines = page.lines().skip_while(|line| *line != "```haproxy").skip(1);
    let block: String =
        lines.take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
    let tls = "bind :443 ssl crt /etc/haproxy/api.example.pem alpn h2,http/1.1";
    assert!(block.contains(tls) && block.contains("127.0.0.1:8080"), "{block}");
    block.replace(tls, &format!("bind {own}")).replace("127.0.0.1:8080", &service.to_string())
}

#[test]
fn haproxy_speaks_http_2_to_the_service() {
    let (server, _) = start(|builder| builder.trusted_proxy("127.0.0.1"));
    let own = free_address();
    let file = std::env::temp_dir().join(format!("palisade-haproxy-h2-{}", std::process::id()));
    fs::write(&file, haproxy_block(own, server.address())).unwrap();
    let started = Command::new("haproxy")
        .args(["-db", "-f"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(process) = started else {
        skip("haproxy", "PALISADE_TEST_PROXIES");
        return;
    };
    let _running = Running(process);
    until("HAProxy listens", || TcpStream::connect(own).is_ok());
    let _removed = fs::remove_file(&file);
    let ask = |method: &str, path: &str| client::Request::new(own, method, path);
    let shown = ask("GET", "/request").send();
    assert!(shown.text().starts_with("HTTP/2.0 /request "), "{}", shown.text());
    assert_eq!(ask("GET", "/me").send().status, 401);
    assert_eq!(ask("GET", "/nowhere").send().status, 404);
    let upload = ask("PUT", "/uploads").body(vec![b'x'; 150_000]).send();
    assert_eq!((upload.status, upload.text()), (200, "150000".to_owned()));
    assert_eq!(ask("GET", "/made/stream/3000000").send().body.len(), 3_000_000);
    // Many at once, which share connections.
    let clients: Vec<_> = (0..20)
        .map(|_| thread::spawn(move || client::Request::new(own, "GET", "/ping").send().status))
        .collect();
    for client in clients {
        assert_eq!(client.join().unwrap(), 200);
    }
}

#[test]
fn httpx_asks_writes_and_is_refused() {
    let (server, _) = start(|builder| builder);
    let clients = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("clients");
    let python = clients.join("python/bin/python").display().to_string();
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/http2.py");
    if !output(&python, &[program, "version"]).is_some_and(|(is_there, _)| is_there) {
        return;
    }
    let (address, token) = (server.address().to_string(), token("ada", "items:write"));
    let Some((is_done, text)) = output(&python, &[program, &address, &token]) else { return };
    assert!(is_done, "{text}");
    let answers: Vec<(String, u16, usize, String)> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(answers.iter().all(|(version, ..)| version == "HTTP/2"), "{text}");
    let statuses: Vec<_> = answers.iter().map(|(_, status, ..)| *status).collect();
    assert_eq!(statuses, [200, 401, 200, 201, 422, 200, 200, 200, 413, 200, 504]);
    let shown = format!("HTTP/2.0 /request {address} a=1 127.0.0.1");
    for (index, expected) in
        [(0, "pong"), (2, "ada"), (3, "\"lamp by ada\""), (5, &shown), (6, "190000"), (7, "100000")]
    {
        assert_eq!(answers[index].3, expected);
    }
    assert_eq!(answers[9].2, 2_000_000);
}
