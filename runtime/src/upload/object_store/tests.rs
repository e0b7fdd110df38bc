//! Files in a store in memory, and in one that fails.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::object_store::{
    self as objects, CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore as Objects, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    memory::InMemory, path::Path,
};
use futures_util::{TryStreamExt as _, stream::BoxStream};
use secrecy::SecretString;

use super::{ObjectStore, PIECE, S3};
use crate::{
    policy::FileKind,
    upload::{FileInfo, Incoming, PrivateFile, UploadId, UploadStore},
};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("object-store-{}", UploadId::generate().unwrap());
        Self(std::env::temp_dir().join(name))
    }

    fn incoming(&self) -> Incoming {
        Incoming::open(&self.0).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

fn file(store: &ObjectStore, bytes: &[u8]) -> (PrivateFile, FileInfo) {
    let mut file = PrivateFile::create(store.incoming()).unwrap();
    file.write(bytes).unwrap();
    let info = FileInfo {
        id: UploadId::generate().unwrap(),
        kind: FileKind::Text,
        size: bytes.len() as u64,
        sha256: String::new(),
        name: None,
        created: 7,
    };
    (file, info)
}

async fn names(objects: &dyn Objects) -> Vec<String> {
    let all = objects.list(None).map_ok(|object| object.location.to_string());
    all.try_collect().await.unwrap()
}

#[tokio::test]
async fn what_is_kept_is_loaded_listed_and_removed() {
    let folder = Folder::new();
    let objects: Arc<dyn Objects> = Arc::new(InMemory::new());
    let store = ObjectStore::new(Arc::clone(&objects), folder.incoming());
    let large = vec![b'x'; usize::try_from(PIECE).unwrap() * 2 + 3];
    let mut infos = Vec::new();
    for bytes in [&b""[..], b"a", &large] {
        let (file, info) = file(&store, bytes);
        let path = file.path().to_owned();
        store.keep(file, &info).await.unwrap();
        let loaded = store.load(info.id()).await.unwrap().unwrap();
        assert_eq!(*loaded.info(), info);
        let all = bytes.len() as u64;
        for (start, end) in [(0, all), (all / 3, all / 2), (1, PIECE + 2), (all, all + 9), (2, 1)] {
            let pieces: Vec<_> = loaded.content(start..end).try_collect().await.unwrap();
            let index = |at: u64| usize::try_from(at.min(all)).unwrap();
            let part = bytes.get(index(start)..index(end)).unwrap_or_default();
            assert!(pieces.concat() == part, "{start}..{end} of {all} bytes");
        }
        for _ in 0..100 {
            if !path.exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!path.exists(), "nothing stays in the private folder");
        infos.push(info);
    }
    infos.sort_by_key(FileInfo::id);
    assert_eq!(store.list(None, 10).await.unwrap(), infos);
    assert_eq!(store.list(None, 2).await.unwrap(), infos[..2]);
    assert_eq!(store.list(Some(infos[1].id()), 2).await.unwrap(), infos[2..]);
    assert_eq!(store.list(None, 0).await.unwrap(), []);
    for info in &infos {
        assert!(store.delete(info.id()).await.unwrap());
        assert!(!store.delete(info.id()).await.unwrap());
        assert!(store.load(info.id()).await.unwrap().is_none());
    }
    assert!(names(&*objects).await.is_empty());
}

/// A store that takes files and no descriptions, or waits for ever before it takes one.
#[derive(Debug)]
struct Failing {
    inner: InMemory,
    waits: AtomicBool,
}

impl std::fmt::Display for Failing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Failing")
    }
}

