use actix_web::{HttpResponse, Result, web};

const TABLE: &str = "items";

fn constant(conn: &rusqlite::Connection) -> rusqlite::Result<usize> {
    conn.execute(&format!("DELETE FROM {TABLE}"), [])
}

fn numbers(conn: &rusqlite::Connection, page: u32) -> rusqlite::Result<usize> {
    conn.execute(&format!("SELECT * FROM items LIMIT 20 OFFSET {}", page), [])
}

// trap: a `push_str` of constants
fn static_push(conn: &rusqlite::Connection, only_new: bool) -> rusqlite::Result<usize> {
    let mut sql = String::from("SELECT * FROM items");
    if only_new {
        sql.push_str(" WHERE new");
    }
    conn.execute(&sql, [])
}
