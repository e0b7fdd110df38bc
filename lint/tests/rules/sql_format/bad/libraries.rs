// audit
use rusqlite::{Connection, Result, params};
use axum::{extract::{Path, Query, State}, response::Html, Json};
struct UserRepo { conn: Connection }
impl UserRepo {
    pub fn find(&self, name: &str) -> Result<Vec<User>> {
        let query = format!("SELECT id, name FROM users WHERE name = '{}'", name);
        let mut stmt = self.conn.prepare(&query)?; //~ sql_format
        stmt.query_map([], |r| Ok(User { id: r.get(0)? }))?.collect()
    }
    pub fn find_ok(&self, name: &str) -> Result<Vec<User>> {
        let mut stmt = self.conn.prepare("SELECT id FROM users WHERE name = ?1")?;
        stmt.query_map(params![name], |r| Ok(r.get(0)?))?.collect()
    }
    fn delete(&self, id: &str) -> Result<()> {
        self.conn.execute(&("DELETE FROM users WHERE id = ".to_string() + id), [])?; //~ sql_format
        self.conn.execute_batch(&format!("UPDATE users SET x = 1 WHERE id = {id}; VACUUM;"))?; //~ sql_format
        Ok(())
    }
    fn by_id(&self, id: i64) -> Result<()> {
        self.conn.execute(&format!("DELETE FROM users WHERE id = {}", id), [])?;
        Ok(())
    }
    fn sorted(&self, col: &str, dir: &str) -> Result<()> {
        let col = match col { "name" => "name", "age" => "age", _ => return Err(E) };
        let dir = if dir.eq_ignore_ascii_case("desc") { "DESC" } else { "ASC" };
        self.conn.prepare(&format!("SELECT * FROM users ORDER BY {} {}", col, dir))?;
        Ok(())
    }
}
async fn axum_search(State(pool): State<PgPool>, Query(params): Query<HashMap<String, String>>) -> Json<Vec<Row>> {
    let term = params.get("q").unwrap_or(&String::new()).to_string();
    let sql = "SELECT * FROM products WHERE name LIKE '%".to_owned() + &term + "%'";
    let rows = sqlx::query_as::<_, Row>(&sql).fetch_all(&pool).await.unwrap(); //~ sql_format
    let mut qb = sqlx::QueryBuilder::new("SELECT * FROM t WHERE a = ");
    qb.push_bind(&term);
    qb.push(" ORDER BY ");
    qb.push(&term); //~ sql_format
    Json(rows)
}
async fn pg(client: &tokio_postgres::Client, user: &str, pass: &str) -> Result<bool, Error> {
    let q = format!(
        "SELECT 1 FROM users WHERE username='{}' AND password='{}'",
        user, pass
    );
    let rows = client.query(q.as_str(), &[]).await?; //~ sql_format
    let rows = client.query("SELECT 1 FROM users WHERE username=$1", &[&user]).await?;
    let n = client
        .query_one(&format!("SELECT count(*) FROM {}", TABLE), &[])
        .await?;
    Ok(!rows.is_empty())
}
fn diesel_q(conn: &mut PgConnection, email: String) -> QueryResult<Vec<User>> {
    diesel::sql_query(format!("SELECT * FROM users WHERE email = '{email}'")).load(conn) //~ sql_format
}
fn mysql_q(conn: &mut mysql::PooledConn, name: &str) -> Result<()> {
    let rows: Vec<Row> = conn.query(format!("SELECT * FROM t WHERE n='{}'", name))?; //~ sql_format
    conn.exec_drop("INSERT INTO t VALUES (?)", (name,))?;
    Ok(())
}
fn multi(conn: &Connection, filters: &[String]) {
    let mut sql = String::from("SELECT * FROM logs WHERE 1=1");
    for f in filters {
        sql.push_str(" AND level = '");
        sql.push_str(f);
        sql.push('\'');
    }
    conn.execute(&sql, []).unwrap(); //~ sql_format
}
fn placeholders(conn: &Connection, ids: &[String]) {
    let marks = ids.iter().map(|_| "?").collect::<Vec<_>>().join(",");
    let sql = format!("SELECT * FROM t WHERE id IN ({})", marks);
    conn.prepare(&sql).unwrap();
    let list = ids.iter().map(|i| format!("'{}'", i)).collect::<Vec<_>>().join(",");
    conn.prepare(&format!("SELECT * FROM t WHERE id IN ({})", list)).unwrap(); //~ sql_format
    let nums: Vec<i64> = ids.iter().filter_map(|s| s.parse::<i64>().ok()).collect();
    let list = nums.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    conn.prepare(&format!("SELECT * FROM t WHERE id IN ({})", list)).unwrap();
}
enum Sort { Name, Age }
impl Sort { fn column(&self) -> &'static str { match self { Sort::Name => "name", Sort::Age => "age" } } }
async fn enumsort(pool: &SqlitePool, s: Sort) { sqlx::query(&format!("SELECT * FROM t ORDER BY {}", s.column())).fetch_all(pool).await; }
async fn sea(db: &DatabaseConnection, name: String) {
    db.execute(Statement::from_string(DbBackend::Postgres, format!("DELETE FROM t WHERE n = '{}'", name))).await; //~ sql_format
    db.execute_unprepared(&format!("DROP TABLE {}", name)).await; //~ sql_format
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let conn = Connection::open("x.db").unwrap();
    let q = format!("SELECT * FROM t WHERE n = '{}'", args[1]);
    conn.execute(&q, []).unwrap(); //~ sql_format
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let sql = ["SELECT * FROM t WHERE n = '", line.trim(), "'"].join("");
    conn.execute(&sql, []).unwrap(); //~ sql_format
}
async fn tx(pool: &PgPool, q: &str) -> Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query(&format!("UPDATE a SET b = '{q}'")).execute(&mut *tx).await?; //~ sql_format
    tx.execute(format!("UPDATE a SET b = '{q}'").as_str()).await?; //~ sql_format
    if !q.chars().all(char::is_alphanumeric) { return Err(E); }
    sqlx::query(&format!("UPDATE a SET b = '{q}'")).execute(&mut *tx).await?;
    Ok(())
}
const COLS: [&str; 2] = ["a", "b"];
fn allow(conn: &Connection, col: &str) -> Result<()> {
    let c = COLS.iter().find(|c| **c == col).ok_or(E)?;
    conn.prepare(&format!("SELECT {} FROM t", c))?;
    let safe = if COLS.contains(&col) { col } else { "a" };
    conn.prepare(&format!("SELECT {} FROM t", safe))?;
    anyhow::ensure!(COLS.contains(&col), "bad");
    conn.prepare(&format!("SELECT {} FROM t", col))?;
    Ok(())
}
#[rocket::get("/u/<name>")]
fn rocket_u(name: String, db: &State<Db>) -> Json<X> {
    let conn = db.lock().unwrap();
    let mut s = conn.prepare(&format!("SELECT * FROM u WHERE n='{}'", name)).unwrap(); //~ sql_format
    Json(x)
}