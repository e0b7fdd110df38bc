use actix_web::{HttpResponse, web};

async fn statement(pool: web::Data<sqlx::PgPool>, table: web::Path<String>) -> HttpResponse {
    #[allow_unsafe(sql_format, reason = "the name is checked by the database")]
    let rows = sqlx::query(&format!("SELECT * FROM {table}")).fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().json(rows.is_ok())
}

#[allow_unsafe(shell_command, reason = "the tool runs in a sandbox")]
async fn tool(name: web::Path<String>) -> HttpResponse {
    let done = std::process::Command::new(name.as_str()).status();
    HttpResponse::Ok().json(done.is_ok())
}
