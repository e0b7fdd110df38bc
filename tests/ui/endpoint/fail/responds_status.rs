use palisade::prelude::*;

#[get("/notes")]
#[public]
#[responds(99, "404", 404, 404)]
async fn list_notes() -> Result<NoContent> {
    Ok(NoContent)
}

#[get("/notes/{id}")]
#[public]
#[responds()]
#[validated]
async fn read_note(id: Path<u32>) -> Result<NoContent> {
    let _ = id;
    Ok(NoContent)
}

fn main() {}
