use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    data: String,
}

fn main() {}
