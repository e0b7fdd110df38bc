//! The content of a folder, read once.

use std::{
    collections::HashMap,
    fs,
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use super::{StaticFilesError, entry::Entry, file_kind::FileType, page};
use crate::{Csp, regular_file};

const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 16;

/// The file for the folder's own address, if there is one.
const INDEX: &str = "index.html";

/// The files of a folder by their full path in it.
#[derive(Debug)]
pub(super) struct Folder {
    mount: String,
    files: HashMap<String, Arc<Entry>>,
    count: usize,
}

/// A folder that is being read.
struct Reading<'a> {
    root: &'a Path,
    /// The root with links resolved.
    real: std::path::PathBuf,
    csp: &'a Csp,
    #[cfg_attr(not(feature = "compression"), expect(dead_code, reason = "never set then"))]
    compressed: bool,
    cap: u64,
    left: u64,
    files: HashMap<String, Arc<Entry>>,
    skipped: Vec<String>,
}

impl Folder {
    pub(super) fn read(
        mount: &str,
        root: &Path,
        cap: u64,
        csp: &Csp,
        compressed: bool,
    ) -> Result<Self, StaticFilesError> {
        let real = root.canonicalize().map_err(|error| failed(root, error))?;
        let files = HashMap::new();
        let (left, skipped) = (cap, Vec::new());
        let mut reading = Reading { root, real, csp, compressed, cap, left, files, skipped };
        reading.folder(root, "", 0)?;
        let Reading { mut files, mut skipped, .. } = reading;
        if !skipped.is_empty() {
            skipped.sort();
            tracing::warn!(
                folder = %root.display(),
                files = ?skipped,
                "not served: their extensions are not among those that are"
            );
        }
        let count = files.len();
        let indexes: Vec<_> = files
            .iter()
            .filter_map(|(name, entry)| {
                let folder = name.strip_suffix(INDEX)?;
                let is_one = folder.is_empty() || folder.ends_with('/');
                is_one.then(|| (folder.to_owned(), Arc::clone(entry)))
            })
            .collect();
        files.extend(indexes);
        Ok(Self { mount: mount.to_owned(), files, count })
    }

    /// The path that it is served under, without a trailing slash.
    pub(super) fn mount(&self) -> &str {
        &self.mount
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The file with this path in the folder.
    pub(super) fn file(&self, name: &str) -> Option<&Entry> {
        self.files.get(name).map(Arc::as_ref)
    }
}

impl Reading<'_> {
    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), StaticFilesError> {
        let fail = |error| failed(path, error);
        if depth > DEEPEST {
            return Err(self.too_large());
        }
        for found in fs::read_dir(path).map_err(fail)? {
            let found = found.map_err(fail)?;
            let path = found.path();
            let name = found.file_name();
            let Some(name) = name.to_str() else { return Err(StaticFilesError::Odd(path)) };
            if name.starts_with('.') {
                continue;
            }
            // The firewall refuses such names in requests, so that the file could not be requested.
            if name.chars().any(|c| c.is_control() || matches!(c, '%' | ';' | '\\')) {
                return Err(StaticFilesError::Odd(path));
            }
            let whole = format!("{prefix}{name}");
            let kind = found.file_type().map_err(fail)?;
            if kind.is_dir() {
                self.folder(&path, &format!("{whole}/"), depth.saturating_add(1))?;
            } else if kind.is_symlink() {
                let target = path.canonicalize().map_err(|error| failed(&path, error))?;
                let is_file = fs::metadata(&target).is_ok_and(|found| found.is_file());
                // Nothing hidden comes in by another name.
                let hidden = target.strip_prefix(&self.real).map_or(true, |below| {
                    below.iter().any(|part| part.to_str().is_none_or(|part| part.starts_with('.')))
                });
                if hidden || !is_file {
                    return Err(StaticFilesError::Link(path));
                }
                self.file(&target, whole)?;
            } else if kind.is_file() {
                self.file(&path, whole)?;
            } else {
                return Err(StaticFilesError::Odd(path));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) -> Result<(), StaticFilesError> {
        let Some(kind) = FileType::of(&name) else {
            self.skipped.push(name);
            return Ok(());
        };
        if self.files.len() >= MOST_FILES {
            return Err(self.too_large());
        }
        let fail = |error| failed(path, error);
        let file = regular_file::open(path).map_err(fail)?;
        let modified = file.metadata().and_then(|about| about.modified()).ok();
        let mut bytes = Vec::new();
        // One byte more than there is room for shows that there is more.
        let read = file.take(self.left.saturating_add(1)).read_to_end(&mut bytes).map_err(fail)?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(read).ok_or_else(|| self.too_large())?;
        let csp = if kind.is_text {
            let text = std::str::from_utf8(&bytes)
                .map_err(|_| StaticFilesError::NotText(path.to_owned()))?;
            page::policy(kind, &name, text, self.csp)
        } else {
            None
        };
        #[cfg_attr(not(feature = "compression"), expect(unused_mut, reason = "nothing is added"))]
        let mut entry = Entry::new(&name, bytes, kind, modified, csp);
        #[cfg(feature = "compression")]
        if self.compressed {
            entry.compress().map_err(fail)?;
        }
        self.files.insert(name, Arc::new(entry));
        Ok(())
    }

    fn too_large(&self) -> StaticFilesError {
        StaticFilesError::TooLarge(self.root.to_owned(), self.cap)
    }
}

fn failed(path: &Path, error: io::Error) -> StaticFilesError {
    StaticFilesError::Read(path.to_owned(), error)
}
