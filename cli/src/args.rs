//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::{
    audit::AuditArgs,
    check::{CheckArgs, ExplainArgs},
};

/// Reads a service's sources and says what its endpoints let through.
#[derive(Debug, Parser)]
#[command(name = "palisade", bin_name = "cargo palisade", version, about)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print every endpoint, from the sources.
    Routes(RoutesArgs),
    /// Judge the sources by every rule.
    Check(CheckArgs),
    /// Write the OpenAPI document of a service without running the service, or compare it.
    Openapi(OpenapiArgs),
    /// Look for advisories about the dependencies in `Cargo.lock`.
    Audit(AuditArgs),
    /// Print the page of a rule or of a deploy check.
    Explain(ExplainArgs),
    /// Verify the files of an audit trail.
    AuditLog(AuditLogArgs),
}

/// What to do with an audit trail.
#[derive(Debug, clap::Args)]
pub struct AuditLogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditLogCommand,
}

/// What to do with an audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditLogCommand {
    /// Report lines that are missing, changed, moved or cut off.
    Verify(VerifyArgs),
}

/// The options of `audit-log verify`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = VERIFY_HELP)]
pub struct VerifyArgs {
    /// The audit file. The older files beside it are read first. Several files are read in this order, with the
    /// head of the last one.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// A file that holds the key. Without this, the key is the value of `PALISADE_AUDIT_KEY`, if that is set.
    #[arg(long, value_name = "PATH")]
    pub key_file: Option<PathBuf>,
}

/// The part of `audit-log verify --help` that explains what it shows.
const VERIFY_HELP: &str = r#"What it detects
  Each line holds the hash of the line before it. The head beside the file (FILE.head) has the number and the
  hash of the last line, and the number of the first line that is kept. This detects lines that were deleted,
  changed, moved or copied, lines that were cut off at the end, and files that were removed at the beginning.
  Files that the service removed after its retention time are not findings. To verify files that were moved to
  an archive, name them in their order before FILE. With the key, each line and the head are authenticated as
  well.

What it cannot detect
  Without the key, an attacker who can write the files can write a new chain. With or without the key, an
  attacker who can write the files can restore an older state of all files and the head together.

Exit code
  0  no findings
  1  findings
  2  a file or the key could not be read"#;

/// The options of `routes`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = ROUTES_HELP)]
pub struct RoutesArgs {
    /// Print one JSON array of objects instead of a table.
    #[arg(long)]
    pub json: bool,

    /// The manifest to start from; the one of the current folder if absent.
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,

    /// Read this package alone; all members that depend on palisade if absent.
    #[arg(short, long, value_name = "NAME")]
    pub package: Option<String>,

    /// Compare with an inventory saved by `--json`, print what differs, and exit with 1 if
    /// anything does. Files and lines are not compared.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub check: Option<PathBuf>,
}

/// The options of `openapi`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = OPENAPI_HELP)]
pub struct OpenapiArgs {
    /// The manifest to start from; the one of the current folder if absent.
    #[arg(long, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,

    /// The package of the service; the only one that has a program and depends on palisade if absent.
    #[arg(short, long, value_name = "NAME")]
    pub package: Option<String>,

    /// The program of the package; its only one if absent.
    #[arg(long, value_name = "NAME")]
    pub bin: Option<String>,

    /// Features of the package to build it with.
    #[arg(long, value_name = "FEATURES")]
    pub features: Option<String>,

    /// A program that is built already, to ask in place of one of the sources.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["package", "bin", "features"])]
    pub program: Option<PathBuf>,

    /// The file to write; the standard output if absent.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Compare with a saved document, print each change that breaks clients or lets more in, and exit
    /// with 1 if there is one.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub check: Option<PathBuf>,

    /// Fail where a handler answers with what no type describes.
    #[arg(long)]
    pub strict: bool,
}

/// The part of `openapi --help` that explains the output.
const OPENAPI_HELP: &str = r#"How it is made
  The program is built and started, and writes its document before its own code runs: it binds no
  port, and looks at no database and no setting. `main` says which endpoints are documented:

    #[palisade::main(openapi = endpoints)]

  A program that does not say so is not started.

Changes
  One line each: level, kind, place, what was there, and what is there now.
  `breaking` changes refuse clients that were right before; `widening` ones let more callers or more
  input in. The kinds are listed in docs/openapi.md.

Exit code
  0  the document is whole (and nothing of it broke or widened)
  1  something changed, or --strict found what no type describes
  2  something could not be read, built or run"#;

