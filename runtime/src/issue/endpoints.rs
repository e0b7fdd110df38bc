//! The ready-made endpoints of an issuer: its published keys, and introspection.

use actix_web::{
    HttpResponse,
    web::{Data, Form},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use validator::Validate;

use super::issuer::{TokenIssuer, now};
use crate::{
    Input, Problem, Result,
    auth::{Principal, Standing},
    endpoints,
    extract::TakenBack,
    get,
    mount::Endpoints,
    post,
};

impl TokenIssuer {
    /// The endpoints of this issuer, with the issuer as `Data<TokenIssuer>` for the service's own
    /// handlers.
    ///
    /// | endpoint | access | answers |
    /// |---|---|---|
    /// | `GET /.well-known/jwks.json` | public | the public keys (RFC 7517), to be cached for five minutes; never a secret |
    /// | `POST /oauth/introspect` | scope `token:introspect` | whether an access token is active, and its claims (RFC 7662) |
    pub fn endpoints(&self) -> Endpoints {
        endpoints![published_keys, introspect].with_data(self.clone())
    }
}

#[get("/.well-known/jwks.json")]
#[public(reason = "public keys are for everybody who checks tokens")]
#[palisade::headers(cache = "public, max-age=300")]
async fn published_keys(issuer: Data<TokenIssuer>) -> Result<HttpResponse> {
    let keys = issuer.published().ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().content_type("application/jwk-set+json").body(keys))
}

/// RFC 7662 section 2.1. The hint is an unknown parameter here: refresh tokens are always inactive.
#[derive(Deserialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "RFC 6749 section 3.2: unknown parameters are ignored")]
struct Question {
    /// As long as the longest token that a verifier accepts.
    #[validate(length(max = 8192))]
    token: String,
}

/// RFC 7662 section 2.2. `active: false` has no other members: the reason is not revealed.
#[derive(Default, Serialize)]
struct Answer {
    active: bool,
    #[serde(flatten)]
    claims: Option<Claims>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    exp: u64,
    iat: u64,
    jti: String,
    #[serde(skip_deserializing)]
    token_type: &'static str,
}

#[post("/oauth/introspect")]
#[require_scope("token:introspect")]
#[validated(unknown_fields = allow, reason = "RFC 6749 asks to ignore unknown parameters")]
#[rate_limit("6000/minute", by = subject)]
async fn introspect(
    issuer: Data<TokenIssuer>,
    taken_back: TakenBack,
    question: Form<Question>,
) -> Result<HttpResponse> {
    let answer = match issuer.verify(&question.token, now()?) {
        Ok(principal) => match taken_back.standing(&principal) {
            Standing::Good => Answer { active: true, claims: Some(claims(&principal)?) },
            Standing::Revoked | Standing::TooLongLived => Answer::default(),
            Standing::Unknown => {
                return Err(Problem::unavailable("it is not known now what was revoked"));
            }
        },
        // A refresh token is inactive here too: a resource server would grant access for "active".
        Err(refusal) => {
            tracing::debug!(%refusal, "introspection of a token that is not active");
            Answer::default()
        }
    };
    Ok(HttpResponse::Ok().json(answer))
}

fn claims(principal: &Principal) -> Result<Claims> {
    let mut claims = principal.claims::<Claims>()?;
    claims.token_type = "Bearer";
    Ok(claims)
}
