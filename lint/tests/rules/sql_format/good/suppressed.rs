use actix_web::{HttpResponse, web};

async fn report(pool: web::Data<sqlx::PgPool>, name: web::Path<String>) -> HttpResponse {
    #[allow_unsafe(sql_format, reason = "the view is checked by the database's own allow list")]
    let rows = sqlx::query(&format!("SELECT * FROM {name}")).fetch_all(pool.get_ref()).await;
    HttpResponse::Ok().json(rows.is_ok())
}
