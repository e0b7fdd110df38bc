use actix_web::{HttpResponse, Result, web};

fn keys(given: &str, api_key: &str) -> bool {
    given == api_key //~ timing_compare
}

fn signatures(signature: &[u8], computed: &[u8]) -> bool {
    signature != computed //~ timing_compare
}

fn tokens(request: &Request, settings: &Settings) -> bool {
    request.token == settings.token //~ timing_compare
}
