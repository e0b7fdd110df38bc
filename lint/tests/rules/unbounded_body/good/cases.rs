use actix_web::{HttpResponse, Result, web};

use futures_util::StreamExt as _;

const MAX: usize = 64 * 1024;

async fn capped(mut payload: web::Payload) -> HttpResponse {
    let mut body = web::BytesMut::new();
    while let Some(Ok(chunk)) = payload.next().await {
        if body.len() + chunk.len() > MAX {
            return HttpResponse::PayloadTooLarge().finish();
        }
        body.extend_from_slice(&chunk);
    }
    HttpResponse::Ok().json(body.len())
}

fn json() -> web::JsonConfig {
    web::JsonConfig::default().limit(MAX)
}

// trap: a loop that reads no body
fn words(lines: Vec<String>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut lines = lines.into_iter();
    while let Some(line) = lines.next() {
        all.extend_from_slice(line.as_bytes());
    }
    all
}
