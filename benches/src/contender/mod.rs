//! The same service three times: without any check, with the checks by hand, and with palisade.

mod bare;
mod by_hand;
mod guarded;

use std::{io, net::TcpListener, thread, time::Duration};

use palisade::auth::{Algorithm, SigningKey, TokenSigner};
use serde::{Deserialize, Serialize};

/// The key that all contenders share. It guards nothing.
const SECRET: [u8; 32] = *b"a key for measurements, not used";
const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";
const ORIGIN: &str = "https://app.example";

/// What `POST /items` answers.
#[derive(Debug, Serialize, Deserialize)]
struct Item {
    id: u64,
    name: String,
    qty: u32,
}

/// A contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// Actix Web with no check at all.
    Bare,
    /// Token, scope, limit by address, validation, headers and CORS, put together by hand.
    ByHand,
    /// The same through palisade's attributes.
    Guarded,
    /// The same with spans of one request in a hundred.
    #[cfg(feature = "otel")]
    Sampled,
    /// The same with spans of every request.
    #[cfg(feature = "otel")]
    Recorded,
}

/// The variable that names the collector of spans.
#[cfg(feature = "otel")]
pub const COLLECTOR: &str = "PALISADE_BENCH_COLLECTOR";

impl Contender {
    /// All of them; the first is what the others are measured against.
    #[cfg(not(feature = "otel"))]
    pub const ALL: [Self; 3] = [Self::Bare, Self::ByHand, Self::Guarded];
    /// All of them; the first is what the others are measured against.
    #[cfg(feature = "otel")]
    pub const ALL: [Self; 5] =
        [Self::Bare, Self::ByHand, Self::Guarded, Self::Sampled, Self::Recorded];

    /// The name on the command line and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::ByHand => "by-hand",
            Self::Guarded => "palisade",
            #[cfg(feature = "otel")]
            Self::Sampled => "palisade-otel-1-percent",
            #[cfg(feature = "otel")]
            Self::Recorded => "palisade-otel-all",
        }
    }

    /// The contender of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|contender| contender.name() == name)
    }

    /// Serves on this listener with one worker until the process gets a signal to stop.
    ///
    /// # Errors
    ///
    /// The server does not start.
    pub fn serve(self, listener: TcpListener) -> io::Result<()> {
        let serving = async {
            match self {
                Self::Bare => bare::serve(listener).await,
                Self::ByHand => by_hand::serve(listener).await,
                Self::Guarded => guarded::serve(listener).await,
                #[cfg(feature = "otel")]
                Self::Sampled => guarded::serve_recorded(listener, 0.01).await,
                #[cfg(feature = "otel")]
                Self::Recorded => guarded::serve_recorded(listener, 1.0).await,
            }
        };
        actix_web::rt::System::new().block_on(serving)
    }
}

/// Serves the guarded contender with a fresh key of this algorithm, on a thread of its own until the
/// process ends, and returns a token that it takes.
///
/// # Errors
///
/// The key or the token cannot be made.
pub fn serve_tokens_of(algorithm: Algorithm, listener: TcpListener) -> io::Result<String> {
    let key = SigningKey::generate(algorithm).map_err(io::Error::other)?;
    let verifying = key.verifying_key().clone();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(guarded::serve_with(listener, verifying))
    });
    sign(&TokenSigner::new(key, ISSUER, AUDIENCE))
}

/// A token that both guarded contenders take.
///
/// # Errors
///
/// The token cannot be signed.
pub fn token() -> io::Result<String> {
    let secret = secrecy::SecretSlice::from(SECRET.to_vec());
    sign(&TokenSigner::hs256("bench", &secret, ISSUER, AUDIENCE).map_err(io::Error::other)?)
}

fn sign(signer: &TokenSigner) -> io::Result<String> {
    signer
        .subject("ada")
        .scopes(["items:read", "items:write"])
        .expires_in(Duration::from_secs(3600))
        .sign()
        .map_err(io::Error::other)
}
