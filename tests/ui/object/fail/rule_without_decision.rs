use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

fn age(_: &Note, _: &Principal) -> u8 {
    1
}

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        when(age)
    }
}

fn main() {}
