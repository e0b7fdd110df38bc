use actix_web::{HttpResponse, Result, web};

async fn body(pool: web::Data<sqlx::PgPool>) -> HttpResponse {
    match sqlx::query("SELECT 1").execute(pool.get_ref()).await {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(e) => HttpResponse::InternalServerError().body(e.to_string()), //~ error_leak
    }
}

async fn wrapped(path: web::Data<std::path::PathBuf>) -> Result<HttpResponse> {
    let text = tokio::fs::read(path.as_path()).await.map_err(|e| actix_web::error::ErrorInternalServerError(e))?; //~ error_leak
    Ok(HttpResponse::Ok().json(text.len()))
}

async fn formatted(pool: web::Data<sqlx::PgPool>) -> HttpResponse {
    if let Err(error) = sqlx::query("SELECT 1").execute(pool.get_ref()).await {
        return HttpResponse::InternalServerError().body(format!("failed: {error}")); //~ error_leak
    }
    HttpResponse::Ok().finish()
}
