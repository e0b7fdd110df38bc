//! Actix Web alone.

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, Responder, get, post, web};
use serde::Deserialize;

use super::Item;

#[derive(Deserialize)]
struct NewItem {
    name: String,
    qty: u32,
}

#[get("/ping")]
async fn ping() -> &'static str {
    "pong"
}

#[post("/items")]
async fn create(item: web::Json<NewItem>) -> impl Responder {
    let NewItem { name, qty } = item.into_inner();
    HttpResponse::Created().json(Item { id: 1, name, qty })
}

pub(super) async fn serve(listener: TcpListener) -> io::Result<()> {
    HttpServer::new(|| App::new().service(ping).service(create))
        .workers(1)
        .listen(listener)?
        .run()
        .await
}
