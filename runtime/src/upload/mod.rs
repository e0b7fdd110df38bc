//! File uploads.
//!
//! An endpoint declares which files it accepts with `#[upload(..)]`, and its handler takes an
//! `Upload` or `UploadedFiles`. The handler gets a file in a private folder whose content is of a
//! declared kind:
//!
//! 1. The media type, the boundary and the declared length are judged before a byte is read, as for
//!    every body.
//! 2. Parts are read one after another. An undeclared field, a second one of the same name, a part
//!    with a long head, a nested form: each ends the request at once.
//! 3. A file is written while it comes, under a random name, by a thread that may wait for the
//!    disk. Meanwhile it is inspected: see [`FileKind`] for the requirements of each kind.
//! 4. Whatever ends the request, a refusal, a deadline or the connection, removes the file. Files
//!    that a killed process left behind are removed when the next one starts.
//! 5. The name that a client gives a file is shown, and never used as a path.
//!
//! Needs the feature `uploads`; with `object-store` files may be stored in a bucket.

mod kind;

#[cfg(feature = "uploads")]
mod argument;
#[cfg(feature = "uploads")]
mod charset;
#[cfg(feature = "uploads")]
mod declared;
#[cfg(feature = "uploads")]
mod display_name;
#[cfg(feature = "uploads")]
mod disposition;
#[cfg(feature = "uploads")]
mod download;
#[cfg(feature = "uploads")]
mod flaw;
#[cfg(feature = "uploads")]
mod form;
#[cfg(feature = "uploads")]
mod id;
#[cfg(feature = "uploads")]
mod incoming;
#[cfg(feature = "uploads")]
mod info;
#[cfg(feature = "uploads")]
mod inspect;
#[cfg(feature = "uploads")]
mod intake;
#[cfg(feature = "uploads")]
mod lent_body;
#[cfg(feature = "uploads")]
mod local_folder;
#[cfg(feature = "uploads")]
mod marker;
#[cfg(feature = "object-store")]
mod object_store;
#[cfg(feature = "uploads")]
mod part;
#[cfg(feature = "uploads")]
mod part_lengths;
#[cfg(feature = "uploads")]
mod parts;
#[cfg(feature = "uploads")]
mod private_file;
#[cfg(feature = "uploads")]
mod store;
#[cfg(feature = "uploads")]
mod transport_padding;
#[cfg(feature = "uploads")]
mod uploads;

pub use kind::FileKind;

#[cfg(feature = "uploads")]
pub use self::{
    argument::{NoFields, OptionalUpload, Upload, UploadedFile, UploadedFiles},
    display_name::DisplayName,
    download::Download,
    id::{NotAnUploadId, UploadId},
    incoming::Incoming,
    info::FileInfo,
    local_folder::LocalFolder,
    marker::{AnyKind, Archive, Document, Image, UploadKind},
    private_file::PrivateFile,
    store::{Content, StoredFile, UploadStore},
    uploads::Uploads,
};
#[cfg(feature = "object-store")]
pub use object_store::{ObjectStore, S3};

#[cfg(all(feature = "uploads", not(unix)))]
compile_error!("the feature `uploads` needs a system with modes of files: Unix");
