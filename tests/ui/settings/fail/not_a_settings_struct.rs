use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
enum NotesSettings {
    Data,
}

fn main() {}
