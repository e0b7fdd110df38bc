//! No bytes make the reader of the PROXY protocol fail; it never takes a byte that it has not asked for,
//! and none behind the end of a header.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::allow_unsafe;

/// The longest header: version 2, with all that may follow its fixed part.
const LONGEST: usize = 16 + 4_096;

#[allow_unsafe(macro_internals, reason = "the parser is fuzzed by itself, outside of a service")]
fn read(data: &[u8]) {
    use palisade::__private::proxy_header::Header;

    let mut taken = 0;
    let mut bytes = Vec::new();
    loop {
        match Header::read(&bytes) {
            Ok(Header::Partial { missing }) => {
                assert!(missing > 0 && taken + missing <= LONGEST, "{taken} and {missing}");
                let Some(more) = data.get(taken..taken + missing) else { return };
                bytes.extend_from_slice(more);
                taken += missing;
            }
            Ok(Header::Whole(claim)) => {
                // What it says does not depend on what comes behind it, nor on the steps.
                assert_eq!(Header::read(&bytes), Ok(Header::Whole(claim)));
                return;
            }
            Err(_) => return,
        }
    }
}

fuzz_target!(|data: &[u8]| read(data));
