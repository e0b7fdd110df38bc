//! Actix Web alone.

use std::{io, net::TcpListener};

use actix_web::{App, HttpResponse, HttpServer, Responder, get, post, web};
use palisade::allow_unsafe;
use serde::Deserialize;

use super::Item;

#[derive(Deserialize)]
struct NewItem {
    name: String,
    qty: u32,
}

#[get("/ping")]
#[allow_unsafe(bare_handler, reason = "a contender that is measured has no guards")]
async fn ping() -> &'static str {
    "pong"
}

#[post("/items")]
#[allow_unsafe(bare_handler, reason = "a contender that is measured has no guards")]
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
