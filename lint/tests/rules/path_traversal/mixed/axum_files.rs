// audit

use axum::{body::Body, extract::{Multipart, Path as UrlPath, Query}, http::StatusCode, response::{IntoResponse, Response}};
use std::path::{Component, Path, PathBuf};
use tokio::{fs, io::AsyncWriteExt};

pub async fn get_doc(UrlPath(slug): UrlPath<String>) -> Result<String, StatusCode> {
    let file = PathBuf::from("docs").join(&slug).with_extension("md");
    fs::read_to_string(file).await.map_err(|_| StatusCode::NOT_FOUND) //~ path_traversal
}

pub async fn get_doc_ok(UrlPath(slug): UrlPath<String>) -> Result<String, StatusCode> {
    let rel = Path::new(&slug);
    if rel.components().any(|c| !matches!(c, Component::Normal(_))) {
        return Err(StatusCode::BAD_REQUEST);
    }
    fs::read_to_string(PathBuf::from("docs").join(rel)).await.map_err(|_| StatusCode::NOT_FOUND)
}

pub async fn save(mut form: Multipart) -> Result<StatusCode, StatusCode> {
    while let Some(field) = form.next_field().await.map_err(|_| StatusCode::BAD_REQUEST)? {
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        let data = field.bytes().await.map_err(|_| StatusCode::BAD_REQUEST)?;
        let mut out = fs::File::create(Path::new("/data/in").join(name)) //~ upload_file_name
            .await
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        out.write_all(&data).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    }
    Ok(StatusCode::CREATED)
}

pub fn extract(archive: std::fs::File, dest: &Path) -> zip::result::ZipResult<()> {
    let mut zip = zip::ZipArchive::new(archive)?;
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i)?;
        let out = dest.join(entry.name());
        let mut file = std::fs::File::create(&out)?; //~ path_traversal
        std::io::copy(&mut entry, &mut file)?;
    }
    Ok(())
}

pub fn extract_ok(archive: std::fs::File, dest: &Path) -> zip::result::ZipResult<()> {
    let mut zip = zip::ZipArchive::new(archive)?;
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i)?;
        let Some(name) = entry.enclosed_name() else { continue };
        let out = dest.join(name);
        let mut file = std::fs::File::create(&out)?;
        std::io::copy(&mut entry, &mut file)?;
    }
    Ok(())
}

fn load_template(lang: &str) -> std::io::Result<String> {
    std::fs::read_to_string(format!("templates/{}/mail.txt", lang)) //~ path_traversal
}

fn load_template_ok(lang: &str) -> std::io::Result<String> {
    let lang = match lang { "de" => "de", "fr" => "fr", _ => "en" };
    std::fs::read_to_string(format!("templates/{}/mail.txt", lang))
}

fn append_log(tenant: String, line: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut f = std::fs::OpenOptions::new().append(true).create(true).open(format!("/var/log/app/{tenant}.log"))?; //~ path_traversal
    writeln!(f, "{line}")
}

fn append_log_ok(tenant: String, line: &str) -> std::io::Result<()> {
    use std::io::Write;
    if tenant.contains("..") || tenant.contains('/') || tenant.contains('\\') {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut f = std::fs::OpenOptions::new().append(true).create(true).open(format!("/var/log/app/{tenant}.log"))?;
    writeln!(f, "{line}")
}

async fn strip_once(q: Query<Params>) -> Response {
    let name = q.name.replace("../", "");
    match fs::read(format!("static/{name}")).await { //~ path_traversal
        Ok(b) => Body::from(b).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn make_dir(user: &str) -> std::io::Result<()> {
    let home = Path::new("/home").join(user);
    std::fs::create_dir_all(&home)?; //~ path_traversal
    std::fs::copy("/etc/skel/.profile", home.join(".profile"))?; //~ path_traversal
    Ok(())
}
