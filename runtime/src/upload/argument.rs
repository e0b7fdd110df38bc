//! Files as arguments of a handler.

use std::{
    fmt,
    marker::PhantomData,
    ops::Deref,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::de::DeserializeOwned;

use super::{
    UploadKind, Uploads,
    display_name::DisplayName,
    form::{FilledForm, FormReader, pairs},
    id::UploadId,
    info::FileInfo,
    intake::Received,
    marker::AnyKind,
};
use crate::{
    Problem, app_data,
    extract::{Extract, Extraction, Validated, sealed::Sealed},
    input::{self, NamedFields, PartFields, Rejection},
    pipeline::Cleared,
    policy::{Declared, Needs, Shape, file_kind::FileKind},
    problem::Kind,
};

/// A form without other fields than its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoFields;

/// One file of a form, and the other fields.
///
/// It came through `#[upload(..)]`: its content is of one of the kinds that are named there and
/// that `K` has, from its first byte to its last, and within every limit. It is in the private
/// folder of the service's [`Uploads`], and is removed with this value unless
/// [`store`](UploadedFile::store) stores it.
///
/// ```
/// use palisade::{prelude::*, upload::{FileInfo, Image}};
///
/// #[post("/pictures")]
/// #[public(reason = "anybody may leave a picture")]
/// #[upload(max = "5 MiB", kinds(png, jpeg))]
/// async fn leave(picture: Upload<Image>, store: Data<Uploads>) -> Result<Created<FileInfo>> {
///     Ok(Created(picture.store(&store).await?))
/// }
/// ```
pub struct Upload<K = AnyKind, F = NoFields> {
    file: UploadedFile,
    fields: F,
    kinds: PhantomData<fn() -> K>,
}

/// An optional file of a form, and the other fields.
///
/// A form without the field, and one without a chosen file, is one without a file. If the form has
/// no other field, `Option<Upload<K>>` is equivalent. See [`Upload`].
///
/// ```
/// use palisade::{prelude::*, upload::{FileInfo, Image}};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Profile {
///     name: Text<80>,
/// }
///
/// #[post("/profile")]
/// #[authenticated]
/// #[upload(max = "5 MiB", kinds(png, jpeg), field = "picture")]
/// #[validated]
/// async fn change(form: OptionalUpload<Image, Profile>, store: Data<Uploads>) -> Result<NoContent> {
///     let (picture, profile) = form.into_parts();
///     if let Some(picture) = picture {
///         let info = picture.store(&store).await?;
///         tracing::info!(id = %info.id(), name = %profile.name, "a new picture");
///     }
///     Ok(NoContent)
/// }
/// ```
pub struct OptionalUpload<K, F> {
    file: Option<UploadedFile>,
    fields: F,
    kinds: PhantomData<fn() -> K>,
}

/// One or more files of a form, as many as `#[upload(files = ..)]` allows, and the other fields.
/// See [`Upload`].
pub struct UploadedFiles<K = AnyKind, F = NoFields> {
    files: Vec<UploadedFile>,
    fields: F,
    kinds: PhantomData<fn() -> K>,
}

/// A file that was inspected and is not stored yet; it is removed when this is dropped.
#[derive(Debug)]
pub struct UploadedFile {
    received: Received,
    name: Option<DisplayName>,
}

impl UploadedFile {
    /// Its kind, by its content.
    pub fn kind(&self) -> FileKind {
        self.received.kind
    }

    /// The number of its bytes.
    pub fn size(&self) -> u64 {
        self.received.size
    }

    /// The SHA-256 digest of its content, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.received.sha256
    }

    /// The client's name for it, made safe to show; never a path.
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_ref().map(DisplayName::as_str)
    }

    /// Stores the file under a new id.
    ///
    /// A stored file stays, also if the handler fails afterwards: store last.
    ///
    /// # Errors
    ///
    /// 503 if the store does not accept it.
    pub async fn store(self, uploads: &Uploads) -> Result<FileInfo, Problem> {
        let Received { file, kind, size, sha256 } = self.received;
        // A clock before 1970 must not lose a file.
        let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let id = UploadId::generate()?;
        let info = FileInfo { id, kind, size, sha256, name: self.name, created };
        uploads.keep(file, &info).await?;
        Ok(info)
    }
}

