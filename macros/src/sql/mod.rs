//! `sql!` and what belongs to it.
//!
//! What is right and wrong about a query is decided in `palisade-sql`; here its Rust is read, and the
//! outcome written down: a static statement, and one call.

mod args;
mod beside;
mod expr;
mod folder;
mod migrations;
mod name;
mod paths;
mod query;
mod row;

use palisade_lint::Code;
use palisade_sql::FaultKind;

pub(crate) use {
    migrations::migrations, name::derive as derive_name, query::query, row::derive as derive_row,
};

/// The code under which a fault is listed.
fn code(kind: FaultKind) -> Code {
    match kind {
        FaultKind::Braces => Code::SqlBraces,
        FaultKind::QuotedBrace => Code::SqlQuotedBrace,
        FaultKind::TouchingBrace => Code::SqlTouchingBrace,
        FaultKind::Expression => Code::SqlExpression,
        FaultKind::Comment => Code::SqlComment,
        FaultKind::Quote => Code::SqlQuote,
        FaultKind::Placeholder => Code::SqlPlaceholder,
        FaultKind::Fragments => Code::SqlFragments,
        FaultKind::Syntax => Code::SqlSyntax,
        FaultKind::Dialect => Code::SqlDialect,
        FaultKind::TwoStatements => Code::SqlTwoStatements,
        FaultKind::Ddl => Code::SqlDdl,
        FaultKind::NoWhere => Code::SqlNoWhere,
        FaultKind::Function => Code::SqlFunction,
        FaultKind::NoEffect => Code::SqlNoEffect,
        FaultKind::Pattern => Code::SqlPattern,
        FaultKind::List => Code::SqlList,
        FaultKind::Name => Code::SqlChosenName,
        FaultKind::UnknownTable => Code::SqlUnknownTable,
        FaultKind::UnknownColumn => Code::SqlUnknownColumn,
        FaultKind::Variant => Code::SqlVariant,
        FaultKind::Compared => Code::SqlCompared,
    }
}
