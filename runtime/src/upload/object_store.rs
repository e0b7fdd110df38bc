//! Files in a bucket.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, Read as _, Seek as _},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use ::object_store::{
    self as objects, BackoffConfig, ClientOptions, Error as ObjectError, MultipartUpload,
    ObjectStore as Objects, ObjectStoreExt as _, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
};
use actix_web::web::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::spawn_blocking;

use super::{
    id::UploadId,
    incoming::Incoming,
    info::FileInfo,
    private_file::PrivateFile,
    store::{Content, StoredFile, UploadStore},
};
use crate::{issue::StoreFuture, store_error::StoreError};

/// The size of a piece that is sent or fetched: S3 accepts no parts below five mebibytes. One piece
/// of each file under way is buffered.
const PIECE: u64 = 8 << 20;

/// How many descriptions are fetched at a time for a list.
const AT_ONCE: usize = 8;

/// The largest description of a file that is read.
const LONGEST_INFO: u64 = 16 << 10;

const FILES: &str = "files";
const INFOS: &str = "infos";

/// How many errors of a chain are examined.
const LONGEST_CHAIN: usize = 16;

/// Files in a bucket of an S3-compatible service, or in any other store that the crate
/// [`object_store`](::object_store) knows.
///
/// A file exists once its description does: that is written last, and removed first. A file that
/// was written in part is removed again; parts that a killed process leaves in a bucket are for the
/// bucket's own lifecycle rule, "abort incomplete multipart uploads". Files are received in a
/// private folder of this machine first: nothing reaches the bucket before it was inspected.
pub struct ObjectStore {
    objects: Arc<dyn Objects>,
    incoming: Incoming,
    /// Whether the store lists names in their order.
    sorted: bool,
}

/// The address of a bucket, and its credentials.
///
/// ```no_run
/// use palisade::upload::{Incoming, ObjectStore, S3, Uploads};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = secrecy::SecretString::from(String::new());
/// let bucket = S3::new("uploads", "eu-central-1").credentials("key-id", secret);
/// let incoming = Incoming::open("/var/lib/service/incoming")?;
/// let uploads = Uploads::new(ObjectStore::s3(&bucket, incoming)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "these are settings for `ObjectStore::s3`"]
pub struct S3 {
    bucket: String,
    region: String,
    endpoint: Option<String>,
    credentials: Option<(String, SecretString)>,
    plain_http: Option<&'static str>,
}

impl S3 {
    /// A bucket of a region.
    pub fn new(bucket: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            region: region.into(),
            endpoint: None,
            credentials: None,
            plain_http: None,
        }
    }

    /// The key and its secret. Without them, the credentials of the machine are used, as its cloud
    /// provides them.
    pub fn credentials(mut self, key_id: impl Into<String>, secret: SecretString) -> Self {
        self.credentials = Some((key_id.into(), secret));
        self
    }

    /// The address of a service that is not Amazon's.
    pub fn endpoint(mut self, address: impl Into<String>) -> Self {
        self.endpoint = Some(address.into());
        self
    }

    /// Admits an endpoint without TLS: an attacker on the network path can read and change files.
    /// The log has the reason.
    pub fn dangerous_plain_http(mut self, reason: &'static str) -> Self {
        self.plain_http = Some(reason);
        self
    }
}

