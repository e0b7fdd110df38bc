//! Rate limits: those that are checked before authentication, those by subject, and those by fields
//! of the body.
//!
//! A missing key is a key of its own, and no reason to let a request pass: all requests without the
//! header, or without a known address, share one count.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

use super::{Cleared, Visit, authorize::Authorized, same_site::SameSite};
use crate::{
    Problem,
    app::{Base, Passage, Reservation},
    audit::{Event, Outcome},
    auth::Principal,
    clock::Moment,
    limit::{
        self, Admission, Ask, Key, KeyBytes, KeyPart, KeyRequest, KeySources, Limit, Limiter,
        address_bytes,
    },
    policy::{Ban, Count, LimitKey, Policy, Unit},
    problem::Kind,
};

/// The limits that need no identity have passed.
pub(super) struct Metered(Visit);

/// The limits that need no body have passed.
pub(super) struct Allotted {
    visit: Visit,
    principal: Option<Principal>,
}

/// All limits have passed: the next steps are the objects and the handler.
pub(super) struct Counted(Cleared);

/// The keys of the limits by input of the request, in order.
pub(super) struct BodyKeys(SmallVec<[Key; 2]>);

/// Writes a field of the validated body, if there is one with this name.
type WriteField<'f> = &'f dyn Fn(&str, &mut KeyBytes) -> bool;

impl SameSite {
    pub(super) async fn meter(self) -> Result<Metered, Problem> {
        let visit = self.into_visit();
        let limits = &visit.plan.anonymous;
        // Before the deferred check is taken: if a key fails, the app stage still makes the check.
        let keys = keys(&visit, limits, None)?;
        let base = visit.passage.worker.base();
        let owed = owed(&visit.passage, &base)?;
        if owed.is_some() || !limits.is_empty() {
            spend(&visit, owed, limits, keys.into_iter(), visit.passage.now).await?;
        }
        Ok(Metered(visit))
    }
}

impl Metered {
    pub(super) fn into_visit(self) -> Visit {
        self.0
    }
}

impl Authorized {
    pub(super) async fn meter_subject(self) -> Result<Allotted, Problem> {
        let (visit, principal) = self.into_parts();
        let limits = &visit.plan.identified;
        if !limits.is_empty() {
            let keys = keys(&visit, limits, principal.as_ref())?;
            spend(&visit, None, limits, keys.into_iter(), visit.passage.now).await?;
        }
        Ok(Allotted { visit, principal })
    }
}

impl Allotted {
    pub(super) fn into_parts(self) -> (Visit, Option<Principal>) {
        (self.visit, self.principal)
    }
}

impl Cleared {
    /// The keys of the limits by fields of the body, which has been read and validated; and the
    /// proof that the request does not come from another site.
    pub(super) fn body_keys(&self, field: WriteField<'_>) -> Result<BodyKeys, Problem> {
        let visit = self.visit();
        visit.proof.settle()?;
        let key = |limit| key(visit, limit, self.principal(), field);
        Ok(BodyKeys(visit.plan.validated.iter().map(key).collect::<Result<_, _>>()?))
    }

    pub(super) async fn meter_body(self, keys: BodyKeys) -> Result<Counted, Problem> {
        let visit = self.visit();
        let limits = &visit.plan.validated;
        // As many as there are limits, from which they were made.
        if !limits.is_empty() {
            // The body may have arrived slowly: the state of the key at the request's start is
            // outdated.
            spend(visit, None, limits, keys.0.into_iter(), Moment::now()).await?;
        }
        Ok(Counted(self))
    }
}

impl Counted {
    pub(super) fn cleared(&mut self) -> &mut Cleared {
        &mut self.0
    }

    pub(super) fn into_cleared(self) -> Cleared {
        self.0
    }
}

fn keys(
    visit: &Visit,
    limits: &[Limit],
    principal: Option<&Principal>,
) -> Result<SmallVec<[Key; 4]>, Problem> {
    limits.iter().map(|limit| key(visit, limit, principal, &|_, _| false)).collect()
}

