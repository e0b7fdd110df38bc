//! The argument by which a handler begins, fills and ends a session.

use std::{cell::Cell, fmt, rc::Rc};

use actix_web::{
    http::header::{HeaderValue, WWW_AUTHENTICATE},
    web::Data,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    id::SessionId,
    sessions::{Sessions, within},
    store::{SessionRecord, Updated},
};
use crate::{
    Problem, app_data,
    auth::{PrincipalBuilder, Revocations, SecretDigest, Standing},
    cookie::CookieRead,
    extract::{Extract, Extraction, sealed::Sealed},
    line_rate::LineRate,
    pipeline::Cleared,
    policy::{CrossSite, Needs, RevocationOutage, Shape},
    problem::Kind,
    request::Passage,
    store_error::StoreError,
};

/// The most bytes of a session's data, as JSON.
const LARGEST_DATA: usize = 4_096;

/// How often [`Session::update`] begins again when other requests write meanwhile. In each round at
/// least one of them succeeds.
const ROUNDS: u32 = 16;

/// The session of a request, if there is one: to begin, fill and end it.
///
/// An endpoint that only needs the caller takes [`Principal`](crate::Principal) and has
/// `#[authenticated]`; this is for log-in and log-out, for public pages, and for the data of a
/// session. The cookie is set in the answer automatically.
///
/// ```
/// use palisade::{prelude::*, session::Session};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Login {
///     #[validate(length(min = 1, max = 64))]
///     name: String,
///     password: Text<128>,
/// }
///
/// #[post("/login")]
/// #[public(reason = "whoever logs in has no session yet")]
/// #[rate_limit("60/minute", by = ip)]
/// #[validated]
/// async fn log_in(login: Form<Login>, session: Session) -> Result<SafeRedirect> {
///     if !is_right(&login.name, &login.password).await {
///         return Err(Problem::bad_request("the name or the password is wrong"));
///     }
///     session.begin(&login.name, ["notes:write"]).await?;
///     Ok(SafeRedirect::to("/"))
/// }
///
/// #[post("/logout")]
/// #[public(reason = "ends what there is, if there is something")]
/// async fn log_out(session: Session) -> Result<SafeRedirect> {
///     session.end().await?;
///     Ok(SafeRedirect::to("/"))
/// }
/// # async fn is_right(_: &str, _: &str) -> bool { false }
/// # fn main() {}
/// ```
pub struct Session {
    sessions: Data<Sessions>,
    passage: Rc<Passage>,
    held: Option<SecretDigest>,
    /// The version of the data that the handler has read.
    read: Cell<Option<u64>>,
    outage: RevocationOutage,
}

impl Session {
    /// Begins a session of this subject with these scopes. The session that the browser had ends:
    /// the id is always a new one (CWE-384). Begin again after any change of the caller's rights.
    ///
    /// # Errors
    ///
    /// 503 if the store does not answer or is full; 500 for an invalid subject.
    pub async fn begin<S: Into<String>>(
        &self,
        subject: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<(), Problem> {
        let subject = subject.into();
        let scopes = scopes.into_iter().map(Into::into).collect();
        if subject.is_empty() || subject.len() > 256 || subject.chars().any(char::is_control) {
            return Err(Problem::internal("a session is of a subject of 1 to 256 characters"));
        }
        let id = SessionId::generate()?;
        let record = self.sessions.record(subject, scopes, self.passage.now.unix_seconds());
        let begun = self.sessions.begin(self.held.as_ref(), &id.digest(), &record).await;
        begun.map_err(out_of_reach)?;
        let cookie = self.sessions.cookie().set(&id.text());
        let cookie = cookie.map_err(|error| Problem::internal(error.to_string()))?;
        self.passage.begin_session(cookie);
        Ok(())
    }

    /// Ends this session; the browser forgets the cookie and all other data of the service. Without
    /// a session, nothing ends.
    ///
    /// # Errors
    ///
    /// 503 if the store does not confirm. It has ended in this instance, and is removed in the
    /// background once the store answers.
    ///
    /// Up to 10,000 ends wait for their store in each instance. While the store cannot be read, it
    /// is unknown whether a cookie belongs to a session: up to 5,000 of the waiting ends are of
    /// such cookies, and 64 from each address (an IPv4 address, or a /56 of IPv6). Beyond that, the
    /// answer is 503 too, the session has **not** ended, nothing completes it, and a line of the
    /// log says so.
    pub async fn end(&self) -> Result<(), Problem> {
        if let Some(held) = &self.held {
            self.sessions.end(held, self.passage.address.ip()).await.map_err(out_of_reach)?;
        }
        self.forget()
    }

    /// Ends every session of this one's subject, in all instances that share the store. A session
    /// that has ended or was revoked ends no other one.
    ///
    /// # Errors
    ///
    /// As for [`end`](Self::end).
    pub async fn end_everywhere(&self) -> Result<(), Problem> {
        match self.record().await {
            Ok(Some(record)) => {
                self.sessions.end_subject(record.subject()).await.map_err(out_of_reach)?;
            }
            Ok(None) => {}
            Err(problem) => {
                // The subject is unknown now, so only this session ends.
                self.end().await?;
                return Err(problem);
            }
        }
        self.end().await
    }

    /// The subject of the session; `None` if there is no session.
    ///
    /// # Errors
    ///
    /// 503 if the store does not answer.
    pub async fn subject(&self) -> Result<Option<String>, Problem> {
        Ok(self.record().await?.map(|record| record.subject))
    }

    /// The data of the session; `None` if it has none, or there is no session.
    ///
    /// # Errors
    ///
    /// 503 if the store does not answer; 500 if the data has another form.
    pub async fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        let record = self.record().await?;
        if let Some(record) = &record {
            self.read.set(Some(record.version));
        }
        read(record.and_then(|record| record.data).as_deref())
    }

