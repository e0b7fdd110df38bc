//! The connections of `serve()` against those of Actix's own dispatcher: `GET /ping` of the same guarded
//! service over each, asked by h2load (Debian: nghttp2-client), in interleaved rounds of one run.

#![expect(clippy::print_stdout, reason = "it shows its figures")]

use std::{
    io::{self, Error},
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    process::Command,
    thread,
    time::Duration,
};

use actix_web::{App, HttpServer};
use palisade::{Builder, Http2, Palisade, prelude::*};

const ROUNDS: usize = 7;
const REQUESTS: &str = "40000";

/// Answers.
#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn builder() -> Builder {
    Palisade::builder()
        .http2(Http2::Plain)
        .dangerous_unlimited_network("127.0.0.0/8", "the load of a measurement comes from here")
        .endpoints(endpoints![ping])
}

fn listener() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// The service with its own connections.
fn own() -> io::Result<SocketAddr> {
    let (listener, address) = listener()?;
    thread::spawn(move || {
        let service = builder().listener(listener).workers(NonZeroUsize::MIN);
        actix_web::rt::System::new().block_on(service.serve_until(std::future::pending()))
    });
    Ok(address)
}

/// The same guards in a server of Actix.
fn actix() -> io::Result<SocketAddr> {
    let (listener, address) = listener()?;
    let palisade = builder().build().map_err(|failure| Error::other(failure.to_string()))?;
    thread::spawn(move || {
        let app = move || App::new().configure(|own| palisade.mount(own)).wrap(palisade.clone());
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?;
        actix_web::rt::System::new().block_on(server.run())
    });
    Ok(address)
}

/// Requests a second.
fn measure(address: SocketAddr, options: &[&str]) -> io::Result<f64> {
    let target = format!("http://{address}/ping");
    let mut command = Command::new("h2load");
    command.args(["-n", REQUESTS]).args(options).arg(target);
    let output = command.output().map_err(|error| Error::other(format!("h2load: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !text.contains(&format!("{REQUESTS} succeeded")) {
        return Err(Error::other(format!("not all were answered: {text}")));
    }
    let figure = text.lines().find_map(|line| line.strip_prefix("finished in "));
    let figure = figure.and_then(|line| line.split(", ").nth(1)?.split(' ').next()?.parse().ok());
    figure.ok_or_else(|| Error::other(format!("h2load tells no figure: {text}")))
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> io::Result<()> {
    let (own, actix) = (own()?, actix()?);
    thread::sleep(Duration::from_millis(500));
    let cases = [
        ("HTTP/1.1, Actix's dispatcher", actix, &["--h1", "-c", "32"][..]),
        ("HTTP/1.1, serve()", own, &["--h1", "-c", "32"]),
        ("HTTP/2, serve(), 1 stream at a time", own, &["-c", "32", "-m", "1"]),
        ("HTTP/2, serve(), 32 streams at a time", own, &["-c", "1", "-m", "32"]),
    ];
    let mut figures = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, address, options), figures) in cases.iter().zip(&mut figures) {
            figures.push(measure(*address, options)?);
        }
    }
    let medians: Vec<_> = figures.into_iter().map(median).collect();
    let first = medians.first().copied().unwrap_or(f64::NAN);
    for ((name, ..), figure) in cases.iter().zip(medians) {
        println!("| {name} | {figure:.0} | {:.2} |", figure / first);
    }
    Ok(())
}
