use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

#[delete("/notes/{id}")]
#[authenticated]
async fn handler(_: Owned<Note, Delete>) -> &'static str {
    "gone"
}

fn main() {}
