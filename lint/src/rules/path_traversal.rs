//! Outside data in the path of a file.

use super::{Call, Method, Site, Watch};
use crate::krate::name::{Known, starts_upper};
use crate::taint::class::Class;
use crate::taint::value::Value;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data in paths that are opened, read, written, renamed or removed: `std::fs`, `tokio::fs`, `File`, `OpenOptions`, `NamedFile`, `persist`; and in the headers that make a proxy send a file (`X-Accel-Redirect`, `X-Sendfile`).
    ///
    /// ## Why it is bad
    /// `../../etc/passwd` leaves the folder, and with an absolute path, `join` drops the folder.
    ///
    /// ## Example
    /// ```text
    /// let text = fs::read_to_string(Path::new("./files").join(&query.name))?;
    /// ```
    ///
    /// ## Use instead
    /// Use only the last component, or resolve the path and check that it is inside of the folder.
    /// ```text
    /// let name = Path::new(&query.name).file_name().ok_or(Problem::not_found())?;
    /// let text = fs::read_to_string(Path::new("./files").join(name))?;
    /// ```
    ///
    /// ## References
    /// - CWE-22: Path Traversal
    /// - OWASP Top 10 A01: Broken Access Control
    path_traversal, CWE 22, Deny, Item, watch &[Watch::CallOf("fs"), Watch::CallOf("File"), Watch::CallOf("OpenOptions"), Watch::CallOf("NamedFile"), Watch::CallOf("ServeFile"), Watch::CallOf("ServeDir"), Watch::CallOf("WalkDir"), Watch::CallOf("Files"), Watch::CallOf("LocalFile"), Watch::CallOf("TarBuilder"), Watch::CallOf("fs_err"), Watch::Call("open"), Watch::Call("from_path"), Watch::Call("glob"), Watch::Call("open_async"), Watch::Call("connect_file"), Watch::Method("open"), Watch::Method("persist"), Watch::Method("persist_noclobber"), Watch::Method("persist_to"), Watch::Method("copy_to"), Watch::Method("save"), Watch::Method("unpack"), Watch::Method("create_dir"), Watch::Method("write_file"), Watch::Method("remove_file"), Watch::Method("from_path"), Watch::CallOf("WalkBuilder"), Watch::CallOf("StaticFile"), Watch::CallOf("StaticDir"), Watch::CallOf("StaticFiles"), Watch::CallOf("TempDir"), Watch::CallOf("NamedTempFile"), Watch::CallOf("tempfile"), Watch::CallOf("unix"), Watch::CallOf("unistd"), Watch::CallOf("stat"), Watch::Call("set_current_dir"), Watch::CallOf("libc"), Watch::Method("create"), Watch::Method("mkdir"), Watch::Method("add"), Watch::Method("tempdir_in"), Watch::Method("tempfile_in"), Watch::Method("unpack_in"), Watch::Method("append_path"), Watch::Method("extract"), Watch::Method("insert_header"), Watch::Method("append_header"), Watch::Method("insert"), Watch::Method("append"), Watch::Pair], check
}

const MESSAGE: &str = "request data decides which file is used";
const HELP: &str = "take `Path::file_name` of it, or `canonicalize` the path and see that it `starts_with` the folder";

const FILES: &[&str] = &[
    "std",
    "tokio",
    "async_std",
    "fs_err",
    "async_fs",
    "smol",
    "fs_extra",
    "actix_files",
    "rocket",
    "core",
    "axum",
    "tower_http",
    "walkdir",
    "ignore",
    "tokio_uring",
    "cap_std",
    "jwalk",
    "globwalk",
    "tempfile",
    "compio",
    "monoio",
    "nix",
    "rustix",
    "libc",
    "memmap2",
    "async_file",
    "warp",
    "poem",
    "salvo",
    "tide",
];

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => check_call(call, walker),
        Site::Method(method) => check_method(method, walker),
        Site::Pair(pair) => {
            if makes_proxy_send(pair.key) {
                walker.flow(&RULE, Class::PATH, pair.value, pair.span, MESSAGE, HELP);
            }
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) => {}
    }
}