#[async_trait::async_trait]
impl Objects for Failing {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> objects::Result<PutResult> {
        if !location.as_ref().starts_with("infos") {
            return self.inner.put_opts(location, payload, options).await;
        }
        if self.waits.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Err(objects::Error::NotImplemented {
            operation: "put".to_owned(),
            implementer: "a test".to_owned(),
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> objects::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> objects::Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, objects::Result<Path>>,
    ) -> BoxStream<'static, objects::Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, objects::Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> objects::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> objects::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[tokio::test]
async fn nothing_stays_of_a_file_that_is_not_kept() {
    let folder = Folder::new();
    let objects = Arc::new(Failing { inner: InMemory::new(), waits: AtomicBool::new(false) });
    let store = ObjectStore::new(objects.clone(), folder.incoming());
    for waits in [false, true] {
        objects.waits.store(waits, Ordering::Relaxed);
        let (file, info) = file(&store, b"text");
        let kept = tokio::time::timeout(Duration::from_millis(50), store.keep(file, &info)).await;
        assert!(!matches!(kept, Ok(Ok(()))));
        for _ in 0..100 {
            if names(&objects.inner).await.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(names(&objects.inner).await.is_empty(), "waits: {waits}");
    }
}

#[tokio::test]
async fn a_description_is_not_believed_beyond_its_own_file() {
    let folder = Folder::new();
    let objects: Arc<dyn Objects> = Arc::new(InMemory::new());
    let store = ObjectStore::new(Arc::clone(&objects), folder.incoming());
    let (first, info) = file(&store, b"text");
    store.keep(first, &info).await.unwrap();
    let other = UploadId::generate().unwrap();
    let from = Path::from(format!("infos/{}.json", info.id()));
    objects
        .copy_opts(&from, &Path::from(format!("infos/{other}.json")), CopyOptions::default())
        .await
        .unwrap();
    assert!(store.load(other).await.is_err(), "another file's description");
    let content = Path::from(format!("files/{}", info.id()));
    objects
        .put_opts(&content, PutPayload::from_static(b"longer"), PutOptions::default())
        .await
        .unwrap();
    assert!(store.load(info.id()).await.is_err(), "another length");
}

#[test]
fn a_bucket_is_reached_over_tls_unless_somebody_says_otherwise() {
    let folder = Folder::new();
    let bucket = || S3::new("b", "eu-central-1").credentials("id", SecretString::from("secret"));
    assert!(ObjectStore::s3(&bucket(), folder.incoming()).is_ok());
    assert!(!format!("{:?}", bucket()).contains("secret\""));
    let plain = bucket().endpoint("http://127.0.0.1:1");
    let silent = plain.clone().dangerous_plain_http("..........");
    assert!(ObjectStore::s3(&silent, folder.incoming()).is_err());
    let plain = plain.dangerous_plain_http("a test on this machine");
    assert!(ObjectStore::s3(&plain, folder.incoming()).is_ok());
}

#[tokio::test]
async fn a_bucket_without_tls_is_never_asked() {
    let folder = Folder::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let secret = SecretString::from("secret");
    let bucket = S3::new("b", "eu-central-1").credentials("id", secret).endpoint(address);
    let store = ObjectStore::s3(&bucket, folder.incoming());
    if let Ok(store) = store {
        let asked = store.load(UploadId::generate().unwrap());
        assert!(tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap().is_err());
    }
    assert!(listener.accept().is_err(), "it was asked");
}

/// A server that answers every request with 404 and this code of S3.
fn refusing(code: &'static str) -> String {
    use std::io::{Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read > 0)
            {
                head.extend_from_slice(&byte);
            }
            let body = format!("<Error><Code>{code}</Code><Message>none</Message></Error>");
            let _gone = write!(
                stream,
                "HTTP/1.1 404 Not Found\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

#[tokio::test]
async fn a_bucket_that_is_gone_tells_nothing_of_its_files() {
    let folder = Folder::new();
    let at = |address: String| {
        let bucket = S3::new("b", "eu-central-1").credentials("id", SecretString::from("secret"));
        let bucket = bucket.endpoint(address).dangerous_plain_http("a test on this machine");
        ObjectStore::s3(&bucket, folder.incoming()).unwrap()
    };
    let id = UploadId::generate().unwrap();
    let store = at(refusing("NoSuchKey"));
    assert!(store.load(id).await.unwrap().is_none() && !store.delete(id).await.unwrap());
    let store = at(refusing("NoSuchBucket"));
    assert!(store.load(id).await.is_err() && store.delete(id).await.is_err());
}
