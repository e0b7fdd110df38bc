// audit

use actix_web::{get, post, web, http::header::ContentType, HttpResponse, Responder};
use axum::response::{Html, IntoResponse};
use maud::{html, Markup, PreEscaped, DOCTYPE};

#[get("/hello/{name}")]
async fn hello(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!("<h1>Hello {}</h1>", name)) //~ html_body
}

#[get("/hello_ok/{name}")]
async fn hello_ok(name: web::Path<String>) -> HttpResponse {
    let safe = html_escape::encode_text(name.as_str());
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!("<h1>Hello {}</h1>", safe))
}

#[get("/search")]
async fn search(q: web::Query<Search>) -> impl Responder {
    let mut page = String::from("<html><body><p>Results for ");
    page.push_str(&q.term);
    page.push_str("</p></body></html>");
    HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body(page) //~ html_body
}

#[get("/search_plain")]
async fn search_plain_ok(q: web::Query<Search>) -> impl Responder {
    HttpResponse::Ok().insert_header(ContentType::plaintext()).body(format!("Results for {}", q.term))
}

pub async fn greet(axum::extract::Query(p): axum::extract::Query<Params>) -> Html<String> {
    Html(format!("<p>Welcome back, {}</p>", p.user)) //~ html_body
}

pub async fn greet_ok(axum::extract::Query(p): axum::extract::Query<Params>) -> Html<String> {
    Html(format!("<p>Welcome back, {}</p>", ammonia::clean(&p.user)))
}

pub async fn profile(axum::extract::Path(bio): axum::extract::Path<String>) -> Markup {
    html! {
        (DOCTYPE)
        body {
            h1 { "Profile" }
            div.bio { (PreEscaped(bio)) } //~ html_body
        }
    }
}

pub async fn profile_ok(axum::extract::Path(bio): axum::extract::Path<String>) -> Markup {
    html! {
        (DOCTYPE)
        body { h1 { "Profile" } div.bio { (bio) } }
    }
}

fn layout(title: &str, body: &str) -> String {
    format!("<!doctype html><title>{title}</title><main>{body}</main>")
}

#[post("/comment")]
async fn comment(form: web::Form<Comment>) -> HttpResponse {
    let page = layout("Comment", &format!("<blockquote>{}</blockquote>", form.text));
    HttpResponse::Ok().content_type(ContentType::html()).body(page) //~ html_body
}

#[post("/comment_ok")]
async fn comment_ok(form: web::Form<Comment>, tera: web::Data<tera::Tera>) -> HttpResponse {
    let mut ctx = tera::Context::new();
    ctx.insert("text", &form.text);
    let page = tera.render("comment.html", &ctx).unwrap();
    HttpResponse::Ok().content_type(ContentType::html()).body(page)
}

async fn not_found(uri: axum::http::Uri) -> impl IntoResponse {
    (axum::http::StatusCode::NOT_FOUND, Html(format!("<h1>No page at {}</h1>", uri.path()))) //~ html_body
}

async fn via_headers(axum::extract::Query(p): axum::extract::Query<Params>) -> impl IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, "text/html")], format!("<b>{}</b>", p.user)) //~ html_body
}

async fn json_ok(axum::extract::Query(p): axum::extract::Query<Params>) -> impl IntoResponse {
    axum::Json(serde_json::json!({ "html": format!("<b>{}</b>", p.user) }))
}
