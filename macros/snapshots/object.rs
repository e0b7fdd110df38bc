#[patch("/notes/{id}")]
#[require_scope("notes:write")]
#[conditional]
#[validated]
async fn change_note(
    note: Current<Note, Write>,
    notes: Data<Notes>,
    change: Json<Change>,
) -> Result<Tagged<Note>> {
    notes.change(note, change.into_inner()).await
}
