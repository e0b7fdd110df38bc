// audit

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult, Statement, ColumnTrait, QueryFilter};
use mysql_async::{prelude::*, Pool, Conn};
use tokio_postgres::{Client, NoTls};

pub async fn sea_raw(db: &DatabaseConnection, city: String) -> Result<Vec<Weather>, sea_orm::DbErr> {
    Weather::find_by_statement(Statement::from_string(DbBackend::Postgres, format!("SELECT * FROM weather WHERE city = '{city}'"))) //~ sql_format
        .all(db)
        .await
}

pub async fn sea_raw_ok(db: &DatabaseConnection, city: String) -> Result<Vec<Weather>, sea_orm::DbErr> {
    Weather::find_by_statement(Statement::from_sql_and_values(DbBackend::Postgres, "SELECT * FROM weather WHERE city = $1", [city.into()]))
        .all(db)
        .await
}

pub async fn sea_exec(db: &DatabaseConnection, user: &str) -> anyhow::Result<()> {
    let q = format!("UPDATE users SET seen = now() WHERE name = '{}'", user);
    db.execute_unprepared(&q).await?; //~ sql_format
    Ok(())
}

pub async fn sea_filter_ok(db: &DatabaseConnection, user: &str) -> anyhow::Result<Vec<users::Model>> {
    Ok(users::Entity::find().filter(users::Column::Name.eq(user)).all(db).await?)
}

async fn mysql_login(pool: &Pool, user: &str, pass: &str) -> Result<bool, mysql_async::Error> {
    let mut conn = pool.get_conn().await?;
    let found: Option<u64> = conn
        .query_first(format!("SELECT id FROM users WHERE login = '{}' AND pw = SHA2('{}', 256)", user, pass)) //~ sql_format
        .await?;
    Ok(found.is_some())
}

async fn mysql_login_ok(pool: &Pool, user: &str, pass: &str) -> Result<bool, mysql_async::Error> {
    let mut conn = pool.get_conn().await?;
    let found: Option<u64> = conn.exec_first("SELECT id FROM users WHERE login = :u AND pw = SHA2(:p, 256)", params! {"u" => user, "p" => pass}).await?;
    Ok(found.is_some())
}

async fn pg_simple(client: &Client, schema: &str) -> Result<(), tokio_postgres::Error> {
    let stmt = format!("SET search_path TO {schema}");
    client.simple_query(&stmt).await?; //~ sql_format
    Ok(())
}

async fn pg_prepare(client: &Client, id: &str) -> Result<Vec<tokio_postgres::Row>, tokio_postgres::Error> {
    let sql = "SELECT * FROM docs WHERE id = ".to_string() + id;
    let statement = client.prepare(&sql).await?; //~ sql_format
    client.query(&statement, &[]).await
}

async fn pg_typed_ok(client: &Client, id: &str) -> Result<Vec<tokio_postgres::Row>, Box<dyn std::error::Error>> {
    let id: i64 = id.parse()?;
    let sql = format!("SELECT * FROM docs WHERE id = {id}");
    Ok(client.query(sql.as_str(), &[]).await?)
}

fn where_clause(name: Option<&str>) -> String {
    match name {
        Some(n) => format!(" WHERE name = '{}'", n),
        None => String::new(),
    }
}

async fn chain(client: &Client, name: Option<String>) -> Result<u64, tokio_postgres::Error> {
    let sql = format!("DELETE FROM jobs{}", where_clause(name.as_deref()));
    client.execute(sql.as_str(), &[]).await //~ sql_format
}

pub async fn replace_is_no_escape(pool: &sqlx::SqlitePool, q: &str) -> sqlx::Result<Vec<sqlx::sqlite::SqliteRow>> {
    let cleaned = q.replace(';', "");
    sqlx::query(&format!("SELECT * FROM notes WHERE body LIKE '%{}%'", cleaned)) //~ sql_format
        .fetch_all(pool)
        .await
}