    /// Replaces the data of the session.
    ///
    /// If this request has read [`data`](Self::data) before, the new value is written only if no
    /// other request has written since. Otherwise the last of several concurrent requests wins. A
    /// request that writes nothing undoes nothing. To change the present data,
    /// [`update`](Self::update) needs no second attempt by the client.
    ///
    /// # Errors
    ///
    /// 401 if there is no session; 409 if another request has written since this one has read; 500
    /// for more than 4 KiB of JSON; 503 if the store does not answer.
    pub async fn keep<T: Serialize>(&self, data: &T) -> Result<(), Problem> {
        let data = written(data)?;
        let (Some(held), Some(_)) = (&self.held, self.record().await?) else {
            return Err(none());
        };
        match self.write(held, self.read.get(), &data).await? {
            Updated::Kept { .. } => Ok(()),
            Updated::Conflict => Err(changed()),
            Updated::Gone => Err(none()),
        }
    }

    /// Changes the data of the session, and returns the new data. `change` gets the present data,
    /// `None` if there is none; it is called again with the newer data if another request has
    /// written meanwhile, so it should only compute.
    ///
    /// ```
    /// use palisade::{prelude::*, session::Session};
    ///
    /// #[derive(Default, Serialize, Deserialize)]
    /// struct Basket {
    ///     items: u32,
    /// }
    ///
    /// #[post("/basket")]
    /// #[authenticated]
    /// #[credentials(session)]
    /// async fn add(session: Session) -> Result<String> {
    ///     let basket = session
    ///         .update(|basket: Option<Basket>| {
    ///             let items = basket.unwrap_or_default().items.saturating_add(1);
    ///             Basket { items }
    ///         })
    ///         .await?;
    ///     Ok(basket.items.to_string())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`keep`](Self::keep) and [`data`](Self::data); 409 after 16 rounds in which others were
    /// first.
    pub async fn update<T: Serialize + DeserializeOwned>(
        &self,
        mut change: impl FnMut(Option<T>) -> T,
    ) -> Result<T, Problem> {
        for _ in 0..ROUNDS {
            let (Some(held), Some(record)) = (&self.held, self.record().await?) else {
                return Err(none());
            };
            let value = change(read(record.data())?);
            match self.write(held, Some(record.version), &written(&value)?).await? {
                Updated::Kept { .. } => return Ok(value),
                Updated::Conflict => {}
                Updated::Gone => return Err(none()),
            }
        }
        Err(changed())
    }

    async fn write(
        &self,
        held: &SecretDigest,
        version: Option<u64>,
        data: &str,
    ) -> Result<Updated, Problem> {
        let updated = within(self.sessions.store().update(held, version, data)).await;
        let updated = updated.map_err(out_of_reach)?;
        if let (Updated::Kept { version }, Some(_)) = (updated, self.read.get()) {
            // What this request keeps itself is known to it.
            self.read.set(Some(version));
        }
        Ok(updated)
    }

