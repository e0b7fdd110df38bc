use palisade::prelude::*;

#[allow_unsafe(path_traversal, reason = "..........")]
fn read(name: &str) -> Option<String> {
    std::fs::read_to_string(name).ok()
}

#[get("/read")]
#[allow_unsafe(path_traversal, reason = "the caller has checked the name")]
async fn handler() -> &'static str {
    "nothing says who may call it"
}

fn main() {
    let _ = read("a");
}
