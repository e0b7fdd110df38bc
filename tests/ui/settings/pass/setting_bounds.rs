use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// How many notes a page has.
    #[setting(default = 50, min = 1, max = 200)]
    page: u32,
    /// How they are sorted.
    #[setting(default = "title", one_of("title", "created"))]
    sort: String,
}

fn main() {}