    /// The session, unless it has ended or was revoked. Notes the time of its use.
    async fn record(&self) -> Result<Option<SessionRecord>, Problem> {
        let Some(held) = &self.held else { return Ok(None) };
        let now = self.passage.now.unix_seconds();
        let found = self.sessions.find(held, now).await.map_err(out_of_reach)?;
        let Some(record) = found else { return Ok(None) };
        let standing = match &self.passage.worker.shield.revocations {
            None => Standing::Good,
            Some(revocations) => match self.standing(held, &record, revocations) {
                Some(standing) => standing,
                None => return Ok(None),
            },
        };
        let is_there = self.sessions.note(held, &record, standing, now).await;
        if !is_there.map_err(out_of_reach)? {
            return Ok(None);
        }
        match (standing, self.outage) {
            (Standing::Good, _) => Ok(Some(record)),
            (Standing::Revoked | Standing::TooLongLived, _) => Ok(None),
            (Standing::Unknown, RevocationOutage::Refuse) => {
                Err(Problem::unavailable("it is not known now which sessions were revoked"))
            }
            (Standing::Unknown, RevocationOutage::Allow) => {
                // Each look at a session comes here as long as the outage lasts.
                static LINES: LineRate = LineRate::new(10, 1);
                let Some(suppressed) = LINES.take(self.passage.now) else {
                    return Ok(Some(record));
                };
                tracing::warn!(
                    request_id = %self.passage.id,
                    suppressed,
                    "a session passed though it is not known what was revoked: the endpoint says so"
                );
                Ok(Some(record))
            }
        }
    }

    /// The standing of this session's caller; `None` for a record without a caller.
    fn standing(
        &self,
        held: &SecretDigest,
        record: &SessionRecord,
        revocations: &Revocations,
    ) -> Option<Standing> {
        let now = self.passage.now;
        let who = PrincipalBuilder::new(record.subject.clone(), now.unix_seconds())
            .issuer(Sessions::NAME)
            .token_id(held.encoded())
            .issued_at(record.began_at)
            .expires_at(record.expires_at);
        Some(revocations.standing(&who.build().ok()?, now))
    }

    fn forget(&self) -> Result<(), Problem> {
        let cookie = self.sessions.cookie().clear();
        let cookie = cookie.map_err(|error| Problem::internal(error.to_string()))?;
        self.passage.end_session(cookie);
        Ok(())
    }
}

fn none() -> Problem {
    let scheme = HeaderValue::from_static(Sessions::NAME);
    Problem::new(Kind::Unauthenticated).with_header(WWW_AUTHENTICATE, scheme)
}

fn changed() -> Problem {
    Problem::conflict("another request changed this session at the same time: try again")
}

fn read<T: DeserializeOwned>(data: Option<&str>) -> Result<Option<T>, Problem> {
    data.map(serde_json::from_str)
        .transpose()
        .map_err(|_| Problem::internal("what a session keeps is of another type"))
}

fn written<T: Serialize>(data: &T) -> Result<String, Problem> {
    let data = serde_json::to_string(data)
        .map_err(|_| Problem::internal("what a session should keep cannot be written as JSON"))?;
    if data.len() > LARGEST_DATA {
        return Err(Problem::internal("a session keeps at most 4 KiB"));
    }
    Ok(data)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn out_of_reach(error: StoreError) -> Problem {
    Problem::unavailable(error.to_string())
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(..)")
    }
}

impl Sealed for Session {}

impl<A, C> Extract<A, C> for Session {
    const SHAPE: Shape =
        Shape::State(Needs::new(|request| app_data::data::<Sessions>(request).err()));
    const IS_SECRET: bool = true;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        if cleared.policy().cross_site == CrossSite::Allow {
            let open = "a handler takes `Session` and says `#[cross_site(allow)]`: another site could \
                        log its visitors in or out";
            return Extraction::Now(Some(Err(Problem::internal(open))));
        }
        let request = cleared.request();
        let Some(sessions) = request.app_data::<Data<Sessions>>().cloned() else {
            let missing = "a handler takes `Session`, and the service has none: `.sessions(..)`";
            return Extraction::Now(Some(Err(Problem::internal(missing))));
        };
        // An ambiguous cookie belongs to no session here; where an identity is required, it is 400.
        let held = match sessions.cookie().read(request.headers()) {
            CookieRead::Value(text) => SessionId::parse(text).map(|id| id.digest()),
            CookieRead::Absent | CookieRead::Ambiguous => None,
        };
        let passage = Rc::clone(cleared.passage());
        let outage = cleared.policy().revocation_outage;
        let read = Cell::new(None);
        Extraction::Now(Some(Ok(Self { sessions, passage, held, read, outage })))
    }
}
