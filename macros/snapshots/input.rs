#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 80))]
    name: String,
    #[validate(range(min = 0, max = 1_000))]
    amount: u32,
    note: Option<Text<200>>,
}
