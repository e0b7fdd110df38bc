use palisade::Settings;
use secrecy::SecretString;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// The user of the mail server.
    #[setting(unchecked = "ok")]
    user: SecretString,
    /// The port of the mail server.
    #[setting(from_str, unchecked = "a port, which protects nothing")]
    port: u16,
}

fn main() {}
