//! No value of `Content-Type` makes a service fail, and none that is taken is of another media type.

#![no_main]

use std::sync::LazyLock;

use actix_web::{
    App,
    http::header::{CONTENT_TYPE, HeaderValue},
    rt::System,
    test::{TestRequest, init_service, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[post("/json")]
#[public(reason = "the fuzzer has no credentials")]
#[validated]
async fn json(_body: Json<Empty>) -> NoContent {
    NoContent
}

#[post("/form")]
#[public(reason = "the fuzzer has no credentials")]
#[validated]
async fn form(_body: Form<Empty>) -> NoContent {
    NoContent
}

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![json, form])
        .build()
        .unwrap()
});

async fn judge(value: &HeaderValue) {
    let app = App::new().configure(|config| PALISADE.mount(config)).wrap(PALISADE.clone());
    let service = init_service(app).await;
    let written = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    for (path, body) in [("/json", "{}"), ("/form", "")] {
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("host", "api.example"))
            .insert_header((CONTENT_TYPE, value.clone()))
            .set_payload(body)
            .to_request();
        // What a guard refuses is an error until the server makes an answer of it.
        let answer = try_call_service(&service, request).await;
        let status = answer.map_or_else(
            |error| error.as_response_error().status_code(),
            |response| response.status(),
        );
        match status.as_u16() {
            204 if path == "/json" => assert!(
                written.starts_with("application/") && written.contains("json"),
                "{written:?}"
            ),
            204 => assert!(written.starts_with("application/x-www-form-urlencoded"), "{written:?}"),
            // 400: a byte that no field may have.
            status => assert!([400, 415].contains(&status), "{status} {written:?}"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(&value)));
});
