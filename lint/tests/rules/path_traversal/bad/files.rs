use actix_files::NamedFile;
use actix_web::{HttpRequest, HttpResponse, Result, get, web};
use std::fs;
use std::path::{Path, PathBuf};

#[get("/file/{name}")]
async fn formatted(name: web::Path<String>) -> Result<NamedFile> {
    let path: PathBuf = format!("./static/{name}").into();
    Ok(NamedFile::open(path)?) //~ path_traversal
}

#[get("/tail/{name:.*}")]
async fn from_the_request(request: HttpRequest) -> Result<NamedFile> {
    let path: PathBuf = request.match_info().query("name").parse().unwrap();
    Ok(NamedFile::open(path)?) //~ path_traversal
}

#[get("/weak/{name}")]
async fn weakly_cleaned(name: web::Path<String>, root: web::Data<PathBuf>) -> Result<HttpResponse> {
    let name = name.replace("../", "");
    let text = web::block(move || fs::read_to_string(root.join(name))).await?; //~ path_traversal
    Ok(HttpResponse::Ok().json(text.is_ok()))
}

#[get("/root/{name}")]
async fn forgets_the_root(name: web::Path<String>) -> Result<HttpResponse> {
    if name.contains("..") {
        return Ok(HttpResponse::NotFound().finish());
    }
    // An absolute name makes `push` forget the folder.
    let mut path = PathBuf::from("/srv/data");
    path.push(name.as_str());
    let bytes = tokio::fs::read(&path).await?; //~ path_traversal
    Ok(HttpResponse::Ok().json(bytes.len()))
}

#[get("/lexical/{name}")]
async fn only_lexically(name: web::Path<String>) -> Result<HttpResponse> {
    let base = Path::new("/srv/data");
    let path = base.join(name.as_str());
    if !path.starts_with(base) {
        return Ok(HttpResponse::NotFound().finish());
    }
    let bytes = tokio::fs::read(path).await?; //~ path_traversal
    Ok(HttpResponse::Ok().json(bytes.len()))
}
