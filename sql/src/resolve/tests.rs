//! Comparisons, and the meaning of one text in several databases.

use crate::{
    Allow, Comparand,
    Dialect::{self, MySql, Postgres, Sqlite},
    Fault, FaultKind, Migration, Prepared, Request, Template, prepare,
    schema::Schema,
};

const TABLES: &str = "
    CREATE TABLE tokens (
        id BIGINT PRIMARY KEY, token VARCHAR(40) NOT NULL, owner BIGINT, used BOOLEAN NOT NULL,
        at TIMESTAMP, share DOUBLE PRECISION, price DECIMAL(9, 2), qty INT NOT NULL, doc TEXT
    );
    CREATE TABLE users (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL, token BIGINT);
";

fn check(dialects: &[Dialect], text: &str) -> Result<Prepared, Vec<Fault>> {
    let template = Template::parse(text)?;
    let schemas = Dialect::ALL.map(|dialect| {
        let (description, file) = (String::new(), "1_a.sql".into());
        let sql = TABLES.to_owned();
        Schema::of(dialect, &[Migration { version: 1, description, sql, file }])
    });
    let templates = Dialect::ALL.map(|own| dialects.contains(&own).then_some(&template));
    let request = Request { templates, schemas: Some(&schemas), allow: Allow::default() };
    prepare(&request).map_err(|(_, faults)| faults)
}

