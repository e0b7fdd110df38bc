//! The browser policies of one endpoint, also those in constants.

use std::path::Path;

use palisade_lint::{
    endpoint::Written,
    literal::{self, CspText, PermissionsText},
    tree,
};
use syn::spanned::Spanned as _;

use crate::{
    facts::{self, Facts},
    inventory::Reason,
    place::Place,
    program::{Package, Program},
    report::Report,
};

/// The inputs for reading the policies of one endpoint.
pub(crate) struct Policies<'p> {
    /// The sources.
    pub(crate) program: &'p Program,
    /// The package of the handler.
    pub(crate) package: &'p Package,
    /// The constants.
    pub(crate) facts: &'p Facts,
    /// The module of the handler.
    pub(crate) module: &'p [String],
    /// The file of the handler.
    pub(crate) file: &'p Path,
    /// The reasons of the endpoint, to which those of its constants are added.
    pub(crate) reasons: &'p mut Vec<Reason>,
    /// Gets a message for each unknown constant.
    pub(crate) report: &'p mut Report,
}

impl Policies<'_> {
    /// The `Content-Security-Policy`.
    pub(crate) fn csp(&mut self, written: Option<&Written<CspText>>) -> Option<String> {
        self.read("csp", written, with_nonce, |text, excused| {
            literal::csp(text, &[], excused).ok().map(|text| with_nonce(&text))
        })
    }

    /// The policy that browsers report violations of but do not enforce.
    pub(crate) fn report_only(&mut self, written: Option<&Written<CspText>>) -> Option<String> {
        self.read("report_only", written, with_nonce, |text, _| {
            literal::csp_report_only(text, &[]).ok().map(|text| with_nonce(&text))
        })
    }

    /// The `Permissions-Policy`.
    pub(crate) fn permissions(
        &mut self,
        written: Option<&Written<PermissionsText>>,
    ) -> Option<String> {
        let text = |text: &PermissionsText| granted(&text.text);
        self.read("permissions", written, text, |text, excused| {
            literal::permissions(text, excused).ok().map(|text| granted(&text.text))
        })
    }

    /// The policy in the form of the running service. For a constant whose text needs the compiler
    /// (a hash of a script), the text as it is written.
    fn read<T>(
        &mut self,
        name: &str,
        written: Option<&Written<T>>,
        shown: impl Fn(&T) -> String,
        checked: impl Fn(&str, bool) -> Option<String>,
    ) -> Option<String> {
        let path = match written? {
            Written::Text(_, text) => return Some(shown(text)),
            Written::Path(path) => path,
        };
        let items = facts::items_at(self.program, self.package, self.module, path);
        let Some((text, reason)) = self.facts.policy(&items) else {
            let path_text = tree::parts(path).join("::");
            self.report.unreadable(
                Place::of(self.file, path.span()),
                format!(
                    "not found: the policy `{path_text}` of `{name}` is in no constant that was read, so \
                     what it lets through, and why, is not known"
                ),
            );
            return Some(format!("not read: {path_text}"));
        };
        let text = checked(&text, reason.is_some()).unwrap_or(text);
        let word = format!("headers({name})");
        self.reasons.extend(reason.map(|reason| Reason { word, reason }));
        Some(text)
    }
}

/// A policy with `{nonce}` at the position of a nonce.
fn with_nonce(text: &CspText) -> String {
    match &text.nonced {
        Some(nonced) => nonced.replace("'nonce-\0'", "{nonce}"),
        None => text.bare.clone(),
    }
}

/// The features that a policy permits; all others are denied.
fn granted(text: &str) -> String {
    let granted: Vec<&str> = text.split(", ").filter(|feature| !feature.ends_with("=()")).collect();
    if granted.is_empty() { "none".to_owned() } else { granted.join(", ") }
}
