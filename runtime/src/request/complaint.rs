//! Mistakes in an endpoint's policy that prevent it from working.
//!
//! A list of endpoints is checked when the service starts. An endpoint that an app mounts itself
//! (`App::service`, `.to(handler)`) is checked at its first request, and responds with 500.

use crate::{
    auth::SESSIONS,
    form_token,
    input::Form,
    policy::{Access, BodyKind, CrossSite, Policy, Shape, Validation, is_scope_token},
};

/// The mistakes with these configured authenticators, each with the endpoint's name.
pub(crate) fn complaints(policy: &Policy, authenticators: &[&str]) -> Vec<String> {
    let name = format!("`{}` ({}:{})", policy.name, policy.file, policy.line);
    let found = unchecked_identity(policy, authenticators)
        .into_iter()
        .chain(missing_credentials(policy, authenticators))
        .chain(of_any_service(policy, authenticators));
    found.map(|wrong| format!("{name} {wrong}")).collect()
}

/// As [`complaints`], for an endpoint that a request has reached: without those that the guards
/// find themselves. A request whose caller cannot be authenticated gets 503.
pub(crate) fn complaints_of_request(policy: &Policy, authenticators: &[&str]) -> Vec<String> {
    of_any_service(policy, authenticators).collect()
}

fn of_any_service<'a>(
    policy: &'a Policy,
    authenticators: &'a [&str],
) -> impl Iterator<Item = String> + 'a {
    cross_site(policy, authenticators)
        .map(str::to_owned)
        .into_iter()
        .chain(taken_field(policy))
        .chain(scopes(policy))
        .chain(unknown_argument(policy))
        .chain(unknown_fields(policy).map(str::to_owned))
        .chain(partial_patterns(policy))
        .chain(open_patterns(policy))
        .chain(endless(policy).map(str::to_owned))
        .chain(unfillable(policy))
}

fn unchecked_identity(policy: &Policy, authenticators: &[&str]) -> Option<String> {
    let asks = !matches!(policy.access, Access::Public);
    (asks && authenticators.is_empty()).then(|| {
        format!(
            "asks for an identity ({}), and no keys are configured to check one: set \
             PALISADE_AUTH_KEYS, PALISADE_AUTH_ISSUER and PALISADE_AUTH_AUDIENCE, or call \
             `.auth(..)` or `.authenticator(..)`",
            policy.access
        )
    })
}

fn missing_credentials(policy: &Policy, authenticators: &[&str]) -> Vec<String> {
    let missing = policy.credentials.iter().filter(|name| !authenticators.contains(name));
    missing
        .map(|missing| {
            format!(
                "takes the credentials `{missing}`, and the service has {}: correct the name, or \
                 call `.auth(..)` or `.authenticator(..)`",
                match authenticators {
                    [] => "no authenticator".to_owned(),
                    names => format!("`{}`", names.join("`, `")),
                }
            )
        })
        .collect()
}

fn cross_site(policy: &Policy, authenticators: &[&str]) -> Option<&'static str> {
    let takes = |name| policy.credentials.is_empty() || policy.credentials.contains(&name);
    let takes_sessions = policy.cross_site == CrossSite::Allow
        && !matches!(policy.access, Access::Public)
        && authenticators.contains(&SESSIONS)
        && takes(SESSIONS);
    takes_sessions.then_some(
        "takes sessions and has `#[cross_site(allow)]`: browsers send the session cookie with \
         requests of other sites too, so name other credentials in `#[credentials(..)]`, or \
         remove the attribute",
    )
}

fn taken_field(policy: &Policy) -> Option<String> {
    if policy.cross_site != CrossSite::Token {
        return None;
    }
    let bodies = policy
        .arguments
        .iter()
        .filter(|one| matches!(one.shape, Shape::Body { .. } | Shape::Upload { .. }));
    let mut forms = bodies.filter_map(|one| one.shape.declared());
    let declares = forms.any(|form| form.declared_name(form_token::FIELD).is_some());
    declares.then(|| {
        format!(
            "says `#[cross_site(token)]` and declares a field `{}`, which is the token's: call it \
         something else",
            form_token::FIELD
        )
    })
}