impl<K, F> Upload<K, F> {
    /// The other fields of the form.
    pub fn fields(&self) -> &F {
        &self.fields
    }

    /// The file and the fields.
    pub fn into_parts(self) -> (UploadedFile, F) {
        (self.file, self.fields)
    }

    /// Stores the file: see [`UploadedFile::store`].
    ///
    /// # Errors
    ///
    /// 503 if the store does not accept it.
    pub async fn store(self, uploads: &Uploads) -> Result<FileInfo, Problem> {
        self.file.store(uploads).await
    }
}

impl<K, F> OptionalUpload<K, F> {
    /// The file, if there is one.
    pub fn file(&self) -> Option<&UploadedFile> {
        self.file.as_ref()
    }

    /// The other fields of the form.
    pub fn fields(&self) -> &F {
        &self.fields
    }

    /// The file and the fields.
    pub fn into_parts(self) -> (Option<UploadedFile>, F) {
        (self.file, self.fields)
    }
}

impl<K, F> Deref for Upload<K, F> {
    type Target = UploadedFile;

    fn deref(&self) -> &UploadedFile {
        &self.file
    }
}

impl<K, F> UploadedFiles<K, F> {
    /// The files, in their order in the form; one at least.
    pub fn files(&self) -> &[UploadedFile] {
        &self.files
    }

    /// The other fields of the form.
    pub fn fields(&self) -> &F {
        &self.fields
    }

    /// The files and the fields.
    pub fn into_parts(self) -> (Vec<UploadedFile>, F) {
        (self.files, self.fields)
    }

    /// Stores all files. If one cannot be stored, those before it are removed again.
    ///
    /// # Errors
    ///
    /// 503 if the store does not accept one of them.
    pub async fn store(self, uploads: &Uploads) -> Result<Vec<FileInfo>, Problem> {
        let mut stored: Vec<FileInfo> = Vec::with_capacity(self.files.len());
        for file in self.files {
            match file.store(uploads).await {
                Ok(info) => stored.push(info),
                Err(problem) => {
                    for info in stored {
                        if let Err(error) = uploads.delete(info.id()).await {
                            tracing::error!(id = %info.id(), ?error, "a file of a failed request stays");
                        }
                    }
                    return Err(problem);
                }
            }
        }
        Ok(stored)
    }
}

impl<K, F> fmt::Debug for Upload<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl<K, F> fmt::Debug for OptionalUpload<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.file.as_ref().map(UploadedFile::kind);
        f.debug_struct("OptionalUpload").field("kind", &kind).finish_non_exhaustive()
    }
}

impl<K, F> fmt::Debug for UploadedFiles<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadedFiles").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

/// Whether a form without a file is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    Required,
    Optional,
}

/// Reads the form of an endpoint.
async fn read(
    cleared: &mut Cleared,
    fields: Option<PartFields>,
    files: Files,
) -> Result<FilledForm, Problem> {
    let policy = cleared.policy();
    let Some(rule) = &policy.upload else {
        return Err(Problem::internal(format!(
            "`{}` takes a file, and has no `#[upload(..)]`",
            policy.name
        )));
    };
    let uploads = app_data::data::<Uploads>(cleared.request()).map_err(|missing| {
        Problem::internal(format!(
            "`{}` takes a file, and the app holds no `{missing}`: add it with `.data(..)`",
            policy.name
        ))
    })?;
    let incoming = uploads.incoming().clone();
    let boundary = cleared.boundary()?;
    let body = cleared.capped();
    let is_optional = files == Files::Optional;
    FormReader { rule, incoming: &incoming, fields, is_optional }.read(&boundary, body).await
}

fn uploaded(form: &mut FilledForm) -> Vec<UploadedFile> {
    let files = std::mem::take(&mut form.files);
    files.into_iter().map(|(received, name)| UploadedFile { received, name }).collect()
}

