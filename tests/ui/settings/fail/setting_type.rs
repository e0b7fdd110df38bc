use palisade::Settings;

struct Colour;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The colour of notes.
    colour: Colour,
}

fn main() {}
