//! What the macros' expansions name. No promise is made for it, and no service may use it: the
//! command line reports it.

pub use std::time::Duration;

pub use actix_web::{
    HttpRequest, HttpResponse,
    dev::{AppService, HttpServiceFactory},
    web::Payload,
};
pub use palisade_macros::absorbed;

pub use crate::{
    call::{Call, Take, take, take_keyed},
    connection::proxy_protocol::header as proxy_header,
    extract::{Authenticated, NoShape, NotValidated, Probe, Public as Anonymous, Validated},
    headers::{
        Csp, HeaderStage, Permissions, ProfileKind, ResourcePolicy, checked_csp,
        checked_permissions,
    },
    input::private::*,
    limit::BodyField,
    mount::{EXPANSION, Endpoint, Endpoints, Mounted, inert, refused},
    page::{AnswerProbe, NoPage},
    policy::{
        Access, Argument, Ban, BodyKind, Compression, Conditions, ContentCoding, Cors, CorsOrigins,
        CorsPolicy, Count, CrossSite, HeaderOverrides, LimitKey, LimitOutage, LimitStore,
        PathShape, Policy, RateLimit, Reason, RevocationOutage, Route, Scope, ScopeName, Scopes,
        Shape, Unit, UploadRule, Validation,
    },
    problem::Result,
    settings::{Bounds, Described, Service, SettingValue, Settings, SettingsReader},
    upload::FileKind,
};

/// The frames of HTTP/2 that are counted, for the fuzzer.
#[cfg(feature = "http2")]
pub use crate::connection::http2::frames as http2_frames;
/// What is left behind for the OpenAPI document.
#[cfg(feature = "openapi")]
pub use crate::openapi::{AnswerOf, Application, Description, Schemas, answer_fallbacks, launch};
/// The parser of `traceparent` and `tracestate`, for the fuzzer.
#[cfg(feature = "otel")]
pub use crate::spans::parent::parse as trace_parent;

/// What `sql!` expands to.
#[cfg(feature = "sql")]
pub mod sql {
    pub use crate::sql::{
        DecodeError, Migration, Migrations, Row, RowRef, SqlName,
        bind::{
            Binds,
            beside::{AnyBeside, Beside, ColumnName, Holds, ListBeside},
        },
        check::{
            ColumnProbe, ColumnType, Known, NoColumn, NoRow, RowColumn, RowColumns, RowProbe,
            check_directions, check_names, check_output, check_tuple,
        },
        query::query,
        statement::{Column, Part, Statement, StatementKind},
    };
}

/// Runs `main`'s future on Actix's runtime.
pub fn block_on<F: Future>(future: F) -> F::Output {
    actix_web::rt::System::new().block_on(future)
}
