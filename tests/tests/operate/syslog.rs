//! Audit events as messages of syslog.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    os::unix::net::UnixDatagram,
    time::Duration,
};

use palisade::{Palisade, audit::SyslogOptions, prelude::*};
use palisade_tests::{
    audit_schema::valid,
    rsyslog::Rsyslog,
    server::Server,
    token::{token, verifier},
};

const PATIENCE: Option<Duration> = Some(Duration::from_secs(20));

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

fn start(server: &str) -> Server {
    let options = SyslogOptions::new(server).unwrap().app_name("notes").enterprise(32_473);
    let sink = options.open().unwrap();
    let builder = Palisade::builder().auth(verifier()).audit_sink(sink);
    Server::serve(builder.endpoints(endpoints![me]))
}

/// The structured data and the event of a message.
fn parts(message: &str) -> (String, serde_json::Value) {
    assert!(message.starts_with("<110>1 2") || message.starts_with("<109>1 2"), "{message}");
    let (head, event) = message.split_at(message.find("] {").unwrap() + 2);
    let (header, data) = head.split_at(head.find(" [").unwrap() + 1);
    let words: Vec<_> = header.split_whitespace().collect();
    assert_eq!((words.len(), words[3], words[5]), (6, "notes", "request"), "{message}");
    (data.trim_end().to_owned(), valid(event))
}

#[test]
fn datagrams_hold_one_event_each() {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_read_timeout(PATIENCE).unwrap();
    let service = start(&format!("udp:{}", udp.local_addr().unwrap()));
    // A subject that ends the element of the structured data.
    let subject = "ada\"][x@1 a=\"b\u{202e}";
    assert_eq!(service.get("/me").bearer(&token(subject, "")).send().status, 200);
    let mut buffer = [0; 8_192];
    let length = udp.recv(&mut buffer).unwrap();
    let message = std::str::from_utf8(&buffer[..length]).unwrap();
    assert!(message.contains("user=\"ada\\\"\\][x@1 a=\\\"b\\u202e\""), "{message}");
    let event =
        valid(message.rsplit_once("] {").map(|(_, event)| format!("{{{event}")).unwrap().as_str());
    assert_eq!(event["user.id"], subject);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let unix = UnixDatagram::bind(&path).unwrap();
    unix.set_read_timeout(PATIENCE).unwrap();
    let service = start(&format!("unix:{}", path.display()));
    assert_eq!(service.get("/me").send().status, 401);
    let length = unix.recv(&mut buffer).unwrap();
    let (data, event) = parts(std::str::from_utf8(&buffer[..length]).unwrap());
    assert!(data.starts_with("[origin software=\"palisade\" swVersion="), "{data}");
    assert!(data.contains("[meta sequenceId=\"1\"]"), "{data}");
    assert!(
        data.contains("[palisade@32473 outcome=\"failure\" reason=\"no-credentials\""),
        "{data}"
    );
    assert_eq!(event["event.reason"], "no-credentials");
}

/// One message, which its length precedes (RFC 6587 section 3.4.1).
fn counted(stream: &mut BufReader<TcpStream>) -> String {
    let mut length = Vec::new();
    stream.read_until(b' ', &mut length).unwrap();
    let length = std::str::from_utf8(&length).unwrap().trim_end().parse().unwrap();
    let mut message = vec![0; length];
    stream.read_exact(&mut message).unwrap();
    String::from_utf8(message).unwrap()
}

fn accept(listener: &TcpListener) -> BufReader<TcpStream> {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(PATIENCE).unwrap();
    BufReader::new(stream)
}

#[test]
fn messages_over_tcp_are_counted_and_a_server_that_comes_back_gets_those_that_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let service = start(&format!("tcp:{address}"));
    let token = token("ada", "");
    // Refusals would be counted beyond a rate, in place of an event each.
    let get = || assert_eq!(service.get("/me").bearer(&token).send().status, 200);
    get();
    let mut stream = accept(&listener);
    for number in 1..4 {
        let (data, _) = parts(&counted(&mut stream));
        assert!(data.contains(&format!("[meta sequenceId=\"{number}\"]")), "{data}");
        get();
    }
    // The server hangs up and is gone for a while: no request waits for it.
    let last = counted(&mut stream);
    assert!(last.contains("[meta sequenceId=\"4\"]"), "{last}");
    drop((stream, listener));
    for _ in 0..10 {
        get();
    }
    let listener = TcpListener::bind(address).unwrap();
    let mut stream = accept(&listener);
    // What the system took before it knew that the server is gone may be lost; the last ones are there.
    loop {
        let message = counted(&mut stream);
        if message.contains("[meta sequenceId=\"14\"]") {
            break;
        }
    }
}

#[test]
fn rsyslog_reads_each_part() {
    let Some(rsyslog) = Rsyslog::launch() else { return };
    let servers = [
        format!("tcp:{}", rsyslog.address()),
        format!("udp:{}", rsyslog.address()),
        format!("unix:{}", rsyslog.socket().display()),
    ];
    for (index, server) in servers.iter().enumerate() {
        let service = start(server);
        assert_eq!(service.get("/me").bearer(&token("ada", "")).send().status, 200);
        let messages = rsyslog.messages(index + 1);
        let message = &messages[index];
        assert_eq!(message["priority"], "110", "{message}");
        assert_eq!(message["version"], "1", "{message}");
        assert_eq!(message["app"], "notes", "{message}");
        assert_eq!(message["id"], "request", "{message}");
        let data = message["data"].as_str().unwrap();
        assert!(
            data.contains("[palisade@32473 outcome=\"success\" client=\"127.0.0.1\""),
            "{data}"
        );
        let event = valid(message["text"].as_str().unwrap().trim());
        assert_eq!(event["user.id"], "ada");
        assert_eq!(
            event["@timestamp"].as_str().unwrap()[..19],
            message["time"].as_str().unwrap()[..19]
        );
    }
}
