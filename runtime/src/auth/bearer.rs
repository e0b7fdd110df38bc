//! Bearer tokens as one way among several to tell who is calling.

use actix_web::http::header::HeaderValue;

use super::{
    authenticator::{Attempt, Authenticator, Presented},
    credentials::bearer,
    refusal::Refusal,
    verifier::Verifier,
};

/// Bearer tokens (RFC 6750): the authenticator that [`Builder::auth`](crate::Builder::auth) makes.
#[derive(Debug)]
pub struct Bearer {
    verifier: Verifier,
}

impl Bearer {
    /// The name that `#[credentials(bearer)]` means.
    pub const NAME: &'static str = "bearer";

    /// Takes the tokens that this verifier takes.
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier }
    }
}

impl Authenticator for Bearer {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let token = match bearer(presented.headers()) {
            Ok(Some(token)) => token,
            Ok(None) => return Attempt::Now(Ok(None)),
            Err(malformed) => return Attempt::Now(Err(malformed.into())),
        };
        let now = presented.now_unix();
        match self.verifier.verify(token, now) {
            Ok(who) => Attempt::Now(Ok(Some(who))),
            Err(refusal) if self.verifier.may_learn(refusal) => {
                Attempt::Later(Box::pin(async move {
                    self.verifier.verify_fresh(token, now).await.map(Some)
                }))
            }
            Err(refusal) => Attempt::Now(Err(refusal.into())),
        }
    }

    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        refusal.challenge()
    }
}
