mod store;

use actix_web::{HttpResponse, get, web};
use store as db;

#[derive(serde::Deserialize)]
struct Filter {
    owner: String,
}

#[get("/items")]
async fn items(conn: web::Data<rusqlite::Connection>, filter: web::Query<Filter>) -> HttpResponse {
    let clause = db::owned_by(&filter.owner);
    HttpResponse::Ok().json(db::count(&conn, &clause))
}
