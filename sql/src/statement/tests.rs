//! Queries, and what becomes of them.

use proptest::prelude::*;

use super::{Allow, Part, Prepared, Request, Role, prepare};
use crate::{
    Dialect, Fault, FaultKind, Migration, Template,
    schema::{Kind, Schema},
    template::HoleKind,
};

const TABLES: &str = "
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, joined TIMESTAMP);
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        owner INTEGER NOT NULL REFERENCES users (id),
        title TEXT NOT NULL,
        body TEXT,
        pinned BOOLEAN NOT NULL DEFAULT FALSE
    );
    CREATE TABLE shares (note INTEGER NOT NULL, reader INTEGER NOT NULL, PRIMARY KEY (note, reader));
    CREATE VIEW owned AS SELECT n.id, n.title, u.name AS owner FROM notes n JOIN users u ON u.id = n.owner;
";

fn schemas(sql: &str) -> [Schema; 3] {
    Dialect::ALL.map(|dialect| {
        let sql = sql.to_owned();
        let (description, file) = (String::new(), "1_a.sql".into());
        Schema::of(dialect, &[Migration { version: 1, description, sql, file }])
    })
}

fn prepared(text: &str, allow: Allow) -> Result<Prepared, Vec<Fault>> {
    let template = Template::parse(text)?;
    let schemas = schemas(TABLES);
    let templates = [Some(&template), Some(&template), Some(&template)];
    prepare(&Request { templates, schemas: Some(&schemas), allow }).map_err(|(_, faults)| faults)
}

/// The first fault of a statement for one database, with tables of its own besides the usual ones.
pub(super) fn told_by(dialect: Dialect, tables: &str, text: &str) -> Option<Fault> {
    let template = Template::parse(text).unwrap();
    let schemas = schemas(&format!("{TABLES}{tables}"));
    let mut templates = [None, None, None];
    templates[dialect.index()] = Some(&template);
    let request = Request { templates, schemas: Some(&schemas), allow: Allow::default() };
    let faults = prepare(&request).err().map(|(_, faults)| faults)?;
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    faults.into_iter().next()
}

fn ok(text: &str) -> Prepared {
    prepared(text, Allow::default()).unwrap_or_else(|faults| {
        panic!("{text}\n{}", faults.iter().map(|f| f.describe(text)).collect::<Vec<_>>().join("\n"))
    })
}

fn kind(text: &str) -> Option<FaultKind> {
    prepared(text, Allow::default()).err().map(|faults| faults[0].kind)
}

fn shown(parts: &[Part]) -> String {
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => text.clone(),
        Part::Bind => "<bind>".to_owned(),
        Part::List => "<list>".to_owned(),
        Part::Choice(number) => format!("<choice {number}>"),
        Part::Fragment(number, parts) => format!("<if {number}:{}>", shown(parts)),
    });
    texts.collect()
}

fn texts(sql: &str) -> [String; 3] {
    ok(sql).texts.map(|parts| shown(&parts.unwrap()))
}

#[test]
fn values_become_placeholders() {
    assert_eq!(
        texts("SELECT id FROM notes WHERE owner = {a} AND title = {b.c(\"}\")} LIMIT {n}"),
        [
            "SELECT id FROM notes WHERE owner = ?1 AND title = ?2 LIMIT ?3",
            "SELECT id FROM notes WHERE owner = $1 AND title = $2 LIMIT $3",
            "SELECT id FROM notes WHERE owner = ? AND title = ? LIMIT ?",
        ]
    );
}

