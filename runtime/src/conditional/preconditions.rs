//! The conditions of a request, for a handler that judges them itself.

use actix_web::HttpRequest;

use super::{
    Versioned,
    conditions::{OfChange, Validators},
    date,
};
use crate::{
    Problem,
    cross_site::is_safe,
    extract::{Extract, Extraction, sealed::Sealed},
    pipeline::Cleared,
    policy::Shape,
    problem::Kind,
};

/// The conditions of a request, as an argument of a handler with
/// [`#[conditional]`](macro@crate::conditional): for a resource that the handler loads itself, or
/// that may not exist yet.
///
/// ```
/// use palisade::{conditional::{Preconditions, Tagged, Version, Versioned}, prelude::*};
///
/// # #[derive(Deserialize, Validate, Input)]
/// # #[serde(deny_unknown_fields)]
/// # struct NewPage { #[validate(length(max = 1000))] text: String }
/// # #[derive(Serialize)]
/// # struct Page { text: String, #[serde(skip)] version: i64 }
/// # impl Versioned for Page {
/// #     fn version(&self) -> Version { self.version.into() }
/// # }
/// # struct Pages;
/// # impl Pages {
/// #     async fn load(&self, _: &Slug) -> Result<Option<Page>> { Ok(None) }
/// #     async fn insert(&self, _: &Slug, _: &NewPage) -> Result<u64> { Ok(1) }
/// #     async fn update(&self, _: &Slug, _: &NewPage, _: i64) -> Result<u64> { Ok(1) }
/// # }
/// #[put("/pages/{name}")]
/// #[require_scope("pages:write")]
/// #[conditional(required)]
/// #[validated]
/// async fn put_page(
///     name: Path<Slug>,
///     conditions: Preconditions,
///     pages: Data<Pages>,
///     page: Json<NewPage>,
/// ) -> Result<NoContent> {
///     let present = pages.load(&name).await?;
///     // `If-Match` for a page that is there, `If-None-Match: *` for a new one; 412 otherwise.
///     let held = conditions.check(present.as_ref())?;
///     let rows = match present {
///         // UPDATE .. WHERE name = .. AND version = ..
///         Some(present) => pages.update(&name, &page, present.version).await?,
///         // INSERT .. ON CONFLICT DO NOTHING
///         None => pages.insert(&name, &page).await?,
///     };
///     held.ensure_changed(rows)?;
///     Ok(NoContent)
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
#[must_use = "conditions are ignored unless `check` is called"]
pub struct Preconditions(HttpRequest);

/// Proof that the conditions of a request held for the resource when it was loaded.
///
/// Another request may change the resource before this one does: a change that names the loaded
/// version (`UPDATE .. WHERE version = ..`) then changes no row, and
/// [`ensure_changed`](Self::ensure_changed) refuses the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the resource may change before it is written: give the changed rows to `ensure_changed`"]
pub struct Precondition {
    /// Whether the client named the version that it changes.
    is_of_version: bool,
}

impl Preconditions {
    /// Judges the conditions for the present resource; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// 412 if one does not hold, 400 if one cannot be parsed.
    pub fn check<T: Versioned>(&self, current: Option<&T>) -> Result<Precondition, Problem> {
        check(&self.0, current)
    }
}

/// The same for the argument that loads the resource.
pub(super) fn check<T: Versioned>(
    request: &HttpRequest,
    current: Option<&T>,
) -> Result<Precondition, Problem> {
    // A plain handler may be mounted for a method that reads: its answer judges them.
    if is_safe(request.method()) {
        return Ok(Precondition { is_of_version: false });
    }
    let conditions = OfChange::read(request.headers())?;
    let version = current.map(Versioned::version);
    let validators = version.as_ref().map(|version| Validators {
        in_any_coding: true,
        tag: version.opaque(),
        modified: current.and_then(Versioned::modified).and_then(date::seconds),
    });
    if conditions.hold_for(validators) {
        Ok(Precondition { is_of_version: conditions.is_of_version() })
    } else {
        Err(Problem::new(Kind::PreconditionFailed))
    }
}

impl Precondition {
    /// Succeeds if a statement changed a row.
    ///
    /// # Errors
    ///
    /// [`lost`](Self::lost), if it changed no row.
    pub fn ensure_changed(self, rows: u64) -> Result<(), Problem> {
        if rows > 0 { Ok(()) } else { Err(self.lost()) }
    }

    /// Whether the client named the version that it changes: `If-Match` with tags, `If-None-Match`
    /// or `If-Unmodified-Since`. Otherwise any existing version may be changed.
    pub fn names_version(self) -> bool {
        self.is_of_version
    }

    /// The problem for a request whose resource was changed, created or deleted by another one
    /// after it was loaded: 412 if the client named a version, 409 if it did not.
    pub fn lost(self) -> Problem {
        match self.is_of_version {
            true => Problem::new(Kind::PreconditionFailed),
            false => Problem::conflict("the resource was changed meanwhile: read it again"),
        }
    }
}

impl Sealed for Preconditions {}

impl<A, C> Extract<A, C> for Preconditions {
    const SHAPE: Shape = Shape::Conditions;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(Ok(Self(cleared.request().clone()))))
    }
}
