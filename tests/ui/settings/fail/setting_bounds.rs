use palisade::Settings;

#[derive(Settings)]
#[settings(section = "notes")]
struct NotesSettings {
    /// How many notes a page has.
    #[setting(min = 200, max = 1)]
    page: u32,
    /// How they are sorted.
    #[setting(default = "owner", one_of("title", "created"))]
    sort: String,
    /// How many there are.
    #[setting(default = 0, min = 1)]
    many: u32,
}

fn main() {}
