// audit

use rusqlite::{params, Connection, named_params};
use std::sync::{Arc, Mutex};

pub struct Store { conn: Arc<Mutex<Connection>>, table: &'static str }

impl Store {
    pub fn find(&self, name: &str) -> rusqlite::Result<Option<Entry>> {
        let conn = self.conn.lock().unwrap();
        let mut stmt = conn.prepare(&format!("SELECT * FROM {} WHERE name = '{}'", self.table, name))?; //~ sql_format
        let mut rows = stmt.query([])?;
        rows.next()?.map(Entry::from_row).transpose()
    }

    pub fn find_ok(&self, name: &str) -> rusqlite::Result<Option<Entry>> {
        let conn = self.conn.lock().unwrap();
        let mut stmt = conn.prepare(&format!("SELECT * FROM {} WHERE name = ?1", self.table))?;
        let mut rows = stmt.query(params![name])?;
        rows.next()?.map(Entry::from_row).transpose()
    }

    pub fn rename(&self, id: i64, to: String) -> rusqlite::Result<usize> {
        let mut sql = String::from("UPDATE entries SET name = '");
        sql.push_str(&to);
        sql.push_str("' WHERE id = ");
        sql.push_str(&id.to_string());
        self.conn.lock().unwrap().execute(&sql, []) //~ sql_format
    }

    pub fn rename_ok(&self, id: i64, to: String) -> rusqlite::Result<usize> {
        self.conn.lock().unwrap().execute("UPDATE entries SET name = :to WHERE id = :id", named_params! {":to": to, ":id": id})
    }

    pub fn import(&self, dump: String) -> rusqlite::Result<()> {
        let guard = self.conn.lock().expect("poisoned");
        guard.execute_batch(&dump) //~ sql_format
    }

    pub fn vacuum(&self) -> rusqlite::Result<()> {
        self.conn.lock().unwrap().execute_batch("VACUUM; ANALYZE;")
    }
}

fn user_exists(conn: &Connection, login: &str) -> bool {
    let q = ["SELECT 1 FROM users WHERE login='", login, "'"].concat();
    conn.query_row(&q, [], |_| Ok(())).is_ok() //~ sql_format
}

fn user_exists_ok(conn: &Connection, login: &str) -> bool {
    conn.query_row("SELECT 1 FROM users WHERE login=?", [login], |_| Ok(())).is_ok()
}

fn delete_by(conn: &mut Connection, column: &str, value: &str) -> Result<(), Box<dyn std::error::Error>> {
    let tx = conn.transaction()?;
    tx.execute(&format!("DELETE FROM items WHERE {column} = ?1"), [value])?; //~ sql_format
    tx.commit()?;
    Ok(())
}

fn delete_by_ok(conn: &mut Connection, column: &str, value: &str) -> Result<(), Box<dyn std::error::Error>> {
    const COLUMNS: &[&str] = &["name", "sku"];
    if !COLUMNS.contains(&column) {
        return Err("unknown column".into());
    }
    let tx = conn.transaction()?;
    tx.execute(&format!("DELETE FROM items WHERE {column} = ?1"), [value])?;
    tx.commit()?;
    Ok(())
}
