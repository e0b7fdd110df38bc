//! Palisade's own arguments.

use std::sync::Arc;

use actix_web::{
    http::Method,
    web::{Data, Form, Json, Path, Query},
};

use serde::de::DeserializeOwned;

use super::{
    Authenticated, Extract, Extraction, Validated, extraction::BodyExtraction, sealed::Sealed,
};
use crate::{
    Problem,
    auth::{Principal, Revocations, Standing},
    client::ClientAddr,
    clock::Moment,
    form_token::Reserved,
    headers::Nonce,
    input::{self, Input, NamedFields, PathInput, Rejection},
    object::state,
    pipeline::Cleared,
    policy::{BodyKind, Declared, Needs, PathShape, Shape},
    problem::Kind,
    request_id::RequestId,
    respond::public_path,
};

/// 400 or 422, for a body.
fn refused_body(rejection: Rejection) -> Problem {
    refused(rejection, Kind::MalformedBody)
}

/// 400 or 422, for a path or a query.
fn refused_target(rejection: Rejection) -> Problem {
    refused(rejection, Kind::BadRequest)
}

fn refused(rejection: Rejection, malformed: Kind) -> Problem {
    match rejection {
        // The input may hold a secret, so the parser's message is not passed on.
        Rejection::Malformed => Problem::new(malformed)
            .because(malformed.name(), "not well-formed JSON, form or query, or not UTF-8"),
        Rejection::Invalid(fields) => Problem::invalid(fields),
    }
}

impl Sealed for Principal {}

impl<C> Extract<Authenticated, C> for Principal {
    const SHAPE: Shape = Shape::Identity;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        // The pipeline identified the caller of every endpoint that is not public.
        let principal = cleared.principal().cloned();
        Extraction::Now(Some(principal.ok_or_else(|| Problem::new(Kind::Unauthenticated))))
    }
}

impl<T: ?Sized> Sealed for Data<T> {}

impl<T: ?Sized + 'static, A, C> Extract<A, C> for Data<T> {
    const SHAPE: Shape = Shape::State(Needs::new(|request| state::data::<T>(request).err()));

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        let data = cleared.request().app_data::<Self>().cloned();
        Extraction::Now(Some(data.ok_or_else(|| {
            Problem::internal(format!(
                "`{}` takes `Data<{}>`, and the app holds none: add it with `.data(..)`",
                cleared.policy().name,
                std::any::type_name::<T>(),
            ))
        })))
    }
}

impl Sealed for ClientAddr {}

impl<A, C> Extract<A, C> for ClientAddr {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(Ok(cleared.passage().address)))
    }
}

impl Sealed for Nonce {}

impl<A, C> Extract<A, C> for Nonce {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(cleared.passage().nonce()))
    }
}

/// The revocations, as the guards use them: for palisade's own endpoints, which judge tokens of
/// other callers.
#[derive(Debug)]
pub(crate) struct TakenBack {
    revocations: Option<Revocations>,
    now: Moment,
}

impl TakenBack {
    /// The standing of these credentials; good if the service has no revocations.
    pub(crate) fn standing(&self, who: &Principal) -> Standing {
        let revocations = self.revocations.as_ref();
        revocations.map_or(Standing::Good, |revocations| revocations.standing(who, self.now))
    }
}

impl Sealed for TakenBack {}

impl<A, C> Extract<A, C> for TakenBack {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        let passage = cleared.passage();
        let revocations = passage.worker.shield.revocations.clone();
        Extraction::Now(Some(Ok(Self { revocations, now: passage.now })))
    }
}

/// The method, the endpoint's pattern and the request's id: no input of the caller.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    method: Method,
    pattern: Option<&'static str>,
    id: RequestId,
    prefix: Option<Arc<str>>,
}

impl RequestInfo {
    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The endpoint's pattern (`/items/{id}`); `None` under a foreign route attribute.
    pub fn pattern(&self) -> Option<&'static str> {
        self.pattern
    }

    /// The id under which the log has this request.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// A path of this service as clients reach it: with the
    /// [public prefix](crate::Builder::public_prefix), if there is one. For the links of pages, the
    /// actions of forms, and the addresses of static files.
    ///
    /// ```
    /// use palisade::prelude::*;
    ///
    /// #[get("/")]
    /// #[public]
    /// async fn home(request: RequestInfo) -> Json<String> {
    ///     Json(request.public_path("/notes"))
    /// }
    /// ```
    pub fn public_path(&self, path: &str) -> String {
        let public = self.prefix.as_deref().and_then(|prefix| public_path(prefix, path));
        public.unwrap_or_else(|| path.to_owned())
    }
}

