//! Conditions that limit the rows, and conditions that only look so.

use super::super::tests::told_by;
use crate::{
    Dialect::{self, MySql, Postgres, Sqlite},
    FaultKind,
};

const JOBS: &str = "
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY, parent INTEGER, owner INTEGER NOT NULL, done BOOLEAN NOT NULL,
        tries INTEGER NOT NULL, most INTEGER NOT NULL, due TIMESTAMP, gone TIMESTAMP, name TEXT NOT NULL
    );
";

fn told(dialect: Dialect, text: &str) -> Option<FaultKind> {
    told_by(dialect, JOBS, text).map(|fault| fault.kind)
}

const EVERY: [Dialect; 3] = [Sqlite, Postgres, MySql];

/// Rows that a value, a literal, another column or a subquery chooses.
const RIGHT: &[&str] = &[
    "id = {x}",
    "{x} = id",
    "id <> {x}",
    "NOT id = {x}",
    "due < {now}",
    "due < CURRENT_TIMESTAMP",
    "done",
    "NOT done",
    "done IS TRUE",
    "gone IS NULL",
    "gone IS NOT NULL",
    "tries < most",
    "due > gone",
    "name = lower(name)",
    "id IN (1, 2)",
    "id IN ({ids..})",
    "id NOT IN ({ids..})",
    "id BETWEEN {a} AND {b}",
    "{x} BETWEEN tries AND most",
    "name LIKE 'a%'",
    "name LIKE {x}",
    "coalesce(parent, 0) = {x}",
    "id = {x} AND owner = owner + 0",
    "id = {x} OR owner = {y}",
    "(id = {x} OR owner = {y}) AND NOT done",
    "owner = {me} AND ({x} IS NULL OR parent = {x})",
    "id < {a} OR id > {b}",
    "id < 3 OR id > 5",
    "id = 1 OR id = 2 OR parent IS NULL",
    "NOT (id >= {a} AND id < {b})",
    "length(name) > 3",
    "id IN (SELECT note FROM shares WHERE reader = {u})",
    "id IN (SELECT note FROM shares)",
    "id NOT IN (SELECT note FROM shares WHERE note IS NOT NULL)",
    "EXISTS (SELECT 1 FROM shares s WHERE s.note = jobs.id)",
    "NOT EXISTS (SELECT 1 FROM shares s WHERE s.note = jobs.id)",
    "EXISTS (SELECT 1 FROM shares WHERE note = jobs.id AND reader = {u})",
    "(SELECT count(*) FROM shares s WHERE s.note = jobs.id) = 0",
    "id = (SELECT max(id) FROM jobs)",
    "id IN (SELECT max(id) FROM jobs GROUP BY owner)",
    "id IN (SELECT id FROM jobs WHERE owner = {u})",
    "id IN (SELECT id FROM jobs ORDER BY due LIMIT 10)",
    "id IN (SELECT parent FROM jobs)",
    "id IN (SELECT j.id FROM jobs j JOIN shares s ON s.note = j.id)",
    "EXISTS (SELECT 1 FROM jobs j WHERE j.parent = jobs.id)",
    "EXISTS (SELECT 1 FROM jobs j WHERE j.name = jobs.name AND j.id > jobs.id)",
    "EXISTS (SELECT 1 FROM jobs j WHERE j.id = jobs.id AND j.owner = {x})",
    "(owner, name) = ({a}, {b})",
    "CASE WHEN done THEN tries > 3 ELSE FALSE END",
    "CASE WHEN {x} THEN owner = {y} ELSE parent = {y} END",
    "CASE WHEN owner = {x} THEN TRUE END",
    "id = {x} OR FALSE",
    "{u} IN (SELECT reader FROM shares s WHERE s.note = jobs.id)",
    "done IN (TRUE)",
    "id > (SELECT min(id) FROM jobs)",
    "id >= (SELECT min(id) FROM jobs WHERE owner = {x})",
    "id >= (SELECT min(id) FROM users)",
    "id = coalesce({x}, 0)",
    "owner = coalesce(parent, owner)",
    "coalesce(done, FALSE)",
    "coalesce(id = {x}, FALSE)",
    "coalesce(due, gone) < {now}",
    "coalesce(lower(name), '') = {x}",
    "id = CASE WHEN {x} THEN {y} ELSE {z} END",
    "CASE owner WHEN 1 THEN TRUE ELSE id = {x} END",
    "CASE WHEN done THEN TRUE ELSE owner = {x} END",
    "CASE WHEN done THEN 1 ELSE 0 END = 1",
    "CASE name WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE 3 END > {x} AND owner = {me}",
    "nullif(parent, {x}) IS NULL",
    "nullif(name, 'a') = {x}",
    "(id = {x}) = TRUE",
    "(tries > 3) IS NOT TRUE",
    "(due < {now}) = {expired}",
    "done = (tries > 3)",
    "id < ANY (SELECT id FROM jobs)",
    "id >= ALL (SELECT id FROM jobs)",
    "id <= ANY (SELECT note FROM shares)",
    "id = (SELECT coalesce({x}, 0))",
    "owner = (SELECT jobs.owner FROM shares s WHERE s.note = jobs.id)",
    "id BETWEEN coalesce({a}, 0) AND {b}",
    "greatest(tries, most) > 5",
    "id IN (SELECT max(id) FROM jobs GROUP BY owner)",
    "id < (SELECT max(id) FROM jobs)",
    "id <= (SELECT max(id) FROM jobs) - {x}",
    "id <= (SELECT max(id) - 1000 FROM jobs)",
    "id >= (SELECT min(id) FROM jobs) + 1",
    "id - (SELECT min(id) FROM jobs) > 0",
    "id - (SELECT min(id) FROM jobs) >= 1",
    "id - (SELECT min(id) FROM jobs) >= {x}",
    "id - (SELECT min(id) FROM jobs) <= 0",
    "(SELECT min(id) FROM jobs) - id >= 0",
    "id - (SELECT min(id) FROM jobs WHERE owner = {x}) >= 0",
    "id - (SELECT min(note) FROM shares) >= 0",
    "tries - (SELECT min(most) FROM jobs) >= 0",
    "abs(id) > 0",
    "abs(id) >= 1",
    "abs(id) <= 0",
    "abs(id - {x}) <= 5",
    "abs(parent) >= 0",
    "abs(tries) >= {x}",
    "tries - most >= 0",
    "most - tries > 0",
    "sign(tries - most) >= 0",
    "length(name) >= 1",
    "id - {x} >= (SELECT min(id) FROM jobs)",
    "id <> (SELECT max(id) FROM jobs)",
    "NOT (id >= (SELECT max(id) FROM jobs))",
    "id = (SELECT max(id) FROM jobs WHERE owner = {x})",
    "id = (SELECT id FROM jobs ORDER BY id LIMIT 1)",
    "id = (SELECT max(j.id) FROM jobs j WHERE j.owner = jobs.owner)",
    "id >= (SELECT id FROM jobs WHERE owner = {x} ORDER BY id LIMIT 1)",
    "id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1 OFFSET 1000)",
    "id < (SELECT id FROM jobs ORDER BY id DESC LIMIT 1)",
    "id >= (SELECT min(id) FROM jobs GROUP BY owner LIMIT 1)",
    "id >= (SELECT min(parent) FROM jobs)",
    "tries > (SELECT avg(tries) FROM jobs)",
    "id IN (SELECT id FROM jobs WHERE owner = {x} ORDER BY id LIMIT 100)",
    "id IN (SELECT id FROM jobs ORDER BY id LIMIT {n})",
    "id NOT IN (SELECT min(id) FROM jobs GROUP BY name)",
    "id NOT IN (SELECT id FROM jobs WHERE owner = {x})",
    "id IN (SELECT x.id FROM (SELECT id FROM jobs WHERE owner = {o}) AS x)",
    "id IN (SELECT * FROM (SELECT id FROM jobs ORDER BY id LIMIT 5) AS x)",
    "id >= (SELECT m FROM (SELECT min(id) AS m FROM jobs WHERE owner = {o}) AS x)",
    "id BETWEEN (SELECT min(note) FROM shares) AND {x}",
    "id IN (WITH RECURSIVE t AS (SELECT id FROM jobs WHERE id = {x} UNION ALL SELECT j.id FROM jobs j JOIN t ON j.parent = t.id) SELECT id FROM t)",
    "id IN (WITH RECURSIVE t AS (SELECT {x} AS id UNION ALL SELECT id FROM t) SELECT id FROM t)",
];