impl ObjectStore {
    /// A bucket. Nothing is sent to it yet.
    ///
    /// # Errors
    ///
    /// The settings contradict each other, or a reason has no content.
    pub fn s3(settings: &S3, incoming: Incoming) -> Result<Self, StoreError> {
        let S3 { bucket, region, endpoint, credentials, plain_http } = settings;
        if let Some(reason) = plain_http {
            if !palisade_policy::is_reason(reason) {
                return Err(StoreError::new(
                    "the reason of `dangerous_plain_http` is too short to explain anything",
                ));
            }
            tracing::warn!(reason, "files are sent to a bucket without TLS");
        }
        let client = ClientOptions::new().with_allow_http(plain_http.is_some());
        // A request waits for an answer: better a refusal in good time.
        let retry = RetryConfig {
            backoff: BackoffConfig::default(),
            max_retries: 2,
            retry_timeout: Duration::from_secs(20),
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(region)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some((key_id, secret)) = credentials {
            builder = builder
                .with_config(AmazonS3ConfigKey::AccessKeyId, key_id)
                .with_secret_access_key(secret.expose_secret());
        }
        let objects = builder.build().map_err(away)?;
        Ok(Self { objects: Arc::new(objects), incoming, sorted: true })
    }

    /// Another store. Its list is read to the end for each page, as it may be in any order.
    pub fn new(objects: Arc<dyn Objects>, incoming: Incoming) -> Self {
        Self { objects, incoming, sorted: false }
    }

    async fn put(&self, mut file: PrivateFile, info: &FileInfo) -> Result<(), StoreError> {
        let described = serde_json::to_vec(info).map_err(io::Error::from).map_err(failed)?;
        let content = content_of(info.id());
        file.file().rewind().map_err(failed)?;
        let mut unfinished = Unfinished::new(Arc::clone(&self.objects), info.id());
        if info.size() <= PIECE {
            let (_file, whole) = read_piece(file, info.size()).await?;
            self.objects.put(&content, whole.into()).await.map_err(away)?;
        } else {
            let begun = self.objects.put_multipart(&content).await.map_err(away)?;
            let parts = unfinished.parts.insert(begun);
            let mut left = info.size();
            while left > 0 {
                let (back, piece) = read_piece(file, left.min(PIECE)).await?;
                file = back;
                left = left.saturating_sub(piece.len() as u64);
                parts.put_part(piece.into()).await.map_err(away)?;
            }
            parts.complete().await.map_err(away)?;
            unfinished.parts = None;
        }
        self.objects.put(&info_of(info.id()), described.into()).await.map_err(away)?;
        unfinished.is_kept = true;
        Ok(())
    }

    async fn info(&self, id: UploadId) -> Result<Option<FileInfo>, StoreError> {
        read_info(self.objects.as_ref(), id).await
    }

    async fn ids(
        &self,
        after: Option<UploadId>,
        limit: usize,
    ) -> Result<BTreeSet<UploadId>, StoreError> {
        let folder = Path::from(INFOS);
        let mut listed = match after {
            Some(after) => self.objects.list_with_offset(Some(&folder), &info_of(after)),
            None => self.objects.list(Some(&folder)),
        };
        let mut page = BTreeSet::new();
        while let Some(object) = listed.next().await {
            let location = object.map_err(away)?.location;
            let name = location.filename().and_then(|name| name.strip_suffix(".json"));
            let Some(id) = name.and_then(|name| UploadId::parse(name).ok()) else { continue };
            if after.is_none_or(|after| id > after) {
                page.insert(id);
            }
            if page.len() > limit {
                page.pop_last();
            }
            if self.sorted && page.len() == limit {
                break;
            }
        }
        Ok(page)
    }
}

impl UploadStore for ObjectStore {
    fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    fn keep<'a>(&'a self, file: PrivateFile, info: &'a FileInfo) -> StoreFuture<'a, ()> {
        Box::pin(self.put(file, info))
    }

    fn load(&self, id: UploadId) -> StoreFuture<'_, Option<StoredFile>> {
        Box::pin(async move {
            let Some(info) = self.info(id).await? else { return Ok(None) };
            let Some(head) = found(self.objects.head(&content_of(id)).await)? else {
                return Ok(None);
            };
            if head.size != info.size() {
                return Err(StoreError::new("a file in the bucket is not as long as it was"));
            }
            let objects = Arc::clone(&self.objects);
            let read = move |range| content(Arc::clone(&objects), id, range);
            Ok(Some(StoredFile::new(info, read)))
        })
    }

    fn list(&self, after: Option<UploadId>, limit: usize) -> StoreFuture<'_, Vec<FileInfo>> {
        Box::pin(async move {
            if limit == 0 {
                return Ok(Vec::new());
            }
            let ids = self.ids(after, limit).await?;
            let infos = stream::iter(ids).map(|id| self.info(id)).buffered(AT_ONCE);
            // One that was removed meanwhile is not listed.
            infos.try_filter_map(async |info| Ok(info)).try_collect().await
        })
    }

    fn delete(&self, id: UploadId) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            // Not by HEAD, whose answer has no body to say that the bucket is gone.
            let was_there = found(self.objects.get(&info_of(id)).await)?.is_some();
            found(self.objects.delete(&info_of(id)).await)?;
            found(self.objects.delete(&content_of(id)).await)?;
            Ok(was_there)
        })
    }
}

