//! What attackers type: families of payloads, each in every context that it is tried in.
//!
//! A context is the text around a payload that breaks out of the statement that an author without
//! bound values would have written around it.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Seconds that a sleep asks for: more than any answer here takes.
const SECONDS: &str = "5";

/// Something to type.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// What it tries.
    pub(crate) family: &'static str,
    /// The text.
    pub(crate) text: String,
    /// The same one asking for no time, if it asks for time.
    pub(crate) twin: Option<String>,
}

/// The text before and after a payload.
const CONTEXTS: [(&str, &str); 6] =
    [("", ""), ("1 ", ""), ("' ", "-- "), ("%')) ", "/*"), ("'; ", ";--"), ("x' || (", ") || '")];

const TAUTOLOGIES: [&str; 9] = [
    "OR 1=1",
    "OR 'a'='a'",
    "OR 'x' LIKE '%'",
    "AND 1=2",
    "oR/**/TrUe",
    "OR EXISTS (SELECT 1)",
    "OR owner IS NOT NULL",
    "XOR 1",
    "|| '1'='1'",
];

const UNIONS: [&str; 7] = [
    "UNION SELECT NULL",
    "UNION ALL SELECT id, owner, title, title, body, created, changed, version FROM notes",
    "UNION SELECT id, id, name, name_key, password_hash, joined, joined, 1 FROM users",
    "uNiOn/**/aLl/**/sElEcT sql,2,3,4,5,6,7,8 FROM sqlite_master",
    "UNION SELECT table_name,2,3,4,5,6,7,8 FROM information_schema.tables",
    "UNION SELECT usename, passwd,3,4,5,6,7,8 FROM pg_shadow",
    "UNION SELECT @@version,2,3,4,5,6,7,8",
];

const STACKED: [&str; 10] = [
    "DROP TABLE notes",
    "DELETE FROM notes WHERE 1=1",
    "UPDATE users SET password_hash = ''",
    "INSERT INTO shares SELECT id, 'x', owner, created FROM notes",
    "ATTACH DATABASE '/tmp/owned' AS owned",
    "COPY users TO PROGRAM 'id'",
    "CREATE TABLE owned (a int)",
    "EXEC xp_cmdshell('id')",
    "PRAGMA writable_schema = 1",
    "TRUNCATE users CASCADE",
];

const ERRORS: [&str; 6] = [
    "AND 1 = CAST((SELECT password_hash FROM users LIMIT 1) AS int)",
    "AND extractvalue(1, concat(0x7e, version()))",
    "AND 1/0 = 1",
    "AND json_extract('{', '$')",
    "ORDER BY 99",
    "HAVING COUNT(*) > 0",
];

/// `{n}` is how much time.
const SLEEPS: [&str; 9] = [
    "AND 1 = (SELECT 1 FROM pg_sleep({n}))",
    "SELECT pg_sleep({n})",
    "OR SLEEP({n})",
    "WAITFOR DELAY '0:0:{n}'",
    "OR BENCHMARK({n}00000000, MD5(1))",
    "AND length(randomblob({n}00000000)) > 0",
    "AND 1 = LIKE('ABCDEFG', UPPER(HEX(RANDOMBLOB({n}00000000))))",
    "AND (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < {n}0000000) SELECT COUNT(*) FROM r) > 0",
    "AND (SELECT COUNT(*) FROM generate_series(1, {n}00000000)) > 0",
];

/// Signs that some program along the way might take for a quote.
const QUOTES: [&str; 13] = ["'", "''", "\"", "`", "´", "‘", "’", "ʼ", "′", "＇", "“", "＂", "\\'"];

/// What some program along the way might take for a space.
const SPACES: [&str; 11] = [
    "\t",
    "\n",
    "\r\n",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{2003}",
    "\u{3000}",
    "/**/",
    "+",
    "/*!50000*/",
];

const WILDCARDS: [&str; 12] = [
    "%",
    "_",
    "%%%",
    "!%",
    "!",
    "!_",
    "\\%",
    "[a-z]%",
    "____",
    "%' ESCAPE '!",
    "*",
    "%a%a%a%a%a%a%a%a%b",
];

const DOCUMENTS: [&str; 12] = [
    r#"{"$ne": null}"#,
    r#"{"$gt": ""}"#,
    r#"{"$where": "sleep(5000)"}"#,
    r#"{"$regex": ".*"}"#,
    "[$ne]=1",
    "'; return true; var x='",
    "' || this.owner || '",
    r#"["a","b"]"#,
    "null",
    "true",
    r#"{"__proto__": {"admin": true}}"#,
    "*)(uid=*))(|(uid=*",
];

const PLACEHOLDERS: [&str; 12] = [
    "?1",
    "$1",
    ":name",
    "@p1",
    "{id}",
    "{{7*7}}",
    "${7*7}",
    "#{7*7}",
    "%s%n%x",
    "{?1: OR 1=1}",
    "$$ OR 1=1 $$",
    "E'\\x27'",
];

