use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize, validator::Validate)]
struct NewItem {
    name: String, //~ unbounded_input
    #[validate(length(min = 1))]
    note: String, //~ unbounded_input
    tags: Option<Vec<String>>, //~ unbounded_input
    qty: u32,
}
