use palisade::prelude::*;

macro_rules! each {
    ($($name:ident: $ty:ty;)*) => {$(
        #[derive(Deserialize, Serialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $name { field: $ty }
    )*};
}

each! {
    A: Option<String>; B: Box<String>; C: [String; 2]; D: (u8, String); E: Option<Box<String>>;
    F: Box<Option<String>>; G: [(String, u8); 2]; H: Vec<Text<4>>; I: (u8, Vec<u8>);
}

fn main() {}
