//! Migrations, and the tables that they make.

use crate::{
    Dialect, Migration,
    schema::{Kind, Schema},
};

fn schema(dialect: Dialect, texts: &[&str]) -> Schema {
    let migrations: Vec<_> = texts
        .iter()
        .zip(1..)
        .map(|(sql, version)| Migration {
            version,
            description: String::new(),
            sql: (*sql).to_owned(),
            file: "x.sql".into(),
        })
        .collect();
    Schema::of(dialect, &migrations)
}

/// `name kind nullable`, with `?` if unknown.
fn columns(schema: &Schema, table: &str) -> Vec<String> {
    let table = schema.table(table).unwrap_or_else(|| panic!("no {table}: {schema:?}"));
    let columns = table.columns.as_ref().unwrap_or_else(|| panic!("{table:?} is opaque"));
    let shown = columns.iter().map(|column| {
        let null = match column.nullable {
            Some(true) => " null",
            Some(false) => "",
            None => " ?",
        };
        format!("{} {}{null}", column.name, column.kind)
    });
    shown.collect()
}

#[test]
fn declarations_are_read_in_each_database() {
    let sqlite = schema(
        Dialect::Sqlite,
        &["CREATE TABLE IF NOT EXISTS a (
             id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT PRIMARY KEY, n BIGINT NOT NULL, r REAL,
             t VARCHAR(10) CHECK (length(t) > 2), b BLOB, x, done BOOLEAN DEFAULT 0, at DATETIME,
             v DECIMAL(10, 2), full TEXT GENERATED ALWAYS AS (t || 'x') STORED,
             FOREIGN KEY (n) REFERENCES a (id) ON DELETE CASCADE, UNIQUE (n, r)
           );
           CREATE TABLE s (k TEXT PRIMARY KEY, j INT) STRICT, WITHOUT ROWID;"],
    );
    assert_eq!(
        columns(&sqlite, "a"),
        [
            "id integer",
            "key text ?",
            "n integer",
            "r real null",
            "t text null",
            "b blob null",
            "x  null",
            "done boolean null",
            "at timestamp null",
            "v  null",
            "full text ?",
        ]
    );
    assert_eq!(columns(&sqlite, "S"), ["k text", "j integer null"]);
    let postgres = schema(
        Dialect::Postgres,
        &["CREATE EXTENSION IF NOT EXISTS citext;",
          "CREATE TABLE public.a (
             id BIGSERIAL PRIMARY KEY, key UUID DEFAULT gen_random_uuid() NOT NULL, d DOUBLE PRECISION,
             tags TEXT[], at TIMESTAMPTZ NOT NULL DEFAULT now(), doc JSONB, b BYTEA, n NUMERIC(9, 2),
             i INT GENERATED ALWAYS AS IDENTITY, e CITEXT, done BOOL
           );"],
    );
    assert_eq!(
        columns(&postgres, "a"),
        [
            "id integer",
            "key uuid",
            "d real null",
            "tags  null",
            "at timestamp",
            "doc json null",
            "b blob null",
            "n  null",
            "i integer",
            "e text null",
            "done boolean null",
        ]
    );
    assert!(postgres.open, "an extension may bring tables");
    let mysql = schema(
        Dialect::MySql,
        &["CREATE TABLE `a` (
             `id` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, `t` LONGTEXT, `k` TINYINT(1) NOT NULL,
             `at` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), `e` ENUM('x', 'y'), `u` BINARY(16),
             PRIMARY KEY (`id`), KEY `by_t` (`k`, `at`)
           ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;"],
    );
    assert_eq!(
        columns(&mysql, "a"),
        ["id integer", "t text null", "k boolean", "at timestamp null", "e text null", "u  null"]
    );
}

