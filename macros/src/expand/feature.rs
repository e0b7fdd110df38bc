//! Attributes whose guard is in the runtime under a Cargo feature.

use palisade_lint::{
    Code, Diagnostics, Endpoint,
    attribute::{Attributes, Word},
    endpoint::ContentCoding,
};
use proc_macro2::Span;

/// The features of the runtime that those of this crate correspond to: the runtime turns them on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    pub(super) uploads: bool,
    pub(super) compression: bool,
    pub(super) brotli: bool,
    pub(super) zstd: bool,
}

/// Those that the runtime was built with.
pub(super) const BUILT: Features = Features {
    uploads: cfg!(feature = "uploads"),
    compression: cfg!(feature = "compression"),
    brotli: cfg!(feature = "brotli"),
    zstd: cfg!(feature = "zstd"),
};

/// Refuses what the runtime does not have.
///
/// A sibling takes the attribute along whether or not its name was imported, so it cannot be left
/// to the compiler to say that there is none.
pub(super) fn check(
    attributes: &Attributes,
    endpoint: Option<&Endpoint>,
    built: Features,
    d: &mut Diagnostics,
) {
    for (word, feature, is_there) in [
        (Word::Upload, "uploads", built.uploads),
        (Word::BodyEncoding, "compression", built.compression),
        (Word::Compress, "compression", built.compression),
    ] {
        if let Some(given) = attributes.first(word)
            && !is_there
        {
            refuse(given.span, word.name(), feature, d);
        }
    }
    let encoding = endpoint.and_then(|endpoint| endpoint.body_encoding.as_ref());
    let Some(encoding) = encoding.filter(|_| built.compression) else { return };
    for coding in &encoding.codings {
        let (feature, is_there) = match coding {
            ContentCoding::Gzip => ("compression", built.compression),
            ContentCoding::Brotli => ("brotli", built.brotli),
            ContentCoding::Zstd => ("zstd", built.zstd),
        };
        if !is_there {
            refuse(encoding.span, &format!("body_encoding({})", coding.name()), feature, d);
        }
    }
}

fn refuse(span: Span, word: &str, feature: &str, d: &mut Diagnostics) {
    d.at(
        Code::MissingFeature,
        span,
        format!("`{word}` needs the feature `{feature}` of `palisade`"),
    )
    .help(format!("write `palisade = {{ .., features = [\"{feature}\"] }}` in `Cargo.toml`"));
}

#[cfg(test)]
mod tests {
    use palisade_lint::{Code, Diagnostics, Endpoint, Handler};
    use syn::{ItemFn, parse_quote};

    use super::{Features, check};

    const ALL: Features = Features { uploads: true, compression: true, brotli: true, zstd: true };

    fn missing(item: &ItemFn, built: Features) -> Vec<String> {
        let mut d = Diagnostics::new();
        let handler = Handler::new(None, item.clone(), &mut d);
        let endpoint = Endpoint::new(&handler, &mut d);
        assert!(d.is_empty());
        check(&handler.attributes, endpoint.as_ref(), built, &mut d);
        let found = d.check().err().unwrap_or_default();
        assert!(found.iter().all(|one| one.code == Code::MissingFeature));
        found.into_iter().map(|one| one.message).collect()
    }

    #[test]
    fn files_are_taken_with_the_feature_only() {
        let item = parse_quote! {
            #[post("/files")]
            #[authenticated]
            #[upload(max = "1 MiB", kinds(png))]
            async fn save(file: Upload) {}
        };
        assert_eq!(missing(&item, ALL).len(), 0);
        assert_eq!(missing(&item, Features { uploads: false, ..ALL }).len(), 1);
    }

    #[test]
    fn each_coding_has_a_feature() {
        let item = parse_quote! {
            #[post("/a")]
            #[public(reason = "a test of features")]
            #[validated]
            #[compress]
            #[body_encoding(gzip, br, zstd)]
            async fn a(body: Json<A>) {}
        };
        assert_eq!(missing(&item, ALL).len(), 0);
        let none = Features { compression: false, brotli: false, zstd: false, ..ALL };
        assert_eq!(missing(&item, none).len(), 2, "the attributes, not each word in them");
        let found = missing(&item, Features { brotli: false, ..ALL });
        assert_eq!(found, ["`body_encoding(br)` needs the feature `brotli` of `palisade`"]);
        let found = missing(&item, Features { zstd: false, ..ALL });
        assert_eq!(found, ["`body_encoding(zstd)` needs the feature `zstd` of `palisade`"]);
    }
}
