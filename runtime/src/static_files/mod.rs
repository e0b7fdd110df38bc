//! Public files of a folder: scripts, styles, images, HTML pages.
//!
//! 1. The folder is read once, when the service starts, into memory and under a cap. A request is a
//!    lookup of the whole path among the files, so there is nothing to traverse, list or follow
//!    (CWE-22, CWE-548, CWE-59): no request reads the disk.
//! 2. Names that begin with a dot are left out. A link that leads out of the folder, or to another
//!    folder, is a start-up error.
//! 3. The type is that of the extension, by a fixed list; a file of another type is not served.
//!    Browsers do not guess (`nosniff`).
//! 4. A page has the headers of a page, and a policy with the digests of its own inline scripts and
//!    styles: injected ones do not run. An SVG file is in a sandbox, because it may contain
//!    scripts; a PDF is a download.
//! 5. `ETag`, conditions and single ranges as RFC 9110 defines them ([`crate::conditional`]). A
//!    name with the digest of its content in it, and an address that [`StaticFiles::url`] made, are
//!    cached for a year; browsers revalidate everything else.
//! 6. If the loader enables it, text is compressed once, when it is read, and clients get the
//!    coding that they prefer. The files are public: a compressed answer has no secret beside input
//!    of a request.
//!
//! Why not `actix-files`: it looks up each request on the disk, and follows links by default.

mod answer;
mod digest;
mod endpoints;
mod entry;
mod file_kind;
mod folder;
mod page;
mod tree;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use palisade_policy::is_reason;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use self::{entry::Entry, folder::Folder};

use crate::{
    Csp, ResourcePolicy,
    call::take,
    headers::HeaderOverrides,
    input::Reason,
    mount::{EXPANSION, Mounted, REFUSED},
    policy::{Access, Argument, Policy, Route, Shape},
};

/// The default of the most bytes of all files of a folder together.
const DEFAULT_CAP: u64 = 64 << 20;

/// The characters that are escaped in a segment of a path.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'[')
    .add(b']');

/// The files of a folder, ready to be served: given to
/// [`Builder::static_files`](crate::Builder::static_files).
///
/// The files are in memory from the start to the end of the process: a changed file is served after
/// the next start.
///
/// ```no_run
/// use palisade::{StaticFiles, prelude::*};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let files = StaticFiles::load("/assets", "web/assets")?;
/// let script = files.url("app.js");
/// let digest = files.integrity("app.js");
/// let builder = Palisade::builder().static_files(files);
/// # let _ = (builder, script, digest);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct StaticFiles {
    folder: &'static Folder,
    policy: &'static Policy,
    route: Route,
}

/// The settings for reading a folder; from [`StaticFiles::at`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `load`"]
pub struct StaticFilesLoader {
    mount: String,
    cap: u64,
    csp: Csp,
    /// Whether text is kept in content codings too.
    compressed: bool,
    /// The sites whose pages may embed the files, and the reason.
    embedded: Option<(ResourcePolicy, String)>,
}

/// Why the files of a folder cannot be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum StaticFilesError {
    /// The path that they are served under is invalid: it must be like `/assets`, or `/`.
    Mount(String),
    /// The folder or file is unreadable.
    Read(PathBuf, io::Error),
    /// A link leads out of the folder, or to a folder.
    Link(PathBuf),
    /// It is neither a file nor a folder, or its name is not UTF-8.
    Odd(PathBuf),
    /// A text file is not UTF-8.
    NotText(PathBuf),
    /// The reason of a `resource_policy` is too short.
    Reason(String),
    /// The files are too many or too large: the most bytes that all of them may have together.
    TooLarge(PathBuf, u64),
}

/// The arguments of the handler of the files.
const ASKED: Argument = Argument { written: "Asked", shape: Shape::Free };

impl StaticFiles {
    /// Reads the files of this folder; they are served under this path.
    ///
    /// # Errors
    ///
    /// An entry is unreadable or must not be served.
    pub fn load(mount: &str, folder: impl AsRef<Path>) -> Result<Self, StaticFilesError> {
        Self::at(mount).load(folder)
    }

    /// Files that are served under this path, with further settings.
    pub fn at(mount: &str) -> StaticFilesLoader {
        StaticFilesLoader {
            mount: mount.to_owned(),
            cap: DEFAULT_CAP,
            csp: page::BASE,
            compressed: false,
            embedded: None,
        }
    }

    /// The address of a file with its content digest: browsers cache it for a year, and get a new
    /// address when the file changes. `None` if there is no such file.
    pub fn url(&self, name: &str) -> Option<String> {
        let entry = self.folder.file(name)?;
        let mount = self.folder.mount();
        let path = utf8_percent_encode(name, ESCAPED);
        Some(format!("{mount}/{path}?v={}", entry.version()))
    }

    /// The digest of a file for the attribute `integrity` (SRI): `sha384-..`. `None` if there is no
    /// such file.
    pub fn integrity(&self, name: &str) -> Option<&'static str> {
        self.folder.file(name).map(Entry::integrity)
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.folder.len()
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The files, served by a handler with its policy.
    pub(crate) fn mounted(self) -> Mounted {
        let folder = self.folder;
        let takes =
            (take::<answer::Asked, crate::extract::Public, crate::extract::NotValidated>(),);
        let handler = move |asked: answer::Asked| std::future::ready(asked.answer(folder));
        self.policy.mount(handler, takes, EXPANSION)
    }
}

