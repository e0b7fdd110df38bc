//! How often the caller may call: the limits that stand before the identity is known, and those by
//! subject.
//!
//! A key that is missing is a key of its own, never a reason to let a request pass: all requests
//! without the header, or without a known address, share one count.

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use percent_encoding::percent_decode_str;
use smallvec::SmallVec;

use super::{Visit, admit::Admitted, authorize::Authorized};
use crate::{
    Problem,
    app::{Passage, Reservation, Spent},
    auth::Principal,
    limit::{self, Admission, Ask, KeyRequest, Limit, Limiter, address_bytes},
    policy::{Count, LimitKey},
    problem::Kind,
};

/// Seconds until a request is worth sending again that could not be decided: a store that is back
/// is noticed within one.
const RETRY_UNDECIDED: HeaderValue = HeaderValue::from_static("1");

/// The limits that need no identity are kept.
pub(super) struct Metered(Visit);

/// Every limit is kept.
pub(super) struct Allotted {
    visit: Visit,
    principal: Option<Principal>,
}

impl Admitted {
    pub(super) async fn meter(self) -> Result<Metered, Problem> {
        let visit = self.into_visit();
        take(&visit, &visit.plan.anonymous, None).await?;
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
        take(&visit, &visit.plan.identified, principal.as_ref()).await?;
        Ok(Allotted { visit, principal })
    }
}

impl Allotted {
    pub(super) fn into_parts(self) -> (Visit, Option<Principal>) {
        (self.visit, self.principal)
    }
}

async fn take(
    visit: &Visit,
    limits: &[Limit],
    principal: Option<&Principal>,
) -> Result<(), Problem> {
    if limits.is_empty() {
        return Ok(());
    }
    let mut asks: SmallVec<[Ask<'_>; 4]> = SmallVec::new();
    for limit in limits {
        asks.push(ask(visit, limit, principal)?);
    }
    decide(&visit.passage, &visit.passage.worker.shield.limiter, &mut asks).await?;
    for (limit, ask) in limits.iter().zip(&asks) {
        if limit.rate().count == Count::Failures {
            let Ask { key, decision, place, .. } = *ask;
            let reservation = Reservation { limit: limit.clone(), key, decision, place };
            visit.passage.reserved.borrow_mut().push(reservation);
        }
    }
    Ok(())
}

/// Asks the limiter, notes what is left, and refuses if one of the limits is spent.
async fn decide(passage: &Passage, limiter: &Limiter, asks: &mut [Ask<'_>]) -> Result<(), Problem> {
    let admission = limiter.take(asks, passage.now).await;
    let answered = asks.iter().filter(|ask| ask.is_answered());
    passage
        .spent
        .borrow_mut()
        .extend(answered.map(|ask| Spent { name: ask.limit.rate().name, decision: ask.decision }));
    match admission {
        Admission::Granted => Ok(()),
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
            Err(Problem::unavailable(cause).with_header(RETRY_AFTER, RETRY_UNDECIDED))
        }
    }
}

fn ask<'l>(
    visit: &Visit,
    limit: &'l Limit,
    principal: Option<&Principal>,
) -> Result<Ask<'l>, Problem> {
    // The usual key needs no buffer.
    if let [LimitKey::Address] = limit.rate().key {
        return Ok(limit.ask(&address_bytes(visit.passage.address.ip())));
    }
    let mut bytes = SmallVec::<[u8; 128]>::new();
    match limit.rate().key {
        [part] => write_part(&mut bytes, part, visit, principal)?,
        parts => {
            for part in parts {
                let start = bytes.len();
                write_part(&mut bytes, part, visit, principal)?;
                // Each part with its length: `a` and `bc` are not `ab` and `c`.
                let length = bytes.len().saturating_sub(start);
                bytes.extend_from_slice(&length.to_le_bytes());
            }
        }
    }
    Ok(limit.ask(&bytes))
}

fn write_part(
    bytes: &mut SmallVec<[u8; 128]>,
    part: &LimitKey,
    visit: &Visit,
    principal: Option<&Principal>,
) -> Result<(), Problem> {
    let lacks = |what: &str| {
        Problem::internal(format!("`{}` limits by {part} and has no {what}", visit.policy.name))
    };
    match part {
        LimitKey::Global => {}
        LimitKey::Address => {
            bytes.extend_from_slice(&address_bytes(visit.passage.address.ip()));
        }
        LimitKey::Header(name) => {
            for value in visit.request.headers().get_all(*name) {
                // A present and empty header is not an absent one; two are not their joint text.
                bytes.push(b'=');
                bytes.extend_from_slice(value.as_bytes());
                bytes.push(b'\n');
            }
        }
        LimitKey::Path(name) => {
            let request = KeyRequest::new(&visit.request, visit.passage.address, principal);
            let value = request.path(name).ok_or_else(|| lacks("such parameter"))?;
            let value: Vec<u8> = percent_decode_str(value).collect();
            bytes.extend_from_slice(&limit::one_spelling(&value));
        }
        LimitKey::Subject => {
            let principal = principal.ok_or_else(|| lacks("identity"))?;
            bytes.extend_from_slice(principal.subject().as_bytes());
        }
        LimitKey::Client => {
            let principal = principal.ok_or_else(|| lacks("identity"))?;
            write_optional(bytes, principal.client_id());
        }
        LimitKey::Function(_, key) => {
            let request = KeyRequest::new(&visit.request, visit.passage.address, principal);
            write_optional(bytes, key(&request).as_deref());
        }
        LimitKey::Body(_) => return Err(lacks("validated body yet")),
    }
    Ok(())
}

/// An empty text is not an absent one.
fn write_optional(bytes: &mut SmallVec<[u8; 128]>, text: Option<&str>) {
    if let Some(text) = text {
        bytes.push(b'=');
        bytes.extend_from_slice(text.as_bytes());
    }
}

/// The service's own limit, which every request spends: unknown paths and refusals too.
pub(crate) async fn take_service_limit(passage: &Passage) -> Result<(), Problem> {
    let shield = &passage.worker.shield;
    let Some(limit) = &shield.service_limit else { return Ok(()) };
    let mut ask = limit.ask(&address_bytes(passage.address.ip()));
    decide(passage, &shield.limiter, std::slice::from_mut(&mut ask)).await
}