#[test]
fn changes_are_followed() {
    let made = schema(
        Dialect::Postgres,
        &[
            "CREATE TABLE a (id INT PRIMARY KEY, b TEXT, c TEXT); CREATE TABLE gone (id INT);",
            "ALTER TABLE a ADD COLUMN d BOOLEAN NOT NULL DEFAULT FALSE, DROP COLUMN c;
             ALTER TABLE a RENAME COLUMN b TO body;
             ALTER TABLE a ALTER COLUMN body SET NOT NULL;
             ALTER TABLE a ALTER COLUMN id TYPE BIGINT;
             DROP TABLE gone;
             ALTER TABLE a RENAME TO items;
             CREATE INDEX i ON items (body);",
            "CREATE VIEW v AS SELECT id, lower(body) AS low FROM items;
             CREATE VIEW w (x, y) AS SELECT id, body FROM items;
             CREATE TABLE copy AS SELECT id, body FROM items;",
        ],
    );
    assert_eq!(columns(&made, "items"), ["id integer", "body text", "d boolean"]);
    assert_eq!(columns(&made, "v"), ["id integer", "low text"]);
    assert_eq!(columns(&made, "w"), ["x integer", "y text"]);
    assert_eq!(columns(&made, "copy"), ["id integer", "body text"]);
    assert!(made.table("a").is_none() && made.table("gone").is_none() && !made.open);
    let mysql = schema(
        Dialect::MySql,
        &["CREATE TABLE a (id INT PRIMARY KEY, b TEXT);
           ALTER TABLE a MODIFY COLUMN b VARCHAR(10) NOT NULL, ADD COLUMN c INT AFTER id;
           ALTER TABLE a CHANGE COLUMN b body INT;
           RENAME TABLE a TO z;"],
    );
    assert_eq!(columns(&mysql, "z"), ["id integer", "c integer null", "body integer null"]);
}

/// Words for other objects than tables follow `CREATE`; elsewhere they are ordinary names.
#[test]
fn an_unreadable_table_is_there_whatever_its_columns_are_called() {
    for (text, table) in [
        ("CREATE TABLE kinds (type WEIRD SYNTAX (( HERE);", "kinds"),
        ("CREATE TABLE people (id INT, role WEIRD SYNTAX (( HERE);", "people"),
        ("CREATE TABLE IF NOT EXISTS plans (index WEIRD (( HERE);", "plans"),
        ("CREATE UNLOGGED TABLE public.hooks (trigger WEIRD (( HERE);", "hooks"),
        ("ALTER TABLE people ALTER COLUMN role WEIRD (( HERE;", "people"),
        ("CREATE OR REPLACE VIEW seen AS SELECT type FROM WEIRD (( HERE;", "seen"),
        ("CREATE FOREIGN TABLE elsewhere (id INT) SERVER far (( HERE;", "elsewhere"),
    ] {
        let made = schema(Dialect::Postgres, &[text]);
        assert!(made.table(table).is_some_and(|table| table.columns.is_none()), "{text}: {made:?}");
        assert!(!made.open, "{text}");
    }
    for text in [
        "CREATE UNIQUE INDEX WEIRD (( HERE ON a (table);",
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a WEIRD ((;",
        "ALTER TYPE mood WEIRD (( HERE;",
        "CREATE OR REPLACE FUNCTION f() WEIRD (( HERE;",
    ] {
        let made = schema(Dialect::Postgres, &[text]);
        assert!(made.tables.is_empty() && !made.open, "{text}: {made:?}");
    }
    assert!(schema(Dialect::MySql, &["ALTER TABLE a RENAME WEIRD (( HERE;"]).open);
    let body = schema(
        Dialect::MySql,
        &["CREATE DEFINER = 'a'@'b' TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN
             WEIRD (( HERE; DROP TABLE b; END;
           CREATE TABLE b (function INT);"],
    );
    assert_eq!(columns(&body, "b"), ["function integer null"]);
}

#[test]
fn what_cannot_be_read_leaves_something_open() {
    let made = schema(
        Dialect::Sqlite,
        &["CREATE TABLE a (id INTEGER PRIMARY KEY);
           CREATE TRIGGER t AFTER INSERT ON a BEGIN
             UPDATE a SET id = CASE WHEN 1 THEN 2 ELSE 3 END;
             DELETE FROM a WHERE id = 9;
           END;
           CREATE VIRTUAL TABLE f USING fts5(title, body);
           CREATE TABLE odd (id WEIRD SYNTAX (( HERE);
           CREATE TABLE b (id INTEGER);"],
    );
    assert_eq!(columns(&made, "a"), ["id integer"]);
    assert_eq!(columns(&made, "b"), ["id integer null"]);
    assert!(made.table("f").is_some_and(|table| table.columns.is_none()));
    assert!(made.table("odd").is_some_and(|table| table.columns.is_none()));
    assert!(!made.open);
    for unknown in
        ["DO $$ BEGIN CREATE TABLE x (id INT); END $$;", "CALL make_tables();", "FROBNICATE;"]
    {
        assert!(schema(Dialect::Postgres, &[unknown]).open, "{unknown}");
    }
    let inherited = schema(
        Dialect::Postgres,
        &["CREATE TABLE p (id INT); CREATE TABLE c (x INT) INHERITS (p); CREATE TABLE l (LIKE p);
           CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql;
           CREATE TABLE after (id INT);"],
    );
    assert!(inherited.table("c").is_some_and(|table| table.columns.is_none()));
    assert!(inherited.table("l").is_some_and(|table| table.columns.is_none()));
    assert!(inherited.table("after").is_some() && !inherited.open);
    assert_eq!(Kind::Unknown.word(), "");
}
