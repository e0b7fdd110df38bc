use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize, validator::Validate)]
struct NewItem {
    #[validate(length(max = 64))]
    name: String,
    #[validate(email)]
    mail: String,
    qty: u32,
}

#[derive(serde::Deserialize, validator::Validate, palisade::Input)]
struct Checked {
    name: String,
}

// trap: a type that goes out and never comes in
#[derive(serde::Serialize)]
struct Answer {
    text: String,
}
