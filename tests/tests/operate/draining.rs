//! A service that shuts down: no accepted request is lost.

use std::{
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use palisade_tests::{
    client::{Connection, Request},
    reverse_proxy::{Kind, ReverseProxy},
    server::Server,
};

use crate::process::{Process, until};

use palisade::prelude::*;

#[get("/work")]
#[public]
async fn work() -> &'static str {
    "done"
}

const GET: &[u8] = b"GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n";

#[test]
fn a_lame_duck_fails_its_probe_and_takes_requests() {
    let builder = Palisade::builder().endpoints(endpoints![work]);
    let mut server = Server::serve(builder.lame_duck(Duration::from_secs(30)));
    let mut kept = Connection::open(server.address());
    kept.write(GET);
    let answer = kept.answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, None));
    let mut idle = Connection::open(server.address());
    idle.write(GET);
    assert_eq!(idle.answer().unwrap().status, 200);
    server.tell();
    until("it is not ready", || server.get("/readyz").send().status == 503);
    assert_eq!(server.get("/livez").send().status, 200);
    assert_eq!(server.get("/work").send().status, 200, "new connections are taken");
    // A kept connection gets an answer with `close`, and the answer is complete.
    kept.write(GET);
    let answer = kept.answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(kept.rest().is_empty());
    idle.write(GET);
    assert_eq!(idle.answer().unwrap().status, 200);
    assert!(!server.has_ended());
}

#[test]
fn the_time_ends_and_then_the_requests_under_way_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[("PALISADE_LAME_DUCK", "300 ms")]);
    let mut long = Connection::open(process.address);
    long.write(GET);
    assert_eq!(long.answer().unwrap().status, 200);
    long.write(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let told = Instant::now();
    process.signal("TERM");
    let answer = long.answer().unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "done at last"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(process.end().success());
    assert!(told.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_service_that_is_not_watched_stops_at_once_and_a_second_signal_cuts() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[]);
    process.signal("TERM");
    assert!(process.end().success());

    let mut watched = Process::start(folder.path(), &[("PALISADE_LAME_DUCK", "10 min")]);
    let probe = || Request::new(watched.address, "GET", "/readyz").send().status;
    assert_eq!(probe(), 200);
    watched.signal("TERM");
    until("it is not ready", || probe() == 503);
    // Long enough for one that stops at once to be gone.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(probe(), 503);
    watched.signal("TERM");
    assert!(watched.end().success());
}

/// A probe has asked whether it is ready: it waits for a moment although no time is set.
#[test]
fn a_service_that_is_watched_waits_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[]);
    assert_eq!(Request::new(process.address, "GET", "/readyz").send().status, 200);
    let told = Instant::now();
    process.signal("TERM");
    assert!(process.end().success());
    assert!(told.elapsed() >= Duration::from_secs(5));
}

/// What clients saw.
#[derive(Debug, Default)]
struct Seen {
    good: AtomicUsize,
    bad: AtomicUsize,
    over: AtomicBool,
}

/// Asks again and again over connections that are kept, until it is over.
fn ask(address: SocketAddr, requests: &'static [&'static [u8]], seen: &Seen) {
    let mut connection = Connection::open(address);
    let mut turn = requests.iter().cycle();
    while !seen.over.load(Ordering::SeqCst) {
        let request = turn.next().unwrap();
        connection.write(request);
        let Ok(answer) = connection.answer() else {
            seen.bad.fetch_add(1, Ordering::SeqCst);
            connection = Connection::open(address);
            continue;
        };
        match answer.status {
            200 => seen.good.fetch_add(1, Ordering::SeqCst),
            _ => seen.bad.fetch_add(1, Ordering::SeqCst),
        };
        if answer.header("connection") == Some("close") {
            connection = Connection::open(address);
        }
    }
}

/// Stops one of two services behind this proxy while clients ask; what they saw.
fn stop_under_load(
    kind: Kind,
    requests: &'static [&'static [u8]],
    configuration: impl FnOnce(SocketAddr, [SocketAddr; 2]) -> String,
) -> Option<(usize, usize)> {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("PALISADE_LAME_DUCK", "3 s"),
        ("PALISADE_HOSTS", "localhost"),
        ("PALISADE_TRUSTED_PROXIES", "127.0.0.1"),
        ("PALISADE_LIMITS", "off"),
        ("PALISADE_ENV", "development"),
    ];
    let mut first = Process::start(folder.path(), &settings);
    let second = Process::start(folder.path(), &settings);
    let both = [first.address, second.address];
    let proxy = ReverseProxy::launch_with(kind, |own| configuration(own, both))?;
    until("the proxy answers", || {
        let mut connection = Connection::open(proxy.address());
        connection.write(GET);
        connection.answer().is_ok_and(|answer| answer.status == 200)
    });
    let seen = Arc::new(Seen::default());
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let (address, seen) = (proxy.address(), Arc::clone(&seen));
            thread::spawn(move || ask(address, requests, &seen))
        })
        .collect();
    let asked = |more: usize| {
        let enough = seen.good.load(Ordering::SeqCst) + more;
        until("requests are answered", || {
            seen.good.load(Ordering::SeqCst) >= enough || seen.bad.load(Ordering::SeqCst) > 0
        });
    };
    asked(300);
    first.signal("TERM");
    let told = Instant::now();
    assert!(first.end().success());
    assert!(told.elapsed() >= Duration::from_secs(3), "it goes on for a while");
    assert!(TcpStream::connect(first.address).is_err());
    asked(300);
    seen.over.store(true, Ordering::SeqCst);
    for client in clients {
        client.join().unwrap();
    }
    Some((seen.good.load(Ordering::SeqCst), seen.bad.load(Ordering::SeqCst)))
}

const POST: &[u8] =
    b"POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn no_request_is_lost_behind_haproxy() {
    let seen = stop_under_load(Kind::HaProxy, &[GET, POST], |own, [first, second]| {
        format!(
            "defaults\n    mode http\n    timeout connect 5s\n    timeout client 60s\n    timeout \
             server 60s\n    retries 0\nfrontend public\n    bind {own}\n    http-request \
             set-header X-Forwarded-For %[src]\n    default_backend service\nbackend service\n    \
             option httpchk GET /readyz\n    http-check expect status 200\n    default-server check \
             inter 200ms fall 2 rise 1\n    server first {first}\n    server second {second}\n"
        )
    });
    let Some((good, bad)) = seen else { return };
    assert_eq!(bad, 0, "{good} good ones");
}

/// It does not ask for health: it learns by answers that close, and tries another instance where one does
/// not accept any more. A request that may have changed something is not tried twice.
#[test]
fn no_request_is_lost_behind_nginx() {
    let seen = stop_under_load(Kind::Nginx, &[GET], |own, [first, second]| {
        format!(
            "error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\nclient_body_temp_path body;\n\
             proxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\n\
             scgi_temp_path scgi;\nupstream service {{ server {first}; server {second}; keepalive 32; \
             }}\nserver {{\nlisten {own};\nlocation / {{\nproxy_pass http://service;\n\
             proxy_http_version 1.1;\nproxy_set_header Connection \"\";\nproxy_set_header Host \
             $http_host;\nproxy_set_header X-Forwarded-For $remote_addr;\n}}\n}}\n}}\n"
        )
    });
    let Some((good, bad)) = seen else { return };
    assert_eq!(bad, 0, "{good} good ones");
}
