use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn argument(form: web::Form<Login>) -> HttpResponse {
    log::info!("login of {} with {}", form.name, form.password); //~ log_secret
    HttpResponse::Ok().finish()
}

async fn captured(form: web::Form<Login>) -> HttpResponse {
    let Login { password, .. } = form.into_inner();
    tracing::debug!("tried {password}"); //~ log_secret
    HttpResponse::Ok().finish()
}

async fn field(form: web::Form<Login>, api_key: String) -> HttpResponse {
    tracing::warn!(name = %form.name, key = %api_key, "refused"); //~ log_secret
    HttpResponse::Ok().finish()
}

fn printed(secret: &str) {
    println!("{}", secret); //~ log_secret
}
