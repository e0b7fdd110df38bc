//! Values that become a pattern, a path, a query or code through another name.

use super::super::tests::told_by;
use crate::{
    Allow,
    Dialect::{self, MySql, Postgres, Sqlite},
    FaultKind, Request, Template, prepare,
};

const DOCUMENTS: &str = "
    CREATE TABLE documents (id INTEGER PRIMARY KEY, title TEXT NOT NULL, doc TEXT, prefix TEXT);
";
const SEARCHES: &str = "
    CREATE VIRTUAL TABLE notes_fts USING fts5(title, body, content='notes', tokenize = 'porter');
    CREATE VIRTUAL TABLE old USING fts4(title, body);
    CREATE VIRTUAL TABLE boxes USING rtree(id, left, right);
    CREATE VIRTUAL TABLE words USING spellfix1;
    CREATE VIRTUAL TABLE calls USING fts4(command, rank);
    CREATE VIEW found AS SELECT notes_fts AS query, title FROM notes_fts;
";

fn told(dialect: Dialect, text: &str) -> Option<FaultKind> {
    let tables =
        if dialect == Sqlite { format!("{DOCUMENTS}{SEARCHES}") } else { DOCUMENTS.to_owned() };
    told_by(dialect, &tables, text).map(|fault| fault.kind)
}

fn refused(dialect: Dialect, texts: &[&str]) {
    for text in texts {
        assert_eq!(told(dialect, text), Some(FaultKind::Pattern), "{dialect}: {text}");
    }
}

fn taken(dialect: Dialect, texts: &[&str]) {
    for text in texts {
        let tables =
            if dialect == Sqlite { format!("{DOCUMENTS}{SEARCHES}") } else { DOCUMENTS.to_owned() };
        assert_eq!(told_by(dialect, &tables, text), None, "{dialect}: {text}");
    }
}

#[test]
fn a_value_is_followed_through_names() {
    for dialect in [Sqlite, Postgres, MySql] {
        refused(
            dialect,
            &[
                "WITH p AS (SELECT {t} AS x) SELECT n.title FROM notes n, p WHERE n.title LIKE p.x",
                "WITH p (x) AS (SELECT {t}) SELECT n.title FROM notes n, p WHERE n.title LIKE x",
                "SELECT n.title FROM notes n JOIN (SELECT {t} AS x) p ON n.title LIKE p.x",
                "SELECT n.title FROM notes n JOIN (SELECT 'a' AS x UNION ALL SELECT {t}) p ON n.title LIKE p.x",
                "SELECT n.title FROM notes n, (SELECT * FROM (SELECT {t} AS x) a) p WHERE n.title LIKE p.x",
                "SELECT n.title FROM notes n WHERE n.title LIKE (SELECT {t})",
                "SELECT n.title FROM notes n WHERE n.title LIKE CASE WHEN n.pinned THEN {t} ELSE 'a%' END",
                "SELECT n.title FROM notes n WHERE n.title LIKE coalesce({t}, 'a%')",
                "SELECT p.x FROM (SELECT {t} AS x) p, notes n GROUP BY p.x HAVING max(n.title) LIKE p.x",
                "WITH RECURSIVE p (n, x) AS (SELECT 1, {t} UNION ALL SELECT n + 1, x FROM p WHERE n < 3) \
                 SELECT title FROM notes, p WHERE title LIKE p.x",
            ],
        );
        taken(
            dialect,
            &[
                "WITH p AS (SELECT id, title FROM notes WHERE owner = {o}) SELECT n.title FROM notes n, p WHERE n.title LIKE p.title",
                "SELECT n.title FROM notes n WHERE n.title LIKE CASE WHEN {t} THEN 'a%' ELSE 'b%' END",
                "SELECT d.title FROM documents d WHERE d.title LIKE d.prefix AND d.title = {t}",
                "WITH p AS (SELECT {t} AS x) SELECT n.title FROM notes n, p WHERE n.title = p.x",
                "SELECT n.title FROM notes n WHERE n.title LIKE {t} AND n.body = {t}",
            ],
        );
    }
    refused(
        Sqlite,
        &[
            "WITH p AS (SELECT {t} AS x) SELECT n.title FROM notes n, p WHERE n.title GLOB p.x",
            "SELECT n.title FROM notes n, (VALUES ({t})) AS p WHERE n.title LIKE p.column1",
            "SELECT n.title FROM notes n, json_each({t}) j WHERE n.title LIKE j.value",
            "INSERT INTO users (id, name) VALUES (1, {t}) ON CONFLICT (id) DO UPDATE SET name = 'b' WHERE users.name LIKE excluded.name",
        ],
    );
    refused(
        Postgres,
        &[
            "SELECT n.title FROM notes n, (VALUES ({t})) AS p (x) WHERE n.title ~ p.x",
            "SELECT n.title FROM notes n, unnest(ARRAY[{t}]) AS x WHERE n.title LIKE x",
            "SELECT n.title FROM notes n, (SELECT {t} AS x) p WHERE n.title LIKE (p).x",
            "SELECT n.title FROM notes n WHERE n.title LIKE ANY (ARRAY[{t}])",
            "SELECT first_value(n.title) OVER () ~ p.x FROM notes n, (SELECT {t} AS x) p",
            "SELECT n.title FROM notes n, LATERAL (SELECT n.body || {t} AS x) p WHERE n.title LIKE p.x",
            "WITH p AS (INSERT INTO users (id, name) VALUES (1, {t}) RETURNING name) \
             SELECT n.title FROM notes n, p WHERE n.title LIKE p.name",
        ],
    );
}