/// Every row, in other words.
const WHOLE: &[&str] = &[
    "id = {x} OR TRUE",
    "TRUE OR id = {x}",
    "id = {x} OR 1 = 1",
    "{all} OR owner = {me}",
    "{x} IS NULL OR owner = {x}",
    "id >= 0 OR id < 0",
    "id > 0 OR id <= 0",
    "id > 0 OR id < 1",
    "id >= 1 OR id <= 0",
    "id <> 1 OR id <> 2",
    "id = 1 OR id <> 1",
    "id IN (1, 2) OR id NOT IN (1, 2)",
    "id IN (1, 2) OR id <> 1",
    "id BETWEEN 1 AND 5 OR id NOT BETWEEN 2 AND 4",
    "id >= {a} OR id < {a}",
    "id = {a} OR NOT (id = {a})",
    "NOT (id < 0 AND id >= 0)",
    "done OR NOT done",
    "done = TRUE OR done = FALSE",
    "done IS TRUE OR done IS NOT TRUE",
    "gone IS NULL OR gone IS NOT NULL",
    "name LIKE 'a%' OR name NOT LIKE 'a%'",
    "name >= 'm' OR name < 'm'",
    "id IS NOT NULL",
    "NOT (id IS NULL)",
    "name LIKE '%'",
    "id BETWEEN id AND id",
    "id = id + 0",
    "id = id * 1",
    "id + 1 > id",
    "id <= id + {x}",
    "id - id = 0",
    "id * 0 = 0",
    "id IS NOT DISTINCT FROM id",
    "id IN (id, {x})",
    "coalesce(id, 0) = id",
    "id IN (SELECT id FROM jobs)",
    "id IN (SELECT j.id FROM jobs j)",
    "id IN (SELECT DISTINCT id FROM jobs WHERE id IS NOT NULL)",
    "id IN (SELECT x.id FROM (SELECT id FROM jobs) AS x)",
    "id IN (SELECT id FROM jobs UNION SELECT note FROM shares)",
    "id IN (SELECT j.id FROM jobs j LEFT JOIN shares s ON s.note = j.id)",
    "(id, name) IN (SELECT id, name FROM jobs)",
    "id = (SELECT j.id FROM jobs j WHERE j.id = jobs.id)",
    "EXISTS (SELECT 1 FROM jobs j WHERE j.id = jobs.id)",
    "EXISTS (SELECT 1 FROM shares s WHERE s.reader = {u})",
    "CASE WHEN done THEN TRUE ELSE TRUE END",
    "CASE WHEN {x} THEN TRUE ELSE owner = {y} END",
    "{u} IN (SELECT reader FROM shares)",
    "done IN (TRUE, FALSE)",
    "id = id | 0",
    "CAST(id AS INTEGER) = id",
    "id >= (SELECT min(id) FROM jobs)",
    "(SELECT max(j.id) FROM jobs j) >= id",
    "id IN (SELECT id FROM jobs GROUP BY id)",
    "id IN (SELECT j.id FROM jobs j, users u)",
    "id IN (SELECT j.id FROM jobs j JOIN users u ON TRUE)",
    "id = coalesce({x}, id)",
    "coalesce({x}, id) = id",
    "id = coalesce({x}, {y}, id)",
    "id = ifnull({x}, id)",
    "id = coalesce({x}, id) + 0",
    "id IN ({x}, coalesce({y}, id))",
    "id <= coalesce({x}, id)",
    "id BETWEEN coalesce({a}, id) AND coalesce({b}, id)",
    "name LIKE coalesce('a', name)",
    "(id, owner) = (coalesce({x}, id), coalesce({y}, owner))",
    "lower(name) = coalesce({x}, lower(name))",
    "coalesce({x}, id) = {x}",
    "id = CASE WHEN {all} THEN id ELSE {x} END",
    "id = CASE {kind} WHEN 1 THEN {x} ELSE id END",
    "CASE WHEN {all} THEN 1 ELSE id END = 1",
    "CASE WHEN done THEN id ELSE id + 0 END = id",
    "id = nullif(id, {x})",
    "coalesce(id = {x}, TRUE)",
    "NOT coalesce(id = {x}, FALSE)",
    "CASE WHEN {all} THEN TRUE ELSE id = {x} END",
    "CASE WHEN id = {x} THEN FALSE ELSE TRUE END",
    "CASE WHEN id IS NULL THEN FALSE WHEN done THEN TRUE ELSE TRUE END",
    "(id = {x} OR TRUE) = TRUE",
    "TRUE = (id = {x} OR TRUE)",
    "(id = {x} OR {all}) <> FALSE",
    "(id = {x} AND FALSE) = FALSE",
    "(id = {x} OR TRUE) = {yes}",
    "(id = {x} OR TRUE) IN (TRUE)",
    "(id = {x}) IN (TRUE, FALSE)",
    "(id = {x}) >= FALSE",
    "(id = {x}) IS NULL",
    "(id = {x}) IS NOT FALSE",
    "(id = {x}) IS NOT TRUE",
    "id <= ANY (SELECT id FROM jobs)",
    "id <> ANY (SELECT id FROM jobs)",
    "NOT (id > ALL (SELECT id FROM jobs))",
    "id >= ALL (SELECT min(id) FROM jobs)",
    "id = (SELECT coalesce({x}, id))",
    "id IN (SELECT coalesce({x}, id))",
    "id = (SELECT jobs.id FROM users LIMIT 1)",
    "id = greatest(id, {x})",
    "id IN (SELECT id FROM jobs GROUP BY id, owner)",
    "id IN (SELECT id FROM jobs GROUP BY 1)",
    "owner IN (SELECT owner FROM jobs GROUP BY id)",
    "EXISTS (SELECT count(*) FROM shares s WHERE s.note = jobs.id)",
    "EXISTS (SELECT 1 FROM jobs)",
    "EXISTS (SELECT 1 FROM jobs j WHERE j.owner = {x})",
    "(SELECT count(*) FROM jobs) > 0",
    "id <= (SELECT max(id) FROM jobs)",
    "NOT (id < (SELECT min(id) FROM jobs))",
    "NOT (id > (SELECT max(id) FROM jobs))",
    "id >= (SELECT id FROM jobs ORDER BY id LIMIT 1)",
    "id >= (SELECT id FROM jobs LIMIT 1)",
    "id <= (SELECT id FROM jobs ORDER BY id DESC LIMIT 1)",
    "id >= (SELECT min(id) - 1 FROM jobs)",
    "id >= (SELECT min(id) FROM jobs) - 1",
    "id + 1 >= (SELECT min(id) FROM jobs)",
    "id >= (SELECT coalesce(min(id), 0) FROM jobs)",
    "id >= coalesce((SELECT min(id) FROM jobs), 0)",
    "id BETWEEN (SELECT min(id) FROM jobs) AND (SELECT max(id) FROM jobs)",
    "id >= (SELECT m FROM (SELECT min(id) AS m FROM jobs) AS x)",
    "id >= (SELECT * FROM (SELECT min(id) AS m FROM jobs) AS x)",
    "id >= (WITH x (m) AS (SELECT min(id) FROM jobs) SELECT m FROM x)",
    "id >= (SELECT min(x.id) FROM (SELECT id FROM jobs) AS x)",
    "id >= (SELECT min(j.id) FROM jobs j WHERE j.owner = jobs.owner)",
    "id IN (SELECT j.id FROM jobs j WHERE j.owner = jobs.owner)",
    "id IN (SELECT * FROM (SELECT id FROM jobs) AS x)",
    "id IN (SELECT id FROM jobs ORDER BY id)",
    "id IN (SELECT id FROM jobs INTERSECT SELECT id FROM jobs)",
    "id IN (SELECT id FROM jobs LIMIT 9223372036854775807)",
    "id IN (WITH jobs AS (SELECT * FROM jobs) SELECT id FROM jobs)",
    "id - (SELECT min(id) FROM jobs) >= 0",
    "0 <= id - (SELECT min(id) FROM jobs)",
    "(SELECT min(id) FROM jobs) - id <= 0",
    "NOT (id - (SELECT min(id) FROM jobs) < 0)",
    "-id <= -(SELECT min(id) FROM jobs)",
    "id - (SELECT min(id) FROM jobs) > -1",
    "id > (SELECT min(id) FROM jobs) - 1",
    "id < (SELECT max(id) FROM jobs) + 1",
    "(SELECT max(id) FROM jobs) - id >= 0",
    "id + 5 >= (SELECT min(id) FROM jobs) + 5",
    "id + owner >= (SELECT min(id) FROM jobs) + owner",
    "id * 1 >= (SELECT min(id) FROM jobs)",
    "CAST(id AS INTEGER) >= (SELECT min(id) FROM jobs)",
    "sign(id - (SELECT min(id) FROM jobs)) >= 0",
    "coalesce(id - (SELECT min(id) FROM jobs), 0) >= 0",
    "coalesce(id, 0) >= (SELECT min(id) FROM jobs)",
    "id + 0 BETWEEN (SELECT min(id) FROM jobs) AND (SELECT max(id) FROM jobs)",
    "CASE WHEN id >= (SELECT min(id) FROM jobs) THEN 1 ELSE 0 END = 1",
    "(id - (SELECT min(id) FROM jobs) >= 0) = TRUE",
    "abs(id) >= 0",
    "0 <= abs(id)",
    "abs(id) > -1",
    "NOT (abs(id) < 0)",
    "-abs(id) <= 0",
    "length(name) >= 0",
    "abs(id) + length(name) >= 0",
    "tries * tries >= 0",
    "id NOT IN (SELECT id FROM jobs WHERE FALSE)",
    "id NOT IN (SELECT id FROM jobs LIMIT 0)",
    "owner IN (SELECT owner FROM jobs)",
];

