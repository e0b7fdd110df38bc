//! What a flood of refusals by one client writes to the log.

use std::time::Instant;

use palisade_tests::client::Connection;

use crate::deployment::Deployment;

/// Requests of each kind.
const REQUESTS: usize = 4_000;
/// As many at once as the sockets hold.
const AT_ONCE: usize = 20;

/// Bytes of the longest line that is expected.
const LINE: usize = 400;

#[test]
fn a_flood_of_refusals_writes_a_few_lines_a_second() {
    let service = Deployment::on_sqlite(&[]);
    let host = service.address().to_string();
    let kinds = [
        format!("GET /a/..;/b HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        "GET /notes HTTP/1.1\r\nHost: other.example\r\n\r\n".to_owned(),
        format!(
            "OPTIONS /notes HTTP/1.1\r\nHost: {host}\r\nOrigin: https://other.example\r\n\
             Access-Control-Request-Method: GET\r\n\r\n"
        ),
        format!("GET /nowhere HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET /notes HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"),
    ];
    let mut connection = Connection::open(service.address());
    let (began, before) = (Instant::now(), service.log().len());
    let mut refused = 0;
    for _ in 0..REQUESTS / AT_ONCE {
        for kind in &kinds {
            connection.write(kind.repeat(AT_ONCE).as_bytes());
            for _ in 0..AT_ONCE {
                refused += usize::from(connection.answer().unwrap().status >= 400);
            }
        }
    }
    let took = began.elapsed();
    assert_eq!(refused, REQUESTS * kinds.len());
    let log = service.log();
    let (bytes, lines) = (log.len() - before, log[before..].lines().count());
    println!(
        "{refused} refusals in {took:.1?}: {lines} lines, {:.0} bytes a second",
        f64::from(u32::try_from(bytes).unwrap()) / took.as_secs_f64()
    );
    // Of each cause ten lines at once, and one a second; the causes are those above, and 429.
    let seconds = usize::try_from(took.as_secs()).unwrap() + 1;
    let most = (kinds.len() + 1) * (10 + seconds);
    assert!(lines > 0 && lines <= most, "{lines} lines, at most {most}");
    assert!(bytes <= most * LINE, "{bytes} bytes in {lines} lines");
}
