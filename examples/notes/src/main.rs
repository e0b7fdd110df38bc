//! Notes that people keep and share: a service to copy.
//!
//! `cargo run -p notes` serves. What it keeps is in one SQLite file, or in the Postgres of
//! `DATABASE_URL`; what several instances have to agree on is in the Redis of
//! `PALISADE_REDIS_URL`.

mod account;
mod export;
mod list;
mod login;
mod note;
mod settings;
mod share;
mod store;
mod user;

use palisade::{
    Builder, Endpoints, Failure, Redis,
    auth::Revocations,
    issue::{MemoryRefreshStore, RedisRefreshStore, SigningKeys, TokenIssuer},
    password::{PasswordCost, PasswordHasher},
    prelude::*,
};

use crate::{settings::Settings, store::Store};

/// The `iss` and `aud` of every token: this service is the only one that makes and takes them.
const NAME: &str = "notes";

/// The endpoints, for the service and for its OpenAPI document.
fn endpoints() -> Endpoints {
    endpoints![
        account::sign_up,
        login::log_in,
        login::refresh,
        login::log_out,
        // Before the notes by their id, which would take its path for one.
        export::export_notes,
        list::list_notes,
        note::create_note,
        note::read_note,
        note::change_note,
        note::delete_note,
        share::share_note,
    ]
}

#[palisade::main(openapi = endpoints)]
async fn main() -> palisade::Exit {
    let _log = palisade::log::init()?;
    let (settings, palisade) = Palisade::from_settings()?;
    serve(&settings, palisade).await
}

async fn serve(settings: &Settings, mut palisade: Builder) -> palisade::Exit {
    if palisade.has_auth_keys() {
        return Err(Failure::new(
            "this service signs its own tokens: unset the PALISADE_AUTH_.. settings, and name its \
             key in NOTES_SIGNING_KEY",
        ));
    }
    let is_shared = palisade.redis().is_some();
    let mut issuer = issuer(settings, palisade.redis()).await?;
    if is_shared {
        // A guess at one instance counts at all of them, unless a setting says otherwise.
        if !palisade.is_set("PALISADE_LIMITS") {
            palisade = palisade.share_limits();
        }
    }
    if !palisade.has_revocations() {
        palisade = palisade.revocations(Revocations::in_memory());
    }
    if let Some(revocations) = palisade.configured_revocations() {
        // A second use of a refresh token ends the access tokens of its login too.
        issuer = issuer.revocations(revocations.clone());
    }
    let store = Store::open(settings.database().await?).await;
    let store = store.map_err(|error| Failure::new(format!("the database: {error}")))?;
    if !is_shared && store.is_shared() {
        tracing::warn!(
            "limits, log-outs and refresh tokens are this process's own: set PALISADE_REDIS_URL \
             before a second instance uses this database"
        );
    }
    palisade
        .auth(issuer.verifier()?)
        .data(issuer)
        .data(store)
        .data(PasswordHasher::new(PasswordCost::default())?)
        .endpoints(endpoints())
        .openapi()
        .serve()
        .await
}

/// Signs access tokens, and remembers refresh tokens where all instances find them.
async fn issuer(settings: &Settings, redis: Option<&Redis>) -> Result<TokenIssuer, Failure> {
    let issuer = TokenIssuer::new(NAME, NAME, SigningKeys::new(settings.signing_key()?))?;
    Ok(match redis {
        Some(redis) => issuer.refresh_store(RedisRefreshStore::connect(redis, NAME).await?),
        None => issuer.refresh_store(MemoryRefreshStore::default()),
    })
}
