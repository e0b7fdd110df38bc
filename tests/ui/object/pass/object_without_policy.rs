use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

impl Permits<Delete> for Note {
    fn policy() -> impl Policy<Self> {
        owner(|note: &Note| &note.owner)
    }
}

#[delete("/notes/{id}")]
#[authenticated]
async fn handler(_: Owned<Note, Delete>) -> &'static str {
    "gone"
}
