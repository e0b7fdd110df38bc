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

#[palisade::post("/files")]
#[palisade::authenticated]
#[palisade::upload(max = "5 MiB", kinds(png))]
async fn judged(file: palisade::upload::Upload, store: palisade::prelude::Data<Uploads>) -> NoContent {
    std::fs::create_dir_all(format!("./counts/{}/{}", file.kind(), file.sha256())).ok();
    let shown = file.display_name().map(str::to_owned);
    if let Ok(kept) = file.store(&store).await {
        tracing::info!(?shown, "kept");
        std::fs::write(format!("./counts/{}", kept.id()), b"1").ok();
    }
    NoContent
}

#[palisade::post("/all")]
#[palisade::authenticated]
#[palisade::upload(max = "5 MiB", kinds(png), files = 3)]
async fn each(files: palisade::upload::UploadedFiles, store: palisade::prelude::Data<Uploads>) -> NoContent {
    for file in files.files() {
        std::fs::create_dir_all(format!("./counts/{}", file.kind())).ok();
    }
    for info in files.store(&store).await.unwrap_or_default() {
        std::fs::write(format!("./counts/{}", info.id()), b"1").ok();
    }
    NoContent
}

#[palisade::get("/files/{id}")]
#[palisade::authenticated]
#[palisade::validated]
async fn by_id(id: palisade::prelude::Path<palisade::upload::UploadId>) -> NoContent {
    std::fs::read(format!("./counts/{id}")).ok();
    NoContent
}
