//! A database with the tables of the cases.

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin, time::Duration};

use futures_util::FutureExt as _;
use palisade::{
    __private::sql::{Binds, Part as P, Statement},
    sql::{Db, Dialect, Error},
};

pub(crate) type Case = for<'l> fn(&'l Lab) -> Pin<Box<dyn Future<Output = ()> + 'l>>;

/// A database, and the handle that each case gets anew.
pub(crate) struct Lab {
    pub(crate) url: String,
    pub(crate) db: Db,
}

/// A statement as `sql!` leaves it: texts with `{values}` between them, `[lists]` behind `IN` and
/// `!(lists)` behind `NOT IN`.
///
/// `query!(Out: "SELECT .. WHERE a = " {a} " AND b" [bs] " ORDER BY a")`
macro_rules! query {
    ($out:ty: $($rest:tt)+) => {
        crate::lab::query!(@ $out; [] [] [] []; $($rest)+)
    };
    (@ $out:ty; [$($s:tt)*] [$($p:tt)*] [$($m:tt)*] [$($b:tt)*]; $text:literal $($rest:tt)*) => {
        crate::lab::query!(@ $out;
            [$($s)* P::Text($text),] [$($p)* P::Text($text),] [$($m)* P::Text($text),] [$($b)*]; $($rest)*)
    };
    (@ $out:ty; [$($s:tt)*] [$($p:tt)*] [$($m:tt)*] [$($b:tt)*]; {$value:expr} $($rest:tt)*) => {
        crate::lab::query!(@ $out;
            [$($s)* P::Bind,] [$($p)* P::Bind,] [$($m)* P::Bind,] [$($b)* (add $value)]; $($rest)*)
    };
    (@ $out:ty; [$($s:tt)*] [$($p:tt)*] [$($m:tt)*] [$($b:tt)*]; [$list:expr] $($rest:tt)*) => {
        crate::lab::query!(@ $out;
            [$($s)* P::Text(crate::lab::SQLITE_IN), P::Bind, P::Text("))"),]
            [$($p)* P::Text(" = ANY("), P::Bind, P::Text(")"),]
            [$($m)* P::Text(" IN "), P::List,]
            [$($b)* (add_list $list)]; $($rest)*)
    };
    (@ $out:ty; [$($s:tt)*] [$($p:tt)*] [$($m:tt)*] [$($b:tt)*]; !($list:expr) $($rest:tt)*) => {
        crate::lab::query!(@ $out;
            [$($s)* P::Text(" NOT"), P::Text(crate::lab::SQLITE_IN), P::Bind, P::Text("))"),]
            [$($p)* P::Text(" <> ALL("), P::Bind, P::Text(")"),]
            [$($m)* P::Text(" NOT IN "), P::List,]
            [$($b)* (add_list $list)]; $($rest)*)
    };
    (@ $out:ty; [$($s:tt)*] [$($p:tt)*] [$($m:tt)*] [$($(($add:ident $value:expr))+)?];) => {{
        use palisade::__private::sql::Part as P;
        static STATEMENT: palisade::__private::sql::Statement =
            crate::lab::statement([&[$($s)*], &[$($p)*], &[$($m)*]]);
        palisade::__private::sql::query::<$out, _>(
            &STATEMENT,
            |_binds: &mut palisade::__private::sql::Binds| {
                $($(_binds.$add(&($value))?;)+)?
                Ok(())
            },
        )
    }};
}
pub(crate) use query;

pub(crate) const SQLITE_IN: &str =
    " IN (SELECT CASE type WHEN 'object' THEN unhex(value ->> 'x') ELSE value END FROM json_each(";