fn check_call(call: &Call<'_>, walker: &mut Walker<'_>) {
    let name = call.name;
    if name.known == Known::Local {
        return;
    }
    let last = name.last();
    let count = match (name.parent(), last) {
        (
            "fs" | "fs_err",
            "canonicalize" | "exists" | "try_exists" | "metadata" | "symlink_metadata"
            | "read_link",
        ) => 0,
        ("fs" | "fs_err", "rename" | "copy" | "hard_link" | "soft_link" | "symlink") => 2,
        ("fs" | "fs_err", other) if !starts_upper(other) => 1,
        ("File", "open" | "create" | "create_new" | "open_buffered" | "open_async") => 1,
        ("NamedFile", "open" | "open_async") | ("ServeFile" | "ServeDir" | "WalkDir", "new") => 1,
        ("LocalFile", "open") => 1,
        ("WalkBuilder" | "StaticFile" | "StaticDir" | "StaticFiles", "new" | "dir") => 1,
        ("TempDir" | "NamedTempFile", "new_in" | "with_prefix_in") => 1,
        ("tempfile", "tempdir_in" | "tempfile_in") => 1,
        (
            "unix" | "unistd" | "stat",
            "symlink" | "chown" | "mkdir" | "unlink" | "mkfifo" | "truncate" | "chdir" | "chroot"
            | "lchown",
        ) => 2,
        ("env", "set_current_dir") => 1,
        ("libc", "open" | "unlink" | "fopen" | "mkdir" | "rename" | "remove") => 1,
        ("image", "open") | ("glob", "glob") => 1,
        ("Reader" | "Writer" | "ReaderBuilder", "from_path") => 1,
        _ => 0,
    };
    // Crates with modules of the same name do something else.
    if name.known == Known::External
        && !FILES.contains(&name.first())
        && !matches!(name.parent(), "image" | "glob" | "Reader" | "Writer" | "ReaderBuilder")
    {
        return;
    }
    for value in call.args.iter().take(count) {
        walker.flow(&RULE, Class::PATH, value, call.span, MESSAGE, HELP);
    }
}

fn check_method(method: &Method<'_>, walker: &mut Walker<'_>) {
    if let [key, value] = method.args
        && makes_proxy_send(key)
    {
        walker.flow(&RULE, Class::PATH, value, method.span, MESSAGE, HELP);
        return;
    }
    let ty = method.recv.ty.as_ref().map(super::super::krate::ty::Ty::peeled);
    let last = ty.as_ref().map_or("", |ty| ty.last());
    let watched = match method.name {
        "open" => {
            matches!(last, "OpenOptions" | "File")
                || method.args.len() == 1
                    && last.is_empty()
                    && method.recv_name().contains("options")
        }
        "create" | "mkdir" => last == "DirBuilder",
        "add" => last == "WalkBuilder",
        "tempdir_in" | "tempfile_in" => true,
        "unpack_in" | "append_path" | "extract" => {
            matches!(last, "Archive" | "Entry" | "ZipArchive" | "Builder")
        }
        "persist" | "persist_noclobber" | "persist_to" | "copy_to" => true,
        "save" => {
            matches!(last, "DynamicImage" | "ImageBuffer" | "RgbImage" | "RgbaImage")
                || method.recv_name().contains("img")
                || method.recv_name().contains("image")
        }
        "unpack" => matches!(last, "Archive" | "Entry"),
        "from_path" => matches!(last, "ReaderBuilder" | "WriterBuilder"),
        _ => false,
    };
    if watched && let Some(first) = method.arg(0) {
        walker.flow(&RULE, Class::PATH, first, method.span, MESSAGE, HELP);
    }
}

/// Whether a header makes a proxy in front answer with a file of its own: nginx, Apache, lighttpd.
fn makes_proxy_send(key: &Value) -> bool {
    const NAMES: [&str; 4] =
        ["x-accel-redirect", "x-sendfile", "x-lighttpd-send-file", "x-sendfile2"];
    key.text.whole().is_some_and(|text| NAMES.iter().any(|own| text.eq_ignore_ascii_case(own)))
}
