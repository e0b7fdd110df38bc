use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[put("/notes/{id}")]
#[authenticated]
#[conditional]
async fn handler(note: Current<Note, Read>) -> String {
    note.owner.clone()
}

fn main() {}
