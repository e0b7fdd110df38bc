use palisade::{Settings, settings::Sourced};
use secrecy::SecretString;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The password of the database.
    password: SecretString,
    /// The password of the mail server.
    smtp: Option<Sourced<SecretString>>,
    /// The tokens of partners.
    tokens: Vec<SecretString>,
    /// The user of the mail server.
    #[setting(default = "notes")]
    user: String,
}

fn main() {}
