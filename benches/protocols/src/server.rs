//! One app behind two servers: Actix's `HttpServer`, and the connection loop of `Builder::serve`.

use std::{fs, io, net::TcpListener, num::NonZeroUsize, path::Path, time::Duration};

use actix_web::{App, HttpServer, web::Bytes};
use palisade::{Builder, Http2, Palisade, TlsFiles, prelude::*};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// The size of the large response.
const LARGE: usize = 1 << 20;

/// A body of 1 KiB for `POST /items`: its JSON has a name of this length.
const NAME: usize = 1_000;

/// Who reads and writes the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Actix's `HttpServer`.
    Actix,
    /// `Builder::serve`.
    Palisade,
    /// The same, with its metrics served on another port.
    PalisadeMetrics,
}

impl Server {
    /// All of them; the first is what the others are measured against.
    pub const ALL: [Self; 3] = [Self::Actix, Self::Palisade, Self::PalisadeMetrics];

    /// The name on the command line and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Actix => "HttpServer",
            Self::Palisade => "serve()",
            Self::PalisadeMetrics => "serve(), metrics",
        }
    }

    /// The server of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|server| server.name() == name)
    }

    /// Serves HTTP/1.1 and HTTP/2 on this listener with one worker until the process gets a signal
    /// to stop; over TLS where `tls` names the folder of a certificate.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve(self, listener: TcpListener, tls: Option<&Path>) -> io::Result<()> {
        let system = actix_web::rt::System::new();
        if self == Self::Actix {
            return system.block_on(serve_with_actix(listener, tls));
        }
        let mut builder = builder().listener(listener).workers(NonZeroUsize::MIN);
        if self == Self::PalisadeMetrics {
            builder = builder.metrics_bind("127.0.0.1:0");
        }
        if let Some(folder) = tls {
            builder = builder.tls(TlsFiles::new(folder.join(CERTIFICATE), folder.join(KEY)));
        }
        system.block_on(builder.serve()).map_err(|failure| io::Error::other(failure.to_string()))
    }
}

async fn serve_with_actix(listener: TcpListener, tls: Option<&Path>) -> io::Result<()> {
    let palisade = builder().build().map_err(|failure| io::Error::other(failure.to_string()))?;
    let server = HttpServer::new(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
    .workers(1);
    let server = match tls {
        Some(folder) => server.listen_rustls_0_23(listener, tls_config(folder)?)?,
        None => server.listen_auto_h2c(listener)?,
    };
    server.run().await
}

#[derive(Serialize, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 2000))]
    name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[post("/items")]
#[public(reason = "a measurement of servers, which has no callers")]
#[validated]
async fn create(item: Json<NewItem>) -> Result<Created<NewItem>> {
    Ok(Created(item.into_inner()))
}

#[get("/large")]
#[public]
async fn large() -> HttpResponse {
    static BODY: [u8; LARGE] = [b'x'; LARGE];
    HttpResponse::Ok().content_type("application/octet-stream").body(Bytes::from_static(&BODY))
}

fn builder() -> Builder {
    // One client sends the whole load over a few connections.
    Palisade::builder()
        .endpoints(endpoints![ping, create, large])
        .dangerous_limits_off("one client sends the whole load")
        .connections_per_address(std::num::NonZeroU32::MAX)
        .http2(Http2::Plain)
        .http2_requests(std::num::NonZeroU64::MAX)
        .keep_alive(Duration::from_secs(300))
}

const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// Writes a certificate for `localhost` and its key to this folder, and a body for `POST /items`.
///
/// # Errors
///
/// The files cannot be written.
pub fn write_files(folder: &Path) -> io::Result<()> {
    let names = vec!["localhost".to_owned()];
    let issued = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
    fs::write(folder.join(CERTIFICATE), issued.cert.pem())?;
    write_private(&folder.join(KEY), &issued.signing_key.serialize_pem())?;
    fs::write(folder.join(BODY), format!(r#"{{"name":"{}","qty":3}}"#, "x".repeat(NAME)))
}

/// The file with the body of `POST /items`.
pub const BODY: &str = "body.json";

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}

fn tls_config(folder: &Path) -> io::Result<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(folder.join(CERTIFICATE));
    let key = PrivateKeyDer::from_pem_file(folder.join(KEY)).map_err(io::Error::other)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.map_err(io::Error::other)?], key)
        .map_err(io::Error::other)
}