fn scopes(policy: &Policy) -> Vec<String> {
    let Access::Scoped(scope) = policy.access else { return Vec::new() };
    let mut found = Vec::new();
    scope.each_name(&mut |scope| {
        if !is_scope_token(scope) {
            found.push(format!(
                "asks for the scope {scope:?}, which no token can carry: a scope is printable \
                 ASCII without space, quote and backslash"
            ));
        }
    });
    if scope.is_satisfied_by_nothing() {
        found.push(format!(
            "asks for {scope}, which a token without any scope fulfils: name a scope that is needed"
        ));
    }
    found
}

fn unknown_argument(policy: &Policy) -> Option<String> {
    let is_unknown = policy.arguments.iter().any(|one| matches!(one.shape, Shape::Unknown));
    is_unknown.then(|| "has an argument that palisade does not admit".to_owned())
}

/// A contradiction between the handler and its input types, including the types of fields.
fn unknown_fields(policy: &Policy) -> Option<&'static str> {
    let forms: Vec<_> =
        policy.arguments.iter().filter_map(|argument| argument.shape.declared()).collect();
    let drops = forms.iter().any(Form::drops_unknown_fields);
    match policy.validation {
        Validation::Strict if drops => Some(
            "takes an input type in which a nested type drops unknown fields: say \
             `#[validated(unknown_fields = allow, reason = \"..\")]`, or deny them in that type",
        ),
        Validation::AllowUnknownFields if !drops => Some(
            "says `unknown_fields = allow`, and all of its input types refuse unknown fields: \
             remove it",
        ),
        Validation::NoInput | Validation::Strict | Validation::AllowUnknownFields => None,
    }
}

fn partial_patterns(policy: &Policy) -> Vec<String> {
    let forms = policy.arguments.iter().filter_map(|argument| argument.shape.declared());
    let fields = forms.flat_map(|form| form.partial_patterns());
    fields
        .map(|field| {
            format!(
                "takes the field `{field}`, whose pattern matches a part of a text, so that \
                 anything may stand around it: begin the pattern with `^` and end it with `$`, or \
                 say `#[input(allow(partial_pattern), reason = \"..\")]`"
            )
        })
        .collect()
}

fn open_patterns(policy: &Policy) -> Vec<String> {
    let paths = policy.arguments.iter().filter(|argument| argument.shape.path().is_some());
    let forms = paths.filter_map(|argument| argument.shape.declared());
    let fields = forms.flat_map(|form| form.open_patterns());
    fields
        .map(|field| {
            format!(
                "takes the field `{field}` from the path, and its pattern lets any character in: \
                 list those that it may have, as in `^[a-z0-9-]+$`"
            )
        })
        .collect()
}

/// A field that no request could fill. Fields that are not flattened are checked at compile time.
fn unfillable(policy: &Policy) -> Option<String> {
    // The search would not end for a type that is flattened into itself.
    if endless(policy).is_some() {
        return None;
    }
    let named = policy.arguments.iter().filter(|argument| {
        matches!(
            argument.shape,
            Shape::Query { .. } | Shape::Body { kind: BodyKind::Form, .. } | Shape::Upload { .. }
        )
    });
    let mut forms = named.filter_map(|argument| argument.shape.declared());
    let field = forms.find_map(|form| form.flattened_misfit())?;
    Some(format!(
        "takes the field `{field}` of a flattened type from a query string or a form, where serde reads \
         nothing but texts: put the field into the type itself"
    ))
}

fn endless(policy: &Policy) -> Option<&'static str> {
    let is_endless = policy.arguments.iter().any(|argument| argument.shape.is_endless());
    is_endless.then_some(
        "takes a type that is read again in its own place, so that reading it would not end: an \
         untagged enum that is one of its own variants, which needs a tag, or a type that is \
         flattened into itself, which needs a field of its own",
    )
}
