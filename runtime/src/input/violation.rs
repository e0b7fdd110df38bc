//! Converts the errors of `validator` to those of the response.
//!
//! `validator` keeps the refused value among the parameters of its errors, and names fields as the
//! source does. Both end here: numbers that bound a rule go on, under the names of the wire.

use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

use super::{condition::At, field::Field, pointer::Pointer, report::Report};

/// The name under which `validator` keeps errors of a whole struct.
const WHOLE: &str = "__all__";

/// Reports everything in `errors`, which `fields` describe, of a value at `at`.
pub(super) fn collect(
    errors: &ValidationErrors,
    fields: &'static [Field],
    at: &At<'_>,
    report: &mut Report,
) {
    walk(errors, fields, &at.pointer(), report);
}

/// Reports what a function of the service found.
pub(super) fn push(error: &ValidationError, at: Pointer, report: &mut Report) {
    report.push(at, error.code.clone(), |name| bound(error, name));
}

fn walk(errors: &ValidationErrors, fields: &'static [Field], at: &Pointer, report: &mut Report) {
    let mut named: Vec<_> = errors.errors().iter().collect();
    // The map's own order is random; a client should see the same answer twice.
    named.sort_by_key(|(name, _)| {
        fields.iter().position(|field| field.rust_name == name.as_ref()).unwrap_or(usize::MAX)
    });
    for (name, kind) in named {
        if report.is_full() {
            return;
        }
        if name == WHOLE {
            leaf(kind, at, report);
            continue;
        }
        let field = fields.iter().find(|field| field.rust_name == name.as_ref());
        let here = match field {
            Some(field) if field.flatten || field.transparent => at.clone(),
            Some(field) => at.name(field.name),
            // Not declared, so not on the wire under any name: the whole is at fault.
            None => at.clone(),
        };
        let form = field.and_then(|field| (field.wire)().form());
        let below = form.map_or(&[][..], |form| form.fields);
        match kind {
            ValidationErrorsKind::Field(_) => leaf(kind, &here, report),
            ValidationErrorsKind::Struct(errors) => walk(errors, below, &here, report),
            ValidationErrorsKind::List(list) => {
                let keyed = field.is_some_and(|field| field.keyed);
                for (index, errors) in list {
                    if report.is_full() {
                        return;
                    }
                    // The index into a map is its iteration order: it means nothing to a client.
                    let element = if keyed { here.clone() } else { here.index(*index) };
                    walk(errors, below, &element, report);
                }
            }
        }
    }
}

fn leaf(kind: &ValidationErrorsKind, at: &Pointer, report: &mut Report) {
    if let ValidationErrorsKind::Field(errors) = kind {
        for error in errors {
            // A rule that the field has too was checked already.
            report.push_new(at.clone(), error.code.clone(), |name| bound(error, name));
        }
    } else {
        // No such nesting is known; an error must not get lost over it.
        report.push(at.clone(), "invalid".into(), |_| None);
    }
}

/// A bound of the rule. Numbers only: a custom rule may have put anything there.
fn bound(error: &ValidationError, name: &str) -> Option<serde_json::Number> {
    match error.params.get(name) {
        Some(serde_json::Value::Number(number)) => Some(number.clone()),
        _ => None,
    }
}
