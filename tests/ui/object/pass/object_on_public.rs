use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[get("/notes/{id}")]
#[authenticated]
async fn handler(note: Owned<Note, Read>) -> String {
    note.owner.clone()
}