#[test]
fn an_operator_is_itself_under_another_name() {
    refused(
        Postgres,
        &[
            "SELECT id FROM notes WHERE title ~ ANY(ARRAY[{t}])",
            "SELECT id FROM notes WHERE title !~~ ALL(ARRAY[{t}])",
            "SELECT id FROM notes WHERE title OPERATOR(pg_catalog.~) {t}",
            "SELECT id FROM notes WHERE textregexeq(title, {t})",
            "SELECT id FROM notes WHERE pg_catalog.textlike(title, {t})",
            "SELECT id FROM notes WHERE \"like\"(title, {t})",
            "SELECT regexp_replace(title, {t}, 'a') FROM notes",
            "SELECT regexp_match(string => title, pattern => {t}) FROM notes",
            "SELECT id FROM notes WHERE ts_match_vq(to_tsvector(title), {t}::tsquery)",
            "SELECT xpath({t}, '<a/>')",
            "SELECT id FROM notes WHERE xpath_exists({t}, body::xml)",
            "SELECT x.a FROM notes n, xmltable({t} PASSING n.body COLUMNS a text) AS x",
        ],
    );
    taken(
        Postgres,
        &[
            "SELECT regexp_replace({t}, '[^a-z]', '') FROM notes",
            "SELECT id FROM notes WHERE textlike({t}, 'a%')",
            "SELECT id FROM notes WHERE title = ANY(ARRAY[{t}])",
            "SELECT jsonb_path_exists(target => {d}, path => '$.a', vars => {v})",
            "SELECT xpath('/a', {t}::xml)",
            "SELECT body::jsonb -> {k} FROM notes",
        ],
    );
    refused(
        Sqlite,
        &[
            "SELECT id FROM notes WHERE \"like\"({t}, title)",
            "SELECT id FROM notes WHERE glob({t}, title)",
            "SELECT id FROM notes WHERE regexp({t}, title)",
        ],
    );
    taken(
        Sqlite,
        &[
            "SELECT id FROM notes WHERE like('a%', {t})",
            "SELECT id FROM notes WHERE glob('a*', {t})",
        ],
    );
    refused(
        MySql,
        &[
            "SELECT id FROM notes WHERE MATCH (title) AGAINST ({t} WITH QUERY EXPANSION)",
            "SELECT id FROM notes WHERE MATCH (title) AGAINST ({t} IN NATURAL LANGUAGE MODE WITH QUERY EXPANSION)",
            "SELECT extractvalue(body, {t}) FROM notes",
            "SELECT updatexml(body, {t}, 'a') FROM notes",
        ],
    );
}

#[test]
fn a_path_is_a_literal() {
    refused(
        Sqlite,
        &[
            "SELECT json_extract(doc, {t}) FROM documents",
            "SELECT json_set(doc, {t}, 1) FROM documents",
            "SELECT doc -> {t} FROM documents",
            "SELECT doc ->> ('$.' || {t}) FROM documents",
            "SELECT j.value FROM documents d, json_each(d.doc, {t}) j",
            "SELECT value FROM json_tree('{{}}', {t})",
        ],
    );
    taken(
        Sqlite,
        &[
            "SELECT json_extract({t}, '$.a')",
            "SELECT json_set(doc, '$.a', {t}) FROM documents",
            "SELECT doc -> CAST({n} AS INTEGER) FROM documents",
            "SELECT doc ->> '$.a' FROM documents WHERE title = {t}",
            "SELECT value FROM json_each({t}, '$.a')",
        ],
    );
    refused(
        MySql,
        &[
            "SELECT JSON_EXTRACT(doc, {t}) FROM documents",
            "SELECT JSON_VALUE(doc, {t}) FROM documents",
            "SELECT JSON_SEARCH(doc, 'one', {t}) FROM documents",
            "SELECT JSON_CONTAINS_PATH(doc, 'one', '$.a', {t}) FROM documents",
            "UPDATE documents SET doc = JSON_SET(doc, '$.a', 1, {t}, 2) WHERE id = 1",
            "SELECT j.a FROM documents d, JSON_TABLE(d.doc, '$' COLUMNS (a INT PATH {t})) AS j",
        ],
    );
    taken(
        MySql,
        &[
            "SELECT JSON_CONTAINS(doc, {t}) FROM documents",
            "SELECT JSON_CONTAINS(doc, {t}, '$.a') FROM documents",
            "UPDATE documents SET doc = JSON_SET(doc, '$.a', {t}, '$.b', {t}) WHERE id = 1",
        ],
    );
    refused(
        Postgres,
        &[
            "SELECT p FROM documents d, jsonb_path_query(d.doc::jsonb, {t}::jsonpath) AS p",
            "SELECT jsonb_path_query_first(doc::jsonb, CAST({t} AS jsonpath)) FROM documents",
        ],
    );
}