#[test]
fn lists_have_one_text_however_long_they_are() {
    let json =
        "SELECT CASE type WHEN 'object' THEN unhex(value ->> 'x') ELSE value END FROM json_each";
    assert_eq!(
        texts("SELECT id FROM notes WHERE id IN ({ids..}) AND owner NOT IN ( {o..} ) AND id > {x}"),
        [
            format!(
                "SELECT id FROM notes WHERE id IN ({json}(?1)) AND owner NOT IN ( {json}(?2) ) AND id > ?3"
            ),
            "SELECT id FROM notes WHERE id = ANY($1) AND owner <> ALL($2 ) AND id > $3".to_owned(),
            "SELECT id FROM notes WHERE id IN <list> AND owner NOT IN <list> AND id > <bind>"
                .to_owned(),
        ]
    );
    // Before `IN` came `=`: another statement, so it stays what it was.
    let [_, postgres, _] = texts("SELECT id FROM notes WHERE pinned = id IN ({ids..})");
    assert_eq!(postgres, "SELECT id FROM notes WHERE pinned = id IN (SELECT unnest($1))");
}

#[test]
fn patterns_are_escaped_in_the_text() {
    let [sqlite, ..] =
        texts("SELECT id FROM notes WHERE title LIKE {p} AND body NOT LIKE {q} ESCAPE '!'");
    assert_eq!(
        sqlite,
        "SELECT id FROM notes WHERE title LIKE ?1 ESCAPE '!' AND body NOT LIKE ?2 ESCAPE '!'"
    );
    let query = ok("SELECT id FROM notes WHERE title LIKE {p} AND id = {x} AND body LIKE 'a%'");
    assert_eq!(query.roles, [Role::Pattern, Role::Bind]);
}

#[test]
fn fragments_and_names_are_parts() {
    let [sqlite, ..] = texts(
        "SELECT id FROM notes WHERE id > {x}{?a: AND owner = {o}}{?let Some(t) = t: AND title = {t}} \
         ORDER BY {sort: Sort} {order: Order}, id",
    );
    assert_eq!(
        sqlite,
        "SELECT id FROM notes WHERE id > <bind><if 0:  AND owner = <bind> ><if 1:  AND title = <bind> > \
         ORDER BY <choice 2> <choice 3>, id"
    );
}

#[test]
fn names_are_chosen_among_the_columns_in_scope() {
    let query = ok("SELECT n.id AS it FROM notes n ORDER BY {sort: Sort}");
    let columns = query.names[0].columns.as_ref().unwrap();
    for name in ["it", "title", "n.title"] {
        assert!(columns.iter().any(|own| own == name), "{columns:?}");
    }
    assert!(!columns.iter().any(|own| own == "name" || own == "notes.title"), "{columns:?}");
}

#[test]
fn columns_have_names_kinds_and_nulls() {
    let columns = |sql: &str| -> Vec<_> {
        let columns = ok(sql).columns.unwrap();
        columns.into_iter().map(|c| (c.name.unwrap_or_default(), c.kind, c.nullable)).collect()
    };
    let own = |name: &str, kind, nullable| (name.to_owned(), kind, nullable);
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(
        columns("SELECT * FROM notes"),
        [
            own("id", Kind::Integer, no),
            own("owner", Kind::Integer, no),
            own("title", Kind::Text, no),
            own("body", Kind::Text, yes),
            own("pinned", Kind::Boolean, no),
        ]
    );
    assert_eq!(
        columns(
            "SELECT count(*) AS n, COALESCE(max(body), '') AS b, EXISTS (SELECT 1 FROM users) FROM notes"
        ),
        [own("n", Kind::Integer, no), own("b", Kind::Text, no), own("", Kind::Unknown, no)]
    );
    // What an outer join leaves out is NULL; a condition that would not hold takes that back.
    assert_eq!(
        columns("SELECT u.name, n.title FROM users u LEFT JOIN notes n ON n.owner = u.id"),
        [own("name", Kind::Text, no), own("title", Kind::Text, yes)]
    );
    assert_eq!(
        columns("SELECT body FROM notes WHERE body IS NOT NULL"),
        [own("body", Kind::Text, None)]
    );
    assert_eq!(
        columns("WITH w AS (SELECT id AS a, body FROM notes) SELECT a, w.body FROM w"),
        [own("a", Kind::Integer, no), own("body", Kind::Text, yes)]
    );
    assert_eq!(
        columns("INSERT INTO users (id, name) VALUES (1, 'a') RETURNING id, joined"),
        [own("id", Kind::Integer, no), own("joined", Kind::Timestamp, yes)]
    );
    assert_eq!(
        columns("SELECT owner, title FROM owned"),
        [own("owner", Kind::Text, no), own("title", Kind::Text, no)]
    );
}

