//! Policies, and functions as their rules.

use std::{any::type_name, borrow::Cow, fmt, future::Future, marker::PhantomData};

use actix_web::{HttpRequest, web::Data};

use super::{
    Decision, IntoDecision,
    decision::Trace,
    state::{self, State},
};
use crate::Principal;

/// Decides whether a caller may access a `T`: made by [`when`], [`owner`], [`has_scope`],
/// [`any_of`] and [`all_of`]. Sealed.
///
/// [`owner`]: super::owner
/// [`has_scope`]: super::has_scope
/// [`any_of`]: super::any_of
/// [`all_of`]: super::all_of
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy for `{T}`",
    label = "not made by `when`, `owner`, `has_scope`, `any_of` or `all_of`",
    note = "wrap a function in `when(..)`; join up to six policies as `any_of((first, second))`"
)]
pub trait Policy<T>: sealed::Sealed<T> {
    /// Decides, and notes the decision of each rule.
    #[doc(hidden)]
    fn decide(&self, asked: &Asked<'_, T>, trace: &mut Trace) -> impl Future<Output = Decision>;

    /// The first type of the app data that the policy needs and that is missing.
    #[doc(hidden)]
    fn missing(&self, request: &HttpRequest) -> Option<&'static str>;
}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "that is what seals `Policy`")]
    pub trait Sealed<T> {}
}

/// The input of a policy.
#[derive(Debug)]
pub struct Asked<'a, T> {
    pub(super) object: &'a T,
    pub(super) who: &'a Principal,
    pub(super) request: &'a HttpRequest,
}

/// A rule that is a plain function of the object, the caller, and up to three values of the app
/// data, each as `&D` for `Data<D>`.
///
/// It may be `async`, and returns `bool`, a [`Decision`], or a `Result` of one of these. The audit
/// event has its path as the name of the rule.
///
/// ```
/// use palisade::{
///     object::{Decision, Policy, any_of, when},
///     prelude::*,
/// };
///
/// struct Note { owner: String, public: bool }
/// struct Teams;
///
/// impl Teams {
///     async fn are_colleagues(&self, _: &str, _: &str) -> Result<bool> { Ok(false) }
/// }
///
/// fn is_public(note: &Note, _: &Principal) -> bool {
///     note.public
/// }
///
/// async fn is_colleague(note: &Note, who: &Principal, teams: &Teams) -> Result<bool> {
///     teams.are_colleagues(&note.owner, who.subject()).await
/// }
///
/// fn readers() -> impl Policy<Note> {
///     any_of((when(is_public), when(is_colleague)))
/// }
/// # let _ = readers();
/// ```
pub fn when<T, F: Check<T, M>, M>(function: F) -> When<F, (T, M)> {
    When { function, asked: PhantomData }
}

/// The policy of [`when`].
pub struct When<F, M> {
    function: F,
    asked: PhantomData<fn(M)>,
}

impl<F, M> fmt::Debug for When<F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("When").field(&type_name::<F>()).finish()
    }
}

impl<T, F, M> sealed::Sealed<T> for When<F, (T, M)> {}

impl<T, F: Check<T, M>, M> Policy<T> for When<F, (T, M)> {
    async fn decide(&self, asked: &Asked<'_, T>, trace: &mut Trace) -> Decision {
        let said = self.function.check(asked).await;
        trace.note(type_name::<F>(), said)
    }

    fn missing(&self, request: &HttpRequest) -> Option<&'static str> {
        F::missing(request)
    }
}

/// A function that can be a rule about a `T`; see [`when`]. `M` is the form of its arguments, which
/// the compiler infers.
#[diagnostic::on_unimplemented(
    message = "this function cannot be a rule of a policy",
    label = "not a function of the object, the caller, and values of the app's data",
    note = "write `fn(&T, &Principal) -> bool`, or `async fn(&T, &Principal, &D) -> Result<bool>` \
            with up to three `&D` of the app's `Data<D>`"
)]
pub trait Check<T, M>: 'static {
    /// Calls the function.
    #[doc(hidden)]
    fn check(&self, asked: &Asked<'_, T>) -> impl Future<Output = Said>;

    /// The first type of the app data that the function takes and that is missing.
    #[doc(hidden)]
    fn missing(request: &HttpRequest) -> Option<&'static str>;
}

type Said = (Decision, Option<Cow<'static, str>>);

/// The arguments of a function that is not `async`.
#[derive(Debug)]
pub struct Now<D>(PhantomData<D>);

/// The arguments of an `async` function.
#[derive(Debug)]
pub struct Later<D>(PhantomData<D>);

macro_rules! checks {
    ($($data:ident $value:ident),*) => {
        impl<T, F, R, $($data: ?Sized + 'static),*> Check<T, Now<($(Data<$data>,)*)>> for F
        where
            F: Fn(&T, &Principal $(, &$data)*) -> R + 'static,
            R: IntoDecision,
        {
            async fn check(&self, asked: &Asked<'_, T>) -> Said {
                $(let $value = match state::data::<$data>(asked.request) {
                    Ok($value) => $value,
                    Err(missing) => return absent(missing),
                };)*
                self(asked.object, asked.who $(, $value)*).into_decision()
            }

            fn missing(request: &HttpRequest) -> Option<&'static str> {
                <($(Data<$data>,)*)>::take(request).err()
            }
        }

        impl<T, F, R, $($data: ?Sized + 'static),*> Check<T, Later<($(Data<$data>,)*)>> for F
        where
            F: AsyncFn(&T, &Principal $(, &$data)*) -> R + 'static,
            R: IntoDecision,
        {
            async fn check(&self, asked: &Asked<'_, T>) -> Said {
                $(let $value = match state::data::<$data>(asked.request) {
                    Ok($value) => $value,
                    Err(missing) => return absent(missing),
                };)*
                self(asked.object, asked.who $(, $value)*).await.into_decision()
            }

            fn missing(request: &HttpRequest) -> Option<&'static str> {
                <($(Data<$data>,)*)>::take(request).err()
            }
        }
    };
}

checks!();
checks!(A a);
checks!(A a, B b);
checks!(A a, B b, C c);

/// The app data was checked before the object was loaded; if it is missing now, nothing can be
/// decided.
fn absent(missing: &'static str) -> Said {
    (Decision::Indeterminate, Some(format!("the app holds no `{missing}`").into()))
}