impl StaticFilesLoader {
    /// The most bytes of all files together, which stay in memory. The default is 64 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.cap = bytes;
        self
    }

    /// The `Content-Security-Policy` of the HTML pages, to which the digests of each page's inline
    /// scripts and styles are added. The default permits only content of the service's own origin.
    pub fn page_csp(mut self, csp: Csp) -> Self {
        self.csp = csp;
        self
    }

    /// Keeps text (scripts, styles, pages, JSON, SVG, ..) of 1 KiB or more in each content coding
    /// that is compiled in, and sends clients the one that they prefer (`Accept-Encoding`).
    ///
    /// It is compressed when the folder is read, so that the start takes longer. Each result is
    /// smaller than its file, and is in memory in addition to it: [`max_bytes`](Self::max_bytes)
    /// counts only the files. Each has its own `ETag` and ranges (RFC 9110 section 8.8.3.3).
    ///
    /// It needs the feature `compression`, which contains `gzip`; the feature `brotli` adds `br`,
    /// and `zstd` adds `zstd`.
    #[cfg(feature = "compression")]
    pub fn compressed(mut self) -> Self {
        self.compressed = true;
        self
    }

    /// Permits pages of other sites to embed the files, such as images, fonts or styles
    /// (`Cross-Origin-Resource-Policy`). The reason is in the inventory.
    pub fn resource_policy(mut self, policy: ResourcePolicy, reason: &str) -> Self {
        self.embedded = Some((policy, reason.to_owned()));
        self
    }

    /// Reads the folder.
    ///
    /// # Errors
    ///
    /// An entry is unreadable or must not be served.
    pub fn load(self, folder: impl AsRef<Path>) -> Result<StaticFiles, StaticFilesError> {
        let mount = match self.mount.as_str() {
            "/" => "",
            mount if is_mount(mount) => mount,
            _ => return Err(StaticFilesError::Mount(self.mount)),
        };
        let root = folder.as_ref();
        let folder = Folder::read(mount, root, self.cap, &self.csp, self.compressed)?;
        // Handlers are of the process, and so are their files: once for each folder, at the start.
        let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
        let route = Route {
            methods: &["GET"],
            path: leak(format!("{mount}/{{file}}*")),
            parameters: &["file"],
            name: None,
        };
        let shown = leak(root.display().to_string());
        let mut reasons = vec![Reason { word: "static files", reason: "everybody may have them" }];
        let mut headers = HeaderOverrides::NONE;
        if let Some((resource, reason)) = self.embedded {
            if !is_reason(&reason) {
                return Err(StaticFilesError::Reason(reason));
            }
            headers.resource = Some(resource);
            reasons.push(Reason { word: "resource_policy", reason: leak(reason) });
        }
        let policy = Policy {
            name: "static_files",
            module: leak(format!("static files under {mount}/")),
            file: shown,
            route: Some(route),
            access: Access::Public,
            arguments: &[ASKED],
            headers,
            reasons: Box::leak(reasons.into_boxed_slice()),
            ..REFUSED
        };
        Ok(StaticFiles {
            folder: Box::leak(Box::new(folder)),
            policy: Box::leak(Box::new(policy)),
            route,
        })
    }
}

/// Whether files can be served under this path: plain segments, without patterns and escapes.
fn is_mount(mount: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    mount.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            !segment.is_empty()
                && segment.bytes().all(is_plain)
                && segment.bytes().any(|byte| byte != b'.')
        })
    })
}

impl fmt::Debug for StaticFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticFiles")
            .field("route", &self.route.path)
            .field("files", &self.len())
            .finish()
    }
}

impl fmt::Display for StaticFilesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mount(mount) => write!(
                f,
                "files cannot be served under {mount:?}: write a path of plain segments, `/assets`"
            ),
            Self::Reason(reason) => write!(
                f,
                "`resource_policy` has the reason {reason:?}: two words or more, that a reviewer \
                 can judge"
            ),
            Self::Read(path, error) => write!(f, "`{}`: {error}", path.display()),
            Self::Link(path) => write!(
                f,
                "`{}` is a link out of the folder or to a folder: put the files themselves there",
                path.display()
            ),
            Self::Odd(path) => write!(
                f,
                "`{}` is no file, or has no name that an address can have",
                path.display()
            ),
            Self::NotText(path) => write!(f, "`{}` is not UTF-8", path.display()),
            Self::TooLarge(path, cap) => write!(
                f,
                "`{}` holds too much: at most 10,000 files, 16 folders deep, and {cap} bytes \
                 together, which stay in memory (`max_bytes`)",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StaticFilesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(_, error) => Some(error),
            Self::Mount(_)
            | Self::Link(_)
            | Self::Reason(_)
            | Self::Odd(_)
            | Self::NotText(_)
            | Self::TooLarge(..) => None,
        }
    }
}

#[cfg(test)]
mod tests;
