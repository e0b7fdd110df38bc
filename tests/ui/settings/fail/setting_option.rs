use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    #[setting(defualt = ".palisade")]
    data: String,
    /// The key.
    #[setting(secret)]
    key: String,
}

fn main() {}
