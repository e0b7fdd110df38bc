use actix_web::{HttpResponse, Result, error, web};
use std::path::{Component, Path, PathBuf};

/// Keeps the plain names of a path and takes `..` back.
fn cleaned(path: impl AsRef<Path>) -> Option<PathBuf> {
    let mut kept = PathBuf::new();
    for part in path.as_ref().components() {
        match part {
            Component::Normal(name) => kept.push(name),
            Component::ParentDir => {
                kept.pop();
            }
            _ => {}
        }
    }
    Some(kept)
}

async fn by_components(root: web::Data<PathBuf>, name: web::Path<PathBuf>) -> Result<HttpResponse> {
    let name = cleaned(name.as_path()).ok_or_else(|| error::ErrorBadRequest("name"))?;
    let bytes = tokio::fs::read(root.join(name)).await?;
    Ok(HttpResponse::Ok().json(bytes.len()))
}

fn joined<B: AsRef<Path>, P: AsRef<Path>>(base: B, part: P) -> std::io::Result<PathBuf> {
    let path = base.as_ref().join(&part).canonicalize()?;
    let base = base.as_ref().canonicalize()?;
    if !path.starts_with(base) {
        return Err(std::io::Error::other("outside of the folder"));
    }
    Ok(path)
}

async fn renamed(root: web::Data<PathBuf>, name: web::Path<String>) -> Result<HttpResponse> {
    let path = joined(root.get_ref(), name.as_str())?;
    // The name has been held against the folder when the first path was made.
    std::fs::rename(&path, path.with_file_name(format!("{name}.old")))?;
    Ok(HttpResponse::Ok().finish())
}

async fn prefix(root: web::Data<PathBuf>, name: web::Path<String>) -> Result<HttpResponse> {
    let path = root.join(name.as_str()).canonicalize()?;
    if path.strip_prefix(root.get_ref()).is_ok() {
        return Ok(HttpResponse::Ok().json(std::fs::read(path)?.len()));
    }
    Ok(HttpResponse::NotFound().finish())
}

// trap: a file that the service made for itself
async fn temporary(form: actix_multipart::form::MultipartForm<Upload>) -> Result<HttpResponse> {
    let bytes = std::fs::read(form.file.file.path())?;
    Ok(HttpResponse::Ok().json(bytes.len()))
}

#[derive(actix_multipart::form::MultipartForm)]
struct Upload {
    file: actix_multipart::form::tempfile::TempFile,
}
