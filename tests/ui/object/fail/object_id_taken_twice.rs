use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[get("/notes/{id}")]
#[authenticated]
#[validated]
async fn handler(note: Owned<Note, Read>, id: Path<u64>) -> String {
    format!("{} {id}", note.owner)
}

fn main() {}
