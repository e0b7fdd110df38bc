// audit

use actix_web::{web, HttpResponse, Error, error};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::r2d2::{self, ConnectionManager};
use serde::Deserialize;

type DbPool = r2d2::Pool<ConnectionManager<PgConnection>>;

#[derive(Deserialize)]
pub struct Filter { pub term: String, pub page: Option<u32>, pub dir: String }

fn build_query(f: &Filter) -> String {
    let mut q = String::new();
    q += "SELECT * FROM books WHERE title ILIKE '%";
    q += &f.term;
    q += "%'";
    q
}

pub async fn search(pool: web::Data<DbPool>, f: web::Query<Filter>) -> Result<HttpResponse, Error> {
    let query = build_query(&f);
    let books = web::block(move || {
        let mut conn = pool.get().expect("pool");
        diesel::sql_query(query).load::<Book>(&mut conn) //~ sql_format
    })
    .await?
    .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(books))
}

pub async fn search_ok(pool: web::Data<DbPool>, f: web::Query<Filter>) -> Result<HttpResponse, Error> {
    let pattern = format!("%{}%", f.term);
    let books = web::block(move || {
        let mut conn = pool.get().expect("pool");
        diesel::sql_query("SELECT * FROM books WHERE title ILIKE $1").bind::<Text, _>(pattern).load::<Book>(&mut conn)
    })
    .await?
    .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(books))
}

pub async fn search_dsl_ok(pool: web::Data<DbPool>, f: web::Query<Filter>) -> Result<HttpResponse, Error> {
    use crate::schema::books::dsl::*;
    let rows = web::block(move || {
        let mut conn = pool.get().unwrap();
        books.filter(title.ilike(format!("%{}%", f.term))).limit(20).load::<Book>(&mut conn)
    }).await?.map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(rows))
}

pub async fn ordered(pool: web::Data<DbPool>, f: web::Query<Filter>) -> Result<HttpResponse, Error> {
    use diesel::dsl::sql;
    use crate::schema::books::dsl::*;
    let dir = f.into_inner().dir;
    let mut conn = pool.get().map_err(error::ErrorInternalServerError)?;
    let rows = books
        .order(sql::<Text>(&format!("title {}", dir))) //~ sql_format
        .load::<Book>(&mut conn)
        .map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(rows))
}

pub async fn ordered_ok(pool: web::Data<DbPool>, f: web::Query<Filter>) -> Result<HttpResponse, Error> {
    use diesel::dsl::sql;
    use crate::schema::books::dsl::*;
    let dir = if f.dir.eq_ignore_ascii_case("desc") { "DESC" } else { "ASC" };
    let mut conn = pool.get().map_err(error::ErrorInternalServerError)?;
    let rows = books.order(sql::<Text>(&format!("title {}", dir))).load::<Book>(&mut conn).map_err(error::ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().json(rows))
}

pub async fn truncate(conn: &mut diesel_async::AsyncPgConnection, tenant: &str) -> QueryResult<()> {
    use diesel_async::SimpleAsyncConnection;
    conn.batch_execute(&format!("TRUNCATE {}.sessions", tenant)).await //~ sql_format
}