fn fields_of<F: NamedFields + DeserializeOwned>(form: &FilledForm) -> Result<F, Problem> {
    input::from_pairs(&pairs(&form.texts)).map_err(|rejection| match rejection {
        Rejection::Malformed => Problem::new(Kind::MalformedBody)
            .because("malformed-part", "a part that holds a JSON document is not well-formed"),
        Rejection::Invalid(fields) => Problem::invalid(fields),
    })
}

/// The one file: under a rule for one file, the reader refuses a second one.
fn only(form: FilledForm) -> Result<UploadedFile, Problem> {
    at_most_one(form)?.ok_or_else(another_number)
}

fn at_most_one(mut form: FilledForm) -> Result<Option<UploadedFile>, Problem> {
    let mut files = uploaded(&mut form);
    let file = files.pop();
    if files.is_empty() { Ok(file) } else { Err(another_number()) }
}

fn another_number() -> Problem {
    Problem::internal("an argument for one file was given another number")
}

const fn shape<K: UploadKind>(
    several: bool,
    fields: Option<Declared>,
    unknown_fields: bool,
) -> Shape {
    let needs = Needs::new(|request| app_data::data::<Uploads>(request).err());
    Shape::Upload { kinds: K::KINDS, several, fields, unknown_fields, needs }
}

impl<K, F> Sealed for Upload<K, F> {}

impl<K: UploadKind, A, C> Extract<A, C> for Upload<K> {
    const SHAPE: Shape = shape::<K>(false, None, false);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let form = read(cleared, None, Files::Required).await?;
            Ok(Self { file: only(form)?, fields: NoFields, kinds: PhantomData })
        }))
    }
}

impl<K: UploadKind, F: NamedFields + DeserializeOwned, A> Extract<A, Validated> for Upload<K, F> {
    const SHAPE: Shape = shape::<K>(false, Some(Declared::of::<F>()), F::UNKNOWN_FIELDS);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let form = read(cleared, Some(PartFields::of::<F>()), Files::Required).await?;
            let fields = fields_of(&form)?;
            Ok(Self { file: only(form)?, fields, kinds: PhantomData })
        }))
    }
}

impl<K> Sealed for Option<Upload<K>> {}

impl<K: UploadKind, A, C> Extract<A, C> for Option<Upload<K>> {
    const SHAPE: Shape = shape::<K>(false, None, false);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let form = read(cleared, None, Files::Optional).await?;
            let file = at_most_one(form)?;
            Ok(file.map(|file| Upload { file, fields: NoFields, kinds: PhantomData }))
        }))
    }
}

impl<K, F> Sealed for OptionalUpload<K, F> {}

impl<K: UploadKind, F: NamedFields + DeserializeOwned, A> Extract<A, Validated>
    for OptionalUpload<K, F>
{
    const SHAPE: Shape = shape::<K>(false, Some(Declared::of::<F>()), F::UNKNOWN_FIELDS);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let form = read(cleared, Some(PartFields::of::<F>()), Files::Optional).await?;
            let fields = fields_of(&form)?;
            Ok(Self { file: at_most_one(form)?, fields, kinds: PhantomData })
        }))
    }
}

impl<K, F> Sealed for UploadedFiles<K, F> {}

impl<K: UploadKind, A, C> Extract<A, C> for UploadedFiles<K> {
    const SHAPE: Shape = shape::<K>(true, None, false);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let mut form = read(cleared, None, Files::Required).await?;
            Ok(Self { files: uploaded(&mut form), fields: NoFields, kinds: PhantomData })
        }))
    }
}

impl<K: UploadKind, F: NamedFields + DeserializeOwned, A> Extract<A, Validated>
    for UploadedFiles<K, F>
{
    const SHAPE: Shape = shape::<K>(true, Some(Declared::of::<F>()), F::UNKNOWN_FIELDS);

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async {
            let mut form = read(cleared, Some(PartFields::of::<F>()), Files::Required).await?;
            let fields = fields_of(&form)?;
            Ok(Self { files: uploaded(&mut form), fields, kinds: PhantomData })
        }))
    }
}
