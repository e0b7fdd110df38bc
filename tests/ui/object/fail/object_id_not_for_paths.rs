use palisade::{object::*, prelude::*};

struct Note;

impl Resource for Note {
    type Id = String;
    type State = ();

    async fn load(_: String, (): ()) -> Result<Option<Self>> {
        Ok(Some(Self))
    }
}

fn main() {}
