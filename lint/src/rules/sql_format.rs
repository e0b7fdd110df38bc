//! Outside data in the text of an SQL statement.

use super::{Call, Method, Site, Watch, sql_dynamic};
use crate::krate::name::Known;
use crate::krate::ty::Ty;
use crate::taint::class::Class;
use crate::taint::value::Value;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds SQL that is built from request data and passed to a database: to `sqlx::query` and its
    /// variants, `QueryBuilder::push`, `diesel::sql_query`, rusqlite, postgres, mysql, sea-orm and any
    /// other connection that receives a string which looks like SQL.
    ///
    /// ## Why it is bad
    /// A client that chooses a part of the statement decides what it does: `' OR 1=1 --` in a name
    /// turns a lookup into a dump of the table.
    ///
    /// ## Example
    /// ```text
    /// let sql = format!("SELECT * FROM items WHERE name = '{}'", query.name);
    /// sqlx::query(AssertSqlSafe(sql)).fetch_all(&pool).await?;
    /// ```
    ///
    /// ## Use instead
    /// `sql!`, which binds the values in braces, checks the statement at compile time, and accepts
    /// names of columns from an enum only. With other libraries, bind the value, and match names on the
    /// allowed ones.
    /// ```text
    /// sql!("SELECT * FROM items WHERE name = {query.name}" as Item).fetch_all(&db).await?;
    /// sqlx::query("SELECT * FROM items WHERE name = $1").bind(&query.name).fetch_all(&pool).await?;
    /// ```
    ///
    /// ## References
    /// - CWE-89: SQL Injection
    /// - OWASP Top 10 A03: Injection
    sql_format, CWE 89, Deny, Item, watch &[
        Watch::Call("query"), Watch::Call("query_as"), Watch::Call("query_scalar"), Watch::Call("query_with"),
        Watch::Call("query_as_with"), Watch::Call("query_scalar_with"), Watch::Call("raw_sql"), Watch::Call("AssertSqlSafe"),
        Watch::Call("sql_query"), Watch::Call("sql"), Watch::Call("from_string"), Watch::Call("from_sql_and_values"),
        Watch::Call("cust"), Watch::Call("cust_with_values"), Watch::Call("cust_with_expr"), Watch::Call("execute"), Watch::Call("prepare"),
        Watch::CallOf("QueryBuilder"), Watch::CallOf("Query"),
        Watch::Method("execute"), Watch::Method("execute_batch"), Watch::Method("batch_execute"), Watch::Method("prepare"),
        Watch::Method("prepare_cached"), Watch::Method("prepare_typed"), Watch::Method("query_row"), Watch::Method("query_row_and_then"),
        Watch::Method("query"), Watch::Method("query_one"), Watch::Method("query_opt"), Watch::Method("query_raw"),
        Watch::Method("query_typed"), Watch::Method("simple_query"), Watch::Method("execute_raw"), Watch::Method("copy_in"), Watch::Method("copy_out"),
        Watch::Method("query_first"), Watch::Method("query_iter"), Watch::Method("query_drop"), Watch::Method("query_map"),
        Watch::Method("query_fold"), Watch::Method("exec"), Watch::Method("exec_first"), Watch::Method("exec_drop"),
        Watch::Method("exec_iter"), Watch::Method("exec_map"), Watch::Method("exec_batch"), Watch::Method("prep"),
        Watch::Method("execute_unprepared"), Watch::Method("query_unpaged"), Watch::Method("query_with_params"), Watch::Method("query_arrow"),
        Watch::Method("fetch"), Watch::Method("fetch_all"), Watch::Method("fetch_one"), Watch::Method("fetch_optional"), Watch::Method("fetch_many"),
        Watch::Method("push"), Watch::Method("push_unseparated"), Watch::Method("iterate"), Watch::Method("raw_query"), Watch::Method("raw_sql"), Watch::Method("sql"), Watch::Method("query_all"),
        Watch::Method("query_and_then"), Watch::Method("exec_raw"), Watch::Method("query_named"), Watch::Method("execute_named"), Watch::Method("execute_many"),
        Watch::Method("fetch_scalar"), Watch::Method("query_scalar"), Watch::Method("query_as"), Watch::Method("and_where_raw"), Watch::Method("where_raw"), Watch::Method("filter_raw"), Watch::Method("order_by_raw"), Watch::Method("cust"),
        Watch::Method("query_collect"), Watch::Method("exec_decode"), Watch::Method("insert_raw"), Watch::Method("select_raw"), Watch::Method("run_query"), Watch::Method("execute_query"), Watch::Method("execute_sql"), Watch::Method("raw"),
        Watch::Method("query_first_opt"), Watch::Method("query_map_opt"), Watch::Method("query_fold_opt"), Watch::Method("query_stream"), Watch::Method("exec_stream"), Watch::Method("query_opt_map"), Watch::Method("query_rows"), Watch::Method("query_as_vec"),
    ], check
}

