//! The PROXY protocol: by hand, and as HAProxy and nginx speak it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    num::NonZeroU32,
    path::Path,
    time::Duration,
};

use palisade::{Builder, ClientAddr, Http2, prelude::*};
use palisade_tests::{
    audit,
    client::{Answer, Connection},
    http2::{Frames, flag, kind},
    reverse_proxy::{Kind, ReverseProxy},
    server::Server,
    skip,
    unix_server::UnixServer,
};

use crate::process::until;

#[get("/address")]
#[public]
async fn address(client: ClientAddr) -> String {
    client.to_string()
}

#[get("/limited")]
#[public]
#[rate_limit("2/hour", by = ip)]
async fn limited() -> &'static str {
    "ok"
}

fn builder() -> Builder {
    audit::listen();
    Palisade::builder()
        .trusted_proxy("127.0.0.1")
        .trusted_proxy("10.0.0.0/8")
        .proxy_protocol()
        .endpoints(endpoints![address, limited])
}

fn serve(builder: Builder) -> Server {
    let server = Server::serve(builder);
    let own = server.address();
    until("it listens", || TcpStream::connect(own).is_ok());
    server
}

const V2: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

fn v1(client: &str) -> Vec<u8> {
    format!("PROXY TCP4 {client} 192.0.2.1 40000 443\r\n").into_bytes()
}

fn v2(command: u8, client: Ipv4Addr, fields: &[u8]) -> Vec<u8> {
    let ends = [192, 0, 2, 1, 0x9c, 0x40, 0x01, 0xbb];
    let body = [&client.octets()[..], &ends, fields].concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&V2[..], &[command, 0x11], &length, &body].concat()
}

fn request(path: &str, fields: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").into_bytes()
}

/// The answer to a request behind this header; `None` where the connection closes without one.
fn ask(server: &Server, header: &[u8], path: &str, fields: &str) -> Option<Answer> {
    let mut connection = Connection::open(server.address());
    connection.write(&[header, &request(path, fields)].concat());
    connection.answer().ok()
}

fn text(server: &Server, header: &[u8], fields: &str) -> Option<String> {
    ask(server, header, "/address", fields).map(|answer| answer.text())
}

#[test]
fn the_address_of_the_header_is_that_of_the_client() {
    let server = serve(builder());
    let client = Ipv4Addr::new(203, 0, 113, 7);
    let told = Some("203.0.113.7".to_owned());
    assert_eq!(text(&server, &v1("203.0.113.7"), ""), told);
    assert_eq!(text(&server, &v2(0x21, client, b""), ""), told);
    assert_eq!(text(&server, &v2(0x21, client, &[0x20, 0, 5, 1, 0, 0, 0, 0]), ""), told);
    let v6 = b"PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n";
    assert_eq!(text(&server, v6, ""), Some("2001:db8::7".to_owned()));
    // What the client writes itself is not believed.
    let field = "X-Forwarded-For: 198.51.100.1\r\n";
    assert_eq!(text(&server, &v1("203.0.113.7"), field), told);
    // A proxy before the proxy is.
    assert_eq!(text(&server, &v1("10.1.1.1"), field), Some("198.51.100.1".to_owned()));
    // All requests of a connection are that client's, and the header may come in pieces.
    let mut connection = Connection::open(server.address());
    for byte in v1("203.0.113.7") {
        connection.write(&[byte]);
    }
    for _ in 0..2 {
        connection.write(&request("/address", ""));
        assert_eq!(connection.answer().unwrap().text(), "203.0.113.7");
    }
    // A second header is not a request.
    connection.write(&[v1("203.0.113.8"), request("/address", "")].concat());
    assert_eq!(connection.answer().unwrap().status, 400);
}

#[test]
fn limits_and_the_audit_event_see_the_client() {
    let server = serve(builder());
    let (one, other) = (v1("203.0.113.51"), v1("203.0.113.52"));
    let statuses =
        |header: &[u8]| [(); 3].map(|()| ask(&server, header, "/limited", "").unwrap().status);
    assert_eq!(statuses(&one), [200, 200, 429]);
    assert_eq!(statuses(&other), [200, 200, 429]);
    assert_eq!(audit::events("client", "203.0.113.51").len(), 3);
}

