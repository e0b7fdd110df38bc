use actix_web::{HttpResponse, web};

mod sqlx {
    /// Not the database crate: a search over words in memory.
    pub fn query(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }
}

async fn words(text: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(sqlx::query(&text))
}

fn is_column(name: &str) -> bool {
    matches!(name, "name" | "age")
}

async fn guarded(pool: web::Data<::sqlx::PgPool>, name: web::Path<String>) -> HttpResponse {
    let name = name.into_inner();
    if is_column(&name) && !name.is_empty() {
        ::sqlx::query(&format!("SELECT {name} FROM items")).fetch_all(pool.get_ref()).await;
    }
    HttpResponse::Ok().finish()
}
