use actix_web::{HttpResponse, Result, web};

use actix_cors::Cors;

fn listed() -> Cors {
    Cors::default().allowed_origin("https://app.example.com").supports_credentials()
}

// trap: any method is not any origin
fn without_credentials() -> Cors {
    Cors::default().allowed_origin("https://app.example.com").allow_any_method()
}

fn strict() -> Cors {
    Cors::default()
}
