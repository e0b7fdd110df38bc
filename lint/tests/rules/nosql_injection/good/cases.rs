use actix_web::{HttpResponse, Result, web};

use mongodb::Collection;
use mongodb::bson::{Document, doc};

async fn own_filter(users: web::Data<Collection<Document>>, name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(users.find_one(doc! { "name": name.as_str() }).await.is_ok())
}

async fn bound(db: web::Data<surrealdb::Surreal<surrealdb::engine::any::Any>>, name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(db.query("SELECT * FROM user WHERE name = $name").bind(("name", name.into_inner())).await.is_ok())
}

// trap: data as an argument of a constant command
async fn argument(key: web::Path<String>) -> HttpResponse {
    let command = redis::cmd("GET").arg(key.as_str());
    HttpResponse::Ok().finish()
}
