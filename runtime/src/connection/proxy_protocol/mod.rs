//! The PROXY protocol: a proxy that does not read HTTP sends the address of the client whose
//! connection it forwards.
//!
//! 1. Only a trusted proxy may send the header (CWE-290). Where the protocol is on, any other
//!    connection is closed; it could name any address.
//! 2. A trusted proxy has to send it. A connection without it is closed too: its clients would
//!    count as the proxy, and the forwarding field that they write would be believed.
//! 3. The header has the head's time to arrive, and a maximum length ([`header`]): it costs its
//!    sender more than the service.
//! 4. The address of the header replaces that of the peer: for limits, for the number of an
//!    address's connections, for the log. Its forwarding field is believed if it is a trusted proxy
//!    itself.
//! 5. A header without an address (`LOCAL`, `UNKNOWN`) leaves the proxy's own. Its forwarding field
//!    is not believed then: the proxy does not read HTTP, so a client may have written it.
//! 6. A health probe may come without a header, from any peer: the system that runs the instance
//!    does not know the protocol. No other request is answered on such a connection.
//!
//! The bytes after the header stay in the socket, for TLS or HTTP.

mod crc32c;
pub mod header;
mod v1;
mod v2;

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use tokio::{io::AsyncReadExt as _, time::timeout};

pub(crate) use header::Malformed;
use header::{Claim, Header};

use super::service::Stream;
use crate::{
    client::peer_name,
    clock::Moment,
    connection::{Connections, Entry, Place},
    line_rate::LineRate,
    peer_kind::PeerKind,
};

/// The bytes that are read before a header can be distinguished from a probe: all requests and
/// headers are longer.
const FIRST: usize = v1::SHORTEST;

/// A connection that is served.
pub(super) struct Arrived {
    pub(super) peer: Option<SocketAddr>,
    pub(super) place: Option<Place>,
    pub(super) peer_kind: PeerKind,
    /// The bytes of its first request that were read.
    pub(super) input: Vec<u8>,
    /// Whether only probes are answered.
    pub(super) only_probes: bool,
}

/// Why a connection is closed.
enum Refusal {
    Stranger,
    Malformed(Malformed),
    Late,
    Gone,
    TooMany,
}

/// Reads the header of a new connection; `None` if it is not served.
pub(super) async fn arrive<T: Stream>(
    stream: &mut T,
    connections: &Arc<Connections>,
    (peer, place): (Option<SocketAddr>, Option<Place>),
    patience: Duration,
) -> Option<Arrived> {
    let peer_kind = if peer.is_some() { PeerKind::Address } else { PeerKind::Unix };
    if !connections.expects_proxy_header() {
        return Some(Arrived { peer, place, peer_kind, input: Vec::new(), only_probes: false });
    }
    let is_trusted = connections.is_of_proxy(peer);
    let refusal = match timeout(patience, read(stream, is_trusted)).await {
        Ok(Ok(Beginning::Client(client))) => {
            // It counts for the client from now on.
            drop(place);
            match connections.enter_proxied(client) {
                Entry::Taken(place) => {
                    return Some(Arrived {
                        peer: Some(client),
                        place,
                        peer_kind: PeerKind::Address,
                        input: Vec::new(),
                        only_probes: false,
                    });
                }
                Entry::Refused => Refusal::TooMany,
            }
        }
        Ok(Ok(Beginning::NoAddress)) => {
            let peer_kind = PeerKind::Unnamed;
            return Some(Arrived { peer, place, peer_kind, input: Vec::new(), only_probes: false });
        }
        Ok(Ok(Beginning::Request(input))) => {
            let peer_kind = PeerKind::Unnamed;
            return Some(Arrived { peer, place, peer_kind, input, only_probes: true });
        }
        Ok(Err(refusal)) => refusal,
        Err(_) => Refusal::Late,
    };
    note(&refusal, peer);
    None
}

/// The start of a connection.
enum Beginning {
    Client(SocketAddr),
    /// A header without an address.
    NoAddress,
    /// The first bytes of a request.
    Request(Vec<u8>),
}

async fn read<T: Stream>(stream: &mut T, is_trusted: bool) -> Result<Beginning, Refusal> {
    let mut stream = Pin::new(stream);
    let mut bytes = vec![0; FIRST];
    stream.read_exact(&mut bytes).await.map_err(|error| gone(&error))?;
    if bytes.starts_with(b"GET /") || bytes.starts_with(b"HEAD /") {
        return Ok(Beginning::Request(bytes));
    }
    if !is_trusted {
        return Err(Refusal::Stranger);
    }
    loop {
        match Header::read(&bytes).map_err(Refusal::Malformed)? {
            // Not one byte more: the following ones are not part of the header.
            Header::Partial { missing } => {
                let held = bytes.len();
                bytes.resize(held.saturating_add(missing), 0);
                let rest = bytes.get_mut(held..).unwrap_or_default();
                stream.read_exact(rest).await.map_err(|error| gone(&error))?;
            }
            Header::Whole(Claim::Client(client)) => return Ok(Beginning::Client(client)),
            Header::Whole(Claim::NoAddress) => return Ok(Beginning::NoAddress),
        }
    }
}

fn gone(_: &io::Error) -> Refusal {
    Refusal::Gone
}

/// Logs, at a limited rate, that connections are closed.
fn note(refusal: &Refusal, peer: Option<SocketAddr>) {
    /// One line in ten seconds for each reason.
    static LINES: [LineRate; 3] = [LineRate::each(10), LineRate::each(10), LineRate::each(10)];
    let (place, why, hint) = match refusal {
        Refusal::Stranger => (
            0,
            "the peer is not a trusted proxy",
            "name the proxy in PALISADE_TRUSTED_PROXIES, or turn PALISADE_PROXY_PROTOCOL off",
        ),
        Refusal::Malformed(malformed) => (
            1,
            malformed.as_str(),
            "have the proxy send it (HAProxy: `send-proxy-v2`; nginx: `proxy_protocol on`), or turn \
             PALISADE_PROXY_PROTOCOL off",
        ),
        Refusal::Late => (2, "the header did not come in time", "see what the proxy sends"),
        // Too many connections have their own log line, and a disconnected client has none.
        Refusal::Gone | Refusal::TooMany => return,
    };
    let Some(suppressed) = LINES.get(place).and_then(|lines| lines.take(Moment::now())) else {
        return;
    };
    let peer = peer_name(peer.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip()));
    tracing::warn!(%peer, why, hint, suppressed, "connections without a PROXY header were closed");
}
