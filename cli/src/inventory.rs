//! The inventory: the declarations of each endpoint of a package, as data.

use std::cmp::Ordering;

pub use palisade_lint::endpoint::{CrossSite, Validation};
use serde::{Deserialize, Serialize};

/// One entry of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A handler.
    Endpoint(Box<Endpoint>),
    /// A call that weakens a default for the whole service, or permits a query.
    Dangerous(Dangerous),
    /// A rule that is silenced outside of a handler.
    Silenced(Silenced),
    /// A handwritten scope without the derive.
    Scope(Scope),
    /// Code besides handlers that receives the request.
    Raw(Raw),
}

/// A handler and its declarations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The package.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The function's name.
    pub name: String,
    /// Whether palisade or Actix routes to it.
    pub mode: Mode,
    /// The methods; empty if they are not known.
    pub methods: Vec<String>,
    /// The pattern; `None` if it is not known.
    pub path: Option<String>,
    /// The access rule.
    pub access: String,
    /// Scopes that other scopes include: `items:read by items:write`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// The accepted kinds of credentials; if empty, all of the service's.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// The rate limits.
    pub limits: Vec<String>,
    /// The most bytes of the body; `None`: the service's default.
    pub body_limit: Option<u64>,
    /// The time limit of the whole body, in milliseconds; `None`: the service's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_timeout_ms: Option<u64>,
    /// The accepted content codings of bodies; if empty, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_encodings: Vec<String>,
    /// The accepted files; `None`: no files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// The handler's deadline in milliseconds; `None`: the service's default.
    pub timeout_ms: Option<u64>,
    /// Whether another site may send the request.
    #[serde(with = "word")]
    pub cross_site: CrossSite,
    /// The pages of other origins that may read the responses; `None`: the service's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_origin: Option<String>,
    /// Whether conditional headers are evaluated: `optional`, `required`; `None`: unsafe requests
    /// with them are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditional: Option<String>,
    /// The handler's declared statuses, in addition to those of its type and its guards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responds: Vec<u16>,
    /// Whether input is admitted.
    #[serde(with = "word")]
    pub validation: Validation,
    /// The validated inputs, as written.
    pub inputs: Vec<String>,
    /// The objects that are loaded by the path if the caller has permission, as written.
    #[serde(default)]
    pub objects: Vec<String>,
    /// The inputs that a foreign extractor reads, as written.
    pub vouched: Vec<String>,
    /// Code that reads the request besides the arguments: `guard f`, `key f`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<String>,
    /// The profile of responses that palisade did not make: `html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The other pages that may embed the responses; `None`: those of the same origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<String>,
    /// The `Cache-Control` value that replaces the profile's.
    pub cache: Option<String>,
    /// The `Content-Security-Policy` value that replaces the profile's.
    pub csp: Option<String>,
    /// The policy that browsers report violations of but do not enforce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_only: Option<String>,
    /// The `Permissions-Policy` value that replaces the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// Whether responses are compressed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compressed: bool,
    /// The conditions under which the handler is compiled and mounted.
    pub conditions: Vec<String>,
    /// The weakened defaults, with reasons.
    pub reasons: Vec<Reason>,
    /// The source file.
    pub file: String,
    /// The line of the function's name.
    pub line: usize,
}

/// The accepted files of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The name of the form field with the files.
    pub field: String,
    /// The most files of one request.
    pub files: u32,
    /// The most bytes of one file.
    pub max: u64,
    /// The accepted kinds.
    pub kinds: Vec<String>,
    /// The most bytes that the content of one archive or compressed file may unpack to.
    pub unpacked: u64,
    /// The most pixels of one image, over all frames.
    pub pixels: u32,
    /// The most frames of one image.
    pub frames: u32,
    /// The charset of texts that are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Whether texts with markup are accepted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub markup: bool,
}

/// A `dangerous_` call, such an option of `sql!`, or a browser policy with a reason: `csp!`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dangerous {
    /// The package.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The name of the method or the option.
    pub call: String,
    /// The reason, as written; `None` if it is not a literal.
    pub reason: Option<String>,
    /// The source file.
    pub file: String,
    /// The line of the call.
    pub line: usize,
}

/// An `allow_unsafe` on an item that is not a handler; those of a handler are among its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// The package.
    pub package: String,
    /// The module of the file, from `crate`.
    pub module: String,
    /// The rule.
    pub rule: String,
    /// The reason, as written.
    pub reason: String,
    /// The source file.
    pub file: String,
    /// The line of the attribute.
    pub line: usize,
}

/// An `impl ScopeName`: its code decides on its name and the scopes that include it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The package.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The type.
    pub name: String,
    /// The scope, or the expression for it.
    pub scope: String,
    /// The scopes that include it, as written; `None` if there are none.
    pub granted_by: Option<String>,
    /// The source file.
    pub file: String,
    /// The line of the `impl`.
    pub line: usize,
}

/// A function other than a handler that receives the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The package.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The type and the function: `Echo::respond_to`; or the call that passes the request:
    /// `wrap_fn(log)`.
    pub reader: String,
    /// The source file.
    pub file: String,
    /// The line of the function.
    pub line: usize,
}

/// What routes to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// palisade: the attributes give method and path.
    Routed,
    /// Actix: with its own attribute, or mounted explicitly.
    Plain,
}

/// A weakened default, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What was weakened.
    pub word: String,
    /// The reason, as written.
    pub reason: String,
}

impl Entry {
    /// The order of the inventory: by package, endpoints before calls, by pattern and method.
    pub fn order(&self, other: &Self) -> Ordering {
        self.sort_key().cmp(&other.sort_key())
    }

    fn sort_key(&self) -> (&str, u8, bool, Option<&str>, &[String], &str, &str, usize) {
        match self {
            Self::Endpoint(e) => (
                &e.package,
                0,
                // Unknown values are sorted after known ones.
                e.path.is_none(),
                e.path.as_deref(),
                &e.methods,
                &e.module,
                &e.name,
                e.line,
            ),
            Self::Dangerous(d) => (&d.package, 1, false, None, &[], &d.module, &d.call, d.line),
            Self::Silenced(s) => (&s.package, 2, false, None, &[], &s.module, &s.rule, s.line),
            Self::Scope(s) => (&s.package, 3, false, None, &[], &s.module, &s.name, s.line),
            Self::Raw(r) => (&r.package, 4, false, None, &[], &r.module, &r.reader, r.line),
        }
    }

    /// The package.
    pub fn package(&self) -> &str {
        match self {
            Self::Endpoint(endpoint) => &endpoint.package,
            Self::Dangerous(dangerous) => &dangerous.package,
            Self::Silenced(silenced) => &silenced.package,
            Self::Scope(scope) => &scope.package,
            Self::Raw(raw) => &raw.package,
        }
    }
}

/// The words of policies, each by its name.
mod word {
    use palisade_lint::endpoint::PolicyWord;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<T: PolicyWord, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value.word())
    }

    pub(super) fn deserialize<'de, T: PolicyWord, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let name = String::deserialize(deserializer)?;
        T::named(&name).ok_or_else(|| D::Error::custom(format_args!("unknown word `{name}`")))
    }
}
