//! Frames of HTTP/2 are counted the same however their bytes are cut, what a client has sent too much of
//! stays, and no bytes make the count fail.
//!
//! The first byte is the size of the pieces, the second one the budgets.

#![no_main]

use std::{num::NonZeroU32, sync::LazyLock, time::Duration};

use libfuzzer_sys::fuzz_target;
use palisade::allow_unsafe;
use tokio::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

#[allow_unsafe(macro_internals, reason = "the parser is fuzzed by itself, outside of a service")]
fn count(data: &[u8]) {
    use palisade::__private::http2_frames::{Frames, PREFACE};

    let [size, budget, bytes @ ..] = data else { return };
    let most = NonZeroU32::MIN.saturating_add(u32::from(*budget));
    let begun = || {
        let mut frames = Frames::new(most, most, *START);
        frames.take(PREFACE, *START);
        frames
    };
    let (mut whole, mut pieces, mut later) = (begun(), begun(), begun());
    whole.take(bytes, *START);
    let mut excess = None;
    for piece in bytes.chunks(usize::from(*size).max(1)) {
        pieces.take(piece, *START);
        assert!(excess.is_none() || pieces.excess() == excess, "what was too much stays");
        excess = pieces.excess();
    }
    assert_eq!(pieces.excess(), whole.excess());
    assert_eq!(pieces.unfinished(), whole.unfinished());
    // Time gives back, so that slower bytes never spend more.
    for (at, piece) in bytes.chunks(usize::from(*size).max(1)).enumerate() {
        let seconds = u64::try_from(at).unwrap_or(u64::MAX).min(1 << 20);
        later.take(piece, *START + Duration::from_secs(seconds));
    }
    assert!(later.excess().is_none() || whole.excess().is_some());
    let what = |state: Option<(_, Instant)>| state.map(|(what, _)| what);
    assert_eq!(what(later.unfinished()), what(whole.unfinished()));
    later.sent(bytes.len());
}

fuzz_target!(|data: &[u8]| count(data));
