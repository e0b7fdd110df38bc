//! The folder of migrations of the crate that is being compiled.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use palisade_lint::{Code, Diagnostics};
use palisade_sql::{Folder, FolderError, WATCHED};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::LitStr;

use crate::package;

/// Folders that were read by this process, and whether the compiler watches them already.
static READ: LazyLock<Mutex<HashMap<PathBuf, Entry>>> = LazyLock::new(Mutex::default);

struct Entry {
    folder: Result<Option<Arc<Folder>>, FolderError>,
    watched: bool,
}

/// A folder of migrations.
pub(super) struct Found {
    /// What is in it.
    pub(super) folder: Arc<Folder>,
    /// Lets the compiler watch its files; empty where it does so already.
    pub(super) watch: TokenStream,
}

/// The crate's folder, or the one that is named. `None` where there is none.
pub(super) fn find(named: Option<&LitStr>, span: Span, d: &mut Diagnostics) -> Option<Found> {
    let path = package::root()?.join(named.map_or_else(|| "migrations".to_owned(), LitStr::value));
    let span = named.map_or(span, LitStr::span);
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let entry = match read.remove(&path).filter(Entry::is_current) {
        Some(entry) => entry,
        None => {
            Entry { folder: Folder::read(&path).map(|found| found.map(Arc::new)), watched: false }
        }
    };
    let entry = read.entry(path.clone()).insert_entry(entry).into_mut();
    match &entry.folder {
        Ok(Some(folder)) => {
            let watch = if entry.watched { TokenStream::new() } else { watch(folder) };
            entry.watched = true;
            Some(Found { folder: Arc::clone(folder), watch })
        }
        Ok(None) => {
            if let Some(named) = named {
                let message =
                    format!("the folder `{}` does not exist beside the Cargo.toml", named.value());
                d.at(Code::SqlMigrations, span, message)
                    .help("name the folder that holds the migrations, or leave the option out");
            }
            None
        }
        Err(error) => {
            d.at(Code::SqlMigrations, span, error.message.clone()).help(error.help.clone());
            None
        }
    }
}

impl Entry {
    fn is_current(&self) -> bool {
        match &self.folder {
            Ok(Some(folder)) => folder.is_current(),
            // What is not there or wrong is looked for again.
            Ok(None) | Err(_) => false,
        }
    }
}

/// The compiler reads what is included, and compiles again when it changes. Once for a crate is
/// enough. What [`WATCHED`] holds changes with the names of the files, where a build
/// script sets it.
fn watch(folder: &Folder) -> TokenStream {
    let files = folder.files.iter().filter_map(|file| file.to_str());
    quote! {
        const _: ::core::option::Option<&str> = ::core::option_env!(#WATCHED);
        #(const _: &[u8] = ::core::include_bytes!(#files);)*
    }
}

/// The folder as a string, for messages at start-up.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}