/// The statements with these conditions that are reported with another fault.
fn others(conditions: &[&str], expected: Option<FaultKind>) -> Vec<String> {
    let mut others = Vec::new();
    for dialect in EVERY {
        for condition in conditions {
            for text in [
                format!("DELETE FROM jobs WHERE {condition}"),
                format!("UPDATE jobs SET tries = 0 WHERE {condition}"),
            ] {
                let fault = told_by(dialect, JOBS, &text);
                if fault.as_ref().map(|fault| fault.kind) != expected {
                    others.push(format!("{dialect}: {text}: {fault:?}"));
                }
            }
        }
    }
    others
}

#[test]
fn what_limits_the_rows_is_let_through() {
    assert_eq!(others(RIGHT, None), Vec::<String>::new());
}

/// A cast may change the value.
#[test]
fn a_cast_says_something_of_the_column() {
    let text = "DELETE FROM jobs WHERE CAST(name AS INTEGER) = name";
    assert_eq!(told_by(Sqlite, JOBS, text), None);
}

#[test]
fn what_holds_for_every_row_is_refused() {
    assert_eq!(others(WHOLE, Some(FaultKind::NoWhere)), Vec::<String>::new());
}

/// What a name means is that of the place where the query is defined.
#[test]
fn a_query_that_is_named_as_its_table_is_looked_into() {
    for (query, expected) in [
        ("SELECT * FROM jobs", Some(FaultKind::NoWhere)),
        ("SELECT * FROM jobs WHERE owner = {x}", None),
        ("SELECT * FROM jobs ORDER BY id LIMIT 3", None),
    ] {
        let text =
            format!("WITH jobs AS ({query}) DELETE FROM jobs WHERE id IN (SELECT id FROM jobs)");
        assert_eq!(told(Postgres, &text), expected, "{text}");
    }
    // A name that an inner query gives is not known outside of it.
    let text = "DELETE FROM jobs WHERE owner = {x} AND id IN (WITH few AS (SELECT 1 AS id) SELECT id FROM few) AND id IN (SELECT id FROM few)";
    assert_eq!(told(Postgres, text), Some(FaultKind::UnknownTable));
}

