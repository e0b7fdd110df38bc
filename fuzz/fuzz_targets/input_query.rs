//! No query string, form or path makes the reader panic, and no number has two spellings.

#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade::{
    input::{from_form, from_path, from_query},
    prelude::*,
};

#[derive(Debug, Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    q: Option<Text<16>>,
    #[validate(range(max = 100))]
    page: Option<u16>,
    exact: Option<bool>,
    price: Option<f32>,
    #[validate(length(max = 4))]
    #[input(list = repeat)]
    tag: Vec<Text<4>>,
    #[validate(length(max = 4))]
    #[input(list = comma)]
    ids: Option<Vec<u8>>,
    #[input(checkbox)]
    sold: bool,
}

fuzz_target!(|text: &str| {
    let _ = from_query::<Search>(text);
    let _ = from_form::<Search>(text.as_bytes());
    let _ = from_path::<(Slug, bool)>(&[("a", text), ("b", text)]);
    // Only an escaped digit may differ from how the number prints.
    if let Ok(number) = from_path::<i32>(&[("id", text)])
        && !text.contains('%')
    {
        assert_eq!(number.to_string(), text);
    }
});
