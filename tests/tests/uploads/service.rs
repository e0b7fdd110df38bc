//! A service that takes files, and its private folder.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{
    Builder, Palisade,
    prelude::*,
    upload::{Archive, Document, FileInfo, Image},
};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
};
use tempfile::TempDir;

pub(crate) const BOUNDARY: &str = "----a-line-that-stands-in-no-file";

#[post("/any")]
#[public(reason = "the tests have no callers")]
#[upload(
    max = "1 MiB",
    kinds(png, jpeg, gif, webp, pdf, zip, gzip, docx, text, csv),
    unpacked = "4 MiB",
    pixels = 1_000_000
)]
async fn any(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/pictures")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png, jpeg))]
async fn pictures(file: Upload<Image>, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/documents")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(pdf, docx))]
async fn documents(file: Upload<Document>, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/drawings")]
#[public(reason = "the tests have no callers")]
#[upload(max = "64 KiB", kinds(svg, html), reason = "a test of what is active")]
async fn drawings(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Caption {
    #[validate(length(min = 1, max = 20))]
    title: String,
    stars: Option<u8>,
}

#[post("/captioned")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png), field = "picture")]
#[validated]
async fn captioned(file: Upload<Image, Caption>) -> String {
    let Caption { title, stars } = file.fields();
    format!("{title} {stars:?} {} {:?}", file.kind(), file.display_name())
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Described {
    #[input(json)]
    #[validate(nested)]
    meta: Meta,
    #[input(json)]
    #[serde(default)]
    #[validate(nested, length(max = 3))]
    lines: Vec<Line>,
    note: Option<Text<20>>,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Meta {
    #[validate(length(min = 1, max = 20))]
    title: String,
    #[validate(length(max = 3))]
    tags: Vec<Text<8>>,
    place: (u8, u8),
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    sku: Text<8>,
}

#[post("/described")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
#[validated]
async fn described(file: Upload<Image, Described>) -> Json<(Meta, Vec<Line>, Option<Text<20>>)> {
    let (_, Described { meta, lines, note }) = file.into_parts();
    Json((meta, lines, note))
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Listed {
    #[serde(rename = "tag", alias = "tag[]")]
    #[input(list = repeat)]
    #[validate(length(max = 3))]
    tags: Vec<Text<8>>,
    #[input(list = comma)]
    #[validate(length(max = 3))]
    ids: Vec<u8>,
    #[input(checkbox)]
    sold: bool,
    #[input(allow(flatten), reason = "the address is a type of its own")]
    #[serde(flatten)]
    #[validate(nested)]
    address: Address,
}

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Address {
    street: Option<Text<20>>,
}

#[post("/listed")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
#[validated]
async fn listed(
    file: Upload<Image, Listed>,
) -> Json<(Vec<Text<8>>, Vec<u8>, bool, Option<Text<20>>)> {
    let (_, Listed { tags, ids, sold, address }) = file.into_parts();
    Json((tags, ids, sold, address.street))
}

#[post("/tables")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(csv), charset = "windows-1252")]
async fn tables(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/titles")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(csv, text), markup = allow, reason = "tables of tags, only ever saved")]
async fn titles(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/optional")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
async fn optional(file: Option<Upload<Image>>) -> String {
    format!("{:?}", file.map(|file| file.kind()))
}

#[post("/optional-captioned")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
#[validated]
async fn optional_captioned(form: OptionalUpload<Image, Caption>) -> String {
    let (file, caption) = form.into_parts();
    format!("{} {:?}", caption.title, file.map(|file| file.kind()))
}

#[post("/several")]
#[public(reason = "the tests have no callers")]
#[upload(max = "64 KiB", kinds(png, gzip), files = 3)]
async fn several(files: UploadedFiles, store: Data<Uploads>) -> Result<Json<Vec<FileInfo>>> {
    Ok(Json(files.store(&store).await?))
}

#[post("/forgotten")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
async fn forgotten(file: Upload) -> Result<NoContent> {
    assert!(file.size() > 0);
    Err(Problem::conflict("nothing is stored"))
}

/// Like `/any`, for a test that distinguishes its events from those of others.
#[post("/reset")]
#[public(reason = "the tests have no callers")]
#[upload(max = "1 MiB", kinds(png))]
async fn kept_without_a_client(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[post("/slow-handler")]
#[public(reason = "the tests have no callers")]
#[timeout("200 ms")]
#[upload(max = "1 MiB", kinds(png))]
async fn slow_handler(file: Upload) -> String {
    tokio::time::sleep(Duration::from_secs(30)).await;
    file.sha256().to_owned()
}

#[post("/large")]
#[public(reason = "the tests have no callers")]
#[upload(max = "600 MiB", kinds(gzip), unpacked = "1 GiB")]
async fn large(file: Upload<Archive>) -> String {
    file.size().to_string()
}

#[post("/guarded")]
#[require_scope("files:write")]
#[upload(max = "1 MiB", kinds(png))]
async fn guarded(file: Upload, store: Data<Uploads>) -> Result<Created<FileInfo>> {
    Ok(Created(file.store(&store).await?))
}

#[get("/files/{id}")]
#[public]
#[validated]
async fn load(id: Path_<UploadId>, store: Data<Uploads>) -> Result<Download> {
    store.load(*id).await
}

/// The prelude's, beside that of the file system.
type Path_<T> = palisade::prelude::Path<T>;

#[get("/files")]
#[public]
async fn list(store: Data<Uploads>) -> Result<Json<Vec<FileInfo>>> {
    Ok(Json(store.list(None, 100).await?))
}

#[delete("/files/{id}")]
#[public(reason = "the tests have no callers")]
#[validated]
async fn remove(id: Path_<UploadId>, store: Data<Uploads>) -> Result<NoContent> {
    if store.delete(*id).await? { Ok(NoContent) } else { Err(Problem::not_found()) }
}

/// A running service, with a folder of its own.
pub(crate) struct Service {
    pub(crate) server: Server,
    folder: TempDir,
}

/// One part of a form.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) field: &'a str,
    pub(crate) name: Option<&'a str>,
    pub(crate) media_type: Option<&'a str>,
    pub(crate) content: &'a [u8],
}

impl<'a> Part<'a> {
    /// A file in the usual field.
    pub(crate) fn file(media_type: &'a str, content: &'a [u8]) -> Self {
        Self { field: "file", name: Some("a.bin"), media_type: Some(media_type), content }
    }

    pub(crate) fn text(field: &'a str, content: &'a str) -> Self {
        Self { field, name: None, media_type: None, content: content.as_bytes() }
    }

    pub(crate) fn head(&self) -> String {
        let name = self.name.map_or(String::new(), |name| format!("; filename=\"{name}\""));
        let media_type =
            self.media_type.map_or(String::new(), |t| format!("Content-Type: {t}\r\n"));
        format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"{name}\r\n{media_type}\r\n",
            self.field
        )
    }
}

pub(crate) fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for part in parts {
        body.extend(part.head().as_bytes());
        body.extend(part.content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

fn store() -> (Uploads, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Uploads::in_folder(folder.path().join("data")).unwrap(), folder)
}

fn builder(body_timeout: Duration) -> Builder {
    Palisade::builder()
        .auth(palisade_tests::token::verifier())
        .dangerous_no_service_limit("the tests send more than one client would")
        .body_timeout(body_timeout)
        // No time is added for what has been sent.
        .body_rate(std::num::NonZeroU32::MAX)
        .endpoints(endpoints![
            any,
            pictures,
            documents,
            drawings,
            captioned,
            described,
            listed,
            tables,
            titles,
            optional,
            optional_captioned,
            several,
            forgotten,
            kept_without_a_client,
            slow_handler,
            large,
            guarded,
            load,
            list,
            remove,
        ])
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_with(Duration::from_millis(700))
    }

    /// One that waits for a large body.
    pub(crate) fn start_patient() -> Self {
        Self::start_with(Duration::from_secs(60))
    }

    /// One on connections of palisade's own, which waits for a large body.
    pub(crate) fn serve() -> Self {
        let (store, folder) = store();
        let server = Server::serve(builder(Duration::from_secs(60)).data(store));
        Self { server, folder }
    }

    fn start_with(body_timeout: Duration) -> Self {
        let (store, folder) = store();
        let palisade = builder(body_timeout).build().unwrap();
        let server = Server::start(move || {
            App::new()
                .app_data(Data::new(store.clone()))
                .configure(|config| palisade.mount(config))
                .wrap(palisade.clone())
        });
        Self { server, folder }
    }

    pub(crate) fn post(&self, target: &str, parts: &[Part<'_>]) -> Request {
        self.server.post(target).header("Content-Type", &content_type()).body(form(parts))
    }

    pub(crate) fn send(&self, target: &str, parts: &[Part<'_>]) -> Answer {
        self.post(target, parts).send()
    }

    /// What lies in the private folder of files that are on their way.
    pub(crate) fn incoming(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.folder.path().join("data/incoming"), &mut found);
        found.retain(|path| path.extension().is_none_or(|ending| ending != "lock"));
        found
    }

    /// What is stored.
    pub(crate) fn stored(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.folder.path().join("data/files"), &mut found);
        found
    }

    /// Waits until nothing is on its way: files are removed by another thread.
    pub(crate) fn assert_nothing_is_left(&self, why: &str) {
        let patience = Instant::now() + Duration::from_secs(5);
        while !self.incoming().is_empty() {
            assert!(Instant::now() < patience, "{why}: {:?} is left", self.incoming());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A file may go between the two.
        if fs::symlink_metadata(&path).is_ok_and(|about| about.is_dir()) {
            collect(&path, found);
        } else if path.file_name().is_some_and(|name| name != "lock" && name != ".lock") {
            found.push(path);
        }
    }
}
