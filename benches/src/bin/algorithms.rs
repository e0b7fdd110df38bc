//! Requests per second of the guarded `POST /items` by the algorithm of its tokens, in interleaved
//! rounds.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{
    io,
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use palisade::auth::Algorithm;
use palisade_benches::{
    contender::serve_tokens_of,
    load::{Load, Target},
};

const ROUNDS: usize = 9;
const CONNECTIONS: usize = 32;
const REQUESTS: u64 = 30_000;
const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];

fn main() -> io::Result<()> {
    let mut contenders = Vec::new();
    for algorithm in ALGORITHMS {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let token = serve_tokens_of(algorithm, listener)?;
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("the contender does not listen"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        let mut load = Load::with_token(address, Target::Create, CONNECTIONS, &token)?;
        load.run(REQUESTS / 10)?;
        contenders.push((algorithm, token.len(), load, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for (_, _, load, rates) in &mut contenders {
            let (answered, took) = load.run(REQUESTS)?;
            rates.push(answered as f64 / took.as_secs_f64());
        }
    }
    println!("POST /items: medians of {ROUNDS} interleaved rounds, one worker each, token kept");
    println!("| algorithm | token | requests/s | of HS256 |");
    println!("|---|---|---|---|");
    let mut base = None;
    for (algorithm, length, _, mut rates) in contenders {
        rates.sort_by(f64::total_cmp);
        let rate = rates.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
        let base = *base.get_or_insert(rate);
        println!("| {algorithm} | {length} B | {rate:.0} | {:.3} |", rate / base);
    }
    Ok(())
}
