//! The argument by which a handler begins, fills and ends a session.

use std::{fmt, rc::Rc};

use actix_web::web::Data;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    id::SessionId,
    sessions::{Sessions, within},
    store::SessionRecord,
};
use crate::{
    Problem,
    app::Passage,
    auth::SecretDigest,
    cookie::CookieRead,
    extract::{Extract, Extraction, sealed::Sealed},
    issue::StoreError,
    object::state,
    pipeline::Cleared,
    policy::{CrossSite, Needs, Shape},
};

/// The most bytes that a session keeps for its handlers, as JSON.
const LARGEST_DATA: usize = 4_096;

/// The session of whoever sent a request, if there is one: to begin, fill and end it.
///
/// An endpoint that only wants to know who is calling takes [`Principal`](crate::Principal) and says
/// `#[authenticated]`; this is for logging in and out, for pages that anybody sees, and for what a
/// session keeps. The cookie goes with the answer by itself.
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
}

impl Session {
    /// Begins a session of this subject with these scopes. One that the browser had ends: the id is
    /// always a new one (CWE-384). Begin again after any change of what the caller may do.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer or is full; 500 for a subject that no caller can have.
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
        let store = self.sessions.store();
        if let Some(held) = &self.held {
            within(store.remove(held)).await.map_err(out_of_reach)?;
        }
        let id = SessionId::generate()?;
        let record = self.sessions.record(subject, scopes, self.passage.now.unix_seconds());
        within(store.insert(&id.digest(), &record)).await.map_err(out_of_reach)?;
        let cookie = self.sessions.cookie().set(&id.text());
        let cookie = cookie.map_err(|error| Problem::internal(error.to_string()))?;
        self.passage.begin_session(cookie);
        Ok(())
    }

    /// Ends this session; the browser forgets the cookie and whatever else it kept of the service.
    /// Where there is none, nothing ends.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer: then the session goes on, and the caller must know.
    pub async fn end(&self) -> Result<(), Problem> {
        if let Some(held) = &self.held {
            within(self.sessions.store().remove(held)).await.map_err(out_of_reach)?;
        }
        self.forget()
    }

    /// Ends every session of this one's subject, at all instances that share the store.
    ///
    /// # Errors
    ///
    /// As for [`end`](Self::end).
    pub async fn end_everywhere(&self) -> Result<(), Problem> {
        if let Some(record) = self.record().await? {
            let store = self.sessions.store();
            within(store.remove_subject(record.subject())).await.map_err(out_of_reach)?;
        }
        self.end().await
    }

    /// Whose session it is; `None` where there is none.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer.
    pub async fn subject(&self) -> Result<Option<String>, Problem> {
        Ok(self.record().await?.map(|record| record.subject))
    }

    /// What was kept with it; `None` where nothing was, or there is no session.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer; 500 where what was kept is of another form.
    pub async fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        let data = self.record().await?.and_then(|record| record.data);
        data.map(|data| serde_json::from_str(&data))
            .transpose()
            .map_err(|_| Problem::internal("what a session keeps is of another type"))
    }

    /// Keeps this with the session, in place of what was there. Of two requests at the same time,
    /// the later one stays.
    ///
    /// # Errors
    ///
    /// 401 where there is no session; 500 for more than 4 KiB of JSON; 503 where the store does not
    /// answer.
    pub async fn keep<T: Serialize>(&self, data: &T) -> Result<(), Problem> {
        let data = serde_json::to_string(data)
            .map_err(|_| Problem::internal("what a session should keep is no JSON"))?;
        if data.len() > LARGEST_DATA {
            return Err(Problem::internal("a session keeps at most 4 KiB"));
        }
        let none = || Problem::new(crate::Kind::Unauthenticated);
        let (Some(held), Some(mut record)) = (&self.held, self.record().await?) else {
            return Err(none());
        };
        record.data = Some(data);
        let kept = within(self.sessions.store().update(held, &record)).await;
        if kept.map_err(out_of_reach)? { Ok(()) } else { Err(none()) }
    }

    async fn record(&self) -> Result<Option<SessionRecord>, Problem> {
        let Some(held) = &self.held else { return Ok(None) };
        let now = self.passage.now.unix_seconds();
        self.sessions.find(held, now).await.map_err(out_of_reach)
    }

    fn forget(&self) -> Result<(), Problem> {
        let cookie = self.sessions.cookie().clear();
        let cookie = cookie.map_err(|error| Problem::internal(error.to_string()))?;
        self.passage.end_session(cookie);
        Ok(())
    }
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
    const SHAPE: Shape = Shape::State(Needs::new(|request| state::data::<Sessions>(request).err()));

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
        // An ambiguous cookie is nobody's session here; where an identity is asked for, it is 400.
        let held = match sessions.cookie().read(request.headers()) {
            CookieRead::Value(text) => SessionId::parse(text).map(|id| id.digest()),
            CookieRead::Absent | CookieRead::Ambiguous => None,
        };
        let passage = Rc::clone(cleared.passage());
        Extraction::Now(Some(Ok(Self { sessions, passage, held })))
    }
}