pub(crate) const MESSAGE: &str = "request data becomes part of the text of an SQL statement";
pub(crate) const HELP: &str = "write the query with `sql!`, or bind the value (`.bind(..)`, `push_bind`, `params![..]`); match names against the ones that are allowed";

/// Crates whose connections run SQL text.
pub(crate) const DATABASES: &[&str] = &[
    "rusqlite",
    "postgres",
    "tokio_postgres",
    "deadpool_postgres",
    "bb8_postgres",
    "r2d2_postgres",
    "mysql",
    "mysql_async",
    "sqlx",
    "diesel",
    "diesel_async",
    "duckdb",
    "libsql",
    "sqlite",
    "tiberius",
    "odbc_api",
    "oracle",
    "clickhouse",
    "sea_orm",
    "tokio_rusqlite",
    "async_sqlite",
    "r2d2",
    "r2d2_sqlite",
    "deadpool",
    "deadpool_sqlite",
    "deadpool_r2d2",
    "bb8",
    "scylla",
    "cdrs_tokio",
    "gluesql",
    "limbo",
    "turso",
    "rbatis",
    "sqlx_core",
    "loco_rs",
    "sea_query",
    "welds",
    "datafusion",
    "mobc",
    "mobc_postgres",
    "questdb",
    "snowflake_api",
    "gcp_bigquery_client",
    "spanner",
];

const CONNECTIONS: &[&str] = &[
    "Connection",
    "Transaction",
    "Savepoint",
    "Client",
    "GenericClient",
    "Conn",
    "PooledConn",
    "Pool",
    "PgPool",
    "MySqlPool",
    "SqlitePool",
    "AnyPool",
    "PgConnection",
    "MysqlConnection",
    "SqliteConnection",
    "AsyncPgConnection",
    "AsyncMysqlConnection",
    "DatabaseConnection",
    "DatabaseTransaction",
    "DbConn",
    "Object",
    "PooledConnection",
    "Queryable",
    "Session",
    "Executor",
    "Database",
    "PoolConnection",
    "AnyConnection",
    "PgConn",
    "SqliteConn",
    "ConnectionTrait",
    "PoolClient",
    "Manager",
];

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => check_call(call, walker),
        Site::Method(method) => check_method(method, walker),
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

fn check_call(call: &Call<'_>, walker: &mut Walker<'_>) {
    let Some(first) = call.arg(0) else { return };
    let name = call.name;
    let last = name.last();
    let text = match (name.parent(), last) {
        (_, "AssertSqlSafe") => first,
        ("QueryBuilder", "new" | "with_arguments") | ("Query", "new") => {
            if name.parent() == "Query"
                && !name.is(&["tiberius"], "Query::new")
                && !first.text.reads_like_sql()
            {
                return;
            }
            first
        }
        (_, "from_string" | "from_sql_and_values") if name.parent() == "Statement" => {
            match call.arg(1) {
                Some(second) => second,
                None => return,
            }
        }
        ("Expr" | "SimpleExpr" | "Func", "cust" | "cust_with_values" | "cust_with_expr") => first,
        (_, "sql_query") => first,
        (_, "sql")
            if name.is(&["diesel"], "sql") || call.turbofish || first.text.reads_like_sql() =>
        {
            first
        }
        (
            _,
            "query" | "query_as" | "query_scalar" | "query_with" | "query_as_with"
            | "query_scalar_with" | "raw_sql",
        ) if name.is(&["sqlx", "sqlx_core"], last)
            || (name.parent() == "sqlx" || name.segments.len() == 1)
                && name.known != Known::Local
                && (last != "query" || first.text.reads_like_sql() || call.args.len() == 1) =>
        {
            first
        }
        // `Connection::execute(&conn, sql, [])`, `Executor::execute(pool, sql)`.
        (parent, "execute" | "prepare") if CONNECTIONS.contains(&parent) => match call.arg(1) {
            Some(second) => second,
            None => return,
        },
        _ => match call.args.iter().find(|a| a.is_tainted() && a.text.reads_like_sql()) {
            Some(text) => text,
            None => return,
        },
    };
    walker.flow(&RULE, Class::SQL, text, call.span, MESSAGE, HELP);
    dynamic(text, call.span, walker);
}