#[test]
fn what_is_right_is_let_through() {
    for sql in [
        "SELECT 1",
        "VALUES (1)",
        "SELECT n.id FROM notes AS n WHERE EXISTS (SELECT 1 FROM shares s WHERE s.note = n.id AND s.reader = {me})",
        "SELECT x.c FROM (SELECT count(*) AS c FROM notes) AS x",
        "SELECT owner, count(*) AS n FROM notes GROUP BY owner HAVING count(*) > 1 ORDER BY n DESC",
        "SELECT u.id FROM users u JOIN notes n ON n.owner = u.id JOIN shares ON shares.note = n.id",
        "SELECT id FROM users UNION SELECT owner FROM notes ORDER BY id",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t",
        "SELECT CURRENT_TIMESTAMP, id FROM notes",
        "INSERT INTO shares (note, reader) SELECT {note}, u.id FROM users u WHERE u.name = {name} AND u.id <> {o}",
        "UPDATE notes SET title = {t}, body = body WHERE id = {id}",
        "DELETE FROM notes WHERE id IN (SELECT note FROM shares WHERE reader = {r})",
        "SELECT id FROM public.users",
        "SELECT title FROM notes WHERE (owner, id) > ({a}, {b})",
        "SELECT CASE WHEN pinned THEN title ELSE body END FROM notes",
        "SELECT row_number() OVER (PARTITION BY owner ORDER BY title) FROM notes",
        "SELECT id FROM notes JOIN shares ON note = id",
        "SELECT id FROM notes WHERE title BETWEEN {a} AND {b} OR title IN ('x', {c})",
        "SELECT a.id FROM notes a, notes b WHERE a.id = b.owner",
        "SELECT id FROM information_schema.things",
        "SELECT title, (SELECT name FROM users WHERE users.id = notes.owner) FROM notes",
        "SELECT id, title FROM notes ORDER BY 1, title",
        "SELECT '{{}}' AS empty",
    ] {
        ok(sql);
    }
    for (sql, dialect) in [
        (
            "INSERT INTO users (id, name) VALUES ({i}, {n}) ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE users.name <> {n}",
            Dialect::Postgres,
        ),
        ("INSERT INTO users (id, name) VALUES ({i}, {n}) ON CONFLICT DO NOTHING", Dialect::Sqlite),
        (
            "INSERT INTO users (id, name) VALUES ({i}, {n}) ON DUPLICATE KEY UPDATE name = VALUES(name)",
            Dialect::MySql,
        ),
        ("SELECT rowid, title FROM notes", Dialect::Sqlite),
        ("SELECT value FROM json_each({x})", Dialect::Sqlite),
        ("SELECT j.value FROM notes, json_each(notes.body) AS j", Dialect::Sqlite),
        ("SELECT to_jsonb(n) FROM notes n", Dialect::Postgres),
        ("SELECT id::text FROM notes WHERE title = ANY({x})", Dialect::Postgres),
        ("SELECT DISTINCT ON (owner) owner FROM notes FOR UPDATE SKIP LOCKED", Dialect::Postgres),
        (
            "UPDATE notes SET title = u.name FROM users u WHERE u.id = notes.owner RETURNING notes.id",
            Dialect::Postgres,
        ),
        (
            "SELECT date_trunc('day', joined), extract(epoch FROM joined) FROM users",
            Dialect::Postgres,
        ),
        ("SELECT g FROM generate_series(1, 3) AS g", Dialect::Postgres),
        (
            "WITH gone AS (DELETE FROM notes WHERE id = {i} RETURNING title) SELECT title FROM gone",
            Dialect::Postgres,
        ),
        ("SELECT title FROM notes ORDER BY title COLLATE NOCASE", Dialect::Sqlite),
        ("SELECT IFNULL(body, '') FROM notes WHERE id = {i} LIMIT 1, 2", Dialect::MySql),
    ] {
        let template = Template::parse(sql).unwrap();
        let schemas = schemas(TABLES);
        let mut templates = [None, None, None];
        templates[dialect.index()] = Some(&template);
        let done =
            prepare(&Request { templates, schemas: Some(&schemas), allow: Allow::default() });
        if let Err((_, faults)) = done {
            panic!("{sql}\n{}", faults[0].describe(sql));
        }
    }
}

