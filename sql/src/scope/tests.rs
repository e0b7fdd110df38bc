//! The meaning of names: frames, WITH queries, quotes.

use crate::{
    Allow,
    Dialect::{self, MySql, Postgres, Sqlite},
    FaultKind, Migration, Request, Template, prepare,
    schema::Schema,
};

const TABLES: &str = "
    CREATE TABLE accounts (id BIGINT PRIMARY KEY, \"displayName\" VARCHAR(40) NOT NULL, Email VARCHAR(40));
    CREATE TABLE orders (id BIGINT PRIMARY KEY, account BIGINT NOT NULL, note VARCHAR(40));
";

/// The fault of a statement, and its help.
fn told(dialect: Dialect, text: &str) -> Option<(FaultKind, String)> {
    let template = Template::parse(text).unwrap();
    let tables = match dialect {
        MySql => TABLES.replace('"', "`"),
        Sqlite | Postgres => TABLES.to_owned(),
    };
    let schemas = Dialect::ALL.map(|dialect| {
        let (description, file) = (String::new(), "1_a.sql".into());
        Schema::of(dialect, &[Migration { version: 1, description, sql: tables.clone(), file }])
    });
    let templates = Dialect::ALL.map(|own| (own == dialect).then_some(&template));
    let request = Request { templates, schemas: Some(&schemas), allow: Allow::default() };
    let faults = prepare(&request).err()?.1;
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    faults.into_iter().next().map(|fault| (fault.kind, fault.help.unwrap_or_default()))
}

fn kind(dialect: Dialect, text: &str) -> Option<FaultKind> {
    told(dialect, text).map(|(kind, _)| kind)
}

#[test]
fn postgres_folds_names_without_quotes() {
    for text in [
        "SELECT \"displayName\", email, Email, \"email\" FROM accounts",
        "SELECT a.\"displayName\" FROM Accounts A ORDER BY A.EMAIL",
        "UPDATE accounts SET \"displayName\" = {n} WHERE EMAIL = {e}",
        "SELECT x.\"Name\" FROM (SELECT email AS \"Name\" FROM accounts) x",
        "SELECT X.NAME FROM (SELECT email AS Name FROM accounts) x",
    ] {
        assert_eq!(told(Postgres, text), None, "{text}");
    }
    for text in [
        "SELECT displayName FROM accounts",
        "SELECT \"Email\" FROM accounts",
        "INSERT INTO accounts (id, displayName) VALUES ({i}, {n})",
        "SELECT x.Name FROM (SELECT email AS \"Name\" FROM accounts) x",
    ] {
        assert_eq!(kind(Postgres, text), Some(FaultKind::UnknownColumn), "{text}");
    }
    let help = told(Postgres, "SELECT displayName FROM accounts").unwrap().1;
    assert!(help.contains("write `\"displayName\"`"), "{help}");
    // The others take no notice of case.
    for dialect in [Sqlite, MySql] {
        let text = "SELECT DISPLAYNAME, \"EMAIL\" FROM accounts";
        assert_eq!(told(dialect, text), None, "{dialect}");
    }
}

#[test]
fn names_are_known_where_they_are_in_scope() {
    for text in [
        "WITH a AS (SELECT id FROM orders), b AS (SELECT id FROM a) SELECT b.id FROM b",
        "WITH orders AS (SELECT id AS only FROM orders) SELECT only FROM orders",
        "WITH RECURSIVE t AS (SELECT id, account FROM orders UNION ALL SELECT o.id, o.account FROM orders o JOIN t ON t.id = o.account) SELECT id FROM t ORDER BY account",
        "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM accounts a WHERE a.id = o.account)",
        "SELECT id, note FROM orders UNION SELECT id, email FROM accounts ORDER BY note",
        "SELECT count(*) AS n FROM orders GROUP BY account ORDER BY n, account",
        "SELECT o.id FROM orders o JOIN accounts a USING (id) WHERE id = {x}",
        "SELECT id FROM orders o NATURAL JOIN accounts a WHERE note = {x}",
        "SELECT v.a FROM (SELECT 1 AS a UNION ALL SELECT 2) v WHERE v.a = {x}",
        "INSERT INTO orders (id, account) SELECT a.id, a.id FROM accounts a WHERE a.email = {x}",
    ] {
        for dialect in Dialect::ALL {
            assert_eq!(told(dialect, text), None, "{dialect}: {text}");
        }
    }
    for (dialect, text) in [
        (Postgres, "SELECT l.n FROM orders o, LATERAL (SELECT o.note AS n) l"),
        (Postgres, "UPDATE orders SET note = a.email FROM accounts a WHERE a.id = account"),
        (
            Postgres,
            "DELETE FROM orders o USING accounts a WHERE a.id = o.account RETURNING o.id, a.email",
        ),
        (MySql, "DELETE o FROM orders o JOIN accounts a ON a.id = o.account WHERE a.email = {x}"),
        (
            Sqlite,
            "INSERT INTO orders (id, account) VALUES ({a}, {b}) ON CONFLICT (id) DO UPDATE SET note = excluded.note WHERE orders.account = excluded.account RETURNING id, note",
        ),
        (Postgres, "SELECT v.b FROM (VALUES (1, {x})) AS v (a, b) WHERE v.a = 1"),
    ] {
        assert_eq!(told(dialect, text), None, "{dialect}: {text}");
    }
    for (text, expected) in [
        (
            "WITH orders AS (SELECT id AS only FROM orders) SELECT note FROM orders",
            FaultKind::UnknownColumn,
        ),
        (
            "WITH a AS (SELECT id FROM b), b AS (SELECT id FROM orders) SELECT id FROM a",
            FaultKind::UnknownTable,
        ),
        // What a query of WITH selects from is not what is selected beside it.
        (
            "WITH a AS (SELECT email AS e FROM orders) SELECT a.e FROM a, accounts",
            FaultKind::UnknownColumn,
        ),
        ("SELECT a.id FROM orders o", FaultKind::UnknownTable),
        ("SELECT o.id FROM orders o JOIN accounts a USING (note)", FaultKind::UnknownColumn),
        ("SELECT t.b FROM (SELECT 1 AS a) t", FaultKind::UnknownColumn),
    ] {
        for dialect in Dialect::ALL {
            assert_eq!(kind(dialect, text), Some(expected), "{dialect}: {text}");
        }
    }
}

#[test]
fn columns_are_listed_once() {
    let help = told(Sqlite, "SELECT zzzzzzzz FROM orders").unwrap().1;
    assert_eq!(help, "`orders` has `id`, `account`, `note`");
}

/// Each query is visited once for each enclosing query, and not exponentially often.
#[test]
fn queries_in_queries_are_read_in_time() {
    let scalar =
        (0..10).fold("SELECT 1 AS a".to_owned(), |inner, _| format!("SELECT ({inner}) AS a"));
    let table = (0..10)
        .fold("SELECT 1 AS a".to_owned(), |inner, _| format!("SELECT a FROM ({inner}) AS t"));
    for dialect in Dialect::ALL {
        assert_eq!(told(dialect, &scalar), None, "{dialect}");
        assert_eq!(told(dialect, &table), None, "{dialect}");
    }
}

/// Migrations that are invalid in every database must not keep the compiler busy for ever.
#[test]
fn views_of_each_other_come_to_an_end() {
    let tables = "
        CREATE TABLE a (id BIGINT PRIMARY KEY); CREATE VIEW b AS SELECT id FROM a;
        DROP TABLE a; CREATE VIEW a AS SELECT id FROM b;";
    let template = Template::parse("DELETE FROM a WHERE id IN (SELECT id FROM b)").unwrap();
    for dialect in Dialect::ALL {
        let schemas = Dialect::ALL.map(|dialect| {
            let (description, file) = (String::new(), "1_a.sql".into());
            let sql = tables.to_owned();
            Schema::of(dialect, &[Migration { version: 1, description, sql, file }])
        });
        let templates = Dialect::ALL.map(|own| (own == dialect).then_some(&template));
        let request = Request { templates, schemas: Some(&schemas), allow: Allow::default() };
        assert!(prepare(&request).is_ok(), "{dialect}");
    }
}