pub(crate) const fn statement(texts: [&'static [P]; 3]) -> Statement {
    let [sqlite, postgres, mysql] = texts;
    Statement {
        texts: [Some(sqlite), Some(postgres), Some(mysql)],
        columns: &[],
        schema: None,
        file: file!(),
        line: 1,
        kind: palisade::__private::sql::StatementKind::Other,
        weakened: &[],
    }
}

impl Lab {
    pub(crate) fn new(url: String) -> Self {
        let db = actix_web::rt::System::new().block_on(async {
            // Only to see that it can be reached: a pool does not outlive its runtime.
            Db::connect(&url).await.unwrap()
        });
        Self { url, db }
    }

    /// Runs each case on a handle of its own, in tables that are empty.
    pub(crate) fn run(mut self, cases: &[(&str, Case)]) {
        let mut failed = Vec::new();
        for (name, case) in cases {
            let outcome = actix_web::rt::System::new().block_on(async {
                self.db = Db::options()
                    .connections(4)
                    .acquire_timeout(Duration::from_secs(5))
                    .statement_timeout(Duration::from_secs(5))
                    .connect(&self.url)
                    .await
                    .unwrap();
                self.make_tables().await.unwrap();
                let outcome = AssertUnwindSafe(case(&self)).catch_unwind().await;
                self.db.close().await;
                outcome
            });
            if outcome.is_err() {
                failed.push(*name);
            }
        }
        assert!(failed.is_empty(), "on {}: {failed:?}", self.db.dialect());
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    async fn make_tables(&self) -> Result<(), Error> {
        let db = &self.db;
        for drop in [
            query!((): "DROP TABLE IF EXISTS kinds").execute(db).await,
            query!((): "DROP TABLE IF EXISTS notes").execute(db).await,
            query!((): "DROP TABLE IF EXISTS items").execute(db).await,
            query!((): "DROP TABLE IF EXISTS _sqlx_migrations").execute(db).await,
            query!((): "DROP TABLE IF EXISTS migrated").execute(db).await,
        ] {
            drop?;
        }
        // The file that `sql!` uses, and the existing table, are the same.
        static ITEMS: &[P] = &[P::Text(include_str!("migrations/0001_items.sql"))];
        static CREATE: Statement = statement([ITEMS, ITEMS, ITEMS]);
        palisade::__private::sql::query::<(), _>(&CREATE, |_: &mut Binds| Ok(()))
            .execute(db)
            .await?;
        query!((): "CREATE TABLE notes (item BIGINT NOT NULL, note VARCHAR(40), CONSTRAINT line_item FOREIGN KEY (item) REFERENCES items (id))")
            .execute(db)
            .await?;
        match self.dialect() {
            Dialect::Sqlite => query!((): "CREATE TABLE kinds (id INTEGER PRIMARY KEY, small SMALLINT, medium INTEGER, big BIGINT, single REAL, dbl DOUBLE, yes BOOLEAN, txt TEXT, byt BLOB, uid BLOB, tim TEXT, day TEXT, doc TEXT)").execute(db).await?,
            Dialect::Postgres => query!((): "CREATE TABLE kinds (id SERIAL PRIMARY KEY, small SMALLINT, medium INTEGER, big BIGINT, single REAL, dbl DOUBLE PRECISION, yes BOOLEAN, txt TEXT, byt BYTEA, uid UUID, tim TIMESTAMPTZ, day DATE, doc JSONB)").execute(db).await?,
            Dialect::MySql => query!((): "CREATE TABLE kinds (id INTEGER PRIMARY KEY AUTO_INCREMENT, small SMALLINT, medium INTEGER, big BIGINT, single FLOAT, dbl DOUBLE, yes BOOLEAN, txt TEXT, byt BLOB, uid BINARY(16), tim TIMESTAMP(6) NULL, day DATE, doc JSON)").execute(db).await?,
        };
        Ok(())
    }

    pub(crate) async fn add(&self, id: i64, name: &str, qty: Option<u32>) -> Result<u64, Error> {
        query!((): "INSERT INTO items (id, name, qty) VALUES (" {id} ", " {name} ", " {qty} ")")
            .execute(&self.db)
            .await
    }

    pub(crate) async fn count(&self) -> i64 {
        query!(i64: "SELECT count(*) FROM items").fetch_one(&self.db).await.unwrap()
    }
}
