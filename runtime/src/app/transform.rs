//! The app stage as an Actix middleware.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform},
};

use super::{
    Passage, Worker,
    catching::catching,
    unread::{Answering, Hold},
};
use crate::{
    Origin, Problem,
    auth::{Authenticator, Revocations},
    caller::on_behalf_of,
    client::TrustedProxies,
    cors::{Preflight, Routes},
    cross_site::SameSite,
    firewall::Firewall,
    form_token::FormTokens,
    headers::Profiles,
    limit::{Limit, Limiter},
    networks::Networks,
    pipeline::{take_owed_service_limit, take_service_limit},
    service::{Defaults, Palisade},
};

/// The settings and state of the guards; one for all workers of the process.
#[derive(Debug)]
pub(crate) struct Shield {
    pub(crate) firewall: Firewall,
    /// The ways to tell who is calling, in the order in which they are asked.
    pub(crate) authenticators: Vec<Arc<dyn Authenticator>>,
    /// What was taken back; `None` where nothing can be.
    pub(crate) revocations: Option<Revocations>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) service_limit: Option<Limit>,
    pub(crate) proxies: TrustedProxies,
    /// Networks whose requests are refused.
    pub(crate) blocked: Networks,
    /// Networks that no limit counts.
    pub(crate) unlimited: Networks,
    pub(crate) same_site: SameSite,
    pub(crate) form_tokens: FormTokens,
    pub(crate) cors: Routes,
    pub(crate) profiles: Profiles,
    /// Where else a redirect may lead.
    pub(crate) redirects: Vec<Origin>,
    pub(crate) defaults: Defaults,
}

/// The answer's own body, or one that stands in its place.
type Body<B> = Answering<EitherBody<B>>;
type Serving<B> = Pin<Box<dyn Future<Output = Result<ServiceResponse<B>, Error>>>>;

impl<S, B> Transform<S, ServiceRequest> for Palisade
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<Body<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = PalisadeMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let shield = self.shield();
        let guarded = shield.service_limit.is_some() || !shield.blocked.is_empty();
        let inner = Rc::new(Inner { service, guarded });
        let answers_preflights = shield.cors.are_open();
        ready(Ok(PalisadeMiddleware { worker: Worker::new(shield), answers_preflights, inner }))
    }
}

/// The app stage of one worker. Made by wrapping an app in [`Palisade`].
pub struct PalisadeMiddleware<S> {
    worker: Rc<Worker>,
    inner: Rc<Inner<S>>,
    answers_preflights: bool,
}

impl<S> std::fmt::Debug for PalisadeMiddleware<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PalisadeMiddleware")
    }
}

impl<S, B> Service<ServiceRequest> for PalisadeMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<Body<B>>;
    type Error = Error;
    type Future = Serving<Body<B>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.service.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let worker = Rc::clone(&self.worker);
        let judged = worker.shield.firewall.check(request.head());
        let passage = Passage::begin(&worker, &request);
        let hold = Hold::of(&passage, &mut request);
        if let Err(refusal) = judged {
            let error = worker.error(&passage, hold, &refusal.into_problem().into());
            return Box::pin(async move { Err(error) });
        }

        if self.answers_preflights && Preflight::is_one(&request) {
            passage.is_preflight.set(true);
            let answer = Preflight::answer(&request, &worker.shield.cors);
            return Box::pin(ready(match answer {
                Ok(answer) => {
                    let response = request.into_response(answer).map_into_right_body();
                    Ok(worker.answer(&passage, hold, response))
                }
                Err(problem) => Err(worker.error(&passage, hold, &problem.into())),
            }));
        }
        let inner = Rc::clone(&self.inner);
        let caller = passage.caller();
        Box::pin(on_behalf_of(caller, async move {
            match inner.pass(request).await {
                Ok(response) => Ok(worker.answer(&passage, hold, response.map_into_left_body())),
                Err(error) => Err(worker.error(&passage, hold, &error)),
            }
        }))
    }
}

/// What stands between CORS and the app's own routing.
struct Inner<S> {
    service: S,
    guarded: bool,
}

impl<S, B> Inner<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    async fn pass(&self, request: ServiceRequest) -> Result<ServiceResponse<B>, Error> {
        if !self.guarded {
            return self.serve(request).await;
        }
        // Absent only if somebody took the mark out again: nobody outside can name its type.
        let passage = Passage::of(request.request()).ok_or_else(Passage::missing)?;
        let refused = match refuse_blocked_network(&passage) {
            Ok(()) => take_service_limit(&passage, || passage.leads_to_endpoint(&request)).await,
            Err(problem) => Err(problem),
        };
        if let Err(problem) = refused {
            // Nothing was routed: a page that may read the endpoint's answers may read this.
            passage.expect_endpoint(&request);
            return Err(problem.into());
        }
        let served = self.serve(request).await;
        // Whatever became of it: a request that reached no endpoint is one of the service's too.
        take_owed_service_limit(&passage).await?;
        served
    }

    async fn serve(&self, request: ServiceRequest) -> Result<ServiceResponse<B>, Error> {
        // Actix routes a request by its only handle, so none is kept for the error's sake: an
        // error and a panic go out as errors, and leave with the same headers.
        match catching(|| self.service.call(request)).await {
            Ok(result) => result,
            Err(panic) => Err(Problem::internal(format!("a panic: {panic}")).into()),
        }
    }
}

fn refuse_blocked_network(passage: &Passage) -> Result<(), Problem> {
    let shield = &passage.worker.shield;
    if !shield.blocked.contain(passage.address.ip()) {
        return Ok(());
    }
    shield.limiter.note_barred();
    Err(Problem::forbidden().caused_by_note("the client's network is blocked"))
}