/// Checks all limits of a stage together, and records what has to be returned or reported later.
/// `owed` is the service's own limit, if its check was deferred.
async fn spend(
    visit: &Visit,
    owed: Option<Ask<'_>>,
    limits: &[Limit],
    keys: impl Iterator<Item = Key>,
    now: Moment,
) -> Result<(), Problem> {
    let passage = &visit.passage;
    if passage.unlimited {
        return Ok(());
    }
    let ask = |(limit, key): (_, Key)| Limit::ask_for(limit, key, units(visit, limit));
    let expected = limits.len().saturating_add(usize::from(owed.is_some()));
    let own = limits.iter().zip(keys).map(ask);
    let mut asks: SmallVec<[Ask<'_>; 4]> = owed.into_iter().chain(own).collect();
    if asks.len() != expected {
        // Without a key, the limit would not be enforced.
        return Err(Problem::internal(format!("`{}` lacks a key of a limit", visit.policy.name)));
    }
    let mut next = decide(passage, &passage.worker.shield.limiter, &mut asks, now).await?;
    for ask in asks {
        let told = next;
        next = next.saturating_add(usize::from(ask.is_answered()));
        let receipt = ask.receipt();
        let Ask { limit, key, units, decision, permit, .. } = ask;
        passage.permits.borrow_mut().extend(permit);
        let rate = limit.rate();
        // A request that a tracked limit would refuse has spent nothing.
        if decision.allowed && (rate.count == Count::Failures || rate.unit == Unit::Kibibytes) {
            let limit = limit.clone();
            let reservation = Reservation { limit, key, units, receipt, told };
            passage.reserved.borrow_mut().push(reservation);
        }
    }
    Ok(())
}

/// The units that a request spends of a limit.
fn units(visit: &Visit, limit: &Limit) -> u32 {
    match limit.rate().unit {
        Unit::Requests => limit.rate().cost,
        Unit::InFlight => 1,
        Unit::Kibibytes => {
            let bytes = visit.announced_body().div_ceil(1 << 10);
            u32::try_from(bytes).unwrap_or(u32::MAX)
        }
    }
}

/// Queries the limiter, records the remaining units, and refuses the request if a limit is spent.
/// Returns the index of the first record.
async fn decide(
    passage: &Passage,
    limiter: &Limiter,
    asks: &mut [Ask<'_>],
    now: Moment,
) -> Result<usize, Problem> {
    let admission = limiter.take(asks, now).await;
    let first = passage.spent.borrow().len();
    // The hypothetical decision of a tracked limit does not exist if the request was refused
    // before.
    let granted = admission == Admission::Granted;
    let told = asks.iter().filter(|ask| ask.is_answered() && (granted || !ask.is_tracked()));
    passage.spent.borrow_mut().extend(told.map(Ask::spent));
    for ask in asks.iter() {
        if let Some(ban) = ask.banned {
            tell_of_ban(passage, ask, &ban);
        }
    }
    match admission {
        Admission::Granted => Ok(first),
        Admission::Refused => {
            let mut problem = Problem::new(Kind::QuotaExceeded)
                .with_violated(limit::violated(asks.iter()).collect());
            if let Some(wait) = limit::retry_after(asks.iter()) {
                problem = problem.with_header(RETRY_AFTER, wait);
            }
            Err(problem)
        }
        Admission::Undecided => {
            let cause = "the shared store of limits is out of reach, and a limit is closed without";
            Err(Problem::unavailable(cause))
        }
    }
}

/// Writes the event that begins a ban.
fn tell_of_ban(passage: &Passage, ask: &Ask<'_>, ban: &Ban) {
    let by: Vec<_> = ask.limit.rate().key.iter().map(ToString::to_string).collect();
    tracing::warn!(
        target: "palisade::audit",
        event = "banned",
        request_id = %passage.id,
        client = %passage.address,
        subject = passage.principal.borrow().as_ref().map(Principal::subject),
        endpoint = passage.policy.get().map(|policy| policy.name),
        policy = ask.limit.rate().name,
        by = by.join(", "),
        refusals = ban.refusals,
        seconds = ban.lasts.as_secs(),
        "a key was refused so often that it is banned"
    );
    let path = passage.policy.get().map(Policy::path);
    let trace = passage.trace_ids();
    passage.worker.shield.trail.send(&Event {
        trace: trace.as_ref().map(|(trace, span)| (trace.as_str(), span.as_str())),
        request_id: Some(passage.id.to_string()),
        client: Some(passage.address.ip()),
        subject: passage.principal.borrow().as_ref().map(Principal::subject),
        endpoint: path.as_deref(),
        policy: Some(ask.limit.rate().name),
        ..Event::new("limit-banned", Outcome::Failure)
    });
}

fn key(
    visit: &Visit,
    limit: &Limit,
    principal: Option<&Principal>,
    field: WriteField<'_>,
) -> Result<Key, Problem> {
    // The most common key needs no buffer.
    if let [LimitKey::Address] = limit.rate().key {
        return Ok(limit.key_in(visit.class, &address_bytes(visit.passage.address.ip())));
    }
    let bytes = limit::write_all(limit.rate().key, |bytes, part| {
        write_part(bytes, part, visit, principal, field)
    })?;
    Ok(limit.key_in(visit.class, &bytes))
}

fn write_part(
    bytes: &mut KeyBytes,
    part: &LimitKey,
    visit: &Visit,
    principal: Option<&Principal>,
    field: WriteField<'_>,
) -> Result<(), Problem> {
    let lacks = |what: &str| {
        Problem::internal(format!("`{}` limits by {part} and has no {what}", visit.policy.name))
    };
    let request = KeyRequest::new(&visit.request, visit.passage.address, principal);
    match part {
        LimitKey::Global => KeyPart::Global.write(bytes),
        LimitKey::Address => KeyPart::Address(visit.passage.address.ip()).write(bytes),
        LimitKey::Header(name) => {
            let values = visit.request.headers().get_all(*name);
            limit::write_header(bytes, values.map(HeaderValue::as_bytes));
        }
        LimitKey::Path(name) => {
            let value = request.path(name).ok_or_else(|| lacks("such parameter"))?;
            let value: Vec<u8> = percent_decode_str(value).collect();
            limit::write_path(bytes, &value);
        }
        LimitKey::Subject => {
            let principal = principal.ok_or_else(|| lacks("identity"))?;
            KeyPart::Subject(principal.subject()).write(bytes);
        }
        LimitKey::Client => {
            let principal = principal.ok_or_else(|| lacks("identity"))?;
            KeyPart::Client(principal.client_id()).write(bytes);
        }
        LimitKey::Function(_, key) => {
            let own = settled(part, visit, || key(&request))?;
            KeyPart::Function(own.as_deref()).write(bytes);
        }
        LimitKey::FunctionOf(_, key, of) => {
            let sources = KeySources::new(of, visit.passage.address.ip(), principal);
            let own = settled(part, visit, || key(&sources))?;
            KeyPart::Function(own.as_deref()).write(bytes);
        }
        LimitKey::Body(name) => {
            if !field(name, bytes) {
                return Err(lacks("such field"));
            }
        }
    }
    Ok(())
}

/// The result of a service's function for a request, if it is the same at each call.
///
/// A function that counts up, or returns random numbers, would begin a new count with each request,
/// and its limit would refuse nothing (CWE-799). Data that it looks up may change between two
/// calls, but not between all three.
fn settled(
    part: &LimitKey,
    visit: &Visit,
    key: impl Fn() -> Option<String>,
) -> Result<Option<String>, Problem> {
    let (first, mut second) = (key(), key());
    if first != second {
        let third = key();
        if second != third {
            return Err(Problem::internal(format!(
                "`{}` limits by {part}, which gives one request several keys, so that the limit would \
                 count nothing: make the key of the request alone",
                visit.policy.name
            )));
        }
        second = third;
    }
    Ok(second)
}

/// The service's own limit, which every request spends, including unknown paths and refusals.
///
/// Requests that another site causes, and those that are refused before routing, have separate
/// counts with the same quota.
///
/// It is checked here, before the request is routed: in memory that is the cheapest of all checks.
/// If instances share the limit, the check costs a round trip. If the request `leads_to_endpoint`,
/// the check is then deferred to the endpoint's first limits, if it [can wait](Limiter::can_wait).
pub(crate) async fn take_service_limit(
    passage: &Passage,
    leads_to_endpoint: impl FnOnce() -> bool,
) -> Result<(), Problem> {
    if passage.unlimited {
        return Ok(());
    }
    let base = passage.worker.base();
    let Some(limit) = &base.limit else { return Ok(()) };
    let key = limit.key_in(passage.class.get(), &address_bytes(passage.address.ip()));
    let limiter = &passage.worker.shield.limiter;
    if limit.is_shared() && leads_to_endpoint() && limiter.can_wait(limit, key, passage.now) {
        passage.owed.set(Some(key));
        return Ok(());
    }
    let mut ask = limit.ask_for(key, limit.rate().cost);
    decide(passage, limiter, std::slice::from_mut(&mut ask), passage.now).await.map(drop)
}

/// The same for a request that did not reach the endpoint: another part of the app has answered it.
pub(crate) async fn take_owed_service_limit(passage: &Passage) -> Result<(), Problem> {
    let base = passage.worker.base();
    let Some(mut ask) = owed(passage, &base)? else { return Ok(()) };
    let limiter = &passage.worker.shield.limiter;
    decide(passage, limiter, std::slice::from_mut(&mut ask), passage.now).await.map(drop)
}

/// Takes the deferred check of the service's own limit, if there is one.
fn owed<'b>(passage: &Passage, base: &'b Base) -> Result<Option<Ask<'b>>, Problem> {
    let Some(key) = passage.owed.take() else { return Ok(None) };
    let limit = base.limit.as_ref();
    let limit = limit.ok_or_else(|| Problem::internal("the service's own limit is gone"))?;
    Ok(Some(limit.ask_for(key, limit.rate().cost)))
}
