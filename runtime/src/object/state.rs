//! The app data that loading needs.

use std::any::type_name;

use actix_web::{HttpRequest, web::Data};

/// The app data of [`Resource::load`](super::Resource::load): `()`, `Data<T>`, or a tuple of up to
/// four of these. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that the app's data holds",
    label = "not `()`, `Data<T>` or a tuple of these",
    note = "put the value into the app with `.data(..)`, and write `type State = Data<T>;`"
)]
pub trait State: Sized + sealed::Sealed {
    /// The value.
    ///
    /// # Errors
    ///
    /// The name of the type that is missing.
    #[doc(hidden)]
    fn take(request: &HttpRequest) -> Result<Self, &'static str>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals `State`")]
    pub trait Sealed {}
}

/// The value of this type in the app data.
pub(crate) fn data<T: ?Sized + 'static>(request: &HttpRequest) -> Result<&Data<T>, &'static str> {
    request.app_data::<Data<T>>().ok_or_else(type_name::<Data<T>>)
}

impl sealed::Sealed for () {}

impl State for () {
    fn take(_: &HttpRequest) -> Result<Self, &'static str> {
        Ok(())
    }
}

impl<T: ?Sized> sealed::Sealed for Data<T> {}

impl<T: ?Sized + 'static> State for Data<T> {
    fn take(request: &HttpRequest) -> Result<Self, &'static str> {
        data(request).cloned()
    }
}

macro_rules! tuples {
    ($($($state:ident),+;)+) => {$(
        impl<$($state: State),+> sealed::Sealed for ($($state,)+) {}

        impl<$($state: State),+> State for ($($state,)+) {
            fn take(request: &HttpRequest) -> Result<Self, &'static str> {
                Ok(($($state::take(request)?,)+))
            }
        }
    )+};
}

tuples! {
    A;
    A, B;
    A, B, C;
    A, B, C, D;
}