const PATHS: [&str; 14] = [
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "C:\\boot.ini",
    ".",
    "..",
    "~root",
    "notes.sqlite",
    "/notes/export",
    "//evil.example",
    "a/../b",
];

const COMMANDS: [&str; 10] = [
    "; id",
    "| id",
    "`id`",
    "$(id)",
    "& ping -n 5 127.0.0.1 &",
    "\n id",
    "<script>alert(1)</script>",
    "<!--#exec cmd=\"id\"-->",
    "${jndi:ldap://127.0.0.1/a}",
    "=HYPERLINK(\"http://127.0.0.1\")",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e309",
    "NaN",
    "Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "0x27",
    "1.0",
    "1,000",
    "٣",
    "00000000-0000-0000-0000-000000000000",
    "1; SELECT 1",
];

const CHARACTERS: [&str; 14] = [
    "\0",
    "a\0b",
    "' OR 1=1\0",
    "\u{7f}",
    "\u{1b}[2J",
    "\u{8}",
    "\u{feff}",
    "\u{200b}",
    "\u{202e}txt.exe",
    "\u{fffd}",
    "\u{10ffff}",
    "e\u{301}",
    "İıſK",
    "😀",
];

/// All of them, each text once.
pub(crate) fn all() -> Vec<Payload> {
    let mut payloads = Vec::new();
    for (family, cores) in [
        ("tautology", &TAUTOLOGIES[..]),
        ("union", &UNIONS),
        ("stacked", &STACKED),
        ("error", &ERRORS),
    ] {
        for core in cores {
            let around = |(before, behind): &(&str, &str)| format!("{before}{core}{behind}");
            payloads.extend(CONTEXTS.iter().map(|context| plain(family, around(context))));
        }
    }
    for core in SLEEPS {
        for (before, behind) in CONTEXTS {
            let text = |n: &str| format!("{before}{}{behind}", core.replace("{n}", n));
            let twin = Some(text("0"));
            payloads.push(Payload { family: "sleep", text: text(SECONDS), twin });
        }
    }
    for quote in QUOTES {
        payloads.push(plain("quote", quote.to_owned()));
        payloads.push(plain("quote", format!("{quote} OR {quote}1{quote}={quote}1")));
    }
    let tautology = "' OR 1=1-- ";
    payloads.extend(SPACES.map(|space| plain("space", tautology.replace(' ', space))));
    payloads.extend(encoded(tautology).map(|text| plain("encoding", text)));
    payloads.extend(["'", "A", "%", "(", "é", "' OR ", "/*"].iter().flat_map(|part| {
        [200, 201, 2_000, 10_000]
            .map(|length| plain("length", part.chars().cycle().take(length).collect()))
    }));
    for (family, texts) in [
        ("wildcard", &WILDCARDS[..]),
        ("document", &DOCUMENTS),
        ("placeholder", &PLACEHOLDERS),
        ("path", &PATHS),
        ("command", &COMMANDS),
        ("number", &NUMBERS),
        ("character", &CHARACTERS),
        (
            "comment",
            &["--", "-- -", "#", "/*", "*/", "/**/", "/*! OR 1=1 */", ";", ";;", "'--", "')--"],
        ),
    ] {
        payloads.extend(texts.iter().map(|text| plain(family, (*text).to_owned())));
    }
    let mut seen = BTreeSet::new();
    payloads.retain(|payload| seen.insert(payload.text.clone()));
    payloads
}

fn plain(family: &'static str, text: String) -> Payload {
    Payload { family, text, twin: None }
}

/// The same text as programs may hand it on, undone once too often or in the wrong place.
fn encoded(text: &str) -> [String; 11] {
    let each = |one: fn(u32) -> String| text.chars().map(|c| one(u32::from(c))).collect::<String>();
    let chars: Vec<String> = text.chars().map(|c| format!("CHAR({})", u32::from(c))).collect();
    [
        each(|c| format!("%{c:02x}")),
        each(|c| format!("%25{c:02x}")),
        each(|c| format!("%u{c:04x}")),
        each(|c| format!("\\u{c:04x}")),
        each(|c| format!("\\x{c:02x}")),
        each(|c| format!("&#{c};")),
        format!("0x{}", each(|c| format!("{c:02x}"))),
        chars.join("||"),
        STANDARD.encode(text),
        // Full-width forms, which some databases fold to ASCII.
        each(|c| char::from_u32(if c > 0x20 { c + 0xfee0 } else { 0x3000 }).unwrap().to_string()),
        text.replace('\'', "%c0%a7"),
    ]
}

#[test]
fn there_are_enough_of_each_kind() {
    let all = all();
    assert!(all.len() >= 300, "{}", all.len());
    let families: BTreeSet<_> = all.iter().map(|payload| payload.family).collect();
    assert_eq!(families.len(), 17, "{families:?}");
    assert!(all.iter().filter(|payload| payload.twin.is_some()).count() >= 50);
    for payload in all.iter().filter(|payload| payload.twin.is_some()) {
        assert_ne!(payload.twin.as_deref(), Some(payload.text.as_str()));
    }
}
