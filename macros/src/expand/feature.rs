//! Attributes whose guard is in the runtime under a Cargo feature.

use palisade_lint::{
    Code, Diagnostics,
    attribute::{Attributes, Word},
};

/// Whether the runtime was built with its feature `uploads`, which turns on the one here.
pub(super) const UPLOADS: bool = cfg!(feature = "uploads");

/// Refuses what the runtime does not have.
///
/// A sibling takes the attribute along whether or not its name was imported, so it cannot be left
/// to the compiler to say that there is none.
pub(super) fn check(attributes: &Attributes, uploads: bool, d: &mut Diagnostics) {
    if let Some(given) = attributes.first(Word::Upload)
        && !uploads
    {
        d.at(
            Code::MissingFeature,
            given.span,
            "`upload` needs the feature `uploads` of `palisade`",
        )
        .help("write `palisade = { .., features = [\"uploads\"] }` in `Cargo.toml`");
    }
}

#[cfg(test)]
mod tests {
    use palisade_lint::{Code, Diagnostics, Handler};
    use syn::parse_quote;

    use super::check;

    #[test]
    fn files_are_taken_with_the_feature_only() {
        let mut d = Diagnostics::new();
        let item = parse_quote! {
            #[post("/files")]
            #[upload(max = "1 MiB", kinds(png))]
            async fn save(file: Upload) {}
        };
        let handler = Handler::new(None, item, &mut d);
        check(&handler.attributes, true, &mut d);
        assert!(d.is_empty());
        check(&handler.attributes, false, &mut d);
        let found = d.check().unwrap_err();
        assert_eq!(found.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::MissingFeature]);
    }
}
