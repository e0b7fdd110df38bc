use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        any_of((owner(|note: &Note| &note.owner),))
    }
}

fn main() {}