#[test]
fn what_is_wrong_is_told() {
    use FaultKind::*;
    for (sql, expected) in [
        ("SELECT id FROM note", UnknownTable),
        ("SELECT id FROM notes, other", UnknownTable),
        ("INSERT INTO note (id) VALUES (1)", UnknownTable),
        ("SELECT id FROM notes WHERE EXISTS (SELECT 1 FROM share)", UnknownTable),
        ("SELECT m.id FROM notes n", UnknownTable),
        ("SELECT notes.id FROM notes n", UnknownTable),
        ("SELECT titel FROM notes", UnknownColumn),
        ("SELECT n.titel FROM notes n", UnknownColumn),
        ("SELECT id FROM notes WHERE titel = 'a'", UnknownColumn),
        ("SELECT id FROM notes ORDER BY titel", UnknownColumn),
        ("SELECT id FROM notes GROUP BY titel", UnknownColumn),
        ("SELECT x.d FROM (SELECT count(*) AS c FROM notes) AS x", UnknownColumn),
        ("WITH w AS (SELECT id FROM notes) SELECT title FROM w", UnknownColumn),
        ("INSERT INTO notes (id, titel) VALUES (1, 'a')", UnknownColumn),
        ("INSERT INTO notes (id) VALUES (1, 2)", UnknownColumn),
        ("UPDATE notes SET titel = 'a' WHERE id = 1", UnknownColumn),
        ("DELETE FROM notes WHERE titel = 'a'", UnknownColumn),
        ("DELETE FROM notes WHERE id = 1 RETURNING titel", UnknownColumn),
        ("SELECT u.id FROM users u JOIN notes n ON n.ownr = u.id", UnknownColumn),
        ("SELECT id FROM users JOIN notes USING (name)", UnknownColumn),
        ("DELETE FROM notes", NoWhere),
        ("DELETE FROM notes WHERE 1 = 1", NoWhere),
        ("DELETE FROM notes WHERE {x} = {y}", NoWhere),
        ("DELETE FROM notes WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = {x})", NoWhere),
        ("UPDATE notes SET title = 'a' WHERE (SELECT max(id) FROM users) > 1", NoWhere),
        ("UPDATE notes SET title = 'a'", NoWhere),
        ("UPDATE notes SET title = 'a' {?x: WHERE id = 1}", NoWhere),
        ("WITH x AS (DELETE FROM notes RETURNING id) SELECT id FROM x", NoWhere),
        ("DROP TABLE notes", Ddl),
        ("CREATE TABLE a (id INTEGER)", Ddl),
        ("ALTER TABLE notes ADD COLUMN x TEXT", Ddl),
        ("TRUNCATE TABLE notes", Ddl),
        ("PRAGMA foreign_keys = 0", Ddl),
        ("BEGIN", Ddl),
        ("SELECT id INTO copy FROM notes", Ddl),
        ("SELECT 1; SELECT 2", TwoStatements),
        ("", TwoStatements),
        (" ; ", TwoStatements),
        ("SELECT 1 SELECT 2", Syntax),
        ("SELECT FROM WHERE", Syntax),
        ("SELECT id FROM notes WHERE id = ?", Placeholder),
        ("SELECT id FROM notes WHERE id = ?1", Placeholder),
        ("SELECT id FROM notes WHERE id = :id", Placeholder),
        ("SELECT id FROM notes WHERE id = $1", Placeholder),
        ("SELECT id FROM notes WHERE id = @id", Placeholder),
        ("SELECT [{x}] FROM notes", Placeholder),
        ("SELECT id FROM notes WHERE id = {ids..}", List),
        ("SELECT id FROM notes WHERE id IN (1, {ids..})", List),
        ("SELECT id FROM notes WHERE title LIKE '%' || {x}", Pattern),
        ("SELECT id FROM notes WHERE title LIKE {x} ESCAPE '#'", Pattern),
        ("SELECT id FROM notes WHERE title LIKE LOWER({x})", Pattern),
        ("SELECT id FROM notes WHERE glob({x}, title)", Pattern),
        ("SELECT {x: T}.id FROM notes", TouchingBrace),
        ("SELECT id FROM {x: T}", Name),
        ("SELECT id -- x", Comment),
        ("SELECT id /* x */ FROM notes", Comment),
        ("SELECT id # x", Comment),
        ("SELECT $$a$$", Placeholder),
        ("SELECT 'a", Quote),
        ("SELECT 'a\\'", Quote),
        ("SELECT '{x}'", QuotedBrace),
        ("SELECT \"{x}\" FROM notes", QuotedBrace),
        ("SELECT a{x}", TouchingBrace),
        ("SELECT {x}1", TouchingBrace),
        ("SELECT {x}{y}", TouchingBrace),
        ("SELECT {", Braces),
        ("SELECT {x", Braces),
        ("SELECT }", Braces),
        ("SELECT {}", Braces),
        ("SELECT {?x}", Braces),
        ("SELECT {?x: }", Braces),
        ("SELECT {?a: {?b: 1}}", Fragments),
    ] {
        assert_eq!(kind(sql), Some(expected), "{sql}");
    }
    let many: String = ["{?a: AND id = 1}"; 7].concat();
    assert_eq!(kind(&format!("SELECT id FROM notes WHERE id = 2 {many}")), Some(Fragments));
}

