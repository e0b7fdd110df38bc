//! Sources: parameters and calls with data from outside.

use std::rc::Rc;

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{FnArg, Signature};

use super::class::Class;
use super::value::{Link, Marks, Note, Origin, Part, SourceKind, Taint, Value};
use super::walk::Walker;
use crate::krate::ty::{Ty, TyShape};
use crate::rules::words;

/// How much a function's parameters are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// A handler: every argument that is not known to be free comes from the request.
    Handler,
    /// A handler by the look of it: owned text comes from the request.
    Implied,
    /// An audit: plain text comes from outside.
    Audit,
    /// Any other function: only types that carry a request do.
    Plain,
}

impl Walker<'_> {
    /// Binds the parameters of a function.
    pub(crate) fn bind_params(&mut self, sig: &Signature, trust: Trust, spared: &[u16]) {
        // Who takes a client as well sends the request that it is given.
        let sends = trust != Trust::Handler
            && sig.inputs.iter().any(|arg| match arg {
                FnArg::Typed(typed) => self.read_type(&typed.ty).is_some_and(|ty| {
                    matches!(ty.peeled().last(), "Client" | "ClientWithMiddleware" | "HttpClient")
                }),
                FnArg::Receiver(_) => false,
            });
        for (at, arg) in sig.inputs.iter().enumerate() {
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            match arg {
                FnArg::Receiver(receiver) => {
                    let ty = self.self_ty.clone();
                    let clean = ty.as_ref().is_some_and(|ty| self.holds_text(ty) == Some(false));
                    let mut value = Value::typed(ty).marked(Marks::SHARED);
                    if self.scope.index.is_some() && !clean {
                        value.taints = self.param_taint(at, receiver.span(), "self");
                    }
                    let slot = self.bind(Rc::from("self"), value);
                    self.params.push((
                        slot,
                        receiver.mutability.is_some()
                            || matches!(
                                &receiver.kind,
                                syn::ReceiverKind::Reference(_, _, Some(_))
                            ),
                    ));
                }
                FnArg::Typed(typed) => {
                    let ty = self.read_type(&typed.ty);
                    let trust = if spared.contains(&at) && trust == Trust::Audit {
                        Trust::Plain
                    } else {
                        trust
                    };
                    let outgoing =
                        sends && ty.as_ref().is_some_and(|ty| ty.peeled().last() == "Request");
                    let value = if outgoing {
                        Value::typed(ty.clone())
                    } else {
                        self.param_value(at, typed, ty.as_ref(), trust)
                    };
                    let before = self.state.slots.len();
                    let changes =
                        matches!(&*typed.ty, syn::Type::Reference(r) if r.mutability.is_some());
                    self.bind_pattern(&typed.pat, &value, None);
                    self.params.push((before, changes && self.state.slots.len() > before));
                }
            }
        }
    }

    /// Whether an async function takes what only handlers take.
    pub(crate) fn looks_like_handler(&self, sig: &Signature) -> bool {
        sig.asyncness.is_some()
            && sig.inputs.iter().any(|arg| match arg {
                FnArg::Typed(typed) if !matches!(&*typed.ty, syn::Type::Reference(_)) => {
                    self.read_type(&typed.ty).is_some_and(|ty| {
                        is_request_part(&ty)
                            || matches!(
                                ty.last(),
                                "Data" | "ThinData" | "ReqData" | "State" | "Extension"
                            ) && !ty.args.is_empty()
                    })
                }
                FnArg::Typed(_) | FnArg::Receiver(_) => false,
            })
    }

    /// Data from outside that an expression brings in.
    pub(crate) fn source(&self, kind: SourceKind, span: Span, what: &str) -> Value {
        let start = span.start();
        let site = u32::try_from(start.line.wrapping_mul(1000).wrapping_add(start.column))
            .unwrap_or(u32::MAX);
        self.source_at(kind, site, span, what)
    }

    pub(crate) fn source_at(&self, kind: SourceKind, site: u32, span: Span, what: &str) -> Value {
        let link =
            Link { file: self.scope.file, span, note: Note::Source(Rc::from(what)), before: None };
        let taint = Taint {
            origin: Rc::new(Origin { kind, site, path: Rc::from("") }),
            part: Part::Whole,
            safe: Class::NONE,
            link: Rc::new(link),
        };
        Value { taints: vec![taint], ..Value::default() }
    }

    fn param_taint(&self, at: u16, span: Span, what: &str) -> Vec<Taint> {
        let note = format!("`{what}`");
        self.source_at(SourceKind::Param(at), u32::from(at), span, &note).taints
    }

    fn param_value(
        &self,
        at: u16,
        typed: &syn::PatType,
        ty: Option<&Rc<Ty>>,
        trust: Trust,
    ) -> Value {
        let written = pattern_name(&typed.pat);
        let clean = ty.is_some_and(|ty| self.holds_text(ty) == Some(false));
        let mut value = Value::typed(ty.cloned()).marked(Marks::SHARED);
        if clean {
            return value;
        }
        let outside = match (ty, trust) {
            (Some(ty), _) if is_free(ty) => false,
            (Some(ty), _) if is_request_part(ty) => true,
            (_, Trust::Handler) => true,
            (Some(ty), Trust::Audit) => {
                ty.is_plain_text()
                    || !is_settings(ty.peeled().last())
                        && self.scope.index.is_some_and(|index| index.is_input(&ty.peeled()))
            }
            (Some(ty), Trust::Implied) => {
                !matches!(&*typed.ty, syn::Type::Reference(_))
                    && matches!(ty.last(), "String" | "Bytes" | "BytesMut" | "Vec")
            }
            (_, Trust::Plain) | (None, Trust::Audit | Trust::Implied) => false,
        };
        let span = typed.pat.span();
        if self.scope.index.is_some() {
            value.taints = self.param_taint(at, span, &written);
        }
        if outside {
            let kind = match ty {
                Some(ty) if matches!(ty.peeled().last(), "Host" | "ConnectionInfo") => {
                    SourceKind::Host
                }
                Some(ty) if trust == Trust::Audit && !is_request_part(ty) => SourceKind::Assumed,
                _ => SourceKind::Request,
            };
            let what = if trust == Trust::Audit && !ty.is_some_and(is_request_part) {
                format!("the parameter `{written}`")
            } else {
                format!("the request's `{written}`")
            };
            value.taints.extend(self.source_at(kind, u32::from(at), span, &what).taints);
        }
        if words::is_secret(&written) && ty.is_none_or(|t| t.holds_text() == Some(true)) {
            value.secret = Some(Rc::from(written));
        }
        value
    }
}

