use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    data: String,
}

fn main() {}
