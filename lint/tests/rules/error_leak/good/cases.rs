use actix_web::{HttpResponse, Result, web};

async fn constant(pool: web::Data<sqlx::PgPool>) -> HttpResponse {
    match sqlx::query("SELECT 1").execute(pool.get_ref()).await {
        Ok(_) => HttpResponse::Ok().finish(),
        Err(e) => {
            tracing::error!(%e, "query failed");
            HttpResponse::InternalServerError().body("something went wrong")
        }
    }
}

// trap: the client learns of its own mistake
async fn client_side(text: web::Path<String>) -> HttpResponse {
    match text.parse::<u32>() {
        Ok(number) => HttpResponse::Ok().json(number),
        Err(e) => HttpResponse::BadRequest().json(e.to_string()),
    }
}

async fn mapped(path: web::Data<std::path::PathBuf>) -> Result<HttpResponse> {
    let text = tokio::fs::read(path.as_path()).await.map_err(|_| actix_web::error::ErrorInternalServerError("unavailable"))?;
    Ok(HttpResponse::Ok().json(text.len()))
}
