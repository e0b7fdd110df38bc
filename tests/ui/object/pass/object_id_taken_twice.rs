use note::Note;
use palisade::{object::Read, prelude::*};

#[path = "../note.rs"]
mod note;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Page {
    page: u64,
}

#[get("/notes/{id}")]
#[authenticated]
#[validated]
async fn handler(note: Owned<Note, Read>, page: Query<Page>) -> String {
    format!("{} {}", note.owner, page.page)
}
