//! The argument of a handler: an object that the caller may access.

use std::{any::type_name, fmt, marker::PhantomData, ops::Deref};

use actix_web::HttpRequest;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Action, Decision, Denied, Permits, Policy, State,
    decision::{Trace, record},
    policy::Asked,
};
use crate::{
    Principal, Problem,
    extract::{Authenticated, Extract, Extraction, own_parameters, sealed::Sealed},
    input::Input,
    pipeline::Cleared,
    policy::{Declared, Needs, Object, Shape},
    problem::Kind,
};

/// An object that was loaded by the id in the path, and that the caller may access with the action
/// `A`.
///
/// It takes the parameters of the path that `T::Id` names, and no other argument may take them. The
/// endpoint identifies its callers; `#[validated]` is for other input than the id.
///
/// ```
/// # use palisade::{object::{Permits, Policy, Resource, Write, owner, Owned}, prelude::*};
/// # struct Note { owner: String, text: String }
/// # impl Resource for Note {
/// #     type Id = u64;
/// #     type State = ();
/// #     async fn load(_: u64, (): ()) -> Result<Option<Self>> { Ok(None) }
/// # }
/// # impl Permits<Write> for Note {
/// #     fn policy() -> impl Policy<Self> { owner(|note: &Note| &note.owner) }
/// # }
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Change {
///     #[validate(length(max = 1000))]
///     text: String,
/// }
///
/// #[put("/notes/{id}")]
/// #[require_scope("notes:write")]
/// #[validated]
/// async fn change_note(note: Owned<Note, Write>, change: Json<Change>) -> Result<NoContent> {
///     let mut note = note.into_inner();
///     note.text = change.into_inner().text;
///     // .. and store it.
///     Ok(NoContent)
/// }
/// # fn main() {}
/// ```
pub struct Owned<T, A> {
    object: T,
    action: PhantomData<A>,
}

impl<T, A> Owned<T, A> {
    /// The object.
    pub fn into_inner(self) -> T {
        self.object
    }
}

impl<T, A> Deref for Owned<T, A> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T: fmt::Debug, A> fmt::Debug for Owned<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Owned").field(&self.object).finish()
    }
}

impl<T, A> Sealed for Owned<T, A> {}

impl<T: Permits<A>, A: Action, C> Extract<Authenticated, C> for Owned<T, A> {
    const SHAPE: Shape = Shape::Object(Object {
        resource: type_name::<T>,
        action: A::NAME,
        denied: T::DENIED.checked(),
        path: <T::Id as Input>::PATH,
        declared: Declared::of::<T::Id>(),
        needs: Needs::new(missing::<T, A>),
        is_conditional: false,
    });
    const LATE: bool = true;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(admit(cleared)))
    }
}

/// The app data that loading and the policy need and that is missing.
fn missing<T: Permits<A>, A: Action>(request: &HttpRequest) -> Option<&'static str> {
    T::State::take(request).err().or_else(|| T::policy().missing(request))
}

/// Why the caller does not get an object.
enum Refusal {
    Missing,
    Denied,
    Indeterminate,
    /// Loading returned a problem.
    Failed(Problem),
}

/// Loads the object and evaluates its policy.
pub(crate) async fn admit<T: Permits<A>, A: Action>(
    cleared: &mut Cleared,
) -> Result<Owned<T, A>, Problem> {
    let id = own_parameters::<T::Id>(cleared)?;
    let left = cleared.time_left();
    let (request, passage) = (cleared.request(), cleared.passage());
    let who = cleared.principal().ok_or_else(|| Problem::new(Kind::Unauthenticated))?;
    if let Some(missing) = missing::<T, A>(request) {
        return Err(Problem::internal(format!(
            "`{}` needs `{missing}`, and the app holds none: add it with `.data(..)`",
            cleared.policy().name
        )));
    }
    let named = passage.is_audited().then(|| format!("{id:?}"));
    let mut trace = Trace::default();
    let answered = timeout(left, async {
        let began = Instant::now();
        let refusal = match judge::<T, A>(id, request, who, &mut trace).await {
            Ok(object) => return Ok(object),
            Err(refusal) => refusal,
        };
        let refused = refuse(refusal, T::DENIED, &trace);
        if refused.is_hidden {
            let waited = began.elapsed();
            if let Some(rest) = T::REFUSE_AFTER.checked_sub(waited).filter(|rest| !rest.is_zero()) {
                sleep(rest).await;
            }
        }
        Err(refused)
    })
    .await;
    let note = |outcome: &dyn fmt::Display| {
        if let Some(id) = &named {
            passage.objects.borrow_mut().push(record::<T, A>(id, outcome, &trace));
        }
    };
    match answered {
        Ok(Ok(object)) => {
            note(&Decision::Granted);
            Ok(Owned { object, action: PhantomData })
        }
        Ok(Err(refused)) => {
            note(&refused.outcome);
            Err(refused.problem)
        }
        Err(_) => {
            note(&"timed out");
            let late = format!("loading and deciding did not finish within {left:?}");
            Err(Problem::new(Kind::Timeout).caused_by_note(late))
        }
    }
}

async fn judge<T: Permits<A>, A: Action>(
    id: T::Id,
    request: &HttpRequest,
    who: &Principal,
    trace: &mut Trace,
) -> Result<T, Refusal> {
    let state = T::State::take(request).map_err(|missing| {
        Refusal::Failed(Problem::internal(format!("the app holds no `{missing}`")))
    })?;
    let object = T::load(id, state).await.map_err(Refusal::Failed)?.ok_or(Refusal::Missing)?;
    let asked = Asked { object: &object, who, request };
    match T::policy().decide(&asked, trace).await {
        Decision::Granted => Ok(object),
        Decision::Denied => Err(Refusal::Denied),
        Decision::Indeterminate => Err(Refusal::Indeterminate),
    }
}

/// An answer, and the word for it in the audit event.
struct Refused {
    problem: Problem,
    outcome: &'static str,
    /// Whether it looks like a missing object.
    is_hidden: bool,
}

fn refuse(refusal: Refusal, denied: Denied, trace: &Trace) -> Refused {
    let missing = Refused {
        problem: Problem::new(Kind::NotFound).caused_by_note("there is no such object"),
        outcome: "missing",
        is_hidden: true,
    };
    match refusal {
        Refusal::Missing => missing,
        Refusal::Failed(problem) if problem.kind() == Kind::NotFound => missing,
        // Whatever else loading says to the caller, it says about this object.
        Refusal::Failed(problem) if problem.status().is_client_error() => {
            refuse_denied(denied, "loading refused it")
        }
        Refusal::Failed(problem) => Refused { problem, outcome: "failed", is_hidden: false },
        Refusal::Denied => refuse_denied(denied, "the policy denies it"),
        Refusal::Indeterminate => Refused {
            problem: Problem::new(Kind::Unavailable).caused_by_note(trace.cause()),
            outcome: "indeterminate",
            is_hidden: false,
        },
    }
}

fn refuse_denied(denied: Denied, cause: &'static str) -> Refused {
    let kind = match denied {
        Denied::NotFound => Kind::NotFound,
        Denied::Forbidden { .. } => Kind::Forbidden,
    };
    Refused {
        problem: Problem::new(kind).caused_by_note(cause),
        outcome: "denied",
        is_hidden: denied == Denied::NotFound,
    }
}
