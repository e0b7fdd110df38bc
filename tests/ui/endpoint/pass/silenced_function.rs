use palisade::prelude::*;

#[allow_unsafe(path_traversal, reason = "the caller has checked the name")]
#[allow_unsafe(blocking_in_async, reason = "it runs before the first request")]
fn read<T: AsRef<str>>(name: T) -> Option<String> {
    std::fs::read_to_string(name.as_ref()).ok()
}

#[actix_web::get("/health")]
#[allow_unsafe(bare_handler, reason = "the probe of the platform asks without a token")]
async fn health() -> &'static str {
    "ok"
}

struct Files;

impl Files {
    #[allow_unsafe(path_traversal, reason = "the names are those of this program")]
    fn read(&self, name: &str) -> Option<String> {
        read(name)
    }
}

fn main() {
    let _ = (actix_web::App::new().service(health), Files.read("a"));
}