/// The part of `routes --help` that explains the output.
const ROUTES_HELP: &str = r#"What is read
  The library and the binaries of each package, every `mod` followed, what the package's own
  `macro_rules!` make, and the packages that it depends on by a path. Items compiled for tests
  alone are left out; other `#[cfg]` conditions are shown. A file that is missing or cannot be
  parsed is an error, and so is a name in `endpoints![..]`, `.service(..)`, `.to(..)` or `.route(..)`
  that leads to no handler that was read. A list of endpoints, a function for `.configure(..)` and a
  service that come from code that was not read are errors too: what they mount is not known. The
  endpoints that palisade itself brings (`Reports`, `TokenIssuer`, `StaticFiles`, `.openapi()`,
  `.metrics_endpoint(..)`, `.health_details_scope(..)`) are lines. Probes (/livez, /readyz) and the
  port of metrics (PALISADE_METRICS_BIND) are not endpoints and have none. Names are followed through `use`; types are judged by the
  name they have then, by the compiler by what they are.

Paths
  What `web::scope("/v1").service(f)` puts before a path is shown, also through `.configure(g)`; a
  handler that is mounted twice has two lines. `?` where the sources do not tell.

Plain handlers
  Marked `(plain)`. Their method and path come from actix's own attribute or from where they are
  mounted in the same package.

JSON
  One array. Fields are never renamed or removed within a major version; new ones may appear.
  An endpoint:
    kind           "endpoint"
    package, module, name
    mode           "routed" or "plain"
    methods        ["POST"]; empty if not known
    path           "/items/{id}", or null if not known
    access         "public", "authenticated", "items:write", "any(a, all(b, not(c)))"
    grants         ["items:read by items:write"], of typed scopes; absent for none
    credentials    ["bearer", "api_key"]; empty for all that the service has
    limits         ["10/minute by subject, burst 5"]
    body_limit     bytes, or null for the service's default
    body_timeout_ms  milliseconds for the whole body; absent where the deadline follows its bytes
    body_encodings ["gzip", "zstd"], in which bodies are taken; absent for none
    upload         {"field": "file", "files": 1, "max": 5242880, "kinds": ["png"], "unpacked": ..,
                   "pixels": .., "frames": .., "charset": "windows-1252", "markup": true}; the
                   last two only where they are said; absent where no files are taken
    timeout_ms     milliseconds, or null for the service's default
    cross_site     "refuse", "token" or "allow"
    cross_origin   the origins whose pages may read; absent for the service's policy
    conditional    "optional" or "required"; absent where no condition is evaluated
    responds       [409], the statuses of `#[responds(..)]`; absent for none
    validation     "no_input", "strict" or "allow_unknown_fields"
    inputs         ["Json<NewItem>"], validated
    objects        ["Owned<Note, Read>"], loaded by the path and granted to the caller
    vouched        ["Vouched<Bytes>"], read by a foreign extractor
    raw            ["guard f", "key f"], which see the request too; absent for none
    profile        "json", "html" or "download"; absent for that of what the handler returns
    resource_policy  "same-site" or "cross-origin"; absent for pages of the same origin
    cache, csp     the header that replaces the profile's, or null
    report_only, permissions
                   the same, absent where none does
    compressed     true where answers are compressed; absent elsewhere
    conditions     ["feature = \"admin\""]
    reasons        [{"word": "public", "reason": "..", }]
    file, line
  A default that the program weakens, for the whole service or in one place:
    kind           "dangerous"
    package, module
    call           "dangerous_no_service_limit", "silence_deploy_check(limits_off)"; "csp!", "permissions!" or "cors!" with a reason
    reason         as written, or null where it is no literal
    file, line
  A rule that is silenced outside of handlers:
    kind           "silenced"
    package, module, rule, reason, file, line
  A scope without `derive(Scope)`:
    kind           "scope"
    package, module, name
    scope          "admin", or the code that makes it
    granted_by     as written, or null
    file, line
  What reads the request beside handlers (`respond_to`, `error_response`, guards, middleware,
  authenticators of the service's own):
    kind           "raw"
    package, module
    reader         "Echo::respond_to", "wrap_fn(log)"
    file, line

Exit code
  0  the inventory is whole (and the same as the saved one)
  1  a handler is wrong, or the inventory differs from the saved one
  2  something could not be read

  Two handlers with the same method and path in one program are a warning, which changes no exit code:
  they may be in different apps."#;
