//! Extractors of other crates.

use std::ops::{Deref, DerefMut};

use actix_web::{FromRequest, http::StatusCode};

use super::{Extract, Extraction, sealed::Sealed};
use crate::{Problem, pipeline::Cleared, policy::Shape, problem::Kind};

/// The result of another extractor, which the author of the handler vouches for.
///
/// Its content was not validated: `HttpRequest` gives the raw path, query and headers, `Bytes` the
/// raw body. The inventory shows the word. The guards ran before it, the body that it reads is
/// under the endpoint's cap and deadline, and an encoded body is refused (415).
///
/// ```
/// use palisade::prelude::*;
///
/// #[put("/blobs")]
/// #[require_scope("blobs:write")]
/// #[body_limit("1 MiB")]
/// async fn store(blob: Vouched<actix_web::web::Bytes>) -> Result<NoContent> {
///     let _size = blob.len();
///     Ok(NoContent)
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Vouched<T>(pub T);

impl<T> Vouched<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Vouched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Vouched<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Sealed for Vouched<T> {}

impl<T: FromRequest + 'static, A, C> Extract<A, C> for Vouched<T> {
    const SHAPE: Shape = Shape::Vouched;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async move {
            let (request, mut payload) = cleared.capped_payload();
            let value = T::from_request(request, &mut payload).await;
            value.map(Self).map_err(|error| refused(&error.into()))
        }))
    }
}

/// The other crate's error keeps its status, and its text is logged.
fn refused(error: &actix_web::Error) -> Problem {
    let status = error.as_response_error().status_code();
    let kind = match Kind::of_status(status) {
        Some(kind) if status.is_client_error() => kind,
        _ if status == StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
        _ if status.is_client_error() => Kind::BadRequest,
        _ => Kind::Internal,
    };
    Problem::new(kind).caused_by_note(error.to_string())
}
