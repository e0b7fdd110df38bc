//! Functions that read an argument in a language of its own, and functions that do more than compute.
//!
//! One table for each database. A line names the function in lower case, with its schema where it is
//! known by that; a star at the end stands for any ending.

use crate::dialect::Dialect;

/// A function, and what is special about it.
pub(super) struct Special {
    name: &'static str,
    pub(super) takes: Takes,
    at: At,
}

/// What an argument is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A pattern or a regular expression.
    Pattern,
    /// A path into a JSON document.
    JsonPath,
    /// A path into an XML document.
    XPath,
    /// A query of a full-text search.
    Query,
    /// The function runs a text, or reaches files, programs or other servers: no argument is right.
    Code,
}

/// Which arguments are read so, from 0.
enum At {
    /// These.
    Only(&'static [usize]),
    /// This one and all behind it.
    From(usize),
    /// This one and every second one behind it: paths, each with its value.
    Pairs(usize),
}

use At::{From, Only, Pairs};
use Takes::{Code, JsonPath, Pattern, Query, XPath};

const fn line(name: &'static str, takes: Takes, at: At) -> Special {
    Special { name, takes, at }
}

const SQLITE: &[Special] = &[
    line("glob", Pattern, Only(&[0])),
    line("like", Pattern, Only(&[0])),
    line("match", Query, Only(&[0])),
    line("regexp", Pattern, Only(&[0])),
    line("regexp_like", Pattern, From(1)),
    line("regexp_replace", Pattern, From(1)),
    line("regexp_substr", Pattern, From(1)),
    line("json_array_length", JsonPath, Only(&[1])),
    line("json_each", JsonPath, Only(&[1])),
    line("json_extract", JsonPath, From(1)),
    line("json_insert", JsonPath, Pairs(1)),
    line("json_array_insert", JsonPath, Pairs(1)),
    line("json_remove", JsonPath, From(1)),
    line("json_replace", JsonPath, Pairs(1)),
    line("json_set", JsonPath, Pairs(1)),
    line("json_tree", JsonPath, Only(&[1])),
    line("json_type", JsonPath, Only(&[1])),
    line("jsonb_array_insert", JsonPath, Pairs(1)),
    line("jsonb_each", JsonPath, Only(&[1])),
    line("jsonb_extract", JsonPath, From(1)),
    line("jsonb_insert", JsonPath, Pairs(1)),
    line("jsonb_remove", JsonPath, From(1)),
    line("jsonb_replace", JsonPath, Pairs(1)),
    line("jsonb_set", JsonPath, Pairs(1)),
    line("jsonb_tree", JsonPath, Only(&[1])),
    // Code, files, and texts that are run.
    line("edit", Code, From(0)),
    line("eval", Code, From(0)),
    line("fsdir", Code, From(0)),
    line("fts3_tokenizer", Code, From(0)),
    line("load_extension", Code, From(0)),
    line("readfile", Code, From(0)),
    line("sqlite_dbpage", Code, From(0)),
    line("writefile", Code, From(0)),
    line("zipfile", Code, From(0)),
];

const POSTGRES: &[Special] = &[
    // LIKE by the names of its functions.
    line("bpchariclike", Pattern, Only(&[1])),
    line("bpcharicnlike", Pattern, Only(&[1])),
    line("bpcharlike", Pattern, Only(&[1])),
    line("bpcharnlike", Pattern, Only(&[1])),
    line("bytealike", Pattern, Only(&[1])),
    line("byteanlike", Pattern, Only(&[1])),
    line("like", Pattern, Only(&[1])),
    line("like_escape", Pattern, Only(&[0])),
    line("nameiclike", Pattern, Only(&[1])),
    line("nameicnlike", Pattern, Only(&[1])),
    line("namelike", Pattern, Only(&[1])),
    line("namenlike", Pattern, Only(&[1])),
    line("notlike", Pattern, Only(&[1])),
    line("texticlike", Pattern, Only(&[1])),
    line("texticnlike", Pattern, Only(&[1])),
    line("textlike", Pattern, Only(&[1])),
    line("textnlike", Pattern, Only(&[1])),
    // Regular expressions.
    line("bpcharicregexeq", Pattern, Only(&[1])),
    line("bpcharicregexne", Pattern, Only(&[1])),
    line("bpcharregexeq", Pattern, Only(&[1])),
    line("bpcharregexne", Pattern, Only(&[1])),
    line("nameicregexeq", Pattern, Only(&[1])),
    line("nameicregexne", Pattern, Only(&[1])),
    line("nameregexeq", Pattern, Only(&[1])),
    line("nameregexne", Pattern, Only(&[1])),
    line("regexp_count", Pattern, Only(&[1, 3])),
    line("regexp_instr", Pattern, Only(&[1, 5])),
    line("regexp_like", Pattern, From(1)),
    line("regexp_match", Pattern, From(1)),
    line("regexp_matches", Pattern, From(1)),
    line("regexp_replace", Pattern, From(1)),
    line("regexp_split_to_array", Pattern, From(1)),
    line("regexp_split_to_table", Pattern, From(1)),
    line("regexp_substr", Pattern, Only(&[1, 4])),
    line("similar_escape", Pattern, Only(&[0])),
    line("similar_to_escape", Pattern, Only(&[0])),
    line("texticregexeq", Pattern, Only(&[1])),
    line("texticregexne", Pattern, Only(&[1])),
    line("textregexeq", Pattern, Only(&[1])),
    line("textregexne", Pattern, Only(&[1])),
    // Full-text search, and trees of labels.
    line("lquery", Query, Only(&[0])),
    line("lt_q_regex", Query, Only(&[1])),
    line("lt_q_rregex", Query, Only(&[0])),
    line("ltq_regex", Query, Only(&[1])),
    line("ltq_rregex", Query, Only(&[0])),
    line("ltxtq_exec", Query, Only(&[1])),
    line("ltxtq_rexec", Query, Only(&[0])),
    line("ltxtquery", Query, Only(&[0])),
    line("query_int", Query, Only(&[0])),
    line("to_tsquery", Query, From(0)),
    line("ts_match_qv", Query, Only(&[0])),
    line("ts_match_tq", Query, Only(&[1])),
    line("ts_match_vq", Query, Only(&[1])),
    line("tsquery", Query, Only(&[0])),
    // What the path looks at, and the values that it names, are no path.
    line("json_exists", JsonPath, Only(&[1])),
    line("json_query", JsonPath, Only(&[1])),
    line("json_value", JsonPath, Only(&[1])),
    line("jsonb_path_*", JsonPath, Only(&[1])),
    line("jsonpath", JsonPath, Only(&[0])),
    line("xmlexists", XPath, Only(&[0])),
    line("xpath", XPath, Only(&[0])),
    line("xpath_bool", XPath, Only(&[1])),
    line("xpath_exists", XPath, Only(&[0])),
    line("xpath_list", XPath, Only(&[1])),
    line("xpath_nodeset", XPath, Only(&[1])),
    line("xpath_number", XPath, Only(&[1])),
    line("xpath_string", XPath, Only(&[1])),
    // Texts that are run.
    line("connectby", Code, From(0)),
    line("cron.*", Code, From(0)),
    line("crosstab*", Code, From(0)),
    line("cursor_to_xml*", Code, From(0)),
    line("cypher", Code, From(0)),
    line("database_to_xml*", Code, From(0)),
    line("dbms_sql.*", Code, From(0)),
    line("graphql.*", Code, From(0)),
    line("hypopg_create_index", Code, From(0)),
    line("master_run_on_worker", Code, From(0)),
    line("pg_background_launch", Code, From(0)),
    line("query_to_xml*", Code, From(0)),
    line("run_command_on_*", Code, From(0)),
    line("schema_to_xml*", Code, From(0)),
    line("table_to_xml*", Code, From(0)),
    line("ts_rewrite", Code, From(0)),
    line("ts_stat", Code, From(0)),
    line("xpath_table", Code, From(0)),
    line("xslt_process", Code, From(0)),
    // Other servers.
    line("aws_lambda.*", Code, From(0)),
    line("aws_s3.*", Code, From(0)),
    line("dblink*", Code, From(0)),
    line("http", Code, From(0)),
    line("http_delete", Code, From(0)),
    line("http_get", Code, From(0)),
    line("http_head", Code, From(0)),
    line("http_patch", Code, From(0)),
    line("http_post", Code, From(0)),
    line("http_put", Code, From(0)),
    line("http_set_curlopt", Code, From(0)),
    line("net.*", Code, From(0)),
    // Files of the server, and its settings.
    line("lo_export", Code, From(0)),
    line("lo_from_bytea", Code, From(0)),
    line("lo_get", Code, From(0)),
    line("lo_import", Code, From(0)),
    line("lo_put", Code, From(0)),
    line("pg_cancel_backend", Code, From(0)),
    line("pg_current_logfile", Code, From(0)),
    line("pg_file_*", Code, From(0)),
    line("pg_logdir_ls", Code, From(0)),
    line("pg_ls_*", Code, From(0)),
    line("pg_promote", Code, From(0)),
    line("pg_read_binary_file", Code, From(0)),
    line("pg_read_file", Code, From(0)),
    line("pg_reload_conf", Code, From(0)),
    line("pg_rotate_logfile", Code, From(0)),
    line("pg_stat_file", Code, From(0)),
    line("pg_terminate_backend", Code, From(0)),
    line("set_config", Code, From(0)),
    line("utl_file.*", Code, From(0)),
];

const MYSQL: &[Special] = &[
    line("extractvalue", XPath, Only(&[1])),
    line("json_array_append", JsonPath, Pairs(1)),
    line("json_array_insert", JsonPath, Pairs(1)),
    line("json_contains", JsonPath, Only(&[2])),
    line("json_contains_path", JsonPath, From(2)),
    line("json_exists", JsonPath, Only(&[1])),
    line("json_extract", JsonPath, From(1)),
    line("json_insert", JsonPath, Pairs(1)),
    line("json_keys", JsonPath, Only(&[1])),
    line("json_length", JsonPath, Only(&[1])),
    line("json_query", JsonPath, Only(&[1])),
    line("json_remove", JsonPath, From(1)),
    line("json_replace", JsonPath, Pairs(1)),
    line("json_schema_valid", Pattern, Only(&[0])),
    // What is searched is a pattern of LIKE; the paths come after its escape character.
    line("json_search", Pattern, From(2)),
    line("json_set", JsonPath, Pairs(1)),
    line("json_value", JsonPath, Only(&[1])),
    line("regexp_instr", Pattern, Only(&[1, 5])),
    line("regexp_like", Pattern, From(1)),
    line("regexp_replace", Pattern, Only(&[1, 2, 5])),
    line("regexp_substr", Pattern, Only(&[1, 4])),
    line("updatexml", XPath, Only(&[1])),
    // Files and programs.
    line("load_file", Code, From(0)),
    line("sys_eval", Code, From(0)),
    line("sys_exec", Code, From(0)),
    line("sys_get", Code, From(0)),
    line("sys_set", Code, From(0)),
];

/// What is special about a function of a database: by its name, and by its schema where it is
/// written with one.
pub(super) fn special(
    dialect: Dialect,
    schema: Option<&str>,
    name: &str,
) -> Option<&'static Special> {
    let table = match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
        Dialect::MySql => MYSQL,
    };
    let name = name.to_ascii_lowercase();
    let full = schema.map(|schema| format!("{}.{name}", schema.to_ascii_lowercase()));
    table.iter().find(|line| {
        let own = if line.name.contains('.') { full.as_deref() } else { Some(name.as_str()) };
        own.is_some_and(|own| match line.name.strip_suffix('*') {
            Some(start) => own.starts_with(start),
            None => own == line.name,
        })
    })
}

