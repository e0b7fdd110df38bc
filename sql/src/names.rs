//! Names of tables and columns as statements write them.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::dialect::Dialect;

/// The name of a table in the schema that is searched; `None` for one in another.
pub(crate) fn plain_name(name: &ObjectName) -> Option<String> {
    let part = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(ident) => Some(ident.value.clone()),
        ObjectNamePart::Function(_) => None,
    };
    match name.0.as_slice() {
        [one] => part(one),
        [schema, one] => {
            let schema = part(schema)?.to_lowercase();
            if matches!(schema.as_str(), "public" | "main") { part(one) } else { None }
        }
        _ => None,
    }
}

/// The last part of a name.
pub(crate) fn last(name: &ObjectName) -> Option<String> {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
}

/// A name as Postgres keeps it; other databases keep it as it is written.
pub(crate) fn folded(dialect: Dialect, ident: &Ident) -> String {
    match dialect {
        Dialect::Postgres if ident.quote_style.is_none() => ident.value.to_lowercase(),
        _ => ident.value.clone(),
    }
}
