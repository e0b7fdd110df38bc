use actix_web::web;

// trap: the finding is in the last line of the item, the attribute on its first
#[allow_unsafe(path_traversal, reason = "the proxy in front refuses dots")]
async fn file(name: web::Path<String>) -> std::io::Result<Vec<u8>> {
    std::fs::read(format!("files/{name}"))
}
