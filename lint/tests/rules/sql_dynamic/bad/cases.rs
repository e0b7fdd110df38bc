use actix_web::{HttpResponse, Result, web};

fn tables(conn: &rusqlite::Connection, settings: &Settings) -> rusqlite::Result<usize> {
    conn.execute(&format!("DELETE FROM {}", settings.table()), []) //~ sql_dynamic
}

async fn view(pool: &sqlx::PgPool, settings: &Settings) -> bool {
    let sql = format!("SELECT * FROM {} LIMIT 10", settings.view());
    sqlx::query(&sql).fetch_all(pool).await.is_ok() //~ sql_dynamic
}

fn grown(conn: &rusqlite::Connection, settings: &Settings) -> rusqlite::Result<usize> {
    let mut sql = String::from("SELECT * FROM items ORDER BY ");
    sql.push_str(&settings.order());
    conn.execute(&sql, []) //~ sql_dynamic
}
