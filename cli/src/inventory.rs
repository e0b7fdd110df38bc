//! The inventory: what each endpoint of a package lets through, as data.

use std::cmp::Ordering;

pub use palisade_lint::endpoint::{CrossSite, Validation};
use serde::{Deserialize, Serialize};

/// One line of the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A handler.
    Endpoint(Box<Endpoint>),
    /// A call that weakens a default for the whole service, or a query that is let through.
    Dangerous(Dangerous),
    /// A rule that is silenced outside of a handler.
    Silenced(Silenced),
    /// A scope that is written without the derive.
    Scope(Scope),
    /// What is handed the request beside the arguments of handlers.
    Raw(Raw),
}

/// A handler and what it declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The package that holds it.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The function's name.
    pub name: String,
    /// Whether palisade or actix routes to it.
    pub mode: Mode,
    /// The methods; empty if they are not known.
    pub methods: Vec<String>,
    /// The pattern; `None` if it is not known.
    pub path: Option<String>,
    /// Who may call.
    pub access: String,
    /// Scopes that are granted by others: `items:read by items:write`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// The kinds of credentials that are taken; empty takes all that the service has.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// How often.
    pub limits: Vec<String>,
    /// The byte cap on the body; `None` is the service's default.
    pub body_limit: Option<u64>,
    /// How long the whole body may take, in milliseconds; `None` follows its bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_timeout_ms: Option<u64>,
    /// In which content codings bodies are taken; empty takes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_encodings: Vec<String>,
    /// Which files are taken; `None` takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<Upload>,
    /// The handler's deadline in milliseconds; `None` is the service's default.
    pub timeout_ms: Option<u64>,
    /// Whether another site may send the request.
    #[serde(with = "word")]
    pub cross_site: CrossSite,
    /// Which pages of other origins may read the answers; `None` is the service's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_origin: Option<String>,
    /// Whether conditions of requests are evaluated: `optional`, `required`; `None` refuses those of
    /// requests that may change state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditional: Option<String>,
    /// Statuses that the handler says it answers with, besides those of its type and its guards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responds: Vec<u16>,
    /// Whether input is admitted.
    #[serde(with = "word")]
    pub validation: Validation,
    /// The validated inputs, as written.
    pub inputs: Vec<String>,
    /// The objects that are loaded by the path and granted to the caller, as written.
    #[serde(default)]
    pub objects: Vec<String>,
    /// The inputs that a foreign extractor reads, as written.
    pub vouched: Vec<String>,
    /// What reads the request beside the arguments: `guard f`, `key f`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<String>,
    /// What the answers are, where palisade did not make them: `html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Which other pages may embed the answers; `None` is those of the same origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_policy: Option<String>,
    /// The `Cache-Control` value that replaces the profile's.
    pub cache: Option<String>,
    /// The `Content-Security-Policy` value that replaces the profile's.
    pub csp: Option<String>,
    /// The policy of which browsers only report what it would refuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_only: Option<String>,
    /// The `Permissions-Policy` value that replaces the profile's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<String>,
    /// Whether answers are compressed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compressed: bool,
    /// The conditions under which the handler is compiled and mounted.
    pub conditions: Vec<String>,
    /// What was weakened, and why.
    pub reasons: Vec<Reason>,
    /// The source file.
    pub file: String,
    /// The line of the function's name.
    pub line: usize,
}

/// Which files an endpoint takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// The form's field that holds a file.
    pub field: String,
    /// The most files of one request.
    pub files: u32,
    /// The most bytes of one file.
    pub max: u64,
    /// The kinds that are taken.
    pub kinds: Vec<String>,
    /// The most bytes that what is packed in one file may unpack to.
    pub unpacked: u64,
    /// The most pixels of one image, all frames together.
    pub pixels: u32,
    /// The most frames of one image.
    pub frames: u32,
    /// The charset of texts that are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Whether texts with markup are taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub markup: bool,
}

/// A `dangerous_` call, such an option of `sql!`, or a policy for browsers with a reason: `csp!`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dangerous {
    /// The package that holds it.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The name of the method or the option.
    pub call: String,
    /// The reason, as written; `None` where it is not a literal.
    pub reason: Option<String>,
    /// The source file.
    pub file: String,
    /// The line of the call.
    pub line: usize,
}

/// An `allow_unsafe` on an item that is not a handler; those of a handler are among its reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// The package that holds it.
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

/// An `impl ScopeName`: what it names and what grants it is decided by its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The package that holds it.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The type.
    pub name: String,
    /// The scope, or the code that makes it.
    pub scope: String,
    /// The scopes that grant it, as written; `None` where none does.
    pub granted_by: Option<String>,
    /// The source file.
    pub file: String,
    /// The line of the `impl`.
    pub line: usize,
}

/// A function other than a handler that is handed the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The package that holds it.
    pub package: String,
    /// The module, from `crate`.
    pub module: String,
    /// The type and the function: `Echo::respond_to`; or the call that hands it over:
    /// `wrap_fn(log)`.
    pub reader: String,
    /// The source file.
    pub file: String,
    /// The line of the function.
    pub line: usize,
}

/// Who routes to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// palisade: the attributes give method and path.
    Routed,
    /// actix: under its own attribute, or mounted by hand.
    Plain,
}

/// A weakened default, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The word that weakens.
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

    /// The package that holds it.
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
