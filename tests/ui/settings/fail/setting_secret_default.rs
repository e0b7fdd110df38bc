use palisade::{Settings, settings::Sourced};
use secrecy::SecretString;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The password of the database.
    #[setting(default = "mB4kT8uZr2xVq7Lp")]
    password: SecretString,
    /// The password of the mail server.
    #[setting(default = "mB4kT8uZr2xVq7Lp")]
    smtp: Option<Sourced<SecretString>>,
    /// The tokens of partners.
    #[setting(default = "mB4kT8uZr2xVq7Lp")]
    tokens: Vec<SecretString>,
}

fn main() {}
