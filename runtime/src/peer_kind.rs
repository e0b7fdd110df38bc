//! What is known of the other end of a connection.

/// What the peer address of a connection, or the absence of one, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerKind {
    /// Its peer is the client, or a proxy that writes a forwarding field.
    Address,
    /// By a Unix socket: its peer has no address.
    Unix,
    /// From a proxy that does not name its client.
    Unnamed,
}
