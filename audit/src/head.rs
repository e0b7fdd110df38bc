//! Where a chain ends, kept beside its file: a file that was cut is shorter than its head says.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    chain::{Chain, is_digest},
    key::Key,
};

/// What the code of a head is made for.
const HEAD: &str = "palisade.audit/1 head";

/// What a head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The end of the chain.
    pub chain: Chain,
    /// Its code; `None` where it was written without a key.
    code: Option<String>,
}

/// The file that holds the head of an audit file.
pub fn head_path(file: &Path) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

impl Head {
    /// The text of the head of a chain: its number, its hash and, with a key, a code of both.
    pub fn text(chain: &Chain, key: Option<&Key>) -> String {
        let text = signed(chain);
        match key {
            Some(key) => format!("{text} {}\n", key.sign(HEAD, &text)),
            None => format!("{text}\n"),
        }
    }

    /// Reads the head of an audit file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no head.
    pub fn read(file: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read_to_string(head_path(file)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let malformed = || {
            let path = head_path(file);
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("`{}` is not the head of an audit file", path.display()),
            )
        };
        Self::parse(&text).map(Some).ok_or_else(malformed)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let seq = words.next()?.parse().ok()?;
        let hash = words.next().filter(|hash| is_digest(hash))?;
        let code = words.next();
        if words.next().is_some() || code.is_some_and(|code| !is_digest(code)) {
            return None;
        }
        let chain = Chain::at(seq, hash.to_owned());
        Some(Self { chain, code: code.map(str::to_owned) })
    }

    /// Whether it was written with this key.
    pub fn is_signed_by(&self, key: &Key) -> bool {
        let code = self.code.as_deref();
        code.is_some_and(|code| key.has_signed(HEAD, &signed(&self.chain), code))
    }
}

fn signed(chain: &Chain) -> String {
    format!("{} {}", chain.seq(), chain.hash())
}