const VIEWS: &str = "
    CREATE VIEW every_job AS SELECT id, name FROM jobs;
    CREATE VIEW renamed_job (number) AS SELECT id FROM jobs;
    CREATE VIEW done_job AS SELECT id FROM jobs WHERE done;
";

#[test]
fn a_view_is_looked_through() {
    for (condition, expected) in [
        ("id IN (SELECT id FROM every_job)", Some(FaultKind::NoWhere)),
        ("id IN (SELECT number FROM renamed_job)", Some(FaultKind::NoWhere)),
        ("id >= (SELECT min(number) FROM renamed_job)", Some(FaultKind::NoWhere)),
        ("id IN (SELECT id FROM every_job WHERE name = {x})", None),
        ("id IN (SELECT id FROM done_job)", None),
        ("EXISTS (SELECT 1 FROM done_job d WHERE d.id = jobs.id)", None),
        ("EXISTS (SELECT 1 FROM every_job d WHERE d.id = jobs.id)", Some(FaultKind::NoWhere)),
    ] {
        for dialect in EVERY {
            let text = format!("DELETE FROM jobs WHERE {condition}");
            let kind = told_by(dialect, &format!("{JOBS}{VIEWS}"), &text).map(|fault| fault.kind);
            assert_eq!(kind, expected, "{dialect}: {text}");
        }
    }
    // The view selects from the renamed table, and another one has its name.
    let tables = format!(
        "{JOBS}{VIEWS} ALTER TABLE jobs RENAME TO old_jobs; CREATE TABLE jobs (id INTEGER PRIMARY KEY);"
    );
    let text = "DELETE FROM jobs WHERE id IN (SELECT id FROM every_job)";
    assert_eq!(told_by(Postgres, &tables, text), None);
}

