//! A body in a content coding: one answer, never a failure, and nothing beyond the cap.
//!
//! The first byte says the coding, the rest is the body.

#![no_main]

use std::sync::LazyLock;

use actix_web::{
    App,
    http::header::{CONTENT_ENCODING, CONTENT_TYPE},
    rt::System,
    test::{TestRequest, init_service, read_body, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*};

const CAP: usize = 4 << 10;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Entry {
    text: Text<8_192>,
}

#[post("/entries")]
#[public(reason = "the fuzzer has no credentials")]
#[body_limit("4 KiB")]
#[body_encoding(gzip, br, zstd)]
#[validated]
async fn entry(entry: Json<Entry>) -> String {
    entry.text.as_str().len().to_string()
}

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![entry])
        .build()
        .unwrap()
});

async fn judge(data: &[u8]) {
    let Some((how, body)) = data.split_first() else { return };
    let coding = match how % 3 {
        0 => "gzip",
        1 => "br",
        _ => "zstd",
    };
    let app = App::new().configure(|config| PALISADE.mount(config)).wrap(PALISADE.clone());
    let service = init_service(app).await;
    let request = TestRequest::post()
        .uri("/entries")
        .insert_header(("host", "api.example"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CONTENT_ENCODING, coding))
        .set_payload(body.to_vec())
        .to_request();
    let response = try_call_service(&service, request).await.unwrap();
    let status = response.status().as_u16();
    assert!([200, 400, 413, 422].contains(&status), "{status}");
    let text = read_body(response).await;
    if status == 200 {
        let length: usize = std::str::from_utf8(&text).unwrap().parse().unwrap();
        assert!(length < CAP, "{length}");
    }
}

fuzz_target!(|data: &[u8]| {
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(data)));
});
