use actix_multipart::Multipart;
use actix_web::{HttpResponse, Result, web};
use futures_util::TryStreamExt as _;

async fn own_name(mut payload: Multipart) -> Result<HttpResponse> {
    while let Some(field) = payload.try_next().await? {
        let shown = field.content_disposition().get_filename().map(str::to_owned);
        let path = format!("./uploads/{}", uuid::Uuid::new_v4());
        let file = web::block(move || std::fs::File::create(path)).await?;
        tracing::info!(?shown, "stored");
    }
    Ok(HttpResponse::Ok().finish())
}

// trap: a sanitizer handed over as a function
async fn sanitized(mut payload: Multipart) -> Result<HttpResponse> {
    if let Some(field) = payload.try_next().await? {
        let name = field.content_disposition().get_filename().unwrap_or("file").to_owned();
        // A sanitizer handed over as a value.
        let name = Some(name).map(sanitize_filename::sanitize).unwrap_or_default();
        tokio::fs::write(format!("./uploads/{name}"), b"").await?;
    }
    Ok(HttpResponse::Ok().finish())
}

async fn last_part(mut payload: Multipart) -> Result<HttpResponse> {
    if let Some(field) = payload.try_next().await? {
        let disposition = field.content_disposition();
        let name = disposition.get_filename().and_then(|name| std::path::Path::new(name).file_name());
        if let Some(name) = name {
            tokio::fs::write(std::path::Path::new("uploads").join(name), b"").await?;
        }
    }
    Ok(HttpResponse::Ok().finish())
}
