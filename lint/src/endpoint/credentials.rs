//! `#[credentials(..)]`: the accepted credentials of an endpoint.

use super::{Part, Spanned, reason, reason::Reason};
use crate::{
    attribute::{Args, Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
};

/// Longer names would be cut off in tables, and are unclear in logs.
const MAX_NAME_LENGTH: usize = 32;

/// The accepted credentials of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// The names of the authenticators; if empty, all of the service's.
    pub names: Vec<Spanned<String>>,
    /// Whether requests pass while it is unknown which tokens are revoked.
    pub revocation_outage_allowed: bool,
}

/// Reads `#[credentials(bearer, api_key, revocation_outage = allow, reason = "..")]`.
pub(super) fn read(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Credentials> {
    let Some(given) = attributes.first(Word::Credentials) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    if args.list.is_empty() {
        d.at(Code::MissingArgument, args.span, "`credentials` needs arguments")
            .help("name what is taken: `credentials(bearer)`, or leave it out to take all");
        return Part::Broken;
    }
    let names = read_names(&mut args, d);
    let revocation_outage_allowed = read_outage(&mut args, reasons, d);
    args.finish(&["revocation_outage", "reason"], d);
    Part::Read(Credentials { names, revocation_outage_allowed })
}

fn read_names(args: &mut Args, d: &mut Diagnostics) -> Vec<Spanned<String>> {
    let mut names: Vec<Spanned<String>> = Vec::new();
    for value in args.take_values() {
        let Some(word) = value.word() else {
            d.on(Code::WrongValue, &value, "credentials are named by words");
            match &value {
                Value::Literal(syn::Lit::Str(text)) if is_name(&text.value()) => {
                    d.help(format!("write `{}` without quotes", text.value()))
                }
                Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => {
                    d.help("write `bearer`, `api_key`, or what the service's own call themselves")
                }
            };
            continue;
        };
        let name = word.to_string();
        if !is_name(&name) {
            d.at(
                Code::CredentialsName,
                word.span(),
                format!("`{name}` does not have the form of an authenticator's name"),
            )
            .help("names are single words in small letters, such as `api_key`");
        } else if names.iter().any(|known| known.value == name) {
            d.at(Code::RepeatedWord, word.span(), format!("duplicate `{name}` in `credentials`"))
                .help("keep one of them");
        } else {
            names.push(Spanned { value: name, span: word.span() });
        }
    }
    names
}

fn read_outage(args: &mut Args, reasons: &mut Vec<Reason>, d: &mut Diagnostics) -> bool {
    let Some((name, value)) = args.take("revocation_outage", d) else {
        if let Some((name, _)) = args.take("reason", d) {
            d.at(
                Code::UnexpectedArgument,
                name.span(),
                "`reason` has no effect: nothing here is weakened",
            )
            .help("write `revocation_outage = allow` beside it, or leave it out");
        }
        return false;
    };
    if value.word().is_none_or(|word| word != "allow") {
        reason::only_allow(&name, &value, d);
    }
    reason::required("credentials(revocation_outage)", args, reasons, d);
    true
}

/// Whether an authenticator can have this name.
fn is_name(name: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= MAX_NAME_LENGTH
        && name.bytes().all(letter)
}
