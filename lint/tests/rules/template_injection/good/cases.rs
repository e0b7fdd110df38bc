use actix_web::{HttpResponse, Result, web};

use tera::{Context, Tera};

async fn variable(form: web::Form<String>, tera: web::Data<Tera>) -> HttpResponse {
    let mut context = Context::new();
    context.insert("name", &form.0);
    HttpResponse::Ok().json(tera.render("mail.html", &context).is_ok())
}

// trap: a constant template with data in its context
async fn constant(form: web::Form<String>) -> HttpResponse {
    let mut context = Context::new();
    context.insert("name", &form.0);
    HttpResponse::Ok().json(Tera::one_off("Hello {{ name }}", &context, true).is_ok())
}

async fn registered(engine: web::Data<handlebars::Handlebars<'static>>, form: web::Form<String>) -> HttpResponse {
    HttpResponse::Ok().json(engine.render("mail", &form.0).is_ok())
}
