use palisade::Settings;
use secrecy::SecretString;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The user of the mail server.
    #[setting(unchecked = "a user name, which protects nothing")]
    user: Option<SecretString>,
}

fn main() {}
