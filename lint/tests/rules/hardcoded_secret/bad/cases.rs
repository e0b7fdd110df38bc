use actix_web::{HttpResponse, Result, web};

const JWT_SECRET: &str = "kX92mfP0sQ7aLw31"; //~ hardcoded_secret

fn connect() -> Settings {
    Settings { password: "hunter2-prod!".to_owned(), name: "items".to_owned() } //~ hardcoded_secret
}

fn key() -> jsonwebtoken::EncodingKey {
    jsonwebtoken::EncodingKey::from_secret(b"0123456789abcdef") //~ hardcoded_secret
}

async fn pool() -> bool {
    sqlx::PgPool::connect("postgres://items:S3curePass9@db.internal/items").await.is_ok() //~ hardcoded_secret
}

async fn call(client: &reqwest::Client) -> bool {
    client.get("https://api.example.com/").bearer_auth("ghp_16C7e42F292c6912E7").send().await.is_ok() //~ hardcoded_secret
}
