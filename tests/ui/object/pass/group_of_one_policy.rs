use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

fn is_old(_: &Note, _: &Principal) -> bool {
    true
}

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        all_of((owner(|note: &Note| &note.owner), when(is_old)))
    }
}