/// Whether a type holds what the operator has set: read by serde like a request, but not from one.
fn is_settings(name: &str) -> bool {
    ["Config", "Configuration", "Settings", "Args", "Arguments", "Opts", "Options", "Cli", "Opt"]
        .iter()
        .any(|word| name.ends_with(word))
        || ["Config", "Settings"].iter().any(|word| name.starts_with(word))
}

fn pattern_name(pat: &syn::Pat) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "only names are of use in a message")]
    match pat {
        syn::Pat::Ident(ident) => ident.ident.to_string(),
        syn::Pat::TupleStruct(tuple) => tuple.elems.first().map(pattern_name).unwrap_or_default(),
        syn::Pat::Type(typed) => pattern_name(&typed.pat),
        syn::Pat::Reference(inner) => pattern_name(&inner.pat),
        syn::Pat::Tuple(tuple) => {
            tuple.elems.iter().map(pattern_name).collect::<Vec<_>>().join(", ")
        }
        _ => "argument".to_owned(),
    }
}

/// Handler arguments that the service itself provides.
pub(crate) fn is_free(ty: &Rc<Ty>) -> bool {
    if ty.shape == TyShape::Tuple {
        return ty.args.iter().all(is_free);
    }
    // `Option<Data<T>>`, `Arc<Pool>`.
    if matches!(ty.last(), "Option" | "Arc" | "Rc" | "Box" | "Result" | "Vouched")
        && ty.args.len() == 1
    {
        return ty.args.first().is_some_and(is_free);
    }
    matches!(
        ty.last(),
        "Data"
            | "ThinData"
            | "State"
            | "Extension"
            | "ReqData"
            | "Principal"
            | "ClientAddr"
            | "RequestInfo"
            | "Preconditions"
            | "ConnectInfo"
            | "PeerAddr"
            | "Addr"
            | "Recipient"
            | "Session"
            | "Identity"
            | "Pool"
            | "PgPool"
            | "MySqlPool"
            | "SqlitePool"
            | "AnyPool"
            | "PgConnection"
            | "SqliteConnection"
            | "MysqlConnection"
            | "DatabaseConnection"
            | "Connection"
            | "Transaction"
            | "Client"
            | "DbConn"
            | "Db"
            | "Database"
            | "Method"
            | "AppState"
            | "AppConfig"
            | "Config"
            | "Settings"
            | "Tera"
            | "Handlebars"
            | "Sender"
            | "UnboundedSender"
            | "Receiver"
            | "Logger"
            | "Duration"
            | "Builder"
            | "Formatter"
            | "ServiceConfig"
            | "MatchedPath"
            | "CancellationToken"
            | "Rng"
            | "Shutdown"
    )
}

/// Types that carry a part of a request wherever they occur.
pub(crate) fn is_request_part(ty: &Rc<Ty>) -> bool {
    if matches!(ty.last(), "Option" | "Result" | "Either" | "Vouched" | "Box" | "Arc" | "Rc")
        && !ty.args.is_empty()
    {
        return ty.args.first().is_some_and(is_request_part);
    }
    if ty.shape == TyShape::Tuple {
        return ty.args.iter().any(is_request_part);
    }
    let last = ty.last();
    match last {
        "Json" | "Query" | "Form" | "QsQuery" | "ValidatedJson" | "TypedHeader"
        | "MultipartForm" | "TypedMultipart" | "LenientForm" | "Strict" | "WithRejection"
            if !ty.args.is_empty() =>
        {
            true
        }
        // `Path<T>` is an extractor, `Path` a file's name.
        "Path" => !ty.args.is_empty(),
        "Parts" => !ty.head.segments.iter().any(|s| &**s == "response"),
        "HttpRequest" | "ServiceRequest" | "Multipart" | "Payload" | "RawQuery" | "OriginalUri"
        | "RawForm" | "RawPathParams" | "HeaderMap" | "CookieJar" | "TempFile" | "RequestHead" => {
            true
        }
        "Request" => {
            !ty.head.segments.iter().any(|s| matches!(&**s, "reqwest" | "tonic" | "tower_lsp"))
        }
        "Field" => ty
            .head
            .segments
            .iter()
            .any(|s| matches!(&**s, "actix_multipart" | "multer" | "axum" | "multipart")),
        _ => false,
    }
}
