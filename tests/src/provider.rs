//! An identity provider of the tests' own: its documents and answers are configured by the test.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use actix_web::{App, HttpResponse, http::StatusCode, web};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::server::Server;

/// A running provider; it stops when this is dropped.
#[derive(Debug)]
pub struct Provider {
    server: Server,
    desk: Arc<Desk>,
}

/// How the provider answers when it is asked for its keys.
#[derive(Clone, Debug, Default)]
pub enum Manner {
    /// With the keys.
    #[default]
    Honest,
    /// Not at all: the connection stays open.
    Hang,
    /// With this status.
    Status(u16),
    /// With a redirect to this place, unless the request has come from there.
    Redirect(String),
    /// With a body that does not end.
    Endless,
}

#[derive(Debug, Default)]
struct Desk {
    keys: Mutex<Vec<Value>>,
    manner: Mutex<Manner>,
    cache_control: Mutex<String>,
    /// What the metadata names, if it is not the provider itself.
    issuer: Mutex<Option<String>>,
    fetches: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Provider {
    /// Starts a provider that publishes these keys, fresh for a second.
    pub fn start(keys: &[&SigningKey]) -> Self {
        let desk = Arc::new(Desk::default());
        *lock(&desk.cache_control) = "max-age=1".to_owned();
        let data = web::Data::from(Arc::clone(&desk));
        let server = Server::start(move || {
            App::new()
                .app_data(data.clone())
                .route("/keys", web::get().to(keys_answer))
                .route("/moved", web::get().to(set))
                .route("/.well-known/openid-configuration", web::get().to(metadata))
        });
        let provider = Self { server, desk };
        provider.publish(keys);
        provider
    }

    /// Its own name.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where its keys are.
    pub fn keys_url(&self) -> String {
        format!("{}/keys", self.issuer())
    }

    /// Publishes these keys from now on.
    pub fn publish(&self, keys: &[&SigningKey]) {
        self.publish_raw(keys.iter().map(|key| key.jwk()).collect());
    }

    /// Publishes these members of a set from now on.
    pub fn publish_raw(&self, keys: Vec<Value>) {
        *lock(&self.desk.keys) = keys;
    }

    /// Answers in this manner from now on.
    pub fn behave(&self, manner: Manner) {
        *lock(&self.desk.manner) = manner;
    }

    /// Says this of how long its keys are fresh.
    pub fn cache_control(&self, value: &str) {
        value.clone_into(&mut lock(&self.desk.cache_control));
    }

    /// Names this issuer in its metadata.
    pub fn pretend(&self, issuer: &str) {
        *lock(&self.desk.issuer) = Some(issuer.to_owned());
    }

    /// How often its keys were asked for.
    pub fn fetches(&self) -> usize {
        self.desk.fetches.load(Ordering::SeqCst)
    }
}

#[palisade::allow_unsafe(bare_handler, reason = "another party of a test, without palisade")]
async fn keys_answer(desk: web::Data<Desk>) -> HttpResponse {
    desk.fetches.fetch_add(1, Ordering::SeqCst);
    let manner = lock(&desk.manner).clone();
    match manner {
        Manner::Honest => set(desk).await,
        Manner::Hang => {
            actix_web::rt::time::sleep(Duration::from_secs(60)).await;
            HttpResponse::GatewayTimeout().finish()
        }
        Manner::Status(status) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default()).finish()
        }
        Manner::Redirect(to) => {
            HttpResponse::TemporaryRedirect().insert_header(("location", to)).finish()
        }
        Manner::Endless => {
            let filler = web::Bytes::from_static(&[b' '; 8192]);
            let chunks = std::iter::repeat_with(move || Ok::<_, actix_web::Error>(filler.clone()));
            HttpResponse::Ok().streaming(Endless(chunks))
        }
    }
}

/// An iterator as the stream that a body wants.
struct Endless<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Endless<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

#[palisade::allow_unsafe(bare_handler, reason = "another party of a test, without palisade")]
async fn set(desk: web::Data<Desk>) -> HttpResponse {
    let keys = lock(&desk.keys).clone();
    let cache_control = lock(&desk.cache_control).clone();
    HttpResponse::Ok().insert_header(("cache-control", cache_control)).json(json!({ "keys": keys }))
}

#[palisade::allow_unsafe(bare_handler, reason = "another party of a test, without palisade")]
async fn metadata(desk: web::Data<Desk>, request: actix_web::HttpRequest) -> HttpResponse {
    let own = format!("http://{}", request.app_config().local_addr());
    let issuer = lock(&desk.issuer).clone().unwrap_or_else(|| own.clone());
    HttpResponse::Ok().json(json!({"issuer": issuer, "jwks_uri": format!("{own}/keys")}))
}

/// A private key that a provider signs with.
pub struct SigningKey {
    id: String,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// A fresh Ed25519 key of this name.
    ///
    /// # Panics
    ///
    /// Where the machine has no randomness.
    pub fn generate(id: &str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
            .unwrap_or_else(|error| panic!("{error}"));
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref());
        Self { id: id.to_owned(), pair: pair.unwrap_or_else(|error| panic!("{error}")) }
    }

    /// The public half, as it is published.
    pub fn jwk(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id, "use": "sig", "x": x})
    }

    /// An access token of `issuer` for `audience`, good for ten minutes.
    pub fn token(&self, issuer: &str, audience: &str) -> String {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let header = json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.id});
        let claims = json!({
            "iss": issuer, "aud": audience, "sub": "ada", "exp": now + 600, "iat": now,
            "jti": format!("t-{}", NUMBER.fetch_add(1, Ordering::Relaxed)), "client_id": "web",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.pair.sign(signed.as_bytes())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
