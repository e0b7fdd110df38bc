//! Elements that the parser's grammar supports but a database does not.
//!
//! The list is short on purpose: a refusal has to be certain.

use sqlparser::{
    ast::{
        BinaryOperator, CastKind, Distinct, Expr, Join, JoinOperator, OnInsert, Query, Select,
        SetExpr, Spanned as _, Statement, UnaryOperator,
    },
    keywords::{
        ALL_KEYWORDS, ALL_KEYWORDS_INDEX, Keyword, RESERVED_FOR_COLUMN_ALIAS,
        RESERVED_FOR_IDENTIFIER, RESERVED_FOR_TABLE_ALIAS,
    },
    tokenizer::Location,
};

use crate::dialect::Dialect;

type Unknown = Vec<(Location, String)>;

/// The first word of a statement.
pub(super) fn verb(statement: &Statement) -> &'static str {
    match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(_) => "INSERT",
            SetExpr::Update(_) => "UPDATE",
            SetExpr::Delete(_) => "DELETE",
            _ => "SELECT",
        },
        Statement::Insert(_) => "INSERT",
        Statement::Update(_) => "UPDATE",
        Statement::Delete(_) => "DELETE",
        other => {
            let text = other.to_string();
            let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
            ALL_KEYWORDS.iter().find(|known| **known == word).copied().unwrap_or("this statement")
        }
    }
}

/// Whether databases interpret a word as something other than a column's name.
pub fn is_reserved(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    let Ok(index) = ALL_KEYWORDS.binary_search(&upper.as_str()) else { return false };
    let Some(keyword) = ALL_KEYWORDS_INDEX.get(index) else { return false };
    // Reserved by some of the databases, though not for the parser.
    let more = [
        Keyword::ASC,
        Keyword::DESC,
        Keyword::CASE,
        Keyword::WHEN,
        Keyword::THEN,
        Keyword::ELSE,
        Keyword::AND,
        Keyword::OR,
        Keyword::NOT,
        Keyword::NULL,
        Keyword::TRUE,
        Keyword::FALSE,
        Keyword::IN,
        Keyword::IS,
        Keyword::LIKE,
        Keyword::TABLE,
        Keyword::DEFAULT,
        Keyword::CHECK,
        Keyword::PRIMARY,
        Keyword::UNIQUE,
        Keyword::REFERENCES,
        Keyword::CREATE,
        Keyword::USER,
        Keyword::DISTINCT,
        Keyword::BETWEEN,
        Keyword::TO,
        Keyword::ALL,
        Keyword::ANY,
        Keyword::KEY,
        Keyword::INDEX,
        Keyword::VALUES,
    ];
    RESERVED_FOR_COLUMN_ALIAS.contains(keyword)
        || RESERVED_FOR_TABLE_ALIAS
            .iter()
            .any(|reserved| reserved == keyword && !ALSO_COLUMNS.contains(keyword))
        || RESERVED_FOR_IDENTIFIER.contains(keyword)
        || more.contains(keyword)
}

/// Reserved in the parser because of other SQL dialects.
const ALSO_COLUMNS: [Keyword; 9] = [
    Keyword::SORT,
    Keyword::START,
    Keyword::SAMPLE,
    Keyword::FORMAT,
    Keyword::SETTINGS,
    Keyword::PIVOT,
    Keyword::OPEN,
    Keyword::TOP,
    Keyword::CLUSTER,
];