const CODES: &str =
    "CREATE TABLE codes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, code INTEGER NOT NULL);";

/// GROUP BY of a column without equal values gives each row.
#[test]
fn a_unique_index_makes_a_column_unique() {
    let text = "DELETE FROM codes WHERE id IN (SELECT id FROM codes GROUP BY code)";
    for (index, expected) in [
        ("", None),
        ("CREATE INDEX i ON codes (code);", None),
        ("CREATE UNIQUE INDEX i ON codes (owner, code);", None),
        ("CREATE UNIQUE INDEX i ON codes (code) WHERE owner = 1;", None),
        ("CREATE UNIQUE INDEX i ON codes (code);", Some(FaultKind::NoWhere)),
        ("CREATE UNIQUE INDEX i ON codes (code); DROP INDEX i;", None),
        (
            "CREATE UNIQUE INDEX i ON codes (code); CREATE UNIQUE INDEX j ON codes (code); DROP INDEX i;",
            Some(FaultKind::NoWhere),
        ),
    ] {
        let tables = format!("{CODES}{index}");
        let kind = told_by(Sqlite, &tables, text).map(|fault| fault.kind);
        assert_eq!(kind, expected, "{index}");
    }
    for (dialect, change, expected) in [
        (Postgres, "ALTER TABLE codes ADD CONSTRAINT one UNIQUE (code);", Some(FaultKind::NoWhere)),
        (
            Postgres,
            "ALTER TABLE codes ADD UNIQUE (code); ALTER TABLE codes DROP CONSTRAINT codes_code_key;",
            None,
        ),
        (MySql, "ALTER TABLE codes ADD UNIQUE KEY one (code);", Some(FaultKind::NoWhere)),
        (MySql, "CREATE UNIQUE INDEX one ON codes (code); DROP INDEX one ON codes;", None),
        (
            MySql,
            "CREATE UNIQUE INDEX one ON codes (code); ALTER TABLE codes RENAME COLUMN code TO c; ALTER TABLE codes RENAME COLUMN c TO code;",
            Some(FaultKind::NoWhere),
        ),
    ] {
        let tables = format!("{CODES}{change}");
        let kind = told_by(dialect, &tables, text).map(|fault| fault.kind);
        assert_eq!(kind, expected, "{dialect}: {change}");
    }
}