#[test]
fn a_virtual_table_is_searched_by_a_literal() {
    refused(
        Sqlite,
        &[
            "SELECT title FROM notes_fts WHERE notes_fts = {t}",
            "SELECT title FROM notes_fts WHERE {t} = notes_fts",
            "SELECT f.title FROM notes_fts f WHERE f.notes_fts = {t}",
            "SELECT title FROM notes_fts WHERE notes_fts IN ({l..})",
            "SELECT title FROM notes_fts WHERE notes_fts IN ('a', {t})",
            "SELECT title FROM notes_fts WHERE notes_fts IN (SELECT {t})",
            "SELECT title FROM notes_fts WHERE (notes_fts, rowid) = ({t}, 1)",
            "SELECT title FROM notes_fts JOIN (SELECT {t} AS notes_fts) AS p USING (notes_fts)",
            "SELECT title FROM notes_fts WHERE rank = {t}",
            "SELECT title FROM notes_fts({t})",
            "SELECT title FROM notes_fts('a', {t})",
            "SELECT title FROM notes_fts WHERE notes_fts MATCH {t}",
            "SELECT title FROM old WHERE old MATCH {t}",
            "SELECT title FROM found WHERE query = {t}",
            "WITH w AS (SELECT notes_fts AS q, title FROM notes_fts) SELECT title FROM w WHERE w.q = {t}",
            "WITH p AS (SELECT {t} AS x) SELECT f.title FROM notes_fts f, p WHERE f.notes_fts = p.x",
            "INSERT INTO notes_fts (notes_fts) VALUES ({t})",
            "INSERT INTO notes_fts (notes_fts, rank) VALUES ('rank', {t})",
            "INSERT INTO notes_fts (notes_fts) SELECT {t}",
            "UPDATE notes_fts SET notes_fts = {t} WHERE rowid = 1",
            "INSERT INTO words (command) VALUES ({t})",
        ],
    );
    taken(
        Sqlite,
        &[
            "SELECT title FROM notes_fts WHERE title = {t}",
            "SELECT title FROM notes_fts WHERE rowid = {t}",
            "SELECT title FROM notes_fts WHERE notes_fts = 'a' AND title <> {t}",
            "SELECT title FROM notes_fts('a') WHERE title = {t} ORDER BY rank",
            "SELECT n.id FROM notes n JOIN notes_fts f ON f.rowid = n.id WHERE n.owner = {o}",
            "INSERT INTO notes_fts (rowid, title, body) VALUES ({i}, {t}, {b})",
            "INSERT INTO notes_fts (notes_fts, rowid, title, body) VALUES ('delete', {i}, {t}, {b})",
            "INSERT INTO notes_fts (notes_fts, rank) VALUES ('merge', {n})",
            "INSERT INTO notes_fts (notes_fts) VALUES ('rebuild')",
            "INSERT INTO calls (command, rank) VALUES ({t}, {t})",
            "SELECT rowid FROM calls WHERE rank = {t}",
            "SELECT id FROM boxes WHERE left >= {a} AND right <= {b}",
        ],
    );
}

#[test]
fn a_table_that_no_migration_shows_is_searched_by_its_name() {
    use crate::{Allow, Request, Template, prepare};
    let kind = |text: &str| {
        let template = Template::parse(text).unwrap();
        let templates = [Some(&template), None, None];
        let request = Request { templates, schemas: None, allow: Allow::default() };
        prepare(&request).err().map(|(_, faults)| faults[0].kind)
    };
    assert_eq!(kind("SELECT title FROM notes_fts WHERE notes_fts = {t}"), Some(FaultKind::Pattern));
    assert_eq!(kind("SELECT title FROM notes_fts({t})"), Some(FaultKind::Pattern));
    assert_eq!(
        kind("SELECT title FROM fts5_notes WHERE fts5_notes = {t}"),
        Some(FaultKind::Pattern)
    );
    assert_eq!(kind("SELECT tag FROM tag WHERE tag = {t}"), None);
    assert_eq!(kind("SELECT id FROM gifts WHERE gifts = {t} AND rank = {t}"), None);
}

