use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    #[setting(name = "NOTES_DATA")]
    data: String,
}

fn main() {}
