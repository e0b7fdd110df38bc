use palisade::{object::*, prelude::*};

struct Note;

impl Resource for Note {
    type Id = Slug;
    type State = ();

    async fn load(_: Slug, (): ()) -> Result<Option<Self>> {
        Ok(Some(Self))
    }
}
