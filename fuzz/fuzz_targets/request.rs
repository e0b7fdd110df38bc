//! A request of any target, host and field: one answer, never a failure, and only one spelling
//! reaches the endpoint.
//!
//! The input is split at zero bytes: the target, the host, the origin, and the value of a field.
//!
//! Actix leaks the names of path parameters, once for each app: run it with `ASAN_OPTIONS=detect_leaks=0`.

#![no_main]

use std::sync::LazyLock;

use actix_web::{
    App,
    http::{Uri, header::HeaderValue},
    rt::System,
    test::{TestRequest, init_service, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{Palisade, prelude::*};

#[get("/items/{id}")]
#[public]
#[validated]
#[cross_origin("https://*.app.example")]
async fn item(id: Path<u32>) -> String {
    id.to_string()
}

static PALISADE: LazyLock<Palisade> = LazyLock::new(|| {
    Palisade::builder()
        .host("api.example")
        .cors_origin("https://shop.example")
        // Probes are answered for any host.
        .without_health()
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![item])
        .build()
        .unwrap()
});

async fn judge(data: &[u8]) {
    let mut parts = data.splitn(4, |byte| *byte == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (target, host, origin, field) = (next(), next(), next(), next());
    // What the server's own parser cannot read, it refuses.
    let Ok(uri) = Uri::try_from(target) else { return };
    let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).ok();
    let (Some(origin), Some(field)) = (value(origin), value(field)) else { return };
    let host = if host.is_empty() { value(b"api.example") } else { value(host) };
    let Some(host) = host else { return };
    let app = App::new().configure(|config| PALISADE.mount(config)).wrap(PALISADE.clone());
    let service = init_service(app).await;
    let request = TestRequest::default()
        .uri("/")
        .insert_header(("host", host.clone()))
        .insert_header(("origin", origin.clone()))
        .insert_header(("x-field", field));
    let mut request = request.to_request();
    request.head_mut().uri = uri.clone();
    let response = match try_call_service(&service, request).await {
        Ok(response) => response.map_into_boxed_body().into_parts().1,
        Err(error) => error.error_response(),
    };
    let status = response.status().as_u16();
    assert!([200, 400, 404, 421, 422].contains(&status), "{status}");
    assert!(response.headers().contains_key("x-content-type-options"));
    let readable = response.headers().get("access-control-allow-origin");
    if let Some(readable) = readable {
        assert_eq!(readable, origin);
        assert!(origin.as_bytes().ends_with(b".app.example") || origin == "https://shop.example");
    }
    if status == 200 {
        assert!(uri.path().strip_prefix("/items/").is_some_and(|id| !id.contains('/')));
        let name = host.to_str().unwrap().trim_end_matches('.').to_ascii_lowercase();
        assert!(name.split(':').next().unwrap().trim_end_matches('.') == "api.example", "{name}");
    }
}

fuzz_target!(|data: &[u8]| {
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(data)));
});
