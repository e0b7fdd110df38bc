//! The app stage as a service of Actix.

use std::{
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::{
    Error, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse},
};

use super::{adoption::Serving, answering::Answering, unread::Hold};
use crate::{
    Problem,
    caller::on_behalf_of,
    cors::Preflight,
    limit::Class,
    panics::catching_of,
    pipeline::{take_owed_service_limit, take_service_limit},
    problem::Kind,
    request::{Passage, Shield, Worker},
};

/// The response's own body, or its replacement.
pub(crate) type Body<B> = Answering<EitherBody<B>>;

/// The app stage of one worker. Made by wrapping an app in [`Palisade`].
pub struct PalisadeMiddleware<S> {
    worker: Rc<Worker>,
    inner: Rc<Inner<S>>,
    answers_preflights: bool,
}

impl<S> PalisadeMiddleware<S> {
    pub(crate) fn new(shield: &Arc<Shield>, service: S) -> Self {
        let is_limited = shield.service_limit.is_some();
        let inner = Rc::new(Inner { service, is_limited });
        let answers_preflights = shield.cors.are_open();
        Self { worker: Worker::new(shield), answers_preflights, inner }
    }
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
    type Future = Serving<B>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.service.poll_ready(cx)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let worker = Rc::clone(&self.worker);
        let passage = Passage::begin(&worker, &request);
        let hold = Hold::of(&passage, &mut request);
        let origin = refuse_lost(&passage).and_then(|()| refuse_blocked_network(&passage));
        if let Err(problem) = origin {
            passage.note_developer(&request);
            passage.begin_span(&request);
            // A page that may read the endpoint's responses may read this one.
            passage.expect_endpoint(&request);
            return Serving::ready(Err(worker.error(&passage, hold, &problem.into())));
        }
        let health = &worker.shield.health;
        let uri = request.uri();
        if let Some(probe) = health.probe(request.method(), uri.path(), uri.query()) {
            let health = Arc::clone(health);
            // There is no event, even if the client disconnects.
            passage.audited.set(true);
            return Serving::early(Box::pin(async move {
                let answer = health.answer(probe).await;
                let response = request.into_response(answer).map_into_right_body();
                Ok(worker.answer_probe(&passage, hold, response))
            }));
        }
        passage.note_developer(&request);
        passage.begin_span(&request);
        let early = self.judge(&passage, &request);
        let is_limited = self.inner.is_limited;
        let Some(answer) = early else {
            let inner = Rc::clone(&self.inner);
            let caller = passage.caller();
            let kept = Rc::clone(&passage);
            let serving = on_behalf_of(caller, passage.scope(), async move {
                match inner.pass(&passage, request).await {
                    Ok(response) => {
                        Ok(worker.answer(&passage, hold, response.map_into_left_body()))
                    }
                    Err(error) => Err(worker.error(&passage, hold, &error)),
                }
            });
            return Serving::new(&kept, Box::pin(serving));
        };
        let respond = |worker: &Worker, passage: &Passage, answer| match answer {
            Ok(answer) => {
                let response = request.into_response(answer).map_into_right_body();
                Ok(worker.answer(passage, hold, response))
            }
            Err(problem) => Err(worker.error(passage, hold, &Problem::into(problem))),
        };
        if !is_limited {
            return Serving::ready(respond(&worker, &passage, answer));
        }
        Serving::early(Box::pin(async move {
            // It reaches no endpoint, so no limit is checked later.
            let limit = take_service_limit(&passage, || false).await;
            respond(&worker, &passage, limit.and(answer))
        }))
    }
}

impl<S> PalisadeMiddleware<S> {
    /// The response if the request ends before routing; sets the class under which the service's
    /// own limit counts the request.
    fn judge(
        &self,
        passage: &Passage,
        request: &ServiceRequest,
    ) -> Option<Result<HttpResponse, Problem>> {
        let shield = &self.worker.shield;
        if let Err(refusal) = shield.firewall.check(request.head()) {
            // A page can make its visitor's browser send some of these.
            passage.class.set(Class::OtherSite);
            return Some(Err(refusal.into_problem(request.head())));
        }
        passage.class.set(passage.class_of(request));
        if request.uri().path() == "*" {
            // The firewall permits `*` only with the method OPTIONS: RFC 9110 section 9.3.7. It is
            // counted and logged like a preflight request: it is answered before an endpoint, and
            // its limits, are known.
            passage.is_preflight.set(true);
            return Some(Ok(HttpResponse::NoContent().finish()));
        }
        if !self.answers_preflights || !Preflight::is_one(request) {
            return None;
        }
        passage.is_preflight.set(true);
        Some(Preflight::answer(request, &shield.cors))
    }
}

/// The service between CORS and the app's own routing.
struct Inner<S> {
    service: S,
    is_limited: bool,
}

impl<S, B> Inner<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    async fn pass(
        &self,
        passage: &Passage,
        request: ServiceRequest,
    ) -> Result<ServiceResponse<B>, Error> {
        if !self.is_limited {
            passage.note_routed();
            return self.serve(passage, request).await;
        }
        let taken = take_service_limit(passage, || passage.leads_to_endpoint(&request)).await;
        if let Err(problem) = taken {
            // No endpoint was reached: a page that may read the endpoint's responses may read this
            // one.
            passage.expect_endpoint(&request);
            return Err(problem.into());
        }
        passage.note_routed();
        let served = self.serve(passage, request).await;
        // In any case: a request that reached no endpoint counts for the service's own limit too.
        take_owed_service_limit(passage).await?;
        served
    }

    async fn serve(
        &self,
        passage: &Passage,
        request: ServiceRequest,
    ) -> Result<ServiceResponse<B>, Error> {
        // Actix needs the only handle of a request to route it, so none is kept for the error:
        // errors and panics are returned as errors, and get the same headers.
        match catching_of(passage.id, || self.service.call(request)).await {
            Ok(result) => result,
            Err(panic) => Err(Problem::internal(format!("a panic: {panic}")).into()),
        }
    }
}

/// Refuses a request on a connection that was reset before the server read its peer address.
///
/// The request is complete, and its client is unknown: no blocked network would contain it, and its
/// requests would share a count with those of other unknown clients (CWE-799).
fn refuse_lost(passage: &Passage) -> Result<(), Problem> {
    if passage.has_no_peer {
        let note = "its connection was reset, and does not tell the client's address";
        return Err(Problem::new(Kind::BadRequest).because("peer-unknown", note));
    }
    Ok(())
}

fn refuse_blocked_network(passage: &Passage) -> Result<(), Problem> {
    let shield = &passage.worker.shield;
    if !shield.blocked.contain(passage.address.ip()) {
        return Ok(());
    }
    shield.limiter.note_barred();
    Err(Problem::forbidden().because("network-blocked", "the client's network is blocked"))
}
