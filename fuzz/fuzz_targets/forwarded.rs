//! No forwarding field makes a service fail, and its left part does not decide the address of the
//! client: that is the entry that the trusted proxy wrote.

#![no_main]

use std::sync::LazyLock;

use actix_web::{
    App,
    http::header::HeaderValue,
    rt::System,
    test::{TestRequest, init_service, read_body, try_call_service},
};
use libfuzzer_sys::fuzz_target;
use palisade::{ClientAddr, ForwardedField, Palisade, prelude::*};

#[get("/")]
#[public]
async fn address(client: ClientAddr) -> String {
    client.to_string()
}

fn service(field: ForwardedField) -> Palisade {
    Palisade::builder()
        .host("api.example")
        .trusted_proxy("10.0.0.1")
        .forwarded_field(field)
        .dangerous_no_service_limit("the fuzzer asks as fast as it can")
        .endpoints(endpoints![address])
        .build()
        .unwrap()
}

static SERVICES: LazyLock<[(&str, &str, Palisade); 2]> = LazyLock::new(|| {
    [
        ("forwarded", "for=\"203.0.113.7:80\";host=\"a,b\"", service(ForwardedField::Forwarded)),
        ("x-forwarded-for", "203.0.113.7", service(ForwardedField::XForwardedFor)),
    ]
});

/// The address of the client, where the request passes the firewall.
async fn told(palisade: &Palisade, field: &str, value: HeaderValue) -> Option<String> {
    let app = App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone());
    let service = init_service(app).await;
    let request = TestRequest::get()
        .uri("/")
        .peer_addr(([10, 0, 0, 1], 1).into())
        .insert_header(("host", "api.example"))
        .insert_header((field, value))
        .to_request();
    let response = match try_call_service(&service, request).await {
        Ok(response) => response,
        // What a guard refuses is an error until the server makes an answer of it.
        Err(error) => {
            assert_eq!(error.as_response_error().status_code(), 400);
            return None;
        }
    };
    match response.status().as_u16() {
        200 => Some(String::from_utf8(read_body(response).await.to_vec()).unwrap()),
        // A byte that no field may have.
        400 => None,
        status => panic!("{status}"),
    }
}

async fn judge(left: &[u8]) {
    for (field, own, palisade) in SERVICES.iter() {
        if let Ok(value) = HeaderValue::from_bytes(left) {
            told(palisade, field, value).await;
        }
        // What is not ASCII on the left makes the whole line unreadable.
        let line = [left, b",", own.as_bytes()].concat();
        let Ok(value) = HeaderValue::from_bytes(&line) else { continue };
        let is_text = value.to_str().is_ok();
        if let Some(found) = told(palisade, field, value).await {
            let expected = if is_text { "203.0.113.7" } else { "10.0.0.1" };
            assert_eq!(found, expected, "{field}: {line:?}");
        }
    }
}

fuzz_target!(|data: &[u8]| {
    thread_local!(static SYSTEM: actix_web::rt::SystemRunner = System::new());
    SYSTEM.with(|system| system.block_on(judge(data)));
});
