//! Keys of a provider with a certificate: who it is decides whose keys they are.

use std::{net::SocketAddr, sync::Arc, thread, time::Duration};

use actix_web::App;
use palisade::{
    Palisade,
    auth::{RemoteKeys, Verifier},
    prelude::*,
};
use palisade_tests::{
    provider::{Provider, SigningKey},
    server::Server,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

const AUDIENCE: &str = "items";

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

/// Answers every request with `answer`, over TLS, until the process ends; and the certificate.
fn answering(name: &str, answer: String) -> (SocketAddr, String) {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not trust us ends the handshake: its right.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok() {
                    let _sent = stream.write_all(answer.as_bytes()).await;
                    let _closed = stream.shutdown().await;
                }
            }
        });
    });
    (told.recv().unwrap(), certified.cert.pem())
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn ask(keys: RemoteKeys, issuer: &str, token: &str) -> u16 {
    let keys = keys.time_out(Duration::from_secs(2)).unwrap();
    let palisade = Palisade::builder()
        .auth(Verifier::new(keys, issuer, AUDIENCE).unwrap())
        .endpoints(endpoints![me])
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    server.get("/me").bearer(token).send().status
}

#[test]
fn keys_come_from_whom_the_certificate_says() {
    let key = SigningKey::generate("a");
    let set = json!({"keys": [key.jwk()]}).to_string();
    let issuer = "https://id.example.org";
    let token = key.token(issuer, AUDIENCE);
    let (address, own) = answering("127.0.0.1", ok(&set));
    let (other_address, other) = answering("id.example.org", ok(&set));
    let at = |address: SocketAddr| RemoteKeys::at(&format!("https://{address}/keys")).unwrap();

    assert_eq!(ask(at(address).roots_pem(own), issuer, &token), 200);
    assert_eq!(ask(at(address), issuer, &token), 503, "nobody vouches for it");
    assert_eq!(ask(at(address).roots_pem(other.clone()), issuer, &token), 503, "another's word");
    assert_eq!(ask(at(other_address).roots_pem(other), issuer, &token), 503, "another's name");

    let nonsense = at(address).roots_pem("no certificate");
    let error = Verifier::new(nonsense, issuer, AUDIENCE).unwrap_err().to_string();
    assert!(error.contains("PEM"), "{error}");
}

#[test]
fn neither_a_redirect_nor_metadata_leaves_tls() {
    let key = SigningKey::generate("a");
    let plain = Provider::start(&[&key]);
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\
         Connection: close\r\n\r\n",
        plain.keys_url()
    );
    let (address, root) = answering("127.0.0.1", redirect);
    let issuer = format!("https://{address}");
    let token = key.token(&issuer, AUDIENCE);
    let keys = RemoteKeys::at(&format!("{issuer}/keys")).unwrap().roots_pem(root);
    assert_eq!(ask(keys, &issuer, &token), 503);
    assert_eq!(plain.fetches(), 0);
}
