use std::str::FromStr;

use palisade::Settings;

struct Colour;

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "red" { Ok(Self) } else { Err("write red".to_owned()) }
    }
}

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The colour of notes.
    #[setting(from_str)]
    colour: Colour,
}

fn main() {}
