//! Everything that a file of handlers needs: `use palisade::prelude::*;`.

pub use actix_web::{
    HttpResponse, Responder,
    web::{Data, Form, Json, Path, Query},
};
pub use palisade_macros::{
    Scope, allow_unsafe, authenticated, body_encoding, body_limit, body_timeout, compress,
    concurrency_limit, conditional, cors, credentials, cross_origin, cross_site, delete, endpoints,
    get, head, headers, options, patch, post, public, put, rate_limit, require_scope, responds,
    route, timeout, upload, validated,
};
#[cfg(feature = "sql")]
pub use palisade_macros::{migrations, sql};
pub use serde::{Deserialize, Serialize};
pub use validator::Validate;

#[cfg(feature = "uploads")]
pub use crate::upload::{Download, OptionalUpload, Upload, UploadId, UploadedFiles, Uploads};
pub use crate::{
    Endpoint, Input, Palisade, Problem, Result, ScopeName, Scopes, Slug, Text, Vouched,
    auth::Principal,
    client::ClientAddr,
    conditional::{Current, Preconditions, Tagged, Version, Versioned},
    extract::RequestInfo,
    form_token::FormToken,
    headers::Nonce,
    limit::{KeyRequest, KeySources, Limits},
    object::Owned,
    respond::{Created, Found, NoContent, SafeRedirect},
    session::Session,
};
