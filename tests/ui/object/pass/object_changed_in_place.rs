use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[get("/notes/{id}")]
#[authenticated]
async fn handler(note: Owned<Note, Read>) -> String {
    let mut note = note.into_inner();
    note.owner.push_str("!");
    note.owner
}