#[test]
fn another_table_limits_the_changed_one_through_a_link() {
    for (dialect, text) in [
        (Sqlite, "UPDATE jobs SET name = 'a' FROM users WHERE users.id = jobs.owner"),
        (
            Postgres,
            "UPDATE jobs SET name = u.name FROM users u WHERE u.id = jobs.owner AND u.id = {x}",
        ),
        (
            Postgres,
            "UPDATE jobs SET tries = 0 FROM users WHERE owner = users.id AND users.name = {x}",
        ),
        (Postgres, "DELETE FROM jobs USING users WHERE users.id = jobs.owner"),
        (Postgres, "DELETE FROM jobs USING users WHERE users.id = {x} AND jobs.owner = users.id"),
        (Postgres, "DELETE FROM jobs j USING jobs k WHERE k.name = j.name AND k.id < j.id"),
        (
            Postgres,
            "DELETE FROM jobs USING (SELECT id FROM jobs ORDER BY due LIMIT 5) AS few WHERE few.id = jobs.id",
        ),
        (
            Postgres,
            "WITH few AS (SELECT id FROM jobs WHERE owner = {x}) DELETE FROM jobs USING few WHERE few.id = jobs.id",
        ),
        (MySql, "DELETE jobs FROM jobs JOIN users ON users.id = jobs.owner WHERE users.id = {x}"),
        (MySql, "DELETE j FROM jobs j LEFT JOIN users u ON u.id = j.owner WHERE u.id IS NULL"),
        (
            MySql,
            "UPDATE jobs JOIN users ON users.id = jobs.owner SET jobs.tries = 0 WHERE users.id = {x}",
        ),
        (MySql, "UPDATE jobs JOIN users USING (id) SET tries = 0 WHERE users.name = {x}"),
    ] {
        assert_eq!(told_by(dialect, JOBS, text), None, "{dialect}: {text}");
    }
    for (dialect, text) in [
        (Sqlite, "UPDATE jobs SET name = 'gone' FROM users WHERE users.id = {x}"),
        (Postgres, "UPDATE jobs SET name = 'gone' FROM users WHERE users.id = {x}"),
        (
            Postgres,
            "UPDATE jobs SET name = 'gone' FROM users u, shares s WHERE u.id = s.reader AND u.id = {x}",
        ),
        (Postgres, "DELETE FROM jobs USING users WHERE users.id = {x}"),
        (Postgres, "DELETE FROM jobs USING jobs k WHERE k.id = jobs.id"),
        (Postgres, "DELETE FROM jobs USING (SELECT id FROM jobs) AS k WHERE k.id = jobs.id"),
        (
            Postgres,
            "WITH k AS (SELECT id FROM jobs) DELETE FROM jobs WHERE id IN (SELECT id FROM k)",
        ),
        (MySql, "DELETE jobs FROM jobs JOIN users ON 1 = 1 WHERE users.id = {x}"),
        (MySql, "DELETE j FROM jobs j LEFT JOIN users u ON u.id = j.owner"),
        (MySql, "DELETE j FROM jobs j LEFT JOIN users u ON j.id = {x} WHERE j.id IS NOT NULL"),
        (MySql, "UPDATE jobs JOIN users ON 1 = 1 SET jobs.tries = 0 WHERE users.id = {x}"),
        (MySql, "UPDATE users JOIN jobs ON 1 = 1 SET jobs.tries = 0 WHERE users.id = {x}"),
    ] {
        assert_eq!(told(dialect, text), Some(FaultKind::NoWhere), "{dialect}: {text}");
    }
}

