use actix_web::{HttpResponse, Result, web};

use futures_util::StreamExt as _;

async fn grows(mut payload: web::Payload) -> HttpResponse {
    let mut body = web::BytesMut::new();
    while let Some(Ok(chunk)) = payload.next().await { //~ unbounded_body
        body.extend_from_slice(&chunk);
    }
    HttpResponse::Ok().json(body.len())
}

fn payload() -> web::PayloadConfig {
    web::PayloadConfig::new(usize::MAX) //~ unbounded_body
}

fn json() -> web::JsonConfig {
    web::JsonConfig::default().limit(usize::MAX) //~ unbounded_body
}
