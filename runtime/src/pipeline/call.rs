//! Calls a handler with its extracted arguments, with as little code as possible in the expansion
//! of the macros.
//!
//! An `async` block in an expansion is type-checked once for each handler, and an `await` in it
//! costs as much as Actix's whole route macro. So the expansion contains only the arguments' types
//! and the function, and all async code is here.

use std::{fmt, future::Future};

use actix_web::{HttpRequest, HttpResponse, Responder, web};

use super::{Cleared, finish, guard};
use crate::{
    Problem,
    extract::{Extract, Extraction},
    limit::{BodyField, FieldKey, HasBody, KeyBytes},
    policy::{Policy, Shape},
};

/// How one argument is extracted. The type has no trait bound for it, so that an unsupported type
/// causes exactly one error, at the call of [`take`].
pub struct Take<T: 'static> {
    /// What the type needs from the request.
    shape: &'static Shape,
    extract: for<'a> fn(&'a mut Cleared) -> Extraction<'a, T>,
    late: bool,
    /// The fields of the body that are parts of limits' keys.
    fields: &'static [BodyField<T>],
}

impl<T> fmt::Debug for Take<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Take")
    }
}

impl<T> Clone for Take<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Take<T> {}

/// The extraction of an argument of this type; the macros call this for each argument.
pub const fn take<T: Extract<A, C> + 'static, A, C>() -> Take<T> {
    Take { shape: const { &T::SHAPE }, extract: T::extract, late: T::LATE, fields: &[] }
}

/// The extraction of the body, with the fields that are parts of limits' keys; the macros call this
/// for the body if a limit has `by = body(..)`.
pub const fn take_keyed<T: Extract<A, C> + HasBody + 'static, A, C>(
    fields: &'static [BodyField<T>],
) -> Take<T> {
    Take { shape: const { &T::SHAPE }, extract: T::extract, late: T::LATE, fields }
}

impl<T> Take<T> {
    /// Writes the field of this name to a key, if it is a part of a limit's key.
    fn write(&self, name: &str, value: &T, key: &mut KeyBytes) -> bool {
        let field = self.fields.iter().find(|field| field.name == name);
        if let Some(field) = field {
            (field.write)(value, &mut FieldKey::new(key));
        }
        field.is_some()
    }
}

/// A handler with these arguments.
#[diagnostic::on_unimplemented(
    message = "what this handler returns is not an answer",
    label = "its return type is no `Responder`",
    note = "return `Json<T>`, `Created<T>`, `NoContent`, a string, or a `Result` of one of these",
    note = "the error of a `Result` is `Problem`, or converts into Actix's `Error`"
)]
pub trait Call<Takes>: Copy + 'static {
    /// Extracts the arguments in order, with the late ones at the end, and runs the handler within
    /// its deadline.
    #[doc(hidden)]
    fn call(
        self,
        takes: Takes,
        cleared: Cleared,
    ) -> impl Future<Output = Result<HttpResponse, Problem>>;

    /// Whether a policy describes each argument as its type does: the documented arguments of an
    /// endpoint have to be the real ones.
    #[doc(hidden)]
    fn is_told_by(takes: &Takes, policy: &Policy) -> bool;
}

/// Runs the guards, then the handler: the whole endpoint.
///
/// # Errors
///
/// The problem of the first guard that refuses the request, or of an argument, or of the deadline.
pub(crate) async fn answer<Takes, F: Call<Takes>>(
    policy: &'static Policy,
    handler: F,
    takes: Takes,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    // A routed handler was compared when it was mounted.
    if policy.route.is_none() && !F::is_told_by(&takes, policy) {
        return Err(Problem::internal(misstated(policy)));
    }
    let cleared = guard(policy, request, payload).await?;
    handler.call(takes, cleared).await
}

/// The error message for a policy that describes an argument differently from its type.
pub(crate) fn misstated(policy: &Policy) -> String {
    format!(
        "`{}` ({}:{}) takes other arguments than its policy says: palisade's macros have not written it",
        policy.name, policy.file, policy.line
    )
}

fn is_told<const N: usize>(own: [&Shape; N], policy: &Policy) -> bool {
    policy.arguments.len() == N
        && policy.arguments.iter().zip(own).all(|(told, own)| told.shape.is_that_of(own))
}

impl<F, Returned> Call<()> for F
where
    F: Fn() -> Returned + Copy + 'static,
    Returned: Future,
    Returned::Output: Responder,
{
    async fn call(self, _: (), cleared: Cleared) -> Result<HttpResponse, Problem> {
        let keys = cleared.body_keys(&|_, _| false)?;
        finish(cleared.meter_body(keys).await?, self()).await
    }

    fn is_told_by((): &(), policy: &Policy) -> bool {
        is_told([], policy)
    }
}

macro_rules! handlers {
    ($($index:tt $value:ident: $argument:ident),+) => {
        impl<F, Returned, $($argument: 'static),+> Call<($(Take<$argument>,)+)> for F
        where
            F: Fn($($argument),+) -> Returned + Copy + 'static,
            Returned: Future,
            Returned::Output: Responder,
        {
            async fn call(
                self,
                takes: ($(Take<$argument>,)+),
                mut cleared: Cleared,
            ) -> Result<HttpResponse, Problem> {
                let ($($value,)+) = takes;
                // Objects are loaded after all input is validated, whatever their position among
                // the arguments.
                let taken = ($(
                    match $value.late {
                        false => Some(($value.extract)(&mut cleared).await?),
                        true => None,
                    },
                )+);
                let late = ($($value,)+);
                let keys = cleared.body_keys(&|name, key| {
                    $(if let Some(value) = &taken.$index && late.$index.write(name, value, key) {
                        return true;
                    })+
                    false
                })?;
                let mut counted = cleared.meter_body(keys).await?;
                let ($($value,)+) = taken;
                $(let $value = match $value {
                    Some(value) => value,
                    None => (late.$index.extract)(counted.cleared()).await?,
                };)+
                finish(counted, self($($value),+)).await
            }

            fn is_told_by(takes: &($(Take<$argument>,)+), policy: &Policy) -> bool {
                is_told([$(takes.$index.shape),+], policy)
            }
        }
    };
}

handlers! { 0 a0: A0 }
handlers! { 0 a0: A0, 1 a1: A1 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6, 7 a7: A7 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6, 7 a7: A7, 8 a8: A8 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6, 7 a7: A7, 8 a8: A8, 9 a9: A9 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6, 7 a7: A7, 8 a8: A8, 9 a9: A9, 10 a10: A10 }
handlers! { 0 a0: A0, 1 a1: A1, 2 a2: A2, 3 a3: A3, 4 a4: A4, 5 a5: A5, 6 a6: A6, 7 a7: A7, 8 a8: A8, 9 a9: A9, 10 a10: A10, 11 a11: A11 }
