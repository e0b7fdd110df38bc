//! Files of several images, and their index.

use proptest::prelude::*;

use super::{build, film_box, judge, judge_in, keep_in, trailers::assert_keeps};
use crate::policy::FileKind;

/// A photo, and the bytes after it.
struct Photo {
    /// The size and the place in the file of each image that the index names.
    named: Vec<(u32, u64)>,
    is_little: bool,
    behind: Vec<u8>,
}

impl Photo {
    /// A photo whose index names all of these images.
    fn with(images: &[Vec<u8>]) -> Self {
        let mut place = Self::length(images.len());
        let mut named = Vec::new();
        for image in images {
            named.push((u32::try_from(image.len()).unwrap(), place));
            place += image.len() as u64;
        }
        Self { named, is_little: true, behind: images.concat() }
    }

    /// The bytes of a photo whose index names so many images.
    fn length(images: usize) -> u64 {
        let photo = Self { named: vec![(1, 500); images], is_little: true, behind: Vec::new() };
        photo.bytes().len() as u64
    }

    fn bytes(&self) -> Vec<u8> {
        // What offsets count from: behind the start, `JFIF`, the marker, the length and `MPF`.
        let start = build::segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let base = 2 + start.len() as u64 + 8;
        let index = index(&self.named, base, self.is_little);
        let index = build::segment(0xe2, &[b"MPF\0".as_slice(), &index].concat());
        let image = build::jpeg(16, 16);
        [&image[..2], &start, &index, &image[2 + start.len()..], &self.behind].concat()
    }
}

/// An index that names these images, with the first one before them.
fn index(named: &[(u32, u64)], base: u64, is_little: bool) -> Vec<u8> {
    let short = |value: u16| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: u32| if is_little { value.to_le_bytes() } else { value.to_be_bytes() };
    let count = u32::try_from(named.len() + 1).unwrap();
    let mut bytes = if is_little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    bytes.extend(long(8));
    bytes.extend(short(3));
    for (tag, kind, count, value) in [
        (0xb000, 7, 4, u32::from_ne_bytes(*b"0100")),
        (0xb001, 4, 1, count),
        (0xb002, 7, count * 16, 8 + 2 + 3 * 12 + 4),
    ] {
        bytes.extend([short(tag), short(kind)].concat());
        bytes.extend([long(count), long(value)].concat());
    }
    bytes.extend(long(0));
    let others = named.iter().map(|(size, place)| {
        (*size, u32::try_from(place.saturating_sub(base)).unwrap_or(u32::MAX))
    });
    for (size, offset) in std::iter::once((1_000, 0)).chain(others) {
        bytes.extend([long(0x0003_0000), long(size), long(offset), [0; 4]].concat());
    }
    bytes
}

/// An image with this segment of metadata.
fn image_with(segment: &[u8]) -> Vec<u8> {
    let image = build::jpeg(8, 8);
    [&image[..2], segment, &image[2..]].concat()
}

