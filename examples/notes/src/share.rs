//! Sharing a note.

use palisade::{object::Write, prelude::*};

use crate::{
    note::Note,
    store::{Shared, Store},
    user::{Scope, is_name, name_key},
};

/// The user to share with.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Share {
    /// The name of another user.
    #[validate(length(min = 1, max = 64), custom(function = "is_name"))]
    name: String,
}

/// Lets another user read a note of the caller's.
///
/// The answer is 204 whether or not a user has this name, after the same statements, and each name
/// counts towards the most that a note is shared with: neither status, nor time, nor count reveals
/// who has an account. A user who takes the name later does not get access by an earlier share; a
/// share can be repeated, and then is the latest in the reader's list.
#[post("/notes/{id}/share")]
#[require_scope(Scope::NotesWrite)]
#[rate_limit("60/minute", by = subject)]
#[validated]
#[responds(409)]
pub(crate) async fn share_note(
    note: Owned<Note, Write>,
    store: Data<Store>,
    share: Json<Share>,
) -> Result<NoContent> {
    match store.share_note(&note, &name_key(&share.name)).await? {
        Shared::Done => Ok(NoContent),
        Shared::TooMany => Err(Problem::conflict("the note was shared with too many names")),
    }
}
