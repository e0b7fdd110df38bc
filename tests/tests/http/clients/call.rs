//! The description of a request that a client has to make.

use std::path::{Path, PathBuf};

/// One request. Its texts have no tab and no line break, which separate them on the way to a program.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) method: &'static str,
    /// The path.
    pub(super) target: String,
    /// The bearer token; empty for a request without one.
    pub(super) token: String,
    pub(super) content: Content,
}

/// What a request carries; the client encodes it.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Nothing,
    Json(String),
    /// Some other body, with its media type.
    Text(&'static str, String),
    /// A parameter of the query.
    Query(&'static str, String),
    /// A file in a form.
    File(FormFile),
}

/// A file in a form.
#[derive(Clone, Debug)]
pub(super) struct FormFile {
    pub(super) field: &'static str,
    pub(super) path: PathBuf,
    pub(super) name: &'static str,
    pub(super) media_type: &'static str,
}

impl Call {
    fn new(method: &'static str, target: &str, content: Content) -> Self {
        Self { method, target: target.to_owned(), token: String::new(), content }
    }

    pub(super) fn get(target: &str) -> Self {
        Self::new("GET", target, Content::Nothing)
    }

    pub(super) fn delete(target: &str) -> Self {
        Self::new("DELETE", target, Content::Nothing)
    }

    pub(super) fn search(target: &str, name: &'static str, value: &str) -> Self {
        Self::new("GET", target, Content::Query(name, value.to_owned()))
    }

    pub(super) fn post(target: &str, json: &serde_json::Value) -> Self {
        Self::new("POST", target, Content::Json(json.to_string()))
    }

    pub(super) fn post_text(target: &str, media_type: &'static str, text: &str) -> Self {
        Self::new("POST", target, Content::Text(media_type, text.to_owned()))
    }

    pub(super) fn upload(target: &str, path: &Path, name: &'static str) -> Self {
        let path = path.to_owned();
        let file = FormFile { field: "file", path, name, media_type: "image/png" };
        Self::new("POST", target, Content::File(file))
    }

    pub(super) fn bearer(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// The line that the programs read.
    pub(super) fn line(&self) -> String {
        let Self { method, target, token, content } = self;
        let content = match content {
            Content::Nothing => "none".to_owned(),
            Content::Json(text) => format!("json\t{text}"),
            Content::Text(media_type, text) => format!("text\t{media_type}\t{text}"),
            Content::Query(name, value) => format!("query\t{name}\t{value}"),
            Content::File(FormFile { field, path, name, media_type }) => {
                format!("file\t{field}\t{}\t{name}\t{media_type}", path.display())
            }
        };
        format!("{method}\t{target}\t{token}\t{content}\n")
    }
}
