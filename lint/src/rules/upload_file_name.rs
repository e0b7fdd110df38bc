//! The file name that a client sends with an upload.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds the file name of an uploaded part (`get_filename()`, `TempFile::file_name`, `display_name()`) in a path that is written to.
    ///
    /// ## Why it is bad
    /// The client chooses the name: it can leave the folder, be absolute, or end in `.html` and be served as a page.
    ///
    /// ## Example
    /// ```text
    /// let name = field.content_disposition().get_filename().unwrap_or("file");
    /// let file = File::create(format!("./uploads/{name}"))?;
    /// ```
    ///
    /// ## Use instead
    /// A generated name; store the client's name as data. `#[upload(..)]` does both.
    /// ```text
    /// let file = File::create(Path::new("./uploads").join(Uuid::new_v4().to_string()))?;
    /// ```
    ///
    /// ## References
    /// - CWE-22: Path Traversal
    /// - CWE-434: Unrestricted Upload of File with Dangerous Type
    upload_file_name, CWE 22, Deny, Item, watch &[], check
}

pub(crate) const MESSAGE: &str =
    "the client's name of an uploaded file decides where it is written";
pub(crate) const HELP: &str =
    "write under a name of your own (`Uuid::new_v4()`), and keep the client's name as data";

/// Found by the rule about paths: the source decides which of the two applies.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
