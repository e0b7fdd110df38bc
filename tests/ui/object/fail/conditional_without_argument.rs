use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[put("/notes/{id}")]
#[authenticated]
#[conditional]
async fn handler(note: Owned<Note, Read>) -> String {
    note.owner.clone()
}

fn main() {}
