//! Ports for servers that bind them themselves.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use socket2::{Domain, Socket, Type};

/// They are closed when the process ends.
static RESERVED: Mutex<Vec<Socket>> = Mutex::new(Vec::new());

/// An address of loopback for a server that is started later, or at which nothing is to listen.
///
/// Its port is reserved until this process ends, by a socket that is bound and does not listen: the system gives
/// the port to no socket that asks for any port. A server that names the port gets it, because both sockets have
/// `SO_REUSEADDR`, which servers set.
///
/// # Panics
///
/// No port is free.
pub fn free_address() -> SocketAddr {
    let (socket, address) = reserve().unwrap_or_else(|error| panic!("{error}"));
    RESERVED.lock().unwrap_or_else(PoisonError::into_inner).push(socket);
    address
}

fn reserve() -> std::io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    let address = socket.local_addr()?.as_socket();
    let address = address.ok_or_else(|| std::io::Error::other("a socket without an address"))?;
    Ok((socket, address))
}
