use actix_web::{HttpResponse, Result, web};

use mongodb::Collection;
use mongodb::bson::Document;

async fn parsed(users: web::Data<Collection<Document>>, body: String) -> HttpResponse {
    let found = users.find_one(serde_json::from_str(&body).unwrap()).await; //~ nosql_injection
    HttpResponse::Ok().json(found.is_ok())
}

async fn surreal(db: web::Data<surrealdb::Surreal<surrealdb::engine::any::Any>>, name: web::Path<String>) -> HttpResponse {
    let found = db.query(format!("SELECT * FROM user WHERE name = '{name}'")).await; //~ nosql_injection
    HttpResponse::Ok().json(found.is_ok())
}

async fn command(name: web::Path<String>) -> HttpResponse {
    let command = redis::cmd(&name); //~ nosql_injection
    HttpResponse::Ok().finish()
}
