use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    data: String,
    /// The other folder.
    other: String,
}

fn main() {}
