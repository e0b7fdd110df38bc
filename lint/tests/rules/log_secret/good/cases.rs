use actix_web::{HttpResponse, Result, web};

#[derive(serde::Deserialize)]
struct Login {
    name: String,
    password: String,
}

// trap: a string that mentions the word
async fn mentions(form: web::Form<Login>) -> HttpResponse {
    log::info!("wrong password for {}", form.name);
    HttpResponse::Ok().finish()
}

async fn measured(form: web::Form<Login>) -> HttpResponse {
    tracing::debug!("password of {} characters", form.password.len());
    HttpResponse::Ok().finish()
}

async fn wrapped(password: secrecy::SecretString) -> HttpResponse {
    tracing::debug!(?password, "prints nothing");
    HttpResponse::Ok().finish()
}