/// Languages that one database has, and that a value has no business in.
#[test]
fn a_value_is_no_pattern_of_any_language() {
    use Dialect::{MySql, Postgres, Sqlite};
    let refused = |dialect: Dialect, text: &str| {
        let template = Template::parse(text).unwrap();
        let mut templates = [None, None, None];
        templates[dialect.index()] = Some(&template);
        let request = Request { templates, schemas: None, allow: Allow::default() };
        prepare(&request).err().map(|(_, faults)| faults[0].kind)
    };
    for (dialect, condition) in [
        (Sqlite, "title GLOB {x}"),
        (Sqlite, "title GLOB '*' || {x}"),
        (Sqlite, "title REGEXP {x}"),
        (Sqlite, "title MATCH {x}"),
        (Sqlite, "notes MATCH 'title: ' || {x}"),
        (Postgres, "title SIMILAR TO {x}"),
        (Postgres, "title ~ {x}"),
        (Postgres, "title !~* ('^' || {x})"),
        (Postgres, "title ~~ {x}"),
        (Postgres, "title ILIKE '%' || {x}"),
        (Postgres, "doc @@ {x}"),
        (Postgres, "doc @@ {x}::tsquery"),
        (Postgres, "CAST({x} AS tsquery) @@ doc"),
        (Postgres, "doc @@ to_tsquery('english', {x})"),
        (Postgres, "doc @? {x}::jsonpath"),
        (Postgres, "jsonb_path_exists(doc, {x}::jsonpath)"),
        (Postgres, "jsonb_path_match(doc, ('$.a == ' || {x})::jsonpath)"),
        (MySql, "title REGEXP {x}"),
        (MySql, "title NOT RLIKE {x}"),
        (MySql, "regexp_like(title, {x})"),
        (MySql, "MATCH (title) AGAINST ({x} IN BOOLEAN MODE)"),
    ] {
        let text = format!("SELECT id FROM notes WHERE {condition}");
        assert_eq!(refused(dialect, &text), Some(FaultKind::Pattern), "{dialect:?}: {text}");
    }
    for (dialect, condition) in [
        (Sqlite, "title GLOB 'a*' AND body = {x}"),
        (Postgres, "title ~ '^a' AND body = {x}"),
        (Postgres, "doc @@ plainto_tsquery('english', {x})"),
        (Postgres, "doc @@ websearch_to_tsquery({x})"),
        (Postgres, "doc @> {x}"),
        (Postgres, "jsonb_path_exists(doc, '$.a ? (@ == $x)', {x})"),
        (MySql, "MATCH (title) AGAINST ({x})"),
        (MySql, "MATCH (title) AGAINST ({x} IN NATURAL LANGUAGE MODE)"),
    ] {
        let text = format!("SELECT id FROM notes WHERE {condition}");
        assert_eq!(refused(dialect, &text), None, "{dialect:?}: {text}");
    }
}

