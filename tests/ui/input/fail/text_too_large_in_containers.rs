use palisade::prelude::*;

macro_rules! each {
    ($($name:ident: $ty:ty;)*) => {$(
        #[derive(Deserialize, Serialize, Validate, Input)]
        #[serde(deny_unknown_fields)]
        struct $name { #[validate(length(max = 3))] list: Vec<$ty>, field: $ty }
    )*};
}

each! {
    A: Text<2000001>; B: Option<Text<2000002>>; C: Box<Text<2000003>>; D: [Text<2000004>; 2];
    E: (u8, Text<2000005>); F: Option<Box<Text<2000006>>>; G: Box<Option<Text<2000007>>>;
    H: Box<(Text<2000008>,)>; I: [Box<(u8, Text<2000009>)>; 2]; J: Option<[(Text<2000010>, u8); 1]>;
}

fn main() {}