impl fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObjectStore").field(&self.objects).finish()
    }
}

/// A partly written file, which is removed unless all of it is written.
struct Unfinished {
    objects: Arc<dyn Objects>,
    id: UploadId,
    parts: Option<Box<dyn MultipartUpload>>,
    is_kept: bool,
}

impl Unfinished {
    fn new(objects: Arc<dyn Objects>, id: UploadId) -> Self {
        Self { objects, id, parts: None, is_kept: false }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let (objects, id, parts) = (Arc::clone(&self.objects), self.id, self.parts.take());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::error!(%id, "a file that is not kept may stay in the bucket");
            return;
        };
        runtime.spawn(async move {
            if let Some(mut parts) = parts
                && let Err(error) = parts.abort().await
            {
                tracing::error!(%id, %error, "parts of a file that is not kept stay in the bucket");
            }
            for path in [info_of(id), content_of(id)] {
                if let Err(error) = found(objects.delete(&path).await) {
                    tracing::error!(%id, %error, "a file that is not kept stays in the bucket");
                }
            }
        });
    }
}

/// The bytes of a file, piece by piece: a slow client holds no request to the bucket.
fn content(objects: Arc<dyn Objects>, id: UploadId, range: Range<u64>) -> Content {
    Box::pin(stream::try_unfold(range, move |left| {
        let objects = Arc::clone(&objects);
        async move {
            let Range { start, end: last } = left;
            let end = last.min(start.saturating_add(PIECE));
            if start >= end {
                return Ok(None);
            }
            let piece: Bytes =
                objects.get_range(&content_of(id), start..end).await.map_err(io::Error::other)?;
            if piece.len() as u64 != end - start {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(Some((piece, end..last)))
        }
    }))
}

async fn read_info(objects: &dyn Objects, id: UploadId) -> Result<Option<FileInfo>, StoreError> {
    let Some(object) = found(objects.get(&info_of(id)).await)? else { return Ok(None) };
    if object.meta.size > LONGEST_INFO {
        return Err(StoreError::new("the description of a file in the bucket is too long"));
    }
    let text = object.bytes().await.map_err(away)?;
    let info: FileInfo = serde_json::from_slice(&text).map_err(io::Error::from).map_err(failed)?;
    if info.id() != id {
        return Err(StoreError::new("a file in the bucket is described as another one"));
    }
    Ok(Some(info))
}

async fn read_piece(
    mut file: PrivateFile,
    bytes: u64,
) -> Result<(PrivateFile, Vec<u8>), StoreError> {
    let read = spawn_blocking(move || {
        let mut piece = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        file.file().read_exact(&mut piece)?;
        Ok((file, piece))
    });
    read.await.map_err(io::Error::other).flatten().map_err(failed)
}

fn content_of(id: UploadId) -> Path {
    Path::from(format!("{FILES}/{id}"))
}

fn info_of(id: UploadId) -> Path {
    Path::from(format!("{INFOS}/{id}.json"))
}

fn found<T>(result: objects::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        // A missing bucket has the same status as a missing file.
        Err(ObjectError::NotFound { source, .. }) if names_bucket(source.as_ref()) => {
            Err(StoreError::new("the bucket does not exist"))
        }
        Err(ObjectError::NotFound { .. }) => Ok(None),
        Err(error) => Err(away(error)),
    }
}

/// Whether a server reports that the bucket does not exist, by the code of its error (S3 API,
/// `NoSuchBucket`; Azure, `ContainerNotFound`).
fn names_bucket(error: &(dyn std::error::Error + 'static)) -> bool {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    let texts = chain.take(LONGEST_CHAIN).map(ToString::to_string);
    texts
        .into_iter()
        .any(|text| text.contains("NoSuchBucket") || text.contains("ContainerNotFound"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn away(error: ObjectError) -> StoreError {
    StoreError::new(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn failed(error: io::Error) -> StoreError {
    StoreError::new(error.to_string())
}

#[cfg(test)]
mod tests;