const TAGS: &str =
    "CREATE TABLE tagged (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, tags TEXT);";

#[test]
fn what_is_made_of_a_row_limits_it() {
    for (dialect, condition) in [
        (Sqlite, "EXISTS (SELECT 1 FROM json_each(tagged.tags) WHERE value = {tag})"),
        (Sqlite, "id IN (SELECT n.id FROM tagged n, json_each(n.tags) e WHERE e.value = {t})"),
        (Sqlite, "id IN (SELECT n.id FROM tagged n JOIN json_each(n.tags) e ON e.value = {t})"),
        (Sqlite, "id IN (SELECT id FROM tagged GROUP BY owner)"),
        (
            Postgres,
            "EXISTS (SELECT 1 FROM jsonb_array_elements_text(tagged.tags) AS t (v) WHERE t.v = {t})",
        ),
        (Postgres, "EXISTS (SELECT 1 FROM unnest(tagged.tags) AS t WHERE t = {t})"),
        (Postgres, "id IN (SELECT n.id FROM tagged n, unnest(n.tags) AS t WHERE t = {t})"),
        (
            Postgres,
            "id IN (SELECT n.id FROM tagged n, LATERAL (SELECT v FROM unnest(n.tags) AS v) AS l WHERE l.v = {t})",
        ),
        (
            Postgres,
            "id IN (SELECT n.id FROM tagged n, LATERAL (SELECT 1 FROM shares s WHERE s.note = n.id) AS l)",
        ),
        (Postgres, "id IN (SELECT DISTINCT ON (owner) id FROM tagged ORDER BY owner, id DESC)"),
        (
            MySql,
            "EXISTS (SELECT 1 FROM JSON_TABLE(tagged.tags, '$[*]' COLUMNS (v TEXT PATH '$')) AS t WHERE t.v = {t})",
        ),
    ] {
        let text = format!("DELETE FROM tagged WHERE {condition}");
        assert_eq!(told_by(dialect, TAGS, &text), None, "{dialect}: {text}");
    }
    for (dialect, condition) in [
        (Sqlite, "EXISTS (SELECT 1 FROM json_each({tags}) WHERE value = {tag})"),
        (Sqlite, "id IN (SELECT n.id FROM tagged n, json_each({tags}) e WHERE e.value = {t})"),
        (
            Sqlite,
            "id IN (SELECT n.id FROM tagged n LEFT JOIN json_each(n.tags) e ON e.value = {t})",
        ),
        (Sqlite, "id IN (SELECT id FROM tagged GROUP BY id)"),
        (Postgres, "id IN (SELECT DISTINCT ON (id) id FROM tagged ORDER BY id)"),
        (Postgres, "owner IN (SELECT DISTINCT ON (id) owner FROM tagged ORDER BY id)"),
        (
            Postgres,
            "id IN (SELECT n.id FROM tagged n LEFT JOIN LATERAL (SELECT 1 FROM shares s WHERE s.note = n.id) AS l ON TRUE)",
        ),
        (
            Postgres,
            "id IN (SELECT n.id FROM tagged n, LATERAL (SELECT count(*) FROM shares s WHERE s.note = n.id) AS l)",
        ),
    ] {
        let text = format!("DELETE FROM tagged WHERE {condition}");
        let kind = told_by(dialect, TAGS, &text).map(|fault| fault.kind);
        assert_eq!(kind, Some(FaultKind::NoWhere), "{dialect}: {text}");
    }
}

