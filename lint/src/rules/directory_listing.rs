//! Folders that show what is in them.

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds `show_files_listing()`, and static files served from `.` or `/`.
    ///
    /// ## Why it is bad
    /// It serves the source, the settings and every other file in the folder.
    ///
    /// ## Example
    /// ```text
    /// Files::new("/static", ".").show_files_listing()
    /// ```
    ///
    /// ## Use instead
    /// A folder that contains only these files.
    /// ```text
    /// Files::new("/static", "./static")
    /// ```
    ///
    /// ## References
    /// - CWE-548: Exposure of Information Through Directory Listing
    directory_listing, CWE 548, Deny, Item, watch &[Watch::CallOf("Files"), Watch::Method("show_files_listing")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) if call.name.last() == "new" => {
            if call
                .arg(1)
                .and_then(|a| a.text.whole())
                .is_some_and(|dir| matches!(dir, "." | "/" | "./" | ".."))
            {
                walker.report(
                    &RULE,
                    call.span,
                    "static files are served from a folder that holds everything",
                    "serve a folder of its own",
                );
            }
        }
        // A list of what is public anyway is untidy; that it is public is what is sure.
        Site::Method(method) => walker.report_level(
            &RULE,
            Level::Warn,
            method.span,
            "clients see the list of all files",
            "leave `show_files_listing` out",
        ),
        Site::Call(_) | Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}
