use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    data: String,
    /// The other folder.
    #[setting(name = "NOTES_DATA")]
    other: String,
}

fn main() {}
