//! No value of a condition makes a service fail, and none holds that does not name the version.

#![no_main]

use std::sync::LazyLock;

use actix_web::{
    App,
    http::{
        Method,
        header::{HeaderValue, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE},
    },
    rt::System,
    test::{TestRequest, init_service, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*};

#[derive(Serialize)]
struct Document {
    text: &'static str,
}

impl Versioned for Document {
    fn version(&self) -> Version {
        7.into()
    }
}

#[get("/document")]
#[public]
async fn read() -> Tagged<Document> {
    Tagged(Document { text: "text" })
}

#[put("/document")]
#[public(reason = "the fuzzer has no credentials")]
#[conditional]
async fn change(conditions: Preconditions) -> Result<NoContent> {
    let _held = conditions.check(Some(&Document { text: "text" }))?;
    Ok(NoContent)
}

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![read, change])
        .build()
        .unwrap()
});

async fn judge(value: &HeaderValue) {
    let app = App::new().configure(|config| PALISADE.mount(config)).wrap(PALISADE.clone());
    let service = init_service(app).await;
    let has = |text: &[u8]| value.as_bytes().windows(text.len()).any(|part| part == text);
    let (names_version, names_any) = (has(b"\"7\""), has(b"*"));
    for method in [Method::GET, Method::PUT] {
        for field in [IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE] {
            let request = TestRequest::with_uri("/document")
                .method(method.clone())
                .insert_header(("host", "api.example"))
                .insert_header((field.clone(), value.clone()))
                .to_request();
            // What a guard refuses is an error until the server makes an answer of it.
            let answer = try_call_service(&service, request).await;
            let status = answer.map_or_else(
                |error| error.as_response_error().status_code(),
                |response| response.status(),
            );
            match status.as_u16() {
                // The firewall has a word on each field.
                400 | 412 => {}
                304 => assert!(field == IF_NONE_MATCH && (names_version || names_any)),
                200 => assert!(method == Method::GET),
                204 if field == IF_MATCH => assert!(names_version || names_any),
                204 => assert!(field == IF_NONE_MATCH),
                status => panic!("{status} for {method} with {field}"),
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(&value)));
});
