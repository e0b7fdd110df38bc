//! Predefined rules, and policies that combine others.

use std::fmt;

use actix_web::HttpRequest;

use super::{
    Decision, IntoDecision as _, Policy,
    decision::Trace,
    policy::{Asked, sealed::Sealed},
};
use crate::policy::{ScopeName, holds};

/// Grants objects that the caller owns: whose owner is the caller's subject (`sub`).
///
/// ```
/// # use palisade::object::{Policy, owner};
/// struct Note { owner: String }
///
/// fn writers() -> impl Policy<Note> {
///     owner(|note: &Note| &note.owner)
/// }
/// # let _ = writers();
/// ```
pub fn owner<T, F: Fn(&T) -> &str + 'static>(of: F) -> OwnerIs<F> {
    OwnerIs(of)
}

/// The policy of [`owner`].
pub struct OwnerIs<F>(F);

impl<F> fmt::Debug for OwnerIs<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerIs")
    }
}

impl<T, F: Fn(&T) -> &str + 'static> Sealed<T> for OwnerIs<F> {}

impl<T, F: Fn(&T) -> &str + 'static> Policy<T> for OwnerIs<F> {
    async fn decide(&self, asked: &Asked<'_, T>, trace: &mut Trace) -> Decision {
        // A subject is never empty, so that an object without an owner belongs to no caller.
        let is_owner = (self.0)(asked.object) == asked.who.subject();
        trace.note("owner", is_owner.into_decision())
    }

    fn missing(&self, _: &HttpRequest) -> Option<&'static str> {
        None
    }
}

/// Grants every object to callers whose token carries this scope: to administrators, for instance.
///
/// ```
/// use palisade::{
///     object::{Policy, any_of, has_scope, owner},
///     prelude::*,
/// };
///
/// #[derive(Scope)]
/// enum Scope {
///     NotesAdmin,
/// }
///
/// struct Note { owner: String }
///
/// fn writers() -> impl Policy<Note> {
///     any_of((owner(|note: &Note| &note.owner), has_scope(Scope::NotesAdmin)))
/// }
/// # let _ = writers();
/// ```
pub fn has_scope<S: ScopeName + 'static>(scope: S) -> HasScope<S> {
    HasScope(scope)
}

/// The policy of [`has_scope`].
pub struct HasScope<S>(S);

impl<S: ScopeName> fmt::Debug for HasScope<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HasScope").field(&self.0.scope_name()).finish()
    }
}

impl<T, S: ScopeName + 'static> Sealed<T> for HasScope<S> {}

impl<T, S: ScopeName + 'static> Policy<T> for HasScope<S> {
    async fn decide(&self, asked: &Asked<'_, T>, trace: &mut Trace) -> Decision {
        let held = holds(&self.0, &|name| asked.who.has_scope(name));
        trace.note(self.0.scope_name(), held.into_decision())
    }

    fn missing(&self, _: &HttpRequest) -> Option<&'static str> {
        None
    }
}

/// Granted by the first of two to six policies that grants; the others are not evaluated then.
/// Otherwise indeterminate if one of them is, else denied.
pub const fn any_of<P>(policies: P) -> AnyOf<P> {
    AnyOf(policies)
}

/// Denied by the first of two to six policies that denies; the others are not evaluated then.
/// Otherwise indeterminate if one of them is, else granted.
pub const fn all_of<P>(policies: P) -> AllOf<P> {
    AllOf(policies)
}

/// The policy of [`any_of`].
#[derive(Debug)]
pub struct AnyOf<P>(P);

/// The policy of [`all_of`].
#[derive(Debug)]
pub struct AllOf<P>(P);

macro_rules! joined {
    ($joined:ident, $decisive:ident, $otherwise:ident: $($policy:ident $value:ident),+) => {
        impl<T, $($policy: Policy<T>),+> Sealed<T> for $joined<($($policy,)+)> {}

        impl<T, $($policy: Policy<T>),+> Policy<T> for $joined<($($policy,)+)> {
            async fn decide(&self, asked: &Asked<'_, T>, trace: &mut Trace) -> Decision {
                let ($($value,)+) = &self.0;
                let mut joined = Decision::$otherwise;
                $(match $value.decide(asked, trace).await {
                    Decision::$decisive => return Decision::$decisive,
                    Decision::Indeterminate => joined = Decision::Indeterminate,
                    Decision::$otherwise => {}
                })+
                joined
            }

            fn missing(&self, request: &HttpRequest) -> Option<&'static str> {
                let ($($value,)+) = &self.0;
                None $(.or_else(|| $value.missing(request)))+
            }
        }
    };
    ($($($policy:ident $value:ident),+;)+) => {$(
        joined!(AnyOf, Granted, Denied: $($policy $value),+);
        joined!(AllOf, Denied, Granted: $($policy $value),+);
    )+};
}

// Not of one: a group that a rule was forgotten in would read as if it held two.
joined! {
    A a, B b;
    A a, B b, C c;
    A a, B b, C c, D d;
    A a, B b, C c, D d, E e;
    A a, B b, C c, D d, E e, F f;
}