/// The comparisons of a statement's values.
fn compared(dialect: Dialect, text: &str) -> Vec<(usize, Comparand, String)> {
    let prepared = check(&[dialect], text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    prepared.compared.into_iter().map(|own| (own.hole, own.with, own.column)).collect()
}

fn told(dialects: &[Dialect], text: &str) -> Option<FaultKind> {
    let faults = check(dialects, text).err()?;
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    faults.first().map(|fault| fault.kind)
}

#[test]
fn values_are_known_by_what_they_are_compared_with() {
    let text = |hole: usize, column: &str| (hole, Comparand::Text, column.to_owned());
    let number = |hole: usize, column: &str| (hole, Comparand::Number, column.to_owned());
    for dialect in [Postgres, MySql] {
        for (sql, expected) in [
            ("SELECT id FROM tokens WHERE token = {a}", vec![text(0, "token")]),
            ("SELECT id FROM tokens t WHERE {a} <> t.token", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE token < {a}", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE token IN ({l..})", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE token NOT IN ('x', {a})", vec![text(0, "token")]),
            (
                "SELECT id FROM tokens WHERE token BETWEEN {a} AND {b}",
                vec![text(0, "token"), text(1, "token")],
            ),
            ("SELECT id FROM tokens WHERE (({a})) = id", vec![number(0, "id")]),
            (
                "SELECT id FROM tokens WHERE (token, id) = ({a}, {b})",
                vec![text(0, "token"), number(1, "id")],
            ),
            ("SELECT id FROM tokens WHERE lower(token) = {a}", vec![text(0, "lower(token)")]),
            ("SELECT CASE token WHEN {a} THEN 1 END FROM tokens", vec![text(0, "token")]),
            ("SELECT u.id FROM users u JOIN tokens t ON t.token = {a}", vec![text(0, "token")]),
            (
                "SELECT owner FROM tokens GROUP BY owner HAVING max(token) = {a}",
                vec![text(0, "max(token)")],
            ),
            ("DELETE FROM tokens WHERE token = {a}", vec![text(0, "token")]),
            ("UPDATE tokens SET used = {b} WHERE token = {a}", vec![text(1, "token")]),
            ("SELECT id FROM tokens WHERE {a} IN (SELECT name FROM users)", vec![text(0, "name")]),
            (
                "WITH p AS (SELECT {a} AS x) SELECT id FROM tokens, p WHERE token = p.x",
                vec![text(0, "token")],
            ),
            ("SELECT id FROM tokens WHERE token IN (SELECT {a})", vec![text(0, "token")]),
            ("DELETE FROM tokens WHERE token = (SELECT {a})", vec![text(0, "token")]),
            ("DELETE FROM tokens WHERE token = ANY (SELECT {a})", vec![text(0, "token")]),
            (
                "SELECT id FROM tokens WHERE token IN (SELECT {a} UNION SELECT {b})",
                vec![text(0, "token"), text(1, "token")],
            ),
            (
                "SELECT id FROM tokens WHERE (token, id) IN (SELECT {a}, {b})",
                vec![text(0, "token"), number(1, "id")],
            ),
            ("SELECT id FROM tokens WHERE token = coalesce({a}, 'x')", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE coalesce({a}, token) = 'x'", vec![text(0, "'x'")]),
            ("SELECT id FROM tokens WHERE coalesce(token, '') = {a}", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE coalesce(owner, '0') = {a}", vec![number(0, "owner")]),
            ("SELECT id FROM tokens WHERE coalesce({a}, owner) = '5'", vec![]),
            ("SELECT id FROM tokens WHERE token = nullif({a}, '')", vec![text(0, "token")]),
            ("SELECT id FROM tokens WHERE token = greatest({a}, 'x')", vec![text(0, "token")]),
            (
                "SELECT id FROM tokens WHERE token = CASE WHEN used THEN {a} ELSE {b} END",
                vec![text(0, "token"), text(1, "token")],
            ),
            (
                "SELECT id FROM tokens WHERE token IN (SELECT coalesce({a}, name) FROM users)",
                vec![text(0, "token")],
            ),
            ("SELECT id FROM tokens WHERE id = -{a}", vec![]),
            ("SELECT id FROM tokens WHERE id = {a} + 1", vec![]),
            ("SELECT id FROM tokens WHERE at > {a} - {b}", vec![]),
            ("SELECT id FROM tokens WHERE used = {a}", vec![number(0, "used")]),
            ("SELECT id FROM tokens WHERE share > {a}", vec![number(0, "share")]),
            ("SELECT id FROM tokens WHERE at > {a} AND price = {b}", vec![]),
            ("INSERT INTO tokens (id, token) VALUES ({a}, {b})", vec![]),
            ("SELECT id FROM tokens WHERE token LIKE {a}", vec![]),
        ] {
            assert_eq!(compared(dialect, sql), expected, "{dialect}: {sql}");
        }
    }
    for dialect in [Postgres, MySql] {
        for (sql, expected) in [
            (
                "SELECT n FROM (SELECT lower(token) AS n FROM tokens) t WHERE t.n = {a}",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT coalesce(token, doc) AS n FROM tokens) t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "WITH t AS (SELECT concat(token, doc) AS n FROM tokens) SELECT n FROM t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "WITH t (n) AS (SELECT CASE WHEN used THEN token ELSE doc END FROM tokens) SELECT n FROM t WHERE n IN ({l..})",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT trim(token) AS n FROM tokens) t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT * FROM (SELECT lower(token) AS n FROM tokens) i) t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT token AS n FROM tokens UNION SELECT name FROM users) t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT max(token) AS n FROM tokens) t JOIN users u ON t.n = {a}",
                vec![text(0, "n")],
            ),
            (
                "WITH RECURSIVE t AS (SELECT token AS n FROM tokens UNION ALL SELECT t.n FROM t) SELECT n FROM t WHERE n = {a}",
                vec![text(0, "n")],
            ),
            (
                "SELECT n FROM (SELECT length(token) AS n FROM tokens) t WHERE n = {a}",
                vec![number(0, "n")],
            ),
            ("SELECT n FROM (SELECT at AS n FROM tokens) t WHERE n > {a}", vec![]),
        ] {
            assert_eq!(compared(dialect, sql), expected, "{dialect}: {sql}");
        }
    }
    for sql in [
        "SELECT id FROM tokens WHERE token IN (VALUES ({a}))",
        "WITH p (x) AS (VALUES ({a})) SELECT id FROM tokens, p WHERE token = p.x",
    ] {
        assert_eq!(compared(Postgres, sql), vec![text(0, "token")], "{sql}");
    }
    for sql in [
        "SELECT substring(token FROM {a}) FROM tokens",
        "SELECT substring(token FROM ({a}) FOR 2) FROM tokens",
        "SELECT substring(token, {a}) FROM tokens",
        "SELECT id FROM tokens WHERE substring(token FROM coalesce({a}, 1)) = 'x'",
    ] {
        assert_eq!(compared(Postgres, sql), vec![number(0, "start of SUBSTRING")], "{sql}");
        assert_eq!(compared(MySql, sql), vec![], "{sql}");
    }
    let sql = "SELECT id FROM tokens WHERE token = if(used, {a}, 'x')";
    assert_eq!(compared(MySql, sql), vec![text(0, "token")]);
    // It brings a number to the text of the column.
    assert_eq!(compared(Sqlite, "SELECT id FROM tokens WHERE token = {a}"), vec![]);
}

#[test]
fn columns_are_compared_with_their_like() {
    for dialect in [Postgres, MySql] {
        for text in [
            "SELECT id FROM tokens WHERE token = 0",
            "SELECT id FROM tokens WHERE token <> 0.5",
            "SELECT id FROM tokens WHERE token = TRUE",
            "SELECT id FROM tokens WHERE token IN (0, 1)",
            "SELECT id FROM tokens WHERE id = 'abc'",
            "SELECT id FROM tokens WHERE token = owner",
            "SELECT u.id FROM users u JOIN tokens t ON t.token = u.id",
            "SELECT u.name FROM users u JOIN tokens t USING (token)",
            "SELECT id FROM tokens WHERE token IN (SELECT id FROM users)",
            "SELECT id FROM tokens WHERE owner IN (SELECT name FROM users)",
            "SELECT id FROM tokens WHERE token IS NOT DISTINCT FROM owner",
            "DELETE FROM tokens WHERE token = 0",
            "DELETE FROM tokens WHERE token = -{n}",
            "DELETE FROM tokens WHERE token = {n} + 0",
            "DELETE FROM tokens WHERE token = ({n} * 1)",
            "DELETE FROM tokens WHERE token = coalesce({n}, 0)",
            "DELETE FROM tokens WHERE token = CASE WHEN {b} THEN {n} ELSE 0 END",
            "DELETE FROM tokens WHERE token IN (SELECT 0)",
            "DELETE FROM tokens WHERE token = (SELECT -{n})",
            "DELETE FROM tokens WHERE token IN (SELECT {n} + 1)",
            "DELETE FROM tokens WHERE coalesce(token, '') = 0",
            "SELECT id FROM tokens WHERE token = (SELECT max(id) FROM users)",
            "SELECT n FROM (SELECT lower(token) AS n FROM tokens) t WHERE t.n = 0",
            "WITH p AS (SELECT {n} + 0 AS x) SELECT id FROM tokens, p WHERE token = p.x",
            "SELECT id FROM tokens, (SELECT -{n} AS x) p WHERE token = x",
            "SELECT t.n FROM (SELECT lower(token) AS n FROM tokens) t JOIN users u ON u.id = t.n",
            "SELECT n FROM (SELECT token AS n FROM tokens UNION SELECT id FROM users) t WHERE n = 0",
        ] {
            if dialect == MySql && text.contains("DISTINCT") {
                continue;
            }
            assert_eq!(told(&[dialect], text), Some(FaultKind::Compared), "{dialect}: {text}");
        }
        for text in [
            "SELECT id FROM tokens WHERE id = '5'",
            "SELECT id FROM tokens WHERE used = 'true'",
            "SELECT id FROM tokens WHERE token = '0' AND owner = 0 AND share > 1",
            "SELECT t.id FROM users u JOIN tokens t ON t.owner = u.id AND t.token = u.name",
            "SELECT t.token FROM users u JOIN tokens t USING (id)",
            "SELECT id FROM tokens WHERE at > '2026-01-01' AND price > 0",
            "SELECT id FROM tokens WHERE owner IN (SELECT id FROM users)",
            "DELETE FROM tokens WHERE id = -{n} OR id = {n} + 1 OR qty % 2 = 0",
            "DELETE FROM tokens WHERE owner = coalesce({n}, 0)",
            "DELETE FROM tokens WHERE owner = CASE WHEN {b} THEN {n} ELSE 0 END",
            "DELETE FROM tokens WHERE token = (SELECT max(name) FROM users)",
            "SELECT id FROM tokens WHERE coalesce(owner, '0') = 0",
            "SELECT n FROM (SELECT lower(token) AS n FROM tokens) t WHERE t.n = '0'",
            "SELECT t.n FROM (SELECT lower(token) AS n FROM tokens) t JOIN users u ON u.name = t.n",
            "SELECT n FROM (SELECT length(token) AS n FROM tokens) t WHERE n = 0",
            "WITH p AS (SELECT {n} + 0 AS x) SELECT id FROM tokens, p WHERE owner = p.x",
        ] {
            assert_eq!(told(&[dialect], text), None, "{dialect}: {text}");
        }
    }
}

#[test]
fn one_text_has_one_meaning() {
    let every: &[Dialect] = &[Sqlite, Postgres, MySql];
    for (dialects, text) in [
        (every, "SELECT qty / 2 FROM tokens"),
        (every, "SELECT sum(qty) / count(*) FROM tokens"),
        (every, "SELECT qty / {n} FROM tokens"),
        (every, "SELECT token || qty + 1 FROM tokens"),
        (&[Postgres, Sqlite], "SELECT 'a' || qty * 2 FROM tokens"),
        (&[Postgres, MySql], "SELECT qty ^ 2 FROM tokens"),
        (&[Sqlite], "SELECT qty ^ 2 FROM tokens"),
        (&[Postgres, MySql], "SELECT id FROM tokens WHERE owner <=> {x}"),
        (&[Sqlite], "SELECT id FROM tokens WHERE owner <=> {x}"),
        (&[Postgres, MySql], "SELECT id FROM tokens WHERE used && owner = {x}"),
        (&[Postgres], "SELECT id FROM tokens WHERE used XOR owner = 1"),
        (&[Sqlite, Postgres], "SELECT doc -> '$.a' FROM tokens"),
        (&[Sqlite, MySql], "SELECT doc ->> 'a' FROM tokens"),
        (every, "UPDATE tokens SET qty = qty + 1, owner = qty WHERE id = {x}"),
    ] {
        assert_eq!(told(dialects, text), Some(FaultKind::Dialect), "{dialects:?}: {text}");
    }
    for (dialects, text) in [
        (every, "SELECT 1.0 * qty / 2 FROM tokens"),
        (every, "SELECT share / 2 FROM tokens"),
        (every, "SELECT price / {n} FROM tokens"),
        (every, "SELECT token || (qty + 1) || 'a' FROM tokens"),
        (every, "SELECT token || 'a' || token FROM tokens"),
        (every, "UPDATE tokens SET owner = qty, qty = qty + 1 WHERE id = {x}"),
        (&[Sqlite], "SELECT qty / 2, doc -> '$.a', token || qty + 1 FROM tokens"),
        (&[Postgres], "SELECT qty / 2, doc::jsonb -> 'a', qty ^ 2 FROM tokens"),
        (&[MySql], "SELECT qty / 2, qty ^ 2 FROM tokens WHERE owner <=> {x}"),
        (&[Sqlite, Postgres], "SELECT qty / 2 FROM tokens"),
        (&[Sqlite, MySql], "SELECT doc -> '$.a' FROM tokens"),
    ] {
        assert_eq!(told(dialects, text), None, "{dialects:?}: {text}");
    }
}

/// Each clause in which a name is permitted.
#[test]
fn double_quotes_hold_names_on_every_database() {
    for text in [
        "SELECT \"name\" FROM users WHERE \"id\" = {x}",
        "SELECT \"users\".\"name\" FROM \"users\" ORDER BY \"name\"",
        "SELECT \"name\", count(*) FROM users GROUP BY \"name\"",
        "INSERT INTO users (\"id\", \"name\") VALUES ({x}, {y})",
        "UPDATE users SET \"name\" = {y} WHERE \"id\" = {x}",
        "DELETE FROM users WHERE \"id\" = {x} AND \"name\" <> {y}",
    ] {
        for dialects in [&[Sqlite, Postgres, MySql][..], &[MySql]] {
            assert!(check(dialects, text).is_ok(), "{dialects:?}: {text}");
        }
    }
    for dialects in [&[Sqlite, Postgres, MySql][..], &[MySql]] {
        let told = |text| told(dialects, text);
        assert_eq!(
            told("SELECT id FROM users WHERE \"nme\" = {x}"),
            Some(FaultKind::UnknownColumn)
        );
        assert_eq!(told("SELECT \"nme\" FROM users"), Some(FaultKind::UnknownColumn));
        assert_eq!(told("DELETE FROM users WHERE \"id\" = \"id\""), Some(FaultKind::NoEffect));
    }
    // Another quote, another database.
    assert_eq!(told(&[Postgres], "SELECT `id` FROM users"), Some(FaultKind::Syntax));
    for dialects in [&[Sqlite][..], &[Postgres], &[Postgres, MySql]] {
        let kind = told(dialects, "SELECT id FROM users WHERE !(id = {x})");
        assert!(matches!(kind, Some(FaultKind::Syntax | FaultKind::Dialect)), "{dialects:?}");
    }
}
