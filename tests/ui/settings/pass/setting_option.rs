use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The folder.
    #[setting(default = ".palisade")]
    data: String,
    /// The key.
    key: secrecy::SecretString,
}

fn main() {}