#[test]
fn what_one_database_does_not_have_is_told_for_it() {
    for (sql, database) in [
        ("SELECT id FROM notes WHERE title ILIKE 'a'", "SQLite"),
        ("INSERT INTO users (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING", "MySQL"),
        ("SELECT id FROM notes FETCH FIRST 1 ROWS ONLY", "SQLite"),
        ("UPDATE users SET name = 'a' WHERE id = 1 RETURNING id", "MySQL"),
    ] {
        let faults = prepared(sql, Allow::default()).unwrap_err();
        assert_eq!(faults[0].kind, FaultKind::Dialect, "{sql}");
        assert!(faults[0].message.contains(database), "{:?}", faults[0]);
    }
}

#[test]
fn weakening_lets_through_what_it_names() {
    let none = Allow::default();
    for (sql, allow) in [
        ("DELETE FROM notes", Allow { no_where: true, ..none }),
        ("DROP TABLE notes", Allow { ddl: true, ..none }),
        ("SELECT id FROM notes WHERE title LIKE {x}", Allow { pattern: true, ..none }),
        ("PRAGMA anything at all = {x}", Allow { raw: true, ..none }),
    ] {
        assert!(prepared(sql, allow).is_ok(), "{sql}");
    }
    assert!(prepared("SELECT '{x}'", Allow { raw: true, ..none }).is_err());
}

/// Subqueries that look at the outer table say which rows are meant.
#[test]
fn a_where_may_be_a_subquery_about_the_rows() {
    for sql in [
        "DELETE FROM notes WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = notes.owner)",
        "DELETE FROM notes WHERE id IN (SELECT id FROM users)",
        "UPDATE notes SET title = 'a' WHERE EXISTS (SELECT 1 FROM users u WHERE notes.id = u.id)",
    ] {
        assert!(prepared(sql, Allow::default()).is_ok(), "{sql}");
    }
}

#[test]
fn a_fragment_that_is_off_joins_nothing() {
    let found = prepared("SELECT (1 -{?x: 1}- 1)", Allow::default());
    // Without it there are two signs, and no comment that takes the rest with it.
    assert!(found.is_ok(), "{:?}", found.err());
}

#[test]
fn near_names_are_meant() {
    let faults = prepared("SELECT titel FROM notes", Allow::default()).unwrap_err();
    assert_eq!(faults[0].help.as_deref(), Some("did you mean `title`?"));
    assert_eq!(
        faults[0].describe("SELECT titel FROM notes"),
        "line 1, column 8: `notes` has no column `titel`\n  | SELECT titel FROM notes\n  |        ^"
    );
    let faults = prepared("SELECT id FROM nots", Allow::default()).unwrap_err();
    assert_eq!(faults[0].help.as_deref(), Some("did you mean `notes`?"));
}

/// Texts of the characters that matter.
fn texts_of_interest() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "SELECT ",
        "id ",
        "FROM ",
        "notes ",
        "WHERE ",
        "= ",
        "{",
        "}",
        "{x}",
        "{xs..}",
        "{?a: ",
        "AND ",
        "'",
        "\"",
        "`",
        "{{",
        "}}",
        "(",
        ")",
        "IN (",
        "LIKE ",
        "{s: T} ",
        "ORDER BY ",
        "-",
        "$",
        "?",
        ";",
        ",",
        "*",
        "\n",
        "é",
        "\\",
        "[",
        "]",
        "::",
        "#",
        "0",
        "DELETE ",
        "UPDATE ",
        "SET ",
        "title ",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.concat())
}

