use actix_multipart::Multipart;
use actix_multipart::form::tempfile::TempFile;
use actix_web::{HttpResponse, Result, web};
use futures_util::TryStreamExt as _;

async fn formatted(mut payload: Multipart) -> Result<HttpResponse> {
    while let Some(mut field) = payload.try_next().await? {
        let name = field.content_disposition().get_filename().unwrap_or("file").to_owned();
        let path = format!("./uploads/{name}");
        let file = web::block(move || std::fs::File::create(path)).await?; //~ upload_file_name
    }
    Ok(HttpResponse::Ok().finish())
}

async fn persisted(file: TempFile) -> Result<HttpResponse> {
    let name = file.file_name.clone().unwrap_or_default();
    file.file.persist(format!("./uploads/{name}")).unwrap(); //~ upload_file_name
    Ok(HttpResponse::Ok().finish())
}

async fn joined(mut payload: Multipart) -> Result<HttpResponse> {
    if let Some(field) = payload.try_next().await? {
        let disposition = field.content_disposition();
        if let Some(name) = disposition.get_filename() {
            tokio::fs::write(std::path::Path::new("uploads").join(name), b"").await?; //~ upload_file_name
        }
    }
    Ok(HttpResponse::Ok().finish())
}

#[palisade::post("/files")]
#[palisade::authenticated]
#[palisade::upload(max = "5 MiB", kinds(png))]
async fn judged(file: palisade::upload::Upload, store: palisade::prelude::Data<Uploads>) -> NoContent {
    let name = file.display_name().unwrap_or("file").to_owned();
    tokio::fs::write(format!("./shown/{name}"), b"").await.ok(); //~ upload_file_name
    NoContent
}

#[palisade::post("/all")]
#[palisade::authenticated]
#[palisade::upload(max = "5 MiB", kinds(png), files = 3)]
async fn each(files: palisade::upload::UploadedFiles, store: palisade::prelude::Data<Uploads>) -> NoContent {
    for info in files.store(&store).await.unwrap_or_default() {
        std::fs::remove_file(format!("./shown/{}", info.display_name().unwrap_or("x"))).ok(); //~ upload_file_name
    }
    NoContent
}