#[test]
fn formats_schemas_and_names_are_literals() {
    refused(Sqlite, &["SELECT printf({t}, id) FROM notes", "SELECT format({t}) FROM notes"]);
    taken(Sqlite, &["SELECT printf('%s!', {t})", "SELECT format('%d', {n})"]);
    refused(
        Postgres,
        &[
            "SELECT format({t}, id) FROM notes",
            "SELECT nextval({t})",
            "SELECT setval({t}, 1)",
            "SELECT pg_catalog.currval({t})",
            "SELECT to_regclass({t})",
            "SELECT {t}::regclass",
            "SELECT CAST({t} AS pg_catalog.regproc)",
            "SELECT id FROM notes WHERE {t}::regrole = current_user::regrole",
        ],
    );
    taken(
        Postgres,
        &[
            "SELECT format('%s', {t})",
            "SELECT nextval('notes_id_seq')",
            "SELECT setval('notes_id_seq', {n})",
            "SELECT 'notes'::regclass",
        ],
    );
    refused(
        MySql,
        &[
            "SELECT json_key_value(doc, {t}) FROM documents",
            "SELECT json_schema_validation_report({t}, doc) FROM documents",
        ],
    );
    taken(
        MySql,
        &[
            "SELECT json_key_value({t}, '$.a')",
            "SELECT json_schema_validation_report('true', {t})",
            "SELECT format({n}, 2)",
        ],
    );
    for text in ["SELECT lo_unlink({n})", "SELECT loread({n}, 9)", "SELECT lowrite({n}, {t})"] {
        assert_eq!(told(Postgres, text), Some(FaultKind::Function), "{text}");
    }
}

#[test]
fn functions_reach_beyond_the_tables_by_their_schemas_too() {
    for text in [
        "SELECT cron.schedule('a', '* * * * *', {t})",
        "SELECT net.http_post({t})",
        "SELECT http_get({t})",
        "SELECT a FROM xpath_table('id', 'a', 'b', {t}, 'true') AS t (a text)",
        "SELECT dblink_exec('a', {t})",
    ] {
        assert_eq!(told(Postgres, text), Some(FaultKind::Function), "{text}");
    }
    taken(Postgres, &["SELECT app.schedule({t})", "SELECT http_status({t})"]);
}

#[test]
fn a_database_keeps_its_own_tables() {
    for (dialect, text) in [
        (Sqlite, "DELETE FROM sqlite_master WHERE name = {t}"),
        (Sqlite, "UPDATE sqlite_schema SET sql = {t} WHERE name = 'a'"),
        (Postgres, "UPDATE pg_catalog.pg_class SET relname = {t} WHERE oid = 1"),
        (Postgres, "DELETE FROM pg_proc WHERE proname = {t}"),
        (Postgres, "INSERT INTO cron.job (command) VALUES ({t})"),
        (MySql, "UPDATE mysql.user SET Host = {t} WHERE User = 'a'"),
        (MySql, "DELETE u FROM mysql.user u WHERE u.User = {t}"),
    ] {
        assert_eq!(told(dialect, text), Some(FaultKind::Ddl), "{dialect}: {text}");
    }
    taken(
        Sqlite,
        &[
            "SELECT name FROM sqlite_schema WHERE type = {t}",
            "DELETE FROM sqlite_sequence WHERE name = {t}",
        ],
    );
}

/// Without its migration, a full-text search table is recognized by its name.
#[test]
fn a_part_of_a_name_says_that_a_table_is_searched() {
    let kind = |text: &str| {
        let template = Template::parse(text).unwrap();
        let templates = [Some(&template), None, None];
        let request = Request { templates, schemas: None, allow: Allow::default() };
        let faults = prepare(&request).err().map(|(_, faults)| faults)?;
        faults.first().map(|fault| fault.kind)
    };
    for table in ["fts", "notes_fts", "fts5_notes", "notes_FTS4"] {
        let text = format!("SELECT title FROM {table} WHERE {table} = {{t}}");
        assert_eq!(kind(&text), Some(FaultKind::Pattern), "{text}");
        let text = format!("INSERT INTO {table} ({table}) VALUES ({{t}})");
        assert_eq!(kind(&text), Some(FaultKind::Pattern), "{text}");
    }
    for table in ["drafts", "gifts", "shifts", "ftse", "ftse_prices", "work_shifts"] {
        for text in [
            format!("SELECT title FROM {table} WHERE {table} = {{t}}"),
            format!("INSERT INTO {table} ({table}, rank) VALUES ({{t}}, {{n}})"),
            format!("UPDATE {table} SET rank = {{n}} WHERE id = {{id}}"),
        ] {
            assert_eq!(kind(&text), None, "{text}");
        }
    }
}
