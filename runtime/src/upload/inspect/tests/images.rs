//! Pixels, packed chunks, and images that do not end where they say.

use super::{
    build::{self, Png},
    judge,
};
use crate::upload::FileKind;

#[test]
fn pixels_are_counted_before_anything_decodes_them() {
    assert_eq!(judge(&Png::of(250, 400).bytes()), Ok(FileKind::Png));
    assert_eq!(judge(&Png::of(250, 401).bytes()), Err("pixels"));
    assert_eq!(judge(&Png::of(u32::MAX, u32::MAX).bytes()), Err("pixels"));
    assert_eq!(judge(&build::jpeg(400, 250)), Ok(FileKind::Jpeg));
    assert_eq!(judge(&build::jpeg(400, 251)), Err("pixels"));
    assert_eq!(judge(&build::gif(100, 100, 10)), Ok(FileKind::Gif));
    assert_eq!(judge(&build::gif(100, 100, 11)), Err("pixels"));
    assert_eq!(judge(&build::webp(400, 250)), Ok(FileKind::Webp));
    assert_eq!(judge(&build::webp(400, 251)), Err("pixels"));
    for none in [Png::of(0, 5).bytes(), build::jpeg(5, 0), build::gif(0, 5, 1)] {
        assert_eq!(judge(&none), Err("structure"));
    }
}

#[test]
fn a_small_frame_on_a_large_canvas_counts_as_the_canvas() {
    let frames = |count: usize| {
        let frame = build::animation_frame(2, 2, &build::lossless(2, 2));
        build::riff(&[build::extended(100, 100), frame.repeat(count)].concat())
    };
    assert_eq!(judge(&frames(10)), Ok(FileKind::Webp));
    assert_eq!(judge(&frames(11)), Err("pixels"));
    let larger = build::animation_frame(2, 2, &build::lossless(101, 2));
    let larger = build::riff(&[build::extended(100, 100), larger].concat());
    assert_eq!(judge(&larger), Err("structure"), "a bitstream that is larger than its canvas");

    let frames = |count: u32| {
        let mut late = Vec::new();
        for number in 0..count {
            let control = [
                &(number * 2).to_be_bytes()[..],
                &2_u32.to_be_bytes(),
                &2_u32.to_be_bytes(),
                &[0; 8],
                &[0, 1, 0, 1, 0, 0],
            ];
            late.extend(build::chunk(*b"fcTL", &control.concat()));
            let data = [&(number * 2 + 1).to_be_bytes()[..], &build::zlib(&[0; 6])].concat();
            late.extend(build::chunk(*b"fdAT", &data));
        }
        Png::of(100, 100).chunk(*b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]).with(&late)
    };
    assert_eq!(judge(&frames(9)), Ok(FileKind::Png));
    assert_eq!(judge(&frames(10)), Err("pixels"), "whatever number of frames is told");
}

#[test]
fn what_is_packed_in_chunks_is_unpacked_and_counted() {
    let bomb = build::zlib(&vec![0; 5 << 20]);
    let text = [&b"Comment\0\0"[..], &bomb].concat();
    for name in [*b"zTXt", *b"iCCP"] {
        assert_eq!(judge(&Png::default().chunk(name, &text).bytes()), Err("unpacked"));
    }
    let text = [&b"Comment\0\x01\0en\0K\0"[..], &bomb].concat();
    assert_eq!(judge(&Png::default().chunk(*b"iTXt", &text).bytes()), Err("unpacked"));
    let plain = Png::default().chunk(*b"iTXt", b"Comment\0\0\0en\0K\0some text");
    assert_eq!(judge(&plain.bytes()), Ok(FileKind::Png));
    let small = [&b"Comment\0\0"[..], &build::zlib(b"some text")].concat();
    assert_eq!(judge(&Png::default().chunk(*b"zTXt", &small).bytes()), Ok(FileKind::Png));
    let behind = [&small[..], b"PHP"].concat();
    assert_eq!(judge(&Png::default().chunk(*b"zTXt", &behind).bytes()), Err("structure"));
}

#[test]
fn pixel_data_is_as_long_as_the_header_says() {
    let mut more = Png::default();
    more.data.push(0);
    assert_eq!(judge(&more.bytes()), Err("structure"));
    let mut bomb = Png::default();
    bomb.data = vec![0; 5 << 20];
    assert_eq!(judge(&bomb.bytes()), Err("unpacked"));
    let mut less = Png::default();
    less.data.pop();
    assert_eq!(judge(&less.bytes()), Err("structure"));
    // Adam7: a 4 by 3 image has rows of 1, 1, 2, and 4 pixels in its passes.
    let mut interlaced = Png::default();
    interlaced.header[12] = 1;
    interlaced.data = vec![0; 2 + 2 + (3) + 2 * 3 + 5];
    assert_eq!(judge(&interlaced.bytes()), Ok(FileKind::Png));
}

#[test]
fn chunks_stand_in_their_order_and_their_sums_hold() {
    let good = Png::default().bytes();
    let mut changed = good.clone();
    changed[30] ^= 1;
    assert_eq!(judge(&changed), Err("structure"), "a checksum");
    let late = Png::default().chunk_before_end(*b"IDAT", b"x");
    assert!(judge(&late).is_err(), "pixels that go on behind their end");
    let twice = Png::default().chunk(*b"IHDR", &Png::default().header).bytes();
    assert_eq!(judge(&twice), Err("structure"));
    let unknown = Png::default().chunk(*b"EVIL", b"x").bytes();
    assert_eq!(judge(&unknown), Err("structure"), "a critical chunk that nobody knows");
    let private = Png::default().chunk(*b"prVt", b"x").bytes();
    assert_eq!(judge(&private), Ok(FileKind::Png));
    let mut depth = Png::default();
    depth.header[8] = 3;
    assert_eq!(judge(&depth.bytes()), Err("structure"));
}

#[test]
fn a_jpeg_has_one_frame_and_few_scans() {
    let whole = |middle: &[u8]| [&b"\xff\xd8"[..], middle, b"\xff\xd9"].concat();
    let frame = build::frame(8, 8);
    let scans = |count: usize| whole(&[frame.clone(), build::scan().repeat(count)].concat());
    assert_eq!(judge(&scans(100)), Ok(FileKind::Jpeg));
    assert_eq!(judge(&scans(101)), Err("structure"));
    let two = whole(&[frame.clone(), frame.clone(), build::scan()].concat());
    assert_eq!(judge(&two), Err("structure"));
    assert_eq!(judge(&whole(&frame)), Err("structure"), "no scan");
    assert_eq!(judge(&whole(&build::scan())), Err("structure"), "no frame");
    let late = whole(&[frame, build::scan(), build::segment(0xdc, &[0, 9])].concat());
    assert_eq!(judge(&late), Err("structure"), "the height after the fact");
}

#[test]
fn a_webp_is_as_long_as_it_says_and_of_known_chunks() {
    let image = build::lossless(4, 4);
    let long = build::riff(&[image.clone(), build::riff_chunk(b"EVIL", b"<script>")].concat());
    assert_eq!(judge(&long), Err("structure"));
    let twice = build::riff(&image.repeat(2));
    assert_eq!(judge(&twice), Err("structure"));
    let mut lies = build::webp(4, 4);
    lies[4] -= 2;
    assert!(judge(&lies).is_err());
    let still =
        build::riff(&[build::extended(4, 4), build::riff_chunk(b"EXIF", b"abc"), image].concat());
    assert_eq!(judge(&still), Ok(FileKind::Webp));
    let empty = build::riff(&build::extended(4, 4));
    assert_eq!(judge(&empty), Err("structure"), "no image");
}
