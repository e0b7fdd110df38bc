use actix_web::{HttpResponse, Result, web};

fn checked(token: &str, key: &jsonwebtoken::DecodingKey) -> bool {
    jsonwebtoken::decode::<Claims>(token, key, &jsonwebtoken::Validation::default()).is_ok()
}

fn header(token: &str) -> bool {
    jsonwebtoken::decode_header(token).is_ok()
}

// trap: a name that only sounds like it
fn other() -> Vec<u8> {
    dangerous_goods().decode()
}
