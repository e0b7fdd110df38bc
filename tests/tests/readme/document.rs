//! A page of the documentation, and the fenced blocks in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The folder that holds all of it.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// One page.
#[derive(Debug)]
pub(crate) struct Document {
    /// Its path from the root.
    pub(crate) name: String,
    /// Its fenced blocks, in order.
    pub(crate) blocks: Vec<Block>,
    /// All of its text.
    pub(crate) text: String,
}

/// The content between two fences.
#[derive(Debug)]
pub(crate) struct Block {
    /// What follows the opening fence.
    pub(crate) kind: String,
    /// Its place: `README.md:12`.
    pub(crate) place: String,
    /// The lines, each with its end.
    pub(crate) text: String,
}

/// The README, everything in `docs/`, and the READMEs of the examples.
pub(crate) fn all() -> Vec<Document> {
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|page| page.unwrap().path());
    let mut names: Vec<_> = pages
        .filter(|page| page.extension().is_some_and(|extension| extension == "md"))
        .map(|page| format!("docs/{}", page.file_name().unwrap().to_string_lossy()))
        .collect();
    names.sort();
    names.insert(0, "README.md".to_owned());
    names.push("examples/browser/README.md".to_owned());
    names.push("examples/notes/README.md".to_owned());
    names.push("examples/quickstart/README.md".to_owned());
    names.push("examples/uploads/README.md".to_owned());
    names.iter().map(|name| Document::read(name)).collect()
}

impl Document {
    pub(crate) fn read(name: &str) -> Self {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (line, number) in text.lines().zip(1..) {
            // A block inside a list is indented; none here is, and none may hide that way.
            assert!(!line.starts_with(' ') || !line.contains("```"), "{name}:{number}: indented");
            assert!(!line.starts_with("~~~"), "{name}:{number}: write ``` as a fence");
            match (line.strip_prefix("```"), &mut open) {
                (Some(kind), None) => {
                    let (kind, place) = (kind.to_owned(), format!("{name}:{number}"));
                    open = Some(Block { kind, place, text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{name}: a fence is left open");
        Self { name: name.to_owned(), blocks, text }
    }
}
