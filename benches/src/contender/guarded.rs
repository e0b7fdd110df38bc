//! The same checks, and the rest of them, through palisade.

use std::{io, net::TcpListener};

use actix_web::{App, HttpServer};
use palisade::{
    Builder, Palisade,
    auth::{Key, KeySet, Verifier},
    prelude::*,
};

use super::{AUDIENCE, ISSUER, Item, ORIGIN, SECRET};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
}

#[get("/ping")]
#[public]
#[rate_limit("1000000/second", by = ip)]
async fn ping() -> &'static str {
    "pong"
}

#[post("/items")]
#[require_scope("items:write")]
#[rate_limit("1000000/second", by = ip)]
#[validated]
async fn create(item: Json<NewItem>) -> Result<Created<Item>> {
    let NewItem { name, qty } = item.into_inner();
    Ok(Created(Item { id: 1, name, qty }))
}

pub(super) async fn serve(listener: TcpListener) -> io::Result<()> {
    serve_with(listener, shared_key()?).await
}

fn shared_key() -> io::Result<Key> {
    let secret = secrecy::SecretSlice::from(SECRET.to_vec());
    Key::hs256("bench", &secret).map_err(io::Error::other)
}

/// Takes tokens that were signed with this key.
pub(super) async fn serve_with(listener: TcpListener, key: Key) -> io::Result<()> {
    run(listener, key, |builder| builder).await
}

/// Sends spans of this share of the requests to the collector that the environment names.
#[cfg(feature = "otel")]
pub(super) async fn serve_recorded(listener: TcpListener, ratio: f64) -> io::Result<()> {
    use palisade::otel::{Otel, Sampler};

    let collector = std::env::var(super::COLLECTOR).map_err(io::Error::other)?;
    let sampler = Sampler::ratio(ratio).map_err(io::Error::other)?;
    let otel = Otel::new(&collector).map_err(io::Error::other)?.sampler(sampler).without_metrics();
    run(listener, shared_key()?, |builder| builder.otel(otel)).await
}

async fn run(
    listener: TcpListener,
    key: Key,
    with: impl FnOnce(Builder) -> Builder,
) -> io::Result<()> {
    let keys = KeySet::new([key]).map_err(io::Error::other)?;
    let verifier = Verifier::new(keys, ISSUER, AUDIENCE).map_err(io::Error::other)?;
    let builder = Palisade::builder()
        .auth(verifier)
        .cors_origin(ORIGIN)
        .endpoints(endpoints![ping, create])
        .dangerous_no_service_limit("one client sends the whole load");
    let palisade =
        with(builder).build().map_err(|failure| io::Error::other(failure.to_string()))?;
    HttpServer::new(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
    .workers(1)
    .listen(listener)?
    .run()
    .await
}
