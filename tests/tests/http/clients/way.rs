//! The ways from a client to the service.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use palisade_tests::{
    reverse_proxy::{Kind, ReverseProxy, Upstream},
    server::Server,
};
use tempfile::TempDir;

use super::service::{Shelf, service};

/// How a client reaches the service.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    Direct,
    Through(Kind),
}

/// A running service, and the proxy in front of it.
pub(super) struct Running {
    pub(super) shelf: Shelf,
    server: Server,
    proxy: Option<ReverseProxy>,
    _folder: TempDir,
}

impl Running {
    /// `None` where the proxy is not installed.
    pub(super) fn start(way: Way) -> Option<Self> {
        let (builder, shelf, _folder) = service();
        let builder = match way {
            Way::Direct => builder,
            Way::Through(_) => builder.trusted_proxy("127.0.0.1"),
        };
        let server = Server::serve(builder);
        let proxy = match way {
            Way::Direct => None,
            Way::Through(kind) => Some(ReverseProxy::launch_as(
                kind,
                Upstream::Address(server.address()),
                "127.0.0.1",
            )?),
        };
        Some(Self { shelf, server, proxy, _folder })
    }

    /// Where clients connect.
    pub(super) fn address(&self) -> SocketAddr {
        self.proxy.as_ref().map_or(self.server.address(), ReverseProxy::address)
    }

    /// The port that each request for `/turn` came from, in their order, once there are so many of them: a proxy
    /// writes its log when the client has its answer already.
    pub(super) fn ports(&self, turns: usize) -> Vec<u16> {
        let began = Instant::now();
        loop {
            let ports = self.proxy.as_ref().map_or_else(|| self.shelf.ports(), turns_of);
            if ports.len() >= turns || began.elapsed() > Duration::from_secs(30) {
                assert_eq!(ports.len(), turns, "requests for /turn");
                return ports;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn turns_of(proxy: &ReverseProxy) -> Vec<u16> {
    proxy.ports("/turn")
}
