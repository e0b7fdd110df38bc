//! Runs one contender: `contender NAME ADDRESS`.

use std::{env, io, net::TcpListener};

use palisade_benches::contender::Contender;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let contender = Contender::from_name(&name)
        .ok_or_else(|| io::Error::other(format!("no contender is called {name:?}")))?;
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    contender.serve(TcpListener::bind(address)?)
}
