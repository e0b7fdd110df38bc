use actix_web::{HttpResponse, Result, web};

use tera::{Context, Tera};

async fn one_off(form: web::Form<String>) -> HttpResponse {
    let page = Tera::one_off(&form, &Context::new(), true); //~ template_injection
    HttpResponse::Ok().json(page.is_ok())
}

async fn rendered(form: web::Form<String>, engine: web::Data<handlebars::Handlebars<'static>>) -> HttpResponse {
    let page = engine.render_template(&form, &()); //~ template_injection
    HttpResponse::Ok().json(page.is_ok())
}

async fn added(form: web::Form<String>) -> HttpResponse {
    let mut tera = Tera::default();
    let done = tera.add_raw_template("mail", &format!("Hello {}", form.0)); //~ template_injection
    HttpResponse::Ok().json(done.is_ok())
}
