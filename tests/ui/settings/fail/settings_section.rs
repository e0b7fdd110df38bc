use palisade::Settings;

#[derive(Settings)]
#[settings(section = "palisade")]
struct NotesSettings {
    /// The folder.
    data: String,
}

#[derive(Settings)]
struct OrderSettings {
    /// The folder.
    data: String,
}

fn main() {}
