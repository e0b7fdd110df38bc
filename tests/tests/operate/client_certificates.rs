//! Callers that show certificates to a service without a proxy.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade::{
    Builder, Palisade, TlsFiles,
    auth::{Attempt, Authenticator, CertificateHolder, MutualTls, Presented},
    prelude::*,
};
use palisade_tests::server::Server;
use tempfile::TempDir;

use crate::{
    authority::{Authority, Issued, Wanted, replace},
    http2_tls::first_request,
    tls_client::Client,
};

const PATIENCE: Duration = Duration::from_secs(60);
const URI: &str = "spiffe://acme.example/billing";

#[get("/invoices")]
#[require_scope("invoices:read")]
async fn invoices(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

struct Running {
    server: Server,
    servers: Authority,
    clients: Authority,
    folder: TempDir,
}

impl Running {
    fn start(files: impl FnOnce(TlsFiles) -> TlsFiles, revoked: Option<&[u64]>) -> Self {
        let (servers, clients) = (Authority::new("servers"), Authority::new("clients"));
        let folder = TempDir::new().unwrap();
        let own = servers.issue(Wanted::default()).write(folder.path(), "own");
        let path = |name: &str| folder.path().join(name);
        replace(&path("clients.pem"), &clients.pem());
        let mut own = own.client_authority(path("clients.pem"));
        if let Some(revoked) = revoked {
            replace(&path("crl.pem"), &clients.revoke(revoked, 30));
            own = own.client_revocations(path("crl.pem"));
        }
        let server = Server::serve(builder(files(own)));
        Self { server, servers, clients, folder }
    }

    fn identity(&self, serial: u64, uri: &str) -> Issued {
        self.clients.issue(Wanted { dns: &[], uri: Some(uri), serial, ..Wanted::default() })
    }

    /// The status and the body's end; `None` where the connection is refused.
    fn ask(&self, identity: Option<&Issued>, target: &str) -> Option<(u16, String)> {
        let client = match identity {
            Some(identity) => Client::with(&self.servers, identity),
            None => Client::of(&self.servers),
        };
        let told = client.get(self.server.address(), "localhost", target).ok()?;
        let body = told.text.rsplit("\r\n").next().unwrap_or_default().to_owned();
        Some((told.status, body))
    }

    fn status(&self, identity: Option<&Issued>, target: &str) -> Option<u16> {
        self.ask(identity, target).map(|(status, _)| status)
    }
}

fn builder(files: TlsFiles) -> Builder {
    let billing = CertificateHolder::uri(URI, "billing").scopes(["invoices:read"]);
    Palisade::builder()
        .endpoints(endpoints![invoices, ping])
        .authenticator(MutualTls::new([billing]))
        .tls(files)
}

#[test]
fn over_http2_each_request_is_that_of_the_certificate() {
    let running = Running::start(|files| files, None);
    let billing = running.identity(1, URI);
    let client = Client::with(&running.servers, &billing).http2();
    let mut open = client.open(running.server.address(), "localhost").unwrap();
    assert_eq!(open.protocol(), Some(&b"h2"[..]));
    open.socket().set_read_timeout(Some(PATIENCE)).unwrap();
    open.write(&first_request("/invoices")).unwrap();
    let (mut told, mut some) = (Vec::<u8>::new(), [0; 1_024]);
    while !told.windows(7).any(|bytes| bytes == b"billing") {
        let read = open.read(&mut some).unwrap();
        assert!(read > 0 && !told.windows(7).any(|bytes| bytes == b"problem"), "{told:?}");
        told.extend(&some[..read]);
    }
}

#[test]
fn clients_have_to_show_a_certificate_of_the_authority() {
    let running = Running::start(|files| files, None);
    let billing = running.identity(1, URI);
    assert_eq!(running.ask(Some(&billing), "/invoices"), Some((200, "billing".to_owned())));
    assert_eq!(running.status(Some(&billing), "/ping"), Some(200));
    let unknown = running.identity(2, "spiffe://acme.example/other");
    assert_eq!(running.status(Some(&unknown), "/invoices"), Some(401), "no holder");
    assert_eq!(running.status(None, "/ping"), None);
    let wanted = Wanted { dns: &[], uri: Some(URI), ..Wanted::default() };
    let foreign = Authority::new("clients").issue(wanted);
    assert_eq!(running.status(Some(&foreign), "/ping"), None, "an authority of the same name");
    let late = running.clients.issue(Wanted { from: -20, until: -1, ..wanted });
    assert_eq!(running.status(Some(&late), "/ping"), None, "expired");
}

#[test]
fn a_service_may_let_others_in_too() {
    let running = Running::start(TlsFiles::client_certificates_optional, None);
    let billing = running.identity(1, URI);
    assert_eq!(running.status(Some(&billing), "/invoices"), Some(200));
    assert_eq!(running.status(None, "/invoices"), Some(401));
    assert_eq!(running.status(None, "/ping"), Some(200));
    let wanted = Wanted { dns: &[], uri: Some(URI), ..Wanted::default() };
    let foreign = Authority::new("strangers").issue(wanted);
    // A client of rustls shows no certificate of an authority that is not asked for; OpenSSL does.
    let pem = running.folder.path().join("foreign.pem");
    replace(&pem, &format!("{}{}", foreign.certificate, foreign.key));
    let output = std::process::Command::new("curl")
        .args(["--silent", "--insecure", "--max-time", "20", "--cert"])
        .arg(&pem)
        .arg(format!("https://{}/ping", running.server.address()))
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn a_revoked_certificate_is_refused_and_the_list_is_read_again() {
    let running = Running::start(|files| files, Some(&[7]));
    let (good, revoked) = (running.identity(1, URI), running.identity(7, URI));
    assert_eq!(running.status(Some(&good), "/invoices"), Some(200));
    assert_eq!(running.status(Some(&revoked), "/invoices"), None);

    // A client that resumes its sessions is checked each time.
    let client = Client::with(&running.servers, &good);
    let get = || client.get(running.server.address(), "localhost", "/invoices");
    assert_eq!((get().unwrap().status, get().unwrap().status), (200, 200));
    replace(&running.folder.path().join("crl.pem"), &running.clients.revoke(&[7, 1], 30));
    let began = Instant::now();
    while get().is_ok() {
        assert!(began.elapsed() < PATIENCE, "it is let in");
        thread::sleep(Duration::from_millis(50));
    }
    let other = running.identity(2, URI);
    assert_eq!(running.status(Some(&other), "/invoices"), Some(200));
    // A list that cannot be read takes nothing back.
    replace(&running.folder.path().join("crl.pem"), "");
    thread::sleep(Duration::from_secs(5));
    assert!(get().is_err());
    assert_eq!(running.status(Some(&other), "/invoices"), Some(200));
}

#[test]
fn another_authority_holds_for_clients_that_were_let_in_before() {
    let running = Running::start(|files| files, None);
    let billing = running.identity(1, URI);
    let client = Client::with(&running.servers, &billing);
    let get = || client.get(running.server.address(), "localhost", "/invoices");
    assert_eq!((get().unwrap().status, get().unwrap().status), (200, 200));
    let next = Authority::new("next clients");
    replace(&running.folder.path().join("clients.pem"), &next.pem());
    // A session of before would skip the check of its certificate.
    let began = Instant::now();
    while get().is_ok() {
        assert!(began.elapsed() < PATIENCE, "it is let in");
        thread::sleep(Duration::from_millis(50));
    }
    let wanted = Wanted { dns: &[], uri: Some(URI), ..Wanted::default() };
    assert_eq!(running.status(Some(&next.issue(wanted)), "/invoices"), Some(200));
}

#[test]
fn a_revocation_list_that_is_past_its_time_does_not_start() {
    let (clients, folder) = (Authority::new("clients"), TempDir::new().unwrap());
    let files = clients.issue(Wanted::default()).write(folder.path(), "own");
    let path = |name: &str| folder.path().join(name);
    replace(&path("clients.pem"), &clients.pem());
    let files = files.client_authority(path("clients.pem")).client_revocations(path("crl.pem"));
    for (list, says) in [
        (clients.revoke(&[], 30), ""),
        (clients.revoke(&[], -1), "so no client would be let in"),
        (String::new(), "holds no revocation list"),
        ("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n".to_owned(), "cannot be used"),
    ] {
        replace(&path("crl.pem"), &list);
        let told = builder(files.clone()).build().err();
        let told = told.map_or_else(String::new, |failure| failure.complaints().concat());
        assert_eq!(told.is_empty(), says.is_empty(), "{told}");
        assert!(told.contains(says), "{says}: {told}");
        assert!(says.is_empty() || told.contains("PALISADE_TLS_CLIENT_CRL"), "{told}");
    }
}

/// Callers are the first URI of their certificate, whatever it is.
#[derive(Debug)]
struct ByUri;

impl Authenticator for ByUri {
    fn name(&self) -> &'static str {
        "by_uri"
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let uri = presented.client_certificate().and_then(|shown| shown.uris().first().cloned());
        Attempt::Now(uri.map(|uri| presented.identify(uri).build()).transpose())
    }
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[test]
fn an_authenticator_of_the_service_sees_the_certificate() {
    let (authority, folder) = (Authority::new("both"), TempDir::new().unwrap());
    let path = folder.path().join("clients.pem");
    replace(&path, &authority.pem());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let files = files.client_authority(path).client_certificates_optional();
    let builder = Palisade::builder().endpoints(endpoints![me]).authenticator(ByUri).tls(files);
    let server = Server::serve(builder);
    let caller = authority.issue(Wanted { dns: &[], uri: Some(URI), ..Wanted::default() });
    let told = Client::with(&authority, &caller).get(server.address(), "localhost", "/me").unwrap();
    assert!(told.status == 200 && told.text.ends_with(URI), "{}", told.text);
    let told = Client::of(&authority).get(server.address(), "localhost", "/me").unwrap();
    assert_eq!(told.status, 401);
}
