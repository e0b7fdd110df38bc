//! Refuses requests from other sites before any limit of the endpoint is checked, so that a page
//! does not spend its visitor's quota.

use std::rc::Rc;

use actix_web::http::header::HeaderValue;

use super::{
    Visit,
    admit::Admitted,
    body::takes_form,
    proof::{Debt, Proof, refused},
};
use crate::{
    Problem,
    cross_site::{Said, is_safe},
    form_token::{self, Binding},
    limit::Class,
    policy::CrossSite,
};

/// The request does not come from another site, or the endpoint accepts such requests.
pub(super) struct SameSite(Visit);

impl Admitted {
    pub(super) fn refuse_cross_site(self) -> Result<SameSite, Problem> {
        let mut visit = self.into_visit();
        let secure = visit.request.app_config().secure();
        let same_site = &visit.passage.worker.shield.same_site;
        let (method, headers) = (visit.request.method(), visit.request.headers());
        visit.proof = match visit.policy.cross_site {
            CrossSite::Allow => Proof::Given,
            CrossSite::Refuse => {
                same_site.check(method, headers, secure, &visit.plan.cors)?;
                Proof::Given
            }
            CrossSite::Token => {
                match same_site.judge(method, headers, secure, &visit.plan.cors)? {
                    Said::Fine => Proof::Given,
                    Said::Nothing | Said::Hidden => prove(&visit)?,
                }
            }
        };
        // An unsafe request that reached this point may come from anywhere, or from the caller
        // itself. With a second count, a script that claims to be another site would have twice the
        // attempts.
        visit.class = if is_safe(method) {
            same_site.class(headers, secure, || &visit.plan.cors)
        } else {
            Class::Own
        };
        Ok(SameSite(visit))
    }
}

/// Checks the token in the head of a request, or leaves the check to its form.
fn prove(visit: &Visit) -> Result<Proof, Problem> {
    let headers = visit.request.headers();
    if has_token_in_query(visit.request.query_string()) {
        return Err(refused("there is a token in the query, where logs and other sites see it"));
    }
    let place = visit.passage.worker.shield.same_site.place(visit.request.uri(), headers);
    let Some(binding) = Binding::of(&place, headers) else {
        return Err(refused("the request does not state its origin, and has no cookie"));
    };
    let mut tokens = headers.get_all(form_token::HEADER);
    match (tokens.next().map(HeaderValue::to_str), tokens.next()) {
        (None, _) if takes_form(visit.policy) => Ok(Proof::Owed(Rc::new(Debt::new(binding)))),
        (None, _) => Err(refused("the request has no token, and can have none but in its head")),
        (Some(Ok(token)), None) => {
            let passage = &visit.passage;
            let keys = &passage.worker.shield.form_tokens;
            if keys.verify(token, &binding, passage.now.unix_seconds()) {
                Ok(Proof::Given)
            } else {
                Err(refused("the token does not hold"))
            }
        }
        (Some(_), _) => Err(refused("several tokens, or one that is no text")),
    }
}

fn has_token_in_query(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == form_token::FIELD)
}

impl SameSite {
    pub(super) fn into_visit(self) -> Visit {
        self.0
    }
}
