use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

impl Permits<Write> for Note {
    const DENIED: Denied = Denied::Forbidden { reason: ".........." };
    fn policy() -> impl Policy<Self> {
        owner(|note: &Note| &note.owner)
    }
}

#[put("/notes/{id}")]
#[authenticated]
async fn handler(_: Owned<Note, Write>) -> &'static str { "ok" }

fn main() {}
