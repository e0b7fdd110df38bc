//! Gzip (RFC 1952): one member, unpacked and counted, and nothing behind. A tar may be in it.

use std::io::{BufRead as _, BufReader, Read, Seek, SeekFrom};

use flate2::bufread::GzDecoder;

use super::{
    inflate::Budget,
    packed::{Holds, Unpacked},
};
use crate::upload::flaw::Flaw;

pub(super) fn inspect<R: Read + Seek>(file: &mut R, size: u64, unpacked: u64) -> Result<(), Flaw> {
    file.seek(SeekFrom::Start(0))?;
    let mut decoder = GzDecoder::new(BufReader::new(&mut *file));
    let mut budget = Budget::new(unpacked);
    Unpacked::read(&mut decoder, &mut budget, size, Holds::Tar)?;
    let mut rest = decoder.into_inner();
    if rest.fill_buf()?.is_empty() { Ok(()) } else { Err(Flaw::Polyglot) }
}
