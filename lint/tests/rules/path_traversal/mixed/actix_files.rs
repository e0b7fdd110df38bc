// audit

use actix_files::NamedFile;
use actix_multipart::Multipart;
use actix_web::{get, post, web, Error, HttpRequest, HttpResponse, Result};
use futures_util::TryStreamExt;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const BASE: &str = "./uploads";

#[get("/files/{name:.*}")]
async fn serve(req: HttpRequest) -> Result<NamedFile> {
    let path: PathBuf = req.match_info().query("name").parse().unwrap();
    Ok(NamedFile::open(Path::new(BASE).join(path))?) //~ path_traversal
}

#[get("/ok/{name}")]
async fn serve_ok(req: HttpRequest) -> Result<NamedFile> {
    let raw = req.match_info().query("name");
    let name = Path::new(raw).file_name().ok_or_else(|| actix_web::error::ErrorBadRequest("name"))?;
    Ok(NamedFile::open(Path::new(BASE).join(name))?)
}

#[get("/report")]
async fn report(q: web::Query<ReportQuery>) -> Result<HttpResponse> {
    let mut buf = String::new();
    let target = format!("{}/{}.csv", BASE, q.id);
    File::open(&target)?.read_to_string(&mut buf)?; //~ path_traversal
    Ok(HttpResponse::Ok().content_type("text/csv").body(buf))
}

#[get("/report_ok/{id}")]
async fn report_ok(id: web::Path<u64>) -> Result<HttpResponse> {
    let target = format!("{}/{}.csv", BASE, id);
    let buf = tokio::fs::read_to_string(&target).await?;
    Ok(HttpResponse::Ok().content_type("text/csv").body(buf))
}

#[post("/upload")]
async fn upload(mut payload: Multipart) -> Result<HttpResponse, Error> {
    while let Some(mut field) = payload.try_next().await? {
        let name = field.content_disposition().get_filename().unwrap_or("unnamed").to_string();
        let filepath = format!("./tmp/{}", name);
        let mut f = web::block(|| std::fs::File::create(filepath)).await??; //~ upload_file_name
        while let Some(chunk) = field.try_next().await? {
            f = web::block(move || f.write_all(&chunk).map(|_| f)).await??;
        }
    }
    Ok(HttpResponse::Ok().finish())
}

#[post("/upload_ok")]
async fn upload_ok(mut payload: Multipart) -> Result<HttpResponse, Error> {
    while let Some(mut field) = payload.try_next().await? {
        let filepath = format!("./tmp/{}", uuid::Uuid::new_v4());
        let mut f = web::block(|| std::fs::File::create(filepath)).await??;
        let mut size = 0usize;
        while let Some(chunk) = field.try_next().await? {
            size += chunk.len();
            if size > 1_000_000 { return Ok(HttpResponse::PayloadTooLarge().finish()); }
            f = web::block(move || f.write_all(&chunk).map(|_| f)).await??;
        }
    }
    Ok(HttpResponse::Ok().finish())
}

async fn remove(path: web::Path<(String, String)>) -> HttpResponse {
    let (user, file) = path.into_inner();
    let mut p = PathBuf::from("/srv/home");
    p.push(user);
    p.push(file);
    match fs::remove_file(&p) { //~ path_traversal
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

fn resolve(root: &Path, wanted: &str) -> std::io::Result<PathBuf> {
    let full = root.join(wanted).canonicalize()?;
    if !full.starts_with(root) {
        return Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "outside"));
    }
    Ok(full)
}

async fn download_ok(root: web::Data<PathBuf>, q: web::Query<ReportQuery>) -> Result<HttpResponse> {
    let path = resolve(root.get_ref(), &q.id)?;
    let bytes = fs::read(path)?;
    Ok(HttpResponse::Ok().body(bytes))
}
