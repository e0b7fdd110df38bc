use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// Who may delete.
    admins: Vec<String>,
    /// Their language.
    #[setting(needs = "admins")]
    language: Option<String>,
}

fn main() {}
