use palisade::prelude::*;

#[derive(Input, Clone, Copy)]
#[repr(C)]
union Bits {
    whole: u32,
    bytes: [u8; 4],
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> std::result::Result<Self, D::Error> {
        u32::deserialize(d).map(|whole| Bits { whole })
    }
}

fn main() {}
