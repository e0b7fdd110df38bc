use actix_web::{HttpResponse, get, web};
use sqlx::PgPool;

#[derive(serde::Deserialize)]
struct Search {
    name: String,
    order: Order,
    page: u32,
}

#[derive(serde::Deserialize)]
enum Order {
    Name,
    Age,
}

const COLUMNS: &str = "id, name";

// trap: a `format!` of constants and a number
#[get("/items")]
async fn bound(pool: web::Data<PgPool>, query: web::Query<Search>) -> HttpResponse {
    // Text of constants only, and a number.
    let sql = format!("SELECT {COLUMNS} FROM items WHERE name = $1 LIMIT 20 OFFSET {}", query.page * 20);
    sqlx::query(&sql).bind(&query.name).fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().finish()
}

#[get("/ordered")]
async fn ordered(pool: web::Data<PgPool>, query: web::Query<Search>) -> HttpResponse {
    let column = match query.order {
        Order::Name => "name",
        Order::Age => "age",
    };
    sqlx::query(&format!("SELECT id FROM items ORDER BY {column}")).fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().finish()
}

#[get("/allowed")]
async fn allowed(pool: web::Data<PgPool>, query: web::Query<Search>) -> HttpResponse {
    const ALLOWED: &[&str] = &["name", "age"];
    if !ALLOWED.contains(&query.name.as_str()) {
        return HttpResponse::BadRequest().finish();
    }
    sqlx::query(&format!("SELECT id FROM items ORDER BY {}", query.name)).fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().finish()
}

fn truncate_all(conn: &rusqlite::Connection) -> rusqlite::Result<()> {
    // Names of our own tables.
    for table in ["items", "orders"] {
        conn.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    async fn helper(conn: &rusqlite::Connection, query: actix_web::web::Query<String>) {
        conn.execute(&format!("DELETE FROM items WHERE name = '{}'", query.0), []).unwrap();
    }
}
