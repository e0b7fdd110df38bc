#[derive(Settings)]
#[settings(section = "shop")]
struct Shop {
    /// Items of one page.
    #[setting(default = 20, min = 1, max = 100)]
    page_size: u32,
    /// Signs links to invoices.
    link_key: SecretString,
}