impl Special {
    /// Whether the argument with this number, from 0, is read so.
    pub(super) fn reads(&self, argument: usize) -> bool {
        match self.at {
            Only(these) => these.contains(&argument),
            From(first) => argument >= first,
            Pairs(first) => argument.checked_sub(first).is_some_and(|behind| behind % 2 == 0),
        }
    }
}

/// Arguments that are no pattern and no path wherever they are passed by name.
pub(super) fn is_subject(name: &str) -> bool {
    ["string", "target", "vars", "silent", "start", "n", "endoption", "subexpr"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::{Takes, special};
    use crate::Dialect;

    #[test]
    fn a_name_is_found_in_its_own_database() {
        let takes = |dialect, schema, name| special(dialect, schema, name).map(|own| own.takes);
        assert_eq!(takes(Dialect::Sqlite, None, "GLOB"), Some(Takes::Pattern));
        assert_eq!(takes(Dialect::Postgres, None, "glob"), None);
        assert_eq!(takes(Dialect::Postgres, Some("net"), "http_post"), Some(Takes::Code));
        assert_eq!(takes(Dialect::Postgres, Some("cron"), "schedule"), Some(Takes::Code));
        assert_eq!(takes(Dialect::Postgres, None, "schedule"), None);
        assert_eq!(takes(Dialect::Postgres, None, "dblink_exec"), Some(Takes::Code));
    }

    #[test]
    fn arguments_are_counted() {
        let reads = |dialect, name| {
            let own = special(dialect, None, name).unwrap();
            (0..5).filter(|number| own.reads(*number)).collect::<Vec<_>>()
        };
        assert_eq!(reads(Dialect::MySql, "json_set"), [1, 3]);
        assert_eq!(reads(Dialect::Sqlite, "json_extract"), [1, 2, 3, 4]);
        assert_eq!(reads(Dialect::Postgres, "jsonb_path_query"), [1]);
    }

    #[test]
    fn each_name_is_listed_once() {
        for table in [super::SQLITE, super::POSTGRES, super::MYSQL] {
            let mut names: Vec<_> = table.iter().map(|line| line.name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }
}
