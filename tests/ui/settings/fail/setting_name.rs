use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    #[setting(name = "notes-data")]
    data: String,
    /// Where it listens.
    #[setting(name = "PALISADE_BIND")]
    bind: String,
    /// Whether it looks.
    check: bool,
}

fn main() {}