impl Sealed for RequestInfo {}

impl<A, C> Extract<A, C> for RequestInfo {
    const SHAPE: Shape = Shape::Free;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(Ok(Self {
            method: cleared.request().method().clone(),
            pattern: cleared.policy().route.map(|route| route.path),
            id: cleared.passage().id,
            prefix: cleared.passage().worker.shield.public_prefix.clone(),
        })))
    }
}

impl<T> Sealed for Json<T> {}

impl<T: Input + DeserializeOwned, A> Extract<A, Validated> for Json<T> {
    const SHAPE: Shape = Shape::Body {
        kind: if T::MERGES { BodyKind::MergePatch } else { BodyKind::Json },
        unknown_fields: T::UNKNOWN_FIELDS,
        declared: Declared::of::<T>(),
    };

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Body(BodyExtraction {
            reserved: Reserved::No,
            read: cleared.read_body(),
            parse: |body, _| input::from_json(body).map(Self).map_err(refused_body),
        })
    }
}

impl<T> Sealed for Form<T> {}

impl<T: NamedFields + DeserializeOwned, A> Extract<A, Validated> for Form<T> {
    const SHAPE: Shape = Shape::Body {
        kind: BodyKind::Form,
        unknown_fields: T::UNKNOWN_FIELDS,
        declared: Declared::of::<T>(),
    };

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Body(BodyExtraction {
            reserved: cleared.reserved(),
            read: cleared.read_body(),
            parse: |body, reserved| {
                let form = reserved.read(body, refused_body)?;
                form.parse().map(Self).map_err(refused_body)
            },
        })
    }
}

impl<T> Sealed for Query<T> {}

impl<T: NamedFields + DeserializeOwned, A> Extract<A, Validated> for Query<T> {
    const SHAPE: Shape =
        Shape::Query { unknown_fields: T::UNKNOWN_FIELDS, declared: Declared::of::<T>() };

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        let query = cleared.request().query_string();
        let value = match cleared.policy().answers_page {
            true => input::from_query_of_page(query),
            false => input::from_query(query),
        };
        Extraction::Now(Some(value.map(Self).map_err(refused_target)))
    }
}

impl<T> Sealed for Path<T> {}

impl<T: PathInput + DeserializeOwned, A> Extract<A, Validated> for Path<T> {
    const SHAPE: Shape = Shape::Path { shape: T::PATH, declared: Declared::of::<T>() };

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(own_parameters::<T>(cleared).map(Self::from)))
    }
}

/// Reads those of this endpoint's own parameters that `T` takes: the endpoint's are the last ones
/// that the router matched. A scope's prefix may have further parameters, even with the same names,
/// which are not this endpoint's.
pub(crate) fn own_parameters<T: PathInput + DeserializeOwned>(
    cleared: &Cleared,
) -> Result<T, Problem> {
    let matched = cleared.request().match_info();
    let all: smallvec::SmallVec<[(&str, &str); 4]> = matched.iter().collect();
    let own = match cleared.policy().route {
        Some(route) => {
            let skip = all.len().checked_sub(route.parameters.len());
            let own = skip.and_then(|skip| all.get(skip..));
            let named = own.filter(|own| {
                own.iter().map(|(name, _)| *name).eq(route.parameters.iter().copied())
            });
            named.ok_or_else(|| {
                Problem::internal(format!(
                    "`{}` is mounted under a pattern other than its own",
                    cleared.policy().name
                ))
            })?
        }
        // A plain handler: the pattern is the one that it was mounted under.
        None => {
            super::check::plain_path(cleared.policy(), all.len())?;
            &all
        }
    };
    let PathShape::Fields(fields) = T::PATH else {
        return input::from_path(own).map_err(refused_target);
    };
    // Another argument takes the others; that each is taken once is checked when compiled.
    let named = own.iter().copied().filter(|(name, _)| fields.contains(name));
    let named: smallvec::SmallVec<[(&str, &str); 4]> = named.collect();
    input::from_path(&named).map_err(refused_target)
}