#[test]
fn connections_are_counted_by_client() {
    let server = serve(builder().connections_per_address(NonZeroU32::new(2).unwrap()));
    let open = |client: &str| {
        let mut connection = Connection::open(server.address());
        connection.write(&[v1(client), request("/address", "")].concat());
        connection.answer().ok().map(|_| connection)
    };
    let (first, second) = (open("203.0.113.61"), open("203.0.113.61"));
    assert!(first.is_some() && second.is_some());
    assert!(open("203.0.113.61").is_none());
    assert!(open("203.0.113.62").is_some());
    drop(first);
    until("a place is free again", || open("203.0.113.61").is_some());
}

#[test]
fn nobody_else_may_name_an_address() {
    let server = serve(builder());
    let from_stranger = |bytes: &[u8]| {
        let stranger = Ipv4Addr::new(127, 0, 0, 63);
        let mut connection = Connection::open_from(stranger.into(), server.address());
        connection.write(bytes);
        connection.answer().ok()
    };
    for header in [v1("203.0.113.7"), v2(0x21, Ipv4Addr::new(203, 0, 113, 7), b"")] {
        assert!(from_stranger(&[header, request("/address", "")].concat()).is_none());
    }
    assert!(from_stranger(&request("/address", "")).is_none());
    until("the log says so", || audit::count(&["127.0.0.63", "not a trusted proxy"]) > 0);
    // Probes come from the operator of the instance.
    for path in ["/livez", "/readyz"] {
        let answer = from_stranger(&request(path, "")).unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    }
    // Nothing hides behind one.
    let both = [request("/livez", ""), request("/address", "")].concat();
    let mut connection =
        Connection::open_from(Ipv4Addr::new(127, 0, 0, 63).into(), server.address());
    connection.write(&both);
    assert_eq!(connection.answers().len(), 1);
}

#[test]
fn a_proxy_has_to_send_a_header() {
    let server = serve(builder());
    for bytes in [
        request("/address", "X-Forwarded-For: 203.0.113.7\r\n"),
        b"POST /address HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 65536\r\nGET /address HTTP/1.1\r\n".to_vec(),
        [&V2[..], &[0x31, 0x11, 0, 12], &[0; 12]].concat(),
        [&V2[..], &[0x21, 0x12, 0, 12], &[0; 12]].concat(),
        [&V2[..], &[0x21, 0x11, 0xff, 0xff], &[0; 12]].concat(),
        v2(0x21, Ipv4Addr::LOCALHOST, &[3, 0, 4, 1, 2, 3, 4]),
    ] {
        let mut connection = Connection::open(server.address());
        connection.write(&[bytes.clone(), request("/address", "")].concat());
        assert!(connection.answer().is_err(), "{:?}", bytes.escape_ascii().to_string());
    }
    // One that does not come in time.
    let server = serve(builder().head_timeout(Duration::from_secs(1)));
    let mut connection = Connection::open(server.address());
    connection.write(b"PROXY TCP4 203.");
    assert!(connection.rest().is_empty());
}

#[test]
fn what_a_proxy_says_of_nobody_is_its_own_and_forwards_nothing() {
    let server = serve(builder());
    let field = "X-Forwarded-For: 198.51.100.1\r\n";
    let local = v2(0x20, Ipv4Addr::new(203, 0, 113, 7), b"");
    let unspecified = [&V2[..], &[0x21, 0x00, 0, 0]].concat();
    let unknown = b"PROXY UNKNOWN\r\n".to_vec();
    for header in [local, unspecified, unknown] {
        assert_eq!(text(&server, &header, field), Some("127.0.0.1".to_owned()));
    }
}

#[test]
fn a_probe_without_a_header_is_of_its_own_peer() {
    let server = serve(builder().blocked_network("198.51.100.0/24"));
    // It did not read HTTP, so a client may have written the field.
    let field = "X-Forwarded-For: 198.51.100.1\r\n";
    assert_eq!(ask(&server, b"", "/livez", field).unwrap().status, 200);
    // The network is blocked where the header names it.
    assert_eq!(ask(&server, &v1("198.51.100.1"), "/livez", "").unwrap().status, 403);
}

