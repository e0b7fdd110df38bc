//! Where a chain ends, kept beside its file: a file that was cut is shorter than its head says.

use std::{
    ffi::OsString,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use crate::{
    chain::{Chain, is_digest},
    file::open,
    key::Key,
};

/// What the code of a head is made for.
const HEAD: &str = "palisade.audit/1 head";

/// The longest head, in bytes.
const LONGEST: u64 = 1 << 10;

/// What a head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The end of the chain.
    pub chain: Chain,
    /// The number of the first line that is kept: more than 1 once older files were removed under a
    /// configured retention time.
    pub first: u64,
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
    /// The text of the head of a chain: the number and the hash of the last line, the number of the first
    /// line that is kept and, with a key, a MAC of these.
    pub fn text(chain: &Chain, first: u64, key: Option<&Key>) -> String {
        let text = signed(chain, first);
        match key {
            Some(key) => format!("{text} {}\n", key.sign(HEAD, &text)),
            None => format!("{text}\n"),
        }
    }

    /// Reads the head of an audit file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not a head.
    pub fn read(file: &Path) -> io::Result<Option<Self>> {
        let path = head_path(file);
        match open(&path) {
            Ok(head) => Self::read_from(head, &path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a head from a file that is open. The error names this path.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_from(file: impl io::Read, path: &Path) -> io::Result<Self> {
        let mut text = String::new();
        file.take(LONGEST).read_to_string(&mut text)?;
        let malformed = || {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("`{}` is not the head of an audit file", path.display()),
            )
        };
        Self::parse(&text).ok_or_else(malformed)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_suffix('\n')?.split(' ');
        let seq = number(words.next()?)?;
        let hash = words.next().filter(|hash| is_digest(hash))?;
        let first = words.next().and_then(number).filter(|first| *first > 0)?;
        let code = words.next();
        if words.next().is_some() || code.is_some_and(|code| !is_digest(code)) {
            return None;
        }
        let chain = Chain::at(seq, hash.to_owned());
        Some(Self { chain, first, code: code.map(str::to_owned) })
    }

    /// Whether it was written with a key.
    pub fn is_signed(&self) -> bool {
        self.code.is_some()
    }

    /// Whether it was written with this key.
    pub fn is_signed_by(&self, key: &Key) -> bool {
        let code = self.code.as_deref();
        code.is_some_and(|code| key.has_signed(HEAD, &signed(&self.chain, self.first), code))
    }
}

fn signed(chain: &Chain, first: u64) -> String {
    format!("{} {} {first}", chain.seq(), chain.hash())
}

/// A number as it is written: digits, without a sign or leading zeros.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}
