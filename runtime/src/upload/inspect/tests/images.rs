//! Pixels, packed chunks, and images that do not end where they say.

use super::{
    build::{self, Png},
    judge, judge_frames,
};
use crate::policy::FileKind;

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

#[test]
fn frames_have_a_cap_of_their_own() {
    // 50 frames of one pixel are far below the cap on pixels.
    assert_eq!(judge(&build::gif(1, 1, 50)), Ok(FileKind::Gif));
    assert_eq!(judge(&build::gif(1, 1, 51)), Err("frames"));
    let webp = |count: usize| {
        let frame = build::animation_frame(1, 1, &build::lossless(1, 1));
        build::riff(&[build::extended(1, 1), frame.repeat(count)].concat())
    };
    assert_eq!(judge(&webp(50)), Ok(FileKind::Webp));
    assert_eq!(judge(&webp(51)), Err("frames"));
    let png = |count: u32| {
        let mut late = Vec::new();
        for number in 0..count {
            let one = 1_u32.to_be_bytes();
            let control =
                [&(number * 2).to_be_bytes()[..], &one, &one, &[0; 8], &[0, 1, 0, 1, 0, 0]];
            late.extend(build::chunk(*b"fcTL", &control.concat()));
            let data = [&(number * 2 + 1).to_be_bytes()[..], &build::zlib(&[0; 2])].concat();
            late.extend(build::chunk(*b"fdAT", &data));
        }
        Png::of(1, 1).chunk(*b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]).with(&late)
    };
    assert_eq!(judge(&png(49)), Ok(FileKind::Png));
    assert_eq!(judge(&png(50)), Err("frames"), "the image itself is one");
    let jpeg = build::jpeg(1, 1);
    // The images after a photo do not count as frames: one is shown. Their pixels count, and their
    // segments.
    assert_eq!(judge(&jpeg.repeat(51)), Ok(FileKind::Jpeg));
    assert_eq!(judge(&jpeg.repeat(667)), Err("parts"));
    let preview = build::jpeg(200, 250);
    assert_eq!(judge(&preview.repeat(2)), Ok(FileKind::Jpeg));
    assert_eq!(judge(&preview.repeat(3)), Err("pixels"));
    let with_preview = [build::jpeg(16, 16), build::jpeg(8, 8)].concat();
    assert_eq!(judge_frames(1, &with_preview), Ok(FileKind::Jpeg), "of a phone");
    assert_eq!(judge_frames(1, &build::gif(1, 1, 2)), Err("frames"));
}

#[test]
fn a_canvas_that_grows_makes_all_frames_grow() {
    let frame = |width: u16, height: u16| {
        let ([w, x], [h, y]) = (width.to_le_bytes(), height.to_le_bytes());
        [b',', 0, 0, 0, 0, w, x, h, y, 0, 2, 2, 0x4c, 0x01, 0]
    };
    let gif = |last: (u16, u16)| {
        let small = build::gif(10, 10, 40);
        let (blocks, end) = small.split_at(small.len() - 1);
        [blocks, &frame(last.0, last.1), end].concat()
    };
    // 41 frames of 2,430 pixels, or of 2,450.
    assert_eq!(judge(&gif((45, 54))), Ok(FileKind::Gif));
    assert_eq!(judge(&gif((49, 50))), Err("pixels"));
}

#[test]
fn chunks_segments_and_blocks_have_a_cap() {
    let texts = |count: usize| {
        let late = build::chunk(*b"tEXt", b"a\0b").repeat(count);
        // `IHDR` is one of them, and `IEND`.
        judge(&Png::default().with(&late))
    };
    assert_eq!(texts(1_048), Ok(FileKind::Png));
    assert_eq!(texts(1_049), Err("parts"));
    let comments = |count: usize| {
        let jpeg = build::jpeg(8, 8);
        let (start, rest) = jpeg.split_at(2);
        judge(&[start, &build::segment(0xfe, b"a").repeat(count), rest].concat())
    };
    assert_eq!(comments(1_997), Ok(FileKind::Jpeg));
    assert_eq!(comments(1_998), Err("parts"));
    let blocks = |count: usize| {
        let gif = build::gif(8, 8, 1);
        let (head, rest) = gif.split_at(19);
        judge(&[head, &b"!\xfe\x01a\0".repeat(count), rest].concat())
    };
    assert_eq!(blocks(1_149), Ok(FileKind::Gif));
    assert_eq!(blocks(1_150), Err("parts"));
    let chunks = |count: usize| {
        let more = build::riff_chunk(b"EXIF", b"ab").repeat(count);
        judge(&build::riff(&[build::extended(4, 4), more, build::lossless(4, 4)].concat()))
    };
    assert_eq!(chunks(1_198), Ok(FileKind::Webp));
    assert_eq!(chunks(1_199), Err("parts"));
}
