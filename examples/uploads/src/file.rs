//! The endpoints: a file is uploaded, listed and downloaded.

use palisade::{CreatedAt, prelude::*, upload::FileInfo};

/// The default number of files on a page.
const PAGE: u16 = 20;

/// Which part of the list the client wants.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// At most so many files; 20 if absent.
    #[validate(range(min = 1, max = 100))]
    limit: Option<u16>,
    /// The id of the last file that the client has seen.
    after: Option<UploadId>,
}

/// Keeps a file: the form's field `file`.
#[post("/files")]
#[public(reason = "a service to try things on: whoever can reach it may leave a file")]
#[rate_limit("60/minute", by = ip)]
#[rate_limit("500 MiB/hour", by = ip)]
#[rate_limit("1 GiB/day", by = ip, name = "day")]
#[concurrency_limit(8, by = ip)]
#[upload(max = "5 MiB", kinds(png, jpeg, gif, webp, pdf))]
pub(crate) async fn save_file(file: Upload, store: Data<Uploads>) -> Result<CreatedAt<FileInfo>> {
    let kept = file.store(&store).await?;
    let address = format!("/files/{}", kept.id());
    Ok(Created(kept).at(address))
}

/// What is kept, in the order of the ids; the next page begins after the last one of this.
///
/// The names of all files are read for it, however short the page is.
#[get("/files")]
#[public]
#[concurrency_limit(2, by = ip)]
#[validated]
pub(crate) async fn list_files(
    page: Query<Page>,
    store: Data<Uploads>,
) -> Result<Json<Vec<FileInfo>>> {
    let limit = usize::from(page.limit.unwrap_or(PAGE));
    Ok(Json(store.list(page.after, limit).await?))
}

/// Downloads a file.
#[get("/files/{id}")]
#[public]
#[validated]
pub(crate) async fn load_file(id: Path<UploadId>, store: Data<Uploads>) -> Result<Download> {
    store.load(*id).await
}