pub(super) fn unknown_to(dialect: Dialect, statement: &Statement) -> Unknown {
    let mut found = Vec::new();
    let at = statement.span().start;
    match statement {
        Statement::Insert(insert) => {
            match (&insert.on, dialect) {
                (Some(OnInsert::OnConflict(_)), Dialect::MySql) => {
                    found.push((
                        at,
                        "MySQL has no ON CONFLICT: write ON DUPLICATE KEY UPDATE for it".to_owned(),
                    ));
                }
                (Some(OnInsert::DuplicateKeyUpdate(_)), Dialect::Sqlite | Dialect::Postgres) => {
                    found.push((
                        at,
                        format!(
                            "{dialect} has no ON DUPLICATE KEY UPDATE: write ON CONFLICT for it"
                        ),
                    ));
                }
                _ => {}
            }
            if insert.or.is_some() && dialect != Dialect::Sqlite {
                found.push((at, format!("{dialect} has no INSERT OR")));
            }
            if insert.ignore && dialect != Dialect::MySql {
                found.push((at, format!("{dialect} has no INSERT IGNORE")));
            }
            if insert.replace_into && dialect == Dialect::Postgres {
                found.push((
                    at,
                    "Postgres has no REPLACE: write INSERT with ON CONFLICT".to_owned(),
                ));
            }
        }
        Statement::Update(update) => {
            if update.returning.is_some() && dialect == Dialect::MySql {
                found.push((at, "MySQL has no RETURNING for UPDATE".to_owned()));
            }
            if (update.limit.is_some() || !update.order_by.is_empty())
                && dialect == Dialect::Postgres
            {
                found.push((at, "Postgres has no LIMIT or ORDER BY in an UPDATE".to_owned()));
            }
        }
        Statement::Delete(delete) => {
            if (delete.limit.is_some() || !delete.order_by.is_empty())
                && dialect == Dialect::Postgres
            {
                found.push((at, "Postgres has no LIMIT or ORDER BY in a DELETE".to_owned()));
            }
            if delete.using.is_some() && dialect == Dialect::Sqlite {
                found.push((at, "SQLite has no USING in a DELETE: write a subquery".to_owned()));
            }
        }
        _ => {}
    }
    found
}

pub(super) fn unknown_in_query(dialect: Dialect, query: &Query) -> Unknown {
    let mut found = Vec::new();
    let at = query.span().start;
    if !query.locks.is_empty() && dialect == Dialect::Sqlite {
        found
            .push((at, "SQLite has no FOR UPDATE: it locks by itself in a transaction".to_owned()));
    }
    if query.fetch.is_some() && dialect != Dialect::Postgres {
        found.push((at, format!("{dialect} has no FETCH FIRST: write LIMIT")));
    }
    found
}

pub(super) fn unknown_in_select(dialect: Dialect, select: &Select) -> Unknown {
    let mut found = Vec::new();
    let at = select.select_token.0.span.start;
    if matches!(select.distinct, Some(Distinct::On(_))) && dialect != Dialect::Postgres {
        found.push((at, format!("{dialect} has no DISTINCT ON")));
    }
    if dialect == Dialect::MySql {
        let joins = select.from.iter().flat_map(|from| &from.joins);
        for Join { relation, join_operator, .. } in joins {
            if matches!(join_operator, JoinOperator::FullOuter(_)) {
                found.push((relation.span().start, "MySQL has no FULL JOIN".to_owned()));
            }
        }
    }
    found
}

pub(super) fn unknown_in_expr(dialect: Dialect, expr: &Expr) -> Unknown {
    match expr {
        Expr::ILike { expr, .. } if dialect != Dialect::Postgres => {
            vec![(
                expr.span().start,
                format!(
                    "{dialect} has no ILIKE: its LIKE takes no notice of case for ASCII letters"
                ),
            )]
        }
        Expr::Cast { kind: CastKind::DoubleColon, expr, .. } if dialect != Dialect::Postgres => {
            vec![(expr.span().start, format!("{dialect} has no `::`: write CAST(.. AS ..)"))]
        }
        Expr::BinaryOp { left, op, .. } if dialect != Dialect::MySql => match op {
            BinaryOperator::Xor => {
                vec![(left.span().start, format!("{dialect} has no XOR: write `<>` of two truths"))]
            }
            BinaryOperator::Spaceship if dialect == Dialect::Sqlite => {
                vec![(left.span().start, "SQLite has no `<=>`: write IS".to_owned())]
            }
            BinaryOperator::BitwiseXor | BinaryOperator::PGExp if dialect == Dialect::Sqlite => {
                vec![(left.span().start, "SQLite has no `^`".to_owned())]
            }
            _ => Vec::new(),
        },
        Expr::UnaryOp { op: UnaryOperator::BangNot, expr } if dialect != Dialect::MySql => {
            vec![(expr.span().start, format!("{dialect} has no `!`: write NOT"))]
        }
        Expr::SimilarTo { expr, .. } if dialect != Dialect::Postgres => {
            vec![(expr.span().start, format!("{dialect} has no SIMILAR TO"))]
        }
        _ => Vec::new(),
    }
}
