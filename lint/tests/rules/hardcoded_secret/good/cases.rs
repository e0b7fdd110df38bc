use actix_web::{HttpResponse, Result, web};

const TOKEN_HEADER: &str = "x-api-token";
const PASSWORD_ENV: &str = "ITEMS_PASSWORD";

fn from_settings(settings: &Settings) -> jsonwebtoken::EncodingKey {
    jsonwebtoken::EncodingKey::from_secret(settings.jwt_secret.as_bytes())
}

// trap: a string that mentions the word
fn label() -> &'static str {
    // A string that mentions the word.
    let token = "missing token";
    token
}

async fn pool(settings: &Settings) -> bool {
    sqlx::PgPool::connect(&settings.database_url).await.is_ok()
}

#[cfg(test)]
mod tests {
    const TEST_PASSWORD: &str = "kX92mfP0sQ7aLw31";
}