#[test]
fn images_that_the_index_names_are_kept() {
    let next = build::jpeg(8, 8);
    // The map of brightness of an Ultra HDR photo says so in XMP, and so does that of Apple.
    let xmp = |text: &[u8]| {
        let body = [&b"http://ns.adobe.com/xap/1.0/\0"[..], text].concat();
        image_with(&build::segment(0xe1, &body))
    };
    let google = xmp(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:Description hdrgm:Version='1.0'/>");
    let apple = xmp(b"<rdf:Description><AuxImageType>urn:com:apple:photo:2020:aux:hdrgainmap");
    for images in [vec![next.clone()], vec![google.clone()], vec![apple, next.clone(), google]] {
        for is_little in [true, false] {
            let photo = Photo { is_little, ..Photo::with(&images) }.bytes();
            assert_eq!(judge(&photo), Ok(FileKind::Jpeg));
            assert_keeps(&photo, &photo, "images with an index");
            for behind in [film_box(b"ftyp", b"mp42"), vec![0; 40], b"\n".to_vec()] {
                let longer = [photo.as_slice(), &behind].concat();
                assert_keeps(&longer, &photo, "what stands behind them");
            }
        }
    }
    // Filling that the index counts to an image stays, so that the index stays right.
    let mut photo = Photo::with(std::slice::from_ref(&next));
    photo.named[0].0 += 30;
    photo.behind.extend([0; 50]);
    let bytes = photo.bytes();
    assert_keeps(&bytes, &bytes[..bytes.len() - 20], "a filling within an image");
}

#[test]
fn images_that_the_index_does_not_name_are_cut_off() {
    let next = build::jpeg(8, 8);
    let photo = Photo::with(std::slice::from_ref(&next));
    let bytes = photo.bytes();
    let further = [bytes.as_slice(), &build::jpeg(4, 4), &build::jpeg(4, 4)].concat();
    assert_keeps(&further, &bytes, "two more images");
    let first = Photo::length(1);
    // A program changed the bytes before them, and not the index.
    for place in [first - 10, first - 1, first + 1, first + 10_000] {
        let old = Photo { named: vec![(90, place)], is_little: true, behind: next.clone() }.bytes();
        assert_keeps(&old, &old[..usize::try_from(first).unwrap()], "an old index");
    }
    // A program took the images away.
    let alone = Photo { behind: Vec::new(), ..photo }.bytes();
    assert_keeps(&alone, &alone, "an index of images that are gone");
    // Places that were not used.
    let unused =
        Photo { named: vec![(0, 0), (77, 0)], is_little: true, behind: Vec::new() }.bytes();
    assert_keeps(&unused, &unused, "an index of nothing");
}

#[test]
fn an_index_that_lies_is_refused() {
    let next = build::jpeg(8, 8);
    let size = u32::try_from(next.len()).unwrap();
    let first = Photo::length(1);
    let of = |named: Vec<(u32, u64)>, behind: Vec<u8>| {
        judge(&Photo { named, is_little: true, behind }.bytes())
    };
    assert_eq!(of(vec![(size, first)], next.clone()), Ok(FileKind::Jpeg));
    assert_eq!(of(vec![(size - 1, first)], next.clone()), Err("structure"), "a size too small");
    assert_eq!(of(vec![(size, 40)], next.clone()), Err("structure"), "a place in the index");
    // An image in the metadata of another one, which nothing has judged.
    let hidden = image_with(&build::segment(0xfe, &next));
    let whole = u32::try_from(hidden.len()).unwrap();
    assert_eq!(of(vec![(whole, first)], hidden.clone()), Ok(FileKind::Jpeg));
    let two = Photo::length(2);
    let inside = vec![(whole, two), (size, two + 6)];
    assert_eq!(of(inside, hidden), Err("polyglot"), "a place in a comment");
    // An image between two, which the index does not name.
    let between = [next.as_slice(), &next, &next].concat();
    let named = vec![(size, two), (size, two + 2 * u64::from(size))];
    assert_eq!(of(named, between), Err("polyglot"));
    assert_eq!(of(vec![(size, 100_000); 100], next.clone()), Err("parts"));
    assert_eq!(of(vec![(size, u64::MAX); 99], Vec::new()), Ok(FileKind::Jpeg));
    let twice = build::segment(0xe2, b"MPF\0II*\0\x08\0\0\0\0\0\0\0\0\0");
    assert_eq!(judge(&image_with(&twice)), Ok(FileKind::Jpeg), "an index of nothing");
    let index = [b"MPF\0".as_slice(), &index(&[(size, first)], 28, true)].concat();
    let index = build::segment(0xe2, &index);
    assert_eq!(judge(&image_with(&[twice, index.clone()].concat())), Ok(FileKind::Jpeg));
    assert_eq!(judge(&image_with(&[index.clone(), index].concat())), Err("structure"));
    for torn in [&b"MPF\0"[..], b"MPF\0II", b"MPF\0II*\0\xff\0\0\0", b"MPF\0XX*\0\x08\0\0\0"] {
        assert_eq!(judge(&image_with(&build::segment(0xe2, torn))), Err("structure"), "{torn:?}");
    }
    // A colour profile is not an index, and neither is a short segment.
    for other in [&b"ICC_PROFILE\0\x01\x01"[..], b"MPF", b"", b"MP"] {
        assert_eq!(judge(&image_with(&build::segment(0xe2, other))), Ok(FileKind::Jpeg));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_index_makes_no_panic_and_pieces_make_no_difference(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
        pieces in 1_usize..60,
    ) {
        let images = [build::jpeg(8, 8), build::jpeg(4, 4)];
        let mut bytes = Photo::with(&images).bytes();
        let index = 20..20 + 12 + 3 * 12 + 60;
        for (at, byte) in changes {
            bytes[index.start + at.index(index.len())] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let whole = judge_in(usize::MAX, &bytes, FileKind::ALL, "");
        prop_assert_eq!(judge_in(pieces, &bytes, FileKind::ALL, ""), whole);
        if whole.is_ok() {
            let (_, kept) = keep_in(usize::MAX, &bytes, FileKind::ALL, "").unwrap();
            let (again, all) = keep_in(pieces, kept, FileKind::ALL, "").unwrap();
            prop_assert_eq!((again.behind, all.len()), (0, kept.len()));
        }
    }

    #[test]
    fn any_bytes_as_an_index_make_no_panic(
        body in proptest::collection::vec(any::<u8>(), 0..120),
        is_tiff in any::<bool>(),
    ) {
        let head: &[u8] = if is_tiff { b"MPF\0MM\0*\0\0\0\x08" } else { b"MPF\0" };
        let segment = build::segment(0xe2, &[head, &body].concat());
        let bytes = [image_with(&segment), build::jpeg(8, 8)].concat();
        let whole = judge_in(usize::MAX, &bytes, FileKind::ALL, "");
        prop_assert_eq!(judge_in(3, &bytes, FileKind::ALL, ""), whole);
    }
}
