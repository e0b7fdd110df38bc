//! Method and path.

use proc_macro2::Span;
use syn::{LitStr, Path};

use super::{Part, Spanned};
use crate::{
    attribute::{Arg, Args, Attributes, Given, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    literal,
};

/// The permitted methods of an endpoint. `TRACE` would echo credentials, `CONNECT` is for proxies.
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The route of an endpoint.
#[derive(Clone, Debug)]
pub struct Route {
    /// The methods, as on the wire; never empty.
    pub methods: Vec<Spanned<&'static str>>,
    /// The pattern.
    pub path: LitStr,
    /// The names of the pattern's parameters, in order.
    pub parameters: Vec<String>,
    /// The name for URL generation.
    pub name: Option<LitStr>,
    /// Functions that Actix calls before it routes here.
    pub guards: Vec<Path>,
    /// The span of the attribute.
    pub span: Span,
}

impl Route {
    /// Whether some method of the route changes state (RFC 9110 section 9.2.1).
    pub fn is_unsafe(&self) -> bool {
        self.methods.iter().any(|method| !matches!(method.value, "GET" | "HEAD" | "OPTIONS"))
    }
}

/// Reads the route attribute.
pub(super) fn read(attributes: &Attributes, d: &mut Diagnostics) -> Part<Route> {
    let mut routes = attributes.of(Word::is_route);
    let Some(given) = routes.next() else { return Part::Absent };
    let Some(args) = given.args.clone() else { return Part::Broken };
    read_given(given, args, d).into()
}

fn read_given(given: &Given, mut args: Args, d: &mut Diagnostics) -> Option<Route> {
    let fixed = given.word.method();
    let path = args.take_one_text("\"/path\"", d);
    let name = args.take_text("name", d);
    let guards = read_guards(&mut args, d);
    let methods = match fixed {
        Some(method) => Some(vec![Spanned { value: method, span: given.span }]),
        None => read_methods(&mut args, d),
    };
    refuse_wrappers(&mut args, d);
    if given.foreign {
        refuse_foreign(&mut args, d);
    }
    match fixed {
        Some(_) => args.finish(&["name", "guard"], d),
        None => args.finish(&["method", "name", "guard"], d),
    }
    let path = path?;
    let parameters = match literal::template(&path.value()) {
        Ok(parameters) => parameters,
        Err(flaw) => {
            d.flaw(path.span(), flaw);
            return None;
        }
    };
    Some(Route { methods: methods?, path, parameters, name, guards, span: given.span })
}

fn read_methods(args: &mut Args, d: &mut Diagnostics) -> Option<Vec<Spanned<&'static str>>> {
    let all = args.take_all("method");
    if all.is_empty() {
        d.at(Code::MissingArgument, args.span, "`route` names no method")
            .help("add `method = \"GET\"`");
        return None;
    }
    let mut methods: Vec<Spanned<&'static str>> = Vec::new();
    for (name, value) in all {
        let text = value.text(&name, d)?;
        let span = text.span();
        let method = text.value();
        let Some(known) = METHODS.iter().find(|known| **known == method) else {
            d.at(
                Code::UnknownMethod,
                span,
                format!("`{}` is not a supported method", method.escape_debug()),
            );
            match did_you_mean(&method, METHODS.iter().copied()) {
                Some(near) => d.help(format!("did you mean `{near}`?")),
                None => d.help(format!("the methods are `{}`", METHODS.join("`, `"))),
            };
            return None;
        };
        if methods.iter().any(|seen| seen.value == *known) {
            d.at(Code::RepeatedWord, span, format!("duplicate method `{known}`"))
                .help("keep one of them");
        }
        methods.push(Spanned { value: *known, span });
    }
    Some(methods)
}

fn read_guards(args: &mut Args, d: &mut Diagnostics) -> Vec<Path> {
    let mut guards = Vec::new();
    for (name, value) in args.take_all("guard") {
        let Some(text) = value.text(&name, d) else { continue };
        match text.parse::<Path>() {
            Ok(path) => guards.push(path),
            Err(_) => {
                d.at(Code::WrongValue, text.span(), "`guard` takes the path of a function")
                    .help("write `guard = \"module::function\"`");
            }
        }
    }
    guards
}

/// Middleware for one handler would run outside of the order of palisade's guards.
fn refuse_wrappers(args: &mut Args, d: &mut Diagnostics) {
    for (name, _) in args.take_all("wrap") {
        d.at(
            Code::ForeignRouteOption,
            name.span(),
            "`wrap` would put middleware before the guards",
        )
        .help("wrap the whole application, or a scope");
    }
}

fn refuse_foreign(args: &mut Args, d: &mut Diagnostics) {
    let known = ["name", "guard", "method"];
    let list = std::mem::take(&mut args.list);
    for arg in list {
        match &arg {
            Arg::Named(name, _) if !known.iter().any(|known| name == known) => {
                d.at(
                    Code::ForeignRouteOption,
                    name.span(),
                    format!("`{name}` of Actix's attribute would be lost"),
                )
                .help("palisade takes the route over, with `name` and `guard`");
            }
            Arg::Named(..) | Arg::Value(_) => args.list.push(arg),
        }
    }
}
