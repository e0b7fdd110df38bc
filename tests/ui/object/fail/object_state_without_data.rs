use palisade::{object::*, prelude::*};

struct Note;

impl Resource for Note {
    type Id = u64;
    type State = u32;

    async fn load(_: u64, _: u32) -> Result<Option<Self>> {
        Ok(Some(Self))
    }
}

fn main() {}
