use actix_web::{HttpResponse, get, web};
use sqlx::PgPool;

#[derive(serde::Deserialize)]
struct Search {
    name: String,
    sort: Option<String>,
    limit: u32,
}

#[get("/items")]
async fn by_name(pool: web::Data<PgPool>, query: web::Query<Search>) -> HttpResponse {
    let sql = format!("SELECT id FROM items WHERE name = '{}' LIMIT {}", query.name, query.limit);
    let rows = sqlx::query(&sql).fetch_all(pool.get_ref()).await; //~ sql_format
    HttpResponse::Ok().json(rows.is_ok())
}

#[get("/sorted")]
async fn sorted(pool: web::Data<PgPool>, query: web::Query<Search>) -> HttpResponse {
    let Search { name, sort, .. } = query.into_inner();
    let mut builder = sqlx::QueryBuilder::new("SELECT id FROM items WHERE name = ");
    builder.push_bind(name);
    if let Some(sort) = sort {
        builder.push(" ORDER BY ").push(sort); //~ sql_format
    }
    builder.build().fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().finish()
}

#[get("/late")]
async fn checked_too_early(pool: web::Data<PgPool>, query: web::Query<Search>, other: web::Form<Search>) -> HttpResponse {
    let mut column = query.into_inner().name;
    if !["name", "id"].contains(&column.as_str()) {
        return HttpResponse::BadRequest().finish();
    }
    column = other.into_inner().name;
    sqlx::query(&format!("SELECT id FROM items ORDER BY {column}")).fetch_all(pool.get_ref()).await; //~ sql_format
    HttpResponse::Ok().finish()
}
