use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use std::collections::HashMap;

#[derive(serde::Deserialize)]
struct Comment {
    author: String,
    tags: Vec<String>,
}

async fn formatted(query: web::Query<Comment>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html")
        .body(format!("<h1>Hello {}</h1>", query.author)) //~ html_body
}

async fn concatenated(query: web::Query<HashMap<String, String>>) -> HttpResponse {
    let name = query.get("name").cloned().unwrap_or_default();
    let page = ["<p>", &name, "</p>"].concat();
    HttpResponse::Ok().content_type(ContentType::html()).body(page) //~ html_body
}

async fn grown(form: web::Form<Comment>) -> web::Html {
    let mut page = String::from("<ul>");
    for tag in &form.tags {
        page += &format!("<li>{tag}</li>");
    }
    page.push_str("</ul>");
    web::Html::new(page) //~ html_body
}

fn layout(title: &str, body: &str) -> String {
    format!("<html><title>{title}</title>{body}</html>")
}

async fn through_a_helper(form: web::Form<Comment>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(layout("new", &form.author)) //~ html_body
}
