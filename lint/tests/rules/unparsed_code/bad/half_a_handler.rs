use actix_web::{HttpResponse, web};

async fn search(name: web::Query<String>) -> HttpResponse { //~ unparsed_code
    let text = match name.as_str() {
        "all" => "everything",
    HttpResponse::Ok().body(text)
}
