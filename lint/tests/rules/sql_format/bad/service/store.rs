use rusqlite::Connection as Db;

pub fn owned_by(owner: &str) -> String {
    let mut clause = String::from("owner = '");
    clause.push_str(owner);
    clause += "'";
    clause
}

pub fn count(db: &Db, clause: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM items WHERE {clause}");
    db.query_row(&sql, [], |row| row.get(0)).unwrap_or(0) //~ sql_format
}
