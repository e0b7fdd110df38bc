//! The code blocks of the documentation, as doc tests of this package.

/// The README.
#[derive(Debug)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The page that builds a new service.
#[derive(Debug)]
#[doc = include_str!("../../docs/getting-started.md")]
pub struct GettingStarted;

/// The page about an existing service.
#[derive(Debug)]
#[doc = include_str!("../../docs/adopting.md")]
pub struct Adopting;

/// The page about identity.
#[derive(Debug)]
#[doc = include_str!("../../docs/identity.md")]
pub struct Identity;

/// The reference of the attributes.
#[derive(Debug)]
#[doc = include_str!("../../docs/attributes.md")]
pub struct Attributes;

/// The page about limits.
#[derive(Debug)]
#[doc = include_str!("../../docs/limits.md")]
pub struct Limits;

/// The page about queries.
#[derive(Debug)]
#[doc = include_str!("../../docs/sql.md")]
pub struct Queries;

/// The page about the OpenAPI document.
#[derive(Debug)]
#[doc = include_str!("../../docs/openapi.md")]
pub struct OpenApi;

/// The page about compressed answers and bodies.
#[derive(Debug)]
#[doc = include_str!("../../docs/compression.md")]
pub struct Compression;

/// The page about responses to browsers, and about which sites may send requests.
#[derive(Debug)]
#[doc = include_str!("../../docs/browser.md")]
pub struct Browser;

/// The page about sessions.
#[derive(Debug)]
#[doc = include_str!("../../docs/sessions.md")]
pub struct Sessions;

/// The page about settings.
#[derive(Debug)]
#[doc = include_str!("../../docs/settings.md")]
pub struct Settings;

/// The page about uploads.
#[derive(Debug)]
#[doc = include_str!("../../docs/uploads.md")]
pub struct Uploads;

/// The page about the log.
#[derive(Debug)]
#[doc = include_str!("../../docs/log.md")]
pub struct Log;

/// The page about operating a service.
#[derive(Debug)]
#[doc = include_str!("../../docs/operating.md")]
pub struct Operating;
/// The page about the deploy checks.
#[derive(Debug)]
#[doc = include_str!("../../docs/deploy-check.md")]
pub struct DeployCheck;

/// The page about hardening.
#[derive(Debug)]
#[doc = include_str!("../../docs/hardening.md")]
pub struct Hardening;
/// The page about secrets and their sources.
#[derive(Debug)]
#[doc = include_str!("../../docs/secrets.md")]
pub struct Secrets;

/// The page about the check of the sources.
#[derive(Debug)]
#[doc = include_str!("../../docs/check.md")]
pub struct Check;

/// The page about a server without a proxy.
#[derive(Debug)]
#[doc = include_str!("../../docs/server.md")]
pub struct ServerWithoutProxy;
/// The page about HTTP/2.
#[derive(Debug)]
#[doc = include_str!("../../docs/http2.md")]
pub struct Http2;
/// The page about metrics and the audit trail.
#[derive(Debug)]
#[doc = include_str!("../../docs/observability.md")]
pub struct Observability;
