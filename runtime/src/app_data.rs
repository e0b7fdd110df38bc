//! What the app holds beside its handlers.

use std::any::type_name;

use actix_web::{HttpRequest, web::Data};

/// The value of this type in the app data.
pub(crate) fn data<T: ?Sized + 'static>(request: &HttpRequest) -> Result<&Data<T>, &'static str> {
    request.app_data::<Data<T>>().ok_or_else(type_name::<Data<T>>)
}
