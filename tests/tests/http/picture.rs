//! Pictures that no compression makes smaller.

use std::io::Write as _;

use flate2::{Compression, Crc, write::ZlibEncoder};

/// A PNG of noise, with a byte for each pixel.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    let row = usize::try_from(width).unwrap() + 1;
    let mut state = 0x9e37_79b9_u32;
    let mut noise = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let pixels: Vec<_> = (0..row * usize::try_from(height).unwrap())
        // A row begins with its filter.
        .map(|at| if at % row == 0 { 0 } else { noise() })
        .collect();
    let mut about = [width.to_be_bytes(), height.to_be_bytes()].concat();
    // Eight bits of grey.
    about.extend([8, 0, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, body) in [(b"IHDR", about), (b"IDAT", deflated(&pixels)), (b"IEND", Vec::new())] {
        let mut sum = Crc::new();
        sum.update(name);
        sum.update(&body);
        png.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        png.extend([&name[..], &body, &sum.sum().to_be_bytes()].concat());
    }
    png
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::none());
    zlib.write_all(bytes).unwrap();
    zlib.finish().unwrap()
}
