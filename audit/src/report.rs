//! What a verification found.

use std::{fmt, path::PathBuf};

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Lines that were read.
    pub lines: u64,
    /// The number of the first line; `None` where there is none. More than 1 where older files were
    /// removed.
    pub first: Option<u64>,
    /// The number of the last line.
    pub last: Option<u64>,
    /// What is wrong, in the order of the files.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// Lines are missing before this one: those with these numbers.
    Missing {
        /// The file of the line behind them.
        file: PathBuf,
        /// The number of that line, from 1.
        line: u64,
        /// The first number that is missing.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// The line is another than the one that was written.
    Changed {
        /// Its file.
        file: PathBuf,
        /// Its place, from 1.
        line: u64,
    },
    /// The line has a number that came before: it was copied or moved here.
    OutOfOrder {
        /// Its file.
        file: PathBuf,
        /// Its place, from 1.
        line: u64,
        /// Its number.
        seq: u64,
    },
    /// The line is not a line of a chain: torn by a crash, or written by another program.
    Malformed {
        /// Its file.
        file: PathBuf,
        /// Its place, from 1.
        line: u64,
    },
    /// The line has no code, and the chain is verified with a key.
    Unsigned {
        /// Its file.
        file: PathBuf,
        /// Its place, from 1.
        line: u64,
    },
    /// Lines before the first one are missing, and the head does not say that they were removed under a
    /// retention time.
    Removed {
        /// The first number that is missing.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// The head says that there were more lines behind the last one.
    CutOff {
        /// The first number that is missing.
        from: u64,
        /// The last one.
        to: u64,
    },
    /// There is no head: lines that were cut off at the end do not show.
    NoHead {
        /// Where it should be.
        file: PathBuf,
    },
    /// The head was not written with the key.
    HeadUnsigned {
        /// The head.
        file: PathBuf,
    },
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { file, line, from, to } => {
                let file = file.display();
                write!(f, "{file}:{line}: missing before this line: {}", Numbers(*from, *to))
            }
            Self::Changed { file, line } => {
                write!(f, "{}:{line}: changed after it was written", file.display())
            }
            Self::OutOfOrder { file, line, seq } => {
                let file = file.display();
                write!(f, "{file}:{line}: has the number {seq}, which came before")
            }
            Self::Malformed { file, line } => {
                let file = file.display();
                write!(f, "{file}:{line}: torn, or not written by the audit trail")
            }
            Self::Unsigned { file, line } => {
                write!(f, "{}:{line}: not written with this key", file.display())
            }
            Self::Removed { from, to } => {
                write!(f, "missing at the beginning: {}", Numbers(*from, *to))
            }
            Self::CutOff { from, to } => {
                write!(f, "missing at the end: {}", Numbers(*from, *to))
            }
            Self::NoHead { file } => write!(
                f,
                "{}: missing, so that lines cut off at the end would not show",
                file.display()
            ),
            Self::HeadUnsigned { file } => {
                write!(f, "{}: not written with this key", file.display())
            }
        }
    }
}

/// The numbers of lines.
struct Numbers(u64, u64);

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(from, to) if from == to => write!(f, "line {from}"),
            Self(from, to) => write!(f, "lines {from} to {to}"),
        }
    }
}
