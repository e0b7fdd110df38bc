//! A client that speaks TLS, and says how it went.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, HandshakeKind, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};

use crate::authority::{Authority, Issued};

const PATIENCE: Duration = Duration::from_secs(20);

/// What it trusts and shows. Connections of one client resume each other's sessions.
pub(crate) struct Client {
    config: Arc<ClientConfig>,
}

pub(crate) struct Open {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

/// An answer as far as the tests look at it.
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Client {
    pub(crate) fn of(authority: &Authority) -> Self {
        Self::new(&authority.pem(), None)
    }

    pub(crate) fn with(authority: &Authority, identity: &Issued) -> Self {
        Self::new(&authority.pem(), Some(identity))
    }

    /// One that trusts this root, in PEM.
    pub(crate) fn trusting(root: &str) -> Self {
        Self::new(root, None)
    }

    fn new(root: &str, identity: Option<&Issued>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            Some(Issued { certificate, key }) => {
                let chain = CertificateDer::pem_slice_iter(certificate.as_bytes());
                let chain = chain.collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        Self { config: Arc::new(config) }
    }

    /// One that chooses HTTP/2.
    pub(crate) fn http2(self) -> Self {
        let mut config = Arc::unwrap_or_clone(self.config);
        config.alpn_protocols = vec![b"h2".to_vec()];
        Self { config: Arc::new(config) }
    }

    /// What it trusts and offers.
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// Shakes hands for this name.
    pub(crate) fn open(&self, address: SocketAddr, name: &str) -> io::Result<Open> {
        self.open_over(TcpStream::connect(address)?, name)
    }

    /// Shakes hands for this name over this connection.
    pub(crate) fn open_over(&self, socket: TcpStream, name: &str) -> io::Result<Open> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Open { stream })
    }

    /// A GET request on a connection of its own.
    pub(crate) fn get(&self, address: SocketAddr, name: &str, target: &str) -> io::Result<Told> {
        let mut open = self.open(address, name)?;
        open.ask(&format!("GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"))
    }
}

impl Open {
    pub(crate) fn is_resumed(&self) -> bool {
        self.stream.conn.handshake_kind() == Some(HandshakeKind::Resumed)
    }

    /// The serial number of the service's certificate is in it.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.stream.conn.peer_certificates().unwrap()[0].to_vec()
    }

    pub(crate) fn protocol(&self) -> Option<&[u8]> {
        self.stream.conn.alpn_protocol()
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.stream.sock
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Reads to the end, which has to be that of TLS and not of TCP alone.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest)?;
        Ok(rest)
    }

    /// Reads as much as comes at once; 0 at the end.
    pub(crate) fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.stream.read(into)
    }

    /// The answer to a request that closes its connection.
    pub(crate) fn ask(&mut self, request: &str) -> io::Result<Told> {
        self.write(request.as_bytes())?;
        let rest = self.rest()?;
        let text = String::from_utf8_lossy(&rest).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no answer: {text:?}")))?;
        Ok(Told { status, text })
    }
}

/// The answer to bytes of a connection without TLS; empty where it is closed without one.
pub(crate) fn plain(address: SocketAddr, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(bytes)?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    Ok(answer)
}
