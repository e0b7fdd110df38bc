//! The checks as a careful team writes them: jsonwebtoken, governor, validator, `DefaultHeaders`
//! and actix-cors.

use std::{io, net::IpAddr, net::TcpListener, num::NonZeroU32, sync::Arc};

use actix_cors::Cors;
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder, get, http::header,
    middleware::DefaultHeaders, post, web,
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use palisade::allow_unsafe;
use serde::Deserialize;
use validator::Validate;

use super::{AUDIENCE, ISSUER, Item, ORIGIN, SECRET};

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "sub")]
    _sub: String,
    scope: String,
}

struct Guards {
    key: DecodingKey,
    validation: Validation,
    limiter: DefaultKeyedRateLimiter<IpAddr>,
}

#[allow_unsafe(hardcoded_secret, reason = "the measured tokens are signed with this secret alone")]
#[expect(clippy::result_large_err, reason = "that is how the checks are written by hand")]
impl Guards {
    fn new() -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        Self {
            key: DecodingKey::from_secret(&SECRET),
            validation,
            limiter: RateLimiter::keyed(Quota::per_second(NonZeroU32::MAX)),
        }
    }

    fn limit(&self, request: &HttpRequest) -> Result<(), HttpResponse> {
        let address = request.peer_addr().map(|peer| peer.ip());
        let address = address.ok_or_else(|| HttpResponse::InternalServerError().finish())?;
        self.limiter.check_key(&address).map_err(|_| HttpResponse::TooManyRequests().finish())
    }

    fn authorize(&self, request: &HttpRequest, scope: &str) -> Result<(), HttpResponse> {
        let unauthorized = || HttpResponse::Unauthorized().finish();
        let value = request.headers().get(header::AUTHORIZATION).ok_or_else(unauthorized)?;
        let value = value.to_str().map_err(|_| unauthorized())?;
        let token = value.strip_prefix("Bearer ").ok_or_else(unauthorized)?;
        let claims = decode::<Claims>(token, &self.key, &self.validation);
        let claims = claims.map_err(|_| unauthorized())?.claims;
        if claims.scope.split(' ').any(|own| own == scope) {
            Ok(())
        } else {
            Err(HttpResponse::Forbidden().finish())
        }
    }
}

#[get("/ping")]
#[allow_unsafe(bare_handler, reason = "a contender that is measured, with guards by hand")]
async fn ping(request: HttpRequest, guards: web::Data<Guards>) -> HttpResponse {
    if let Err(refusal) = guards.limit(&request) {
        return refusal;
    }
    HttpResponse::Ok().body("pong")
}

#[post("/items")]
#[allow_unsafe(bare_handler, reason = "a contender that is measured, with guards by hand")]
async fn create(
    request: HttpRequest,
    guards: web::Data<Guards>,
    item: web::Json<NewItem>,
) -> impl Responder {
    if let Err(refusal) = guards.limit(&request) {
        return refusal;
    }
    if let Err(refusal) = guards.authorize(&request, "items:write") {
        return refusal;
    }
    if item.validate().is_err() {
        return HttpResponse::UnprocessableEntity().finish();
    }
    let NewItem { name, qty } = item.into_inner();
    HttpResponse::Created().json(Item { id: 1, name, qty })
}

pub(super) async fn serve(listener: TcpListener) -> io::Result<()> {
    let guards = web::Data::from(Arc::new(Guards::new()));
    HttpServer::new(move || {
        App::new()
            .app_data(guards.clone())
            .service(ping)
            .service(create)
            .wrap(Cors::default().allowed_origin(ORIGIN).allowed_methods(["GET", "POST"]))
            .wrap(
                DefaultHeaders::new()
                    .add(("X-Content-Type-Options", "nosniff"))
                    .add(("X-Frame-Options", "DENY"))
                    .add(("Referrer-Policy", "no-referrer"))
                    .add(("Content-Security-Policy", "default-src 'none'"))
                    .add(("Cache-Control", "no-store")),
            )
    })
    .workers(1)
    .listen(listener)?
    .run()
    .await
}
