use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(serde::Deserialize)]
struct Comment {
    author: String,
    tags: Vec<String>,
}

async fn escaped(query: web::Query<Comment>) -> HttpResponse {
    let author = html_escape::encode_text(&query.author);
    HttpResponse::Ok().content_type(ContentType::html()).body(format!("<h1>Hello {author}</h1>"))
}

async fn engine(query: web::Query<Comment>, tera: web::Data<tera::Tera>) -> HttpResponse {
    let mut context = tera::Context::new();
    context.insert("author", &query.author);
    let page = tera.render("comment.html", &context).unwrap_or_default();
    HttpResponse::Ok().content_type("text/html").body(page)
}

#[derive(Template)]
#[template(path = "comment.html")]
struct Page {
    author: String,
}

// trap: a template that escapes
async fn template(query: web::Query<Comment>) -> HttpResponse {
    let page = Page { author: query.author.clone() };
    HttpResponse::Ok().content_type("text/html").body(page.render().unwrap_or_default())
}

async fn handed_over(query: web::Query<Comment>) -> HttpResponse {
    let items: String = query.tags.iter().map(html_escape::encode_text).map(|tag| format!("<li>{tag}</li>")).collect();
    HttpResponse::Ok().content_type("text/html").body(format!("<ul>{items}</ul>"))
}

fn own_escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            _ => out.push(c),
        }
    }
    out
}

async fn by_hand(query: web::Query<Comment>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html").body(format!("<p>{}</p>", own_escape(&query.author)))
}

async fn plain_text(query: web::Query<Comment>) -> HttpResponse {
    // Not a page, whatever it looks like.
    HttpResponse::Ok().content_type("text/plain").body(format!("<{}>", query.author))
}