fn binds(parts: &[Part]) -> usize {
    let count = |part: &Part| match part {
        Part::Bind | Part::List => 1,
        Part::Fragment(_, parts) => binds(parts),
        Part::Text(_) | Part::Choice(_) => 0,
    };
    parts.iter().map(count).sum()
}

/// A statement without its quoted parts.
fn outside_of_quotes(text: &str) -> String {
    let mut quote = None;
    let outside = text.chars().filter(|c| match quote {
        Some(open) => {
            if open == *c {
                quote = None;
            }
            false
        }
        None => {
            quote = matches!(c, '\'' | '"' | '`').then_some(*c);
            quote.is_none()
        }
    });
    outside.collect()
}

#[test]
fn functions_that_run_texts_or_reach_files_are_refused_wherever_they_stand() {
    for text in [
        "SELECT load_extension({x})",
        "SELECT id FROM notes WHERE title = pg_catalog.pg_read_file({x})",
        "SELECT query_to_xml({x}, TRUE, TRUE, '')",
        "SELECT query_to_xml_and_xmlschema({x}, TRUE, TRUE, '')",
        "UPDATE notes SET title = Load_File({x}) WHERE id = 1",
        "SELECT id FROM notes WHERE id IN (SELECT id FROM dblink({x}))",
        "SELECT id FROM notes ORDER BY lo_import({x})",
    ] {
        assert_eq!(kind(text), Some(FaultKind::Function), "{text}");
        let allow = Allow { ddl: true, ..Allow::default() };
        assert!(prepared(text, allow).is_ok(), "{text}");
    }
    for text in [
        "SELECT LENGTH(title) FROM notes",
        "SELECT COALESCE(body, {x}) FROM notes",
        "SELECT evaluate FROM (SELECT id AS evaluate FROM notes) AS n",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn what_has_no_effect_is_refused() {
    for text in [
        "SELECT id FROM notes ORDER BY {x}",
        "SELECT id FROM notes ORDER BY title, {x} DESC",
        "SELECT COUNT(*) FROM notes GROUP BY {x}",
        "SELECT id FROM notes WHERE body = NULL",
        "SELECT id FROM notes WHERE NULL <> body",
        "UPDATE notes SET body = {x} WHERE id = id",
        "SELECT id FROM notes WHERE pinned OR title >= title",
    ] {
        assert_eq!(kind(text), Some(FaultKind::NoEffect), "{text}");
    }
    for text in [
        "UPDATE notes SET body = NULL WHERE id = {x}",
        "SELECT id FROM notes WHERE body IS NULL ORDER BY title LIMIT {x}",
        "SELECT a.id FROM notes a JOIN notes b ON a.id = b.id",
        "SELECT id FROM notes ORDER BY COALESCE(body, {x})",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_brace_is_one_placeholder_or_the_text_is_refused(sql in texts_of_interest()) {
        let Ok(template) = Template::parse(&sql) else { return Ok(()) };
        let holes = template.holes();
        let values = holes.iter().filter(|hole| matches!(hole.kind, HoleKind::Bind { .. } | HoleKind::List { .. })).count();
        if let Ok(query) = prepared(&sql, Allow::default()) {
            prop_assert_eq!(query.roles.len(), holes.len());
            for (dialect, parts) in Dialect::ALL.into_iter().zip(&query.texts) {
                let parts = parts.as_deref().unwrap();
                match parts {
                    [Part::Text(text)] => {
                        let sign = if dialect == Dialect::Postgres { '$' } else { '?' };
                        let outside = outside_of_quotes(text);
                        prop_assert_eq!(outside.matches(sign).count(), values, "{}", text);
                    }
                    parts => prop_assert_eq!(binds(parts), values),
                }
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(sql in any::<String>()) {
        if let Err(faults) = prepared(&sql, Allow::default()) {
            for fault in faults {
                prop_assert!(fault.at <= sql.len());
                fault.describe(&sql);
            }
        }
    }
}