#[test]
fn over_http2_a_proxy_that_names_no_client_forwards_none() {
    let server = serve(builder().http2(Http2::Plain));
    for (header, client) in
        [("PROXY UNKNOWN\r\n".to_owned(), "127.0.0.1"), (proxied(), "203.0.113.7")]
    {
        let mut frames = Frames::raw(server.address());
        frames.write(header.as_bytes());
        frames.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        frames.send(kind::SETTINGS, 0, 0, b"");
        let block = frames.get("/address", &[("x-forwarded-for", "198.51.100.1")]);
        frames.send(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, 1, &block);
        assert_eq!(frames.expect(kind::DATA).payload, client.as_bytes(), "{header}");
    }
}

fn proxied() -> String {
    String::from_utf8(v1("203.0.113.7")).unwrap()
}

#[test]
fn at_a_unix_socket_the_header_tells_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let server = UnixServer::serve(builder().trusted_proxy("unix:"), &path).unwrap();
    let ask = |header: &[u8]| {
        let mut connection = server.open();
        let field = "X-Forwarded-For: 198.51.100.1\r\n";
        connection.write(&[header, &request("/address", field)].concat());
        connection.answer().ok().map(|answer| answer.text())
    };
    assert_eq!(ask(&v1("203.0.113.7")), Some("203.0.113.7".to_owned()));
    assert_eq!(ask(b"PROXY UNKNOWN\r\n"), Some("0.0.0.0".to_owned()));
    assert_eq!(ask(b""), None);
}

#[test]
fn without_the_setting_a_header_is_no_request() {
    let server =
        serve(Palisade::builder().trusted_proxy("127.0.0.1").endpoints(endpoints![address]));
    for header in [v1("203.0.113.7"), v2(0x21, Ipv4Addr::new(203, 0, 113, 7), b"")] {
        assert_eq!(ask(&server, &header, "/address", "").unwrap().status, 400);
    }
}

/// From another address of this machine, through the proxy.
fn through(proxy: &ReverseProxy) -> Option<String> {
    let client = Ipv4Addr::new(127, 0, 0, 64);
    let mut connection = Connection::open_from(client.into(), proxy.address());
    connection.write(&request("/address", "X-Forwarded-For: 198.51.100.1\r\n"));
    connection.answer().ok().filter(|answer| answer.status == 200).map(|answer| answer.text())
}

fn haproxy(own: SocketAddr, service: SocketAddr, send: &str, check: &str) -> String {
    format!(
        "defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 60s\n    timeout server \
         60s\nlisten public\n    bind {own}\n    option httpchk GET /readyz\n    server service \
         {service} {send} check inter 100ms {check}\n"
    )
}

#[test]
fn haproxy_sends_both_versions_and_its_checks_pass() {
    let server = serve(builder());
    for (send, check) in [
        ("send-proxy", ""),
        ("send-proxy-v2", ""),
        ("send-proxy-v2", "proxy-v2-options crc32c,unique-id"),
        // Checks without a header, of a proxy that has none to send.
        ("send-proxy", "port PORT"),
    ] {
        let check = check.replace("PORT", &server.address().port().to_string());
        let configuration = |own| haproxy(own, server.address(), send, &check);
        let Some(proxy) = ReverseProxy::launch_with(Kind::HaProxy, configuration) else { return };
        // It passes nothing on before its check has passed, and none while one fails.
        until("it is served", || through(&proxy).is_some());
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..5 {
            assert_eq!(through(&proxy), Some("127.0.0.64".to_owned()), "{send} {check}");
        }
    }
}

#[test]
fn nginx_sends_its_version() {
    let module = Path::new("/usr/lib/nginx/modules/ngx_stream_module.so");
    if !module.is_file() {
        skip("the stream module of nginx", "PALISADE_TEST_PROXIES");
        return;
    }
    let server = serve(builder());
    let service = server.address();
    let proxy = ReverseProxy::launch_with(Kind::Nginx, |own| {
        format!(
            "load_module {};\nerror_log stderr;\nevents {{}}\nstream {{\nserver {{\nlisten {own};\n\
             proxy_pass {service};\nproxy_protocol on;\n}}\n}}\n",
            module.display()
        )
    });
    let Some(proxy) = proxy else { return };
    assert_eq!(through(&proxy), Some("127.0.0.64".to_owned()));
}