/// Text that is built at run time, from an unknown source.
fn dynamic(text: &Value, span: proc_macro2::Span, walker: &mut Walker<'_>) {
    if !text.is_outside()
        && !text.is_settled()
        && text.text.whole().is_none()
        && text.text.reads_like_sql()
    {
        walker.report(&sql_dynamic::RULE, span, sql_dynamic::MESSAGE, sql_dynamic::HELP);
    }
}

fn check_method(method: &Method<'_>, walker: &mut Walker<'_>) {
    let builder = method
        .recv
        .ty
        .as_ref()
        .is_some_and(|ty| matches!(ty.peeled().last(), "QueryBuilder" | "Separated"));
    if matches!(method.name, "push" | "push_unseparated") {
        if builder && let Some(first) = method.arg(0) {
            walker.flow(&RULE, Class::SQL, first, method.span, MESSAGE, HELP);
        }
        return;
    }
    if method.on(&["surrealdb"], "Surreal") || method.on(&["neo4rs"], "Graph") {
        return;
    }
    let on_database = is_database(method, walker);
    for value in method.args.iter().take(2) {
        if !value.is_tainted() || is_list(value) {
            dynamic(value, method.span, walker);
            continue;
        }
        let reads = value.text.reads_like_sql();
        let certain =
            on_database && method.args.first().is_some_and(|first| std::ptr::eq(first, value));
        if reads || certain {
            walker.flow(&RULE, Class::SQL, value, method.span, MESSAGE, HELP);
            dynamic(value, method.span, walker);
            return;
        }
    }
}

/// Bound values come as lists and tuples.
fn is_list(value: &Value) -> bool {
    value.fields.is_some()
}

/// Whether a type is a connection to a database, or a pool of them.
pub(crate) fn is_connection(ty: &Ty) -> bool {
    CONNECTIONS.iter().any(|name| ty.is(DATABASES, name))
}

pub(crate) fn is_database(method: &Method<'_>, walker: &Walker<'_>) -> bool {
    if matches!(
        method.name,
        "fetch"
            | "iterate"
            | "sql"
            | "exec"
            | "copy_in"
            | "copy_out"
            | "raw"
            | "fetch_all"
            | "fetch_one"
            | "fetch_optional"
    ) {
        return false;
    }
    if let Some(ty) = &method.recv.ty {
        let peeled = ty.peeled();
        if CONNECTIONS.iter().any(|name| peeled.is(DATABASES, name))
            && !matches!(
                peeled.last(),
                "Client" | "Session" | "Manager" | "Object" | "Executor" | "Pool"
            )
        {
            return true;
        }
        // A path that is written out begins with the crate, whatever a `*` import may bring beside it.
        let is_path = match peeled.head.known {
            Known::External => true,
            Known::Unknown => peeled.head.segments.len() > 1,
            Known::Local => false,
        };
        if is_path && DATABASES.contains(&peeled.head.first()) {
            return true;
        }
        if method.typed() && peeled.head.known == Known::External {
            return false;
        }
    }
    if !matches!(
        method.name,
        "execute"
            | "execute_batch"
            | "batch_execute"
            | "prepare"
            | "prepare_cached"
            | "query_row"
            | "query_map"
            | "query"
            | "query_one"
            | "query_opt"
            | "simple_query"
            | "execute_unprepared"
            | "query_first"
            | "query_drop"
            | "query_iter"
            | "prep"
            | "query_raw"
            | "execute_raw"
    ) {
        return false;
    }
    let name = method.recv_name();
    if matches!(name.as_str(), "stmt" | "statement") {
        return false;
    }
    let looks = [
        "conn",
        "connection",
        "db",
        "pool",
        "tx",
        "transaction",
        "trans",
        "txn",
        "database",
        "client",
        "pg",
        "sqlite",
    ]
    .iter()
    .any(|word| name == *word || name.ends_with(&format!("_{word}")));
    looks
        && (name != "client" && !name.ends_with("_client")
            || walker.names().imports_from(DATABASES))
        && (walker.scope.names.imports_from(DATABASES)
            || walker.names().imports_from(DATABASES)
            || !matches!(method.name, "query" | "execute"))
}
