//! Client certificates over real TLS, and behind a proxy.

use std::{
    io::{Read as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::{App, HttpServer, dev::ServerHandle, rt::net};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use palisade::{
    Palisade,
    auth::{CertificateHolder, ClientCertificate, MutualTls, Revocations, note_client_certificate},
    prelude::*,
};
use palisade_tests::server::Server;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType, date_time_ymd,
};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::WebPkiClientVerifier,
};

type Authority = CertifiedIssuer<'static, KeyPair>;

const URI: &str = "spiffe://acme.example/billing";

#[get("/invoices")]
#[require_scope("invoices:read")]
async fn invoices(who: Principal) -> String {
    who.subject().to_owned()
}

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What differs between the certificates of the tests.
#[derive(Default)]
struct Wanted {
    uris: Vec<&'static str>,
    dns: Vec<&'static str>,
    common_name: Option<&'static str>,
    for_servers: bool,
    ended: bool,
}

fn billing() -> Wanted {
    Wanted { uris: vec![URI], ..Wanted::default() }
}

/// A certificate and its key.
fn certificate(
    authority: &Authority,
    wanted: &Wanted,
) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    if let Some(name) = wanted.common_name {
        params.distinguished_name.push(DnType::OrganizationName, "Acme");
        params.distinguished_name.push(DnType::CommonName, name);
    }
    for uri in &wanted.uris {
        params.subject_alt_names.push(SanType::URI((*uri).try_into().unwrap()));
    }
    for name in &wanted.dns {
        params.subject_alt_names.push(SanType::DnsName((*name).try_into().unwrap()));
    }
    params.extended_key_usages = vec![if wanted.for_servers {
        ExtendedKeyUsagePurpose::ServerAuth
    } else {
        ExtendedKeyUsagePurpose::ClientAuth
    }];
    if wanted.ended {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let made = params.signed_by(&key, authority).unwrap();
    (made.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
}

fn holders() -> [CertificateHolder; 3] {
    [
        CertificateHolder::uri(URI, "billing").scopes(["invoices:read"]),
        CertificateHolder::dns_name("weak.acme.example", "weak"),
        CertificateHolder::distinguished_name("CN=ledger,O=Acme", "ledger")
            .scopes(["invoices:read"]),
    ]
}

/// A service that ends TLS itself, and asks clients for a certificate of `clients`.
struct TlsServer {
    address: SocketAddr,
    handle: ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl TlsServer {
    fn start(servers: &Authority, clients: &Authority, proxies: Option<&str>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(clients.der().clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()
                .unwrap();
        let wanted = Wanted { dns: vec!["localhost"], for_servers: true, ..Wanted::default() };
        let (chain, key) = certificate(servers, &wanted);
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![chain], key)
            .unwrap();
        let mut builder = Palisade::builder().endpoints(endpoints![invoices]);
        let mut mutual_tls = MutualTls::new(holders());
        if let Some(proxies) = proxies {
            builder = builder.trusted_proxy(proxies);
            mutual_tls = mutual_tls.from_trusted_proxies();
        }
        let palisade = builder.authenticator(mutual_tls).build().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
                };
                let server = HttpServer::new(app)
                    .workers(1)
                    .disable_signals()
                    .shutdown_timeout(1)
                    .on_connect(|connection, extensions| {
                        if let Some(tls) = connection.downcast_ref::<TlsStream<net::TcpStream>>()
                            && let Some([certificate, ..]) = tls.get_ref().1.peer_certificates()
                        {
                            note_client_certificate(certificate, extensions);
                        }
                    })
                    .listen_rustls_0_23(listener, config)
                    .unwrap()
                    .run();
                send.send(server.handle()).unwrap();
                let _stopped = server.await;
            });
        });
        let handle = receive.recv_timeout(Duration::from_secs(10)).unwrap();
        Self { address, handle, thread: Some(thread) }
    }

    /// The status of a request with this certificate and these fields; `None` where the handshake
    /// or the connection fails.
    fn ask(
        &self,
        servers: &Authority,
        identity: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
        fields: &str,
    ) -> Option<u16> {
        let mut roots = RootCertStore::empty();
        roots.add(servers.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            Some((chain, key)) => config.with_client_auth_cert(vec![chain], key).unwrap(),
            None => config.with_no_client_auth(),
        };
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut stream = StreamOwned::new(connection, socket);
        let request = format!(
            "GET /invoices HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        // The end of the stream may come without the alert that TLS asks for.
        let _end = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        text.split(' ').nth(1)?.parse().ok()
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let stopping = self.handle.stop(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(stopping);
        if let Some(thread) = self.thread.take() {
            let _joined = thread.join();
        }
    }
}

#[test]
fn a_certificate_says_who_calls() {
    let (servers, clients, strangers) = (authority(), authority(), authority());
    let server = TlsServer::start(&servers, &clients, None);
    let ask = |wanted: &Wanted| server.ask(&servers, Some(certificate(&clients, wanted)), "");
    let names = |uris: &[&'static str], dns: &[&'static str]| Wanted {
        uris: uris.to_vec(),
        dns: dns.to_vec(),
        ..Wanted::default()
    };
    assert_eq!(ask(&billing()), Some(200));
    assert_eq!(ask(&Wanted { common_name: Some("ledger"), ..Wanted::default() }), Some(200));
    assert_eq!(ask(&names(&[], &["WEAK.acme.example"])), Some(403), "it has no scope");

    assert_eq!(server.ask(&servers, None, ""), Some(401), "no certificate");
    for nobody in [
        names(&["spiffe://acme.example/other"], &[]),
        names(&["spiffe://acme.example/billing/x"], &["*.acme.example"]),
        names(&[URI], &["weak.acme.example"]),
        Wanted { common_name: Some("ledger,O=Acme"), ..Wanted::default() },
        Wanted { common_name: Some(URI), ..Wanted::default() },
    ] {
        assert_eq!(ask(&nobody), Some(401));
    }
    for wrong in [Wanted { for_servers: true, ..billing() }, Wanted { ended: true, ..billing() }] {
        assert_eq!(ask(&wrong), None, "the handshake refuses it");
    }
    let foreign = certificate(&strangers, &billing());
    assert_eq!(server.ask(&servers, Some(foreign), ""), None, "another authority's");
}

fn field(der: &CertificateDer<'_>) -> String {
    format!("Client-Cert: :{}:\r\n", STANDARD.encode(der))
}

#[test]
fn a_field_from_a_peer_that_is_no_proxy_is_refused() {
    let (servers, clients) = (authority(), authority());
    let server = TlsServer::start(&servers, &clients, Some("192.0.2.0/24"));
    let (der, key) = certificate(&clients, &billing());
    let spoofed = field(&der);
    assert_eq!(server.ask(&servers, None, &spoofed), Some(401), "spoofed");
    let (other, other_key) = certificate(&clients, &Wanted::default());
    assert_eq!(server.ask(&servers, Some((other, other_key)), &spoofed), Some(401));
    assert_eq!(server.ask(&servers, Some((der, key)), ""), Some(200), "its own certificate");

    // Without the switch the field is ignored.
    let server = TlsServer::start(&servers, &clients, None);
    assert_eq!(server.ask(&servers, None, &spoofed), Some(401));
    let own = certificate(&clients, &billing());
    assert_eq!(server.ask(&servers, Some(own), &spoofed), Some(200));
}

#[test]
fn the_certificate_of_a_proxy_does_not_speak_for_its_clients() {
    let (servers, clients) = (authority(), authority());
    let server = TlsServer::start(&servers, &clients, Some("127.0.0.1/32"));
    let own = || Some(certificate(&clients, &billing()));
    assert_eq!(server.ask(&servers, own(), ""), Some(401));
    let (caller, _) = certificate(&clients, &billing());
    assert_eq!(server.ask(&servers, own(), &field(&caller)), Some(200));
}

#[test]
fn a_trusted_proxy_hands_certificates_on() {
    let clients = authority();
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST).to_string();
    let palisade = Palisade::builder()
        .trusted_proxy(&local)
        .authenticator(MutualTls::new(holders()).from_trusted_proxies())
        // These live for long: a service that keeps revocations takes them all the same.
        .revocations(Revocations::in_memory())
        .endpoints(endpoints![invoices])
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let ask = |value: &str| server.get("/invoices").header("Client-Cert", value).send().status;
    let encoded = |wanted: &Wanted| STANDARD.encode(certificate(&clients, wanted).0);
    let good = encoded(&billing());
    assert_eq!(ask(&format!(":{good}:")), 200);
    assert_eq!(server.get("/invoices").send().status, 401);
    let twice = server
        .get("/invoices")
        .header("Client-Cert", &format!(":{good}:"))
        .header("Client-Cert", &format!(":{good}:"))
        .send();
    assert_eq!(twice.status, 400);
    for malformed in ["", ":", "::x", &good, &format!(":{good}"), &format!(":{good}:, :{good}:")] {
        assert_eq!(ask(malformed), 400, "{malformed:.20}");
    }
    for refused in [
        "::".to_owned(),
        format!(":{}:", &good[..good.len() / 8 * 4]),
        format!(":{}:", encoded(&Wanted { for_servers: true, ..billing() })),
        format!(":{}:", encoded(&Wanted { ended: true, ..billing() })),
        format!(":{}:", STANDARD.encode(clients.der())),
        format!(":{}:", encoded(&Wanted::default())),
    ] {
        assert_eq!(ask(&refused), 401, "{refused:.20}");
    }
}

#[test]
fn another_spelling_of_the_signature_is_no_other_certificate() {
    let (der, _) = certificate(&authority(), &billing());
    // The last byte belongs to the signature, which the thumbprint covers and a revocation must not.
    let mut respelt = der.to_vec();
    *respelt.last_mut().unwrap() ^= 1;
    let (one, other) = (
        ClientCertificate::from_der(&der).unwrap(),
        ClientCertificate::from_der(&respelt).unwrap(),
    );
    assert_ne!(one.thumbprint(), other.thumbprint());
    assert_eq!(one.signed_digest(), other.signed_digest());
    let (third, _) = certificate(&authority(), &billing());
    assert_ne!(
        ClientCertificate::from_der(&third).unwrap().signed_digest(),
        one.signed_digest(),
        "another key makes another certificate"
    );
}
