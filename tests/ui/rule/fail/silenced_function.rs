use palisade::prelude::*;

#[allow_unsafe(path_traversal, reason = "..........")]
fn read(name: &str) -> Option<String> {
    std::fs::read_to_string(name).ok()
}

fn main() {
    let _ = read("a");
}
