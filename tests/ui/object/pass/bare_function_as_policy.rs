use note::Note;
use palisade::{object::*, prelude::*};

#[path = "../note.rs"]
mod note;

async fn is_old(_: &Note, _: &Principal, _: &String) -> Result<Decision> {
    Ok(Decision::Granted)
}

impl Permits<Write> for Note {
    fn policy() -> impl Policy<Self> {
        when(is_old)
    }
}