#[test]
fn an_insert_that_writes_over_its_own_rows_is_an_update() {
    for (dialect, text) in [
        (
            Sqlite,
            "INSERT INTO notes (id, owner, title) SELECT id, owner, title FROM notes WHERE TRUE ON CONFLICT (id) DO UPDATE SET title = 'gone'",
        ),
        (
            Postgres,
            "INSERT INTO notes SELECT * FROM notes ON CONFLICT (id) DO UPDATE SET title = 'gone'",
        ),
        (
            Postgres,
            "INSERT INTO notes SELECT * FROM notes WHERE id >= 0 OR id < 0 ON CONFLICT (id) DO UPDATE SET title = 'gone' WHERE TRUE",
        ),
        (
            Postgres,
            "WITH n AS (SELECT * FROM notes) INSERT INTO notes SELECT * FROM n ON CONFLICT (id) DO UPDATE SET title = 'gone'",
        ),
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) SELECT x.id, 1, {t} FROM (SELECT id FROM notes) AS x ON CONFLICT (id) DO UPDATE SET title = 'gone'",
        ),
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) SELECT id, 1, {t} FROM notes GROUP BY id ON CONFLICT (id) DO UPDATE SET title = 'gone'",
        ),
        (
            MySql,
            "INSERT INTO notes (id, owner, title) SELECT id, owner, title FROM notes ON DUPLICATE KEY UPDATE title = 'gone'",
        ),
        (MySql, "REPLACE INTO notes (id, owner, title) SELECT id, owner, 'gone' FROM notes"),
        (Sqlite, "REPLACE INTO notes (id, owner, title) SELECT id, owner, 'gone' FROM notes"),
        (
            Sqlite,
            "INSERT OR REPLACE INTO notes (id, owner, title) SELECT id, owner, 'gone' FROM notes",
        ),
        (
            Sqlite,
            "INSERT OR REPLACE INTO notes (id, owner, title) SELECT 1, 1, 'a' UNION SELECT id, owner, 'gone' FROM notes",
        ),
    ] {
        let kind = told_by(dialect, "", text).map(|fault| fault.kind);
        assert_eq!(kind, Some(FaultKind::NoWhere), "{dialect}: {text}");
    }
    for (dialect, text) in [
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) VALUES ({x}, 1, 'a') ON CONFLICT (id) DO UPDATE SET title = 'a'",
        ),
        (
            Postgres,
            "INSERT INTO notes SELECT * FROM notes WHERE owner = {x} ON CONFLICT (id) DO UPDATE SET title = 'a'",
        ),
        (Postgres, "INSERT INTO notes SELECT * FROM notes ON CONFLICT (id) DO NOTHING"),
        (
            Postgres,
            "INSERT INTO notes AS n SELECT * FROM notes ON CONFLICT (id) DO UPDATE SET title = 'a' WHERE n.owner = {x}",
        ),
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) SELECT coalesce(max(id), 0) + 1, 1, 'a' FROM notes ON CONFLICT (id) DO UPDATE SET title = 'a'",
        ),
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) SELECT id, id, name FROM users ON CONFLICT (id) DO UPDATE SET title = 'a'",
        ),
        (
            Postgres,
            "INSERT INTO shares (note, reader) SELECT id, {u} FROM notes ON CONFLICT (note, reader) DO UPDATE SET reader = {u}",
        ),
        (
            Postgres,
            "INSERT INTO notes (id, owner, title) SELECT {x}, u.id, 'a' FROM users u WHERE u.id IN (SELECT owner FROM notes) ON CONFLICT (id) DO UPDATE SET title = 'a'",
        ),
        (
            Sqlite,
            "REPLACE INTO notes (id, owner, title) SELECT id, owner, 'a' FROM notes WHERE owner = {x}",
        ),
        (
            Sqlite,
            "REPLACE INTO notes (id, owner, title) SELECT id, owner, 'a' FROM notes ORDER BY id LIMIT 3",
        ),
        (Sqlite, "INSERT INTO notes (owner, title) SELECT owner, title FROM notes"),
    ] {
        assert_eq!(told_by(dialect, "", text), None, "{dialect}: {text}");
    }
}

/// Each level doubles the branches: beyond a bound they limit nothing.
#[test]
fn many_branches_come_to_an_end() {
    let nested = (0..12).fold("id = {x}".to_owned(), |inner, _| format!("({inner}) = {{y}}"));
    let text = format!("DELETE FROM jobs WHERE {nested}");
    assert_eq!(told(Sqlite, &text), Some(FaultKind::NoWhere), "{text}");
    // What is not looked at here is where a column is NULL that never is.
    let sum = vec!["coalesce(tries, {x})"; 16].join(" + ");
    let text = format!("DELETE FROM jobs WHERE {sum} = {{y}}");
    assert_eq!(told(Sqlite, &text), None, "{text}");
}

#[test]
fn a_subquery_about_other_rows_is_not_told_to_look_at_no_column() {
    let text = "DELETE FROM jobs WHERE EXISTS (SELECT 1 FROM shares s WHERE s.reader = {u})";
    let fault = told_by(Sqlite, JOBS, text).unwrap();
    assert_eq!(fault.message, "the WHERE of this DELETE does not limit the rows of `jobs`");
}

#[test]
fn branches_of_two_columns_are_read_in_any_order() {
    let text = "DELETE FROM jobs WHERE id >= 0 OR owner = 1 OR id < 0";
    assert_eq!(told(Sqlite, text), Some(FaultKind::NoWhere));
}

#[test]
fn the_table_that_is_left_whole_is_named() {
    let text = "UPDATE jobs SET name = 'gone' FROM users WHERE users.id = {x}";
    let fault = told_by(Sqlite, JOBS, text).unwrap();
    assert_eq!(fault.message, "the WHERE of this UPDATE does not limit the rows of `jobs`");
    assert!(fault.help.unwrap().contains("dangerous_no_where"));
}
