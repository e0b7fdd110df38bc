use actix_web::{HttpResponse, Result, get, web};
use std::fs;
use std::path::{Component, Path, PathBuf};

#[get("/resolved/{name}")]
async fn resolved(name: web::Path<String>) -> Result<HttpResponse> {
    let base = Path::new("/srv/data").canonicalize()?;
    let path = base.join(name.as_str()).canonicalize()?;
    if !path.starts_with(&base) {
        return Ok(HttpResponse::NotFound().finish());
    }
    let text = web::block(move || fs::read_to_string(path)).await?;
    Ok(HttpResponse::Ok().json(text.is_ok()))
}

// trap: the last part of a path by `file_name`
#[get("/last/{name}")]
async fn last_part(name: web::Path<String>) -> Result<HttpResponse> {
    let Some(last) = Path::new(name.as_str()).file_name() else {
        return Ok(HttpResponse::NotFound().finish());
    };
    let bytes = tokio::fs::read(Path::new("/srv/data").join(last)).await?;
    Ok(HttpResponse::Ok().json(bytes.len()))
}

fn inside(base: &Path, name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().any(|c| matches!(c, Component::ParentDir | Component::RootDir)) {
        return None;
    }
    Some(base.join(path))
}

#[get("/helper/{name}")]
async fn through_a_helper(name: web::Path<String>) -> Result<HttpResponse> {
    let Some(path) = inside(Path::new("/srv/data"), &name) else {
        return Ok(HttpResponse::NotFound().finish());
    };
    // Opened inside `web::block`, from a path that was checked.
    let bytes = web::block(move || fs::read(path)).await?;
    Ok(HttpResponse::Ok().json(bytes.is_ok()))
}

#[get("/number/{id}")]
async fn by_number(id: web::Path<u64>) -> Result<HttpResponse> {
    let bytes = tokio::fs::read(format!("/srv/data/{id}.json")).await?;
    Ok(HttpResponse::Ok().json(bytes.len()))
}

#[get("/plain/{name}")]
async fn refused(name: web::Path<String>) -> Result<HttpResponse> {
    if name.contains("..") || name.contains('/') || name.contains('\\') {
        return Ok(HttpResponse::NotFound().finish());
    }
    let bytes = tokio::fs::read(Path::new("/srv/data").join(name.as_str())).await?;
    Ok(HttpResponse::Ok().json(bytes.len()))
}
