//! `#[compress]` and `#[body_encoding(..)]`: the content codings of responses and request bodies.

use palisade_policy::PolicyWord as _;
use proc_macro2::Span;

use super::{Access, ContentCoding, Headers, Part, reason, reason::Reason};
use crate::{
    attribute::{Args, Attributes, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
};

/// That the answers are compressed.
#[derive(Clone, Copy, Debug)]
pub struct Compress {
    /// The span of the attribute.
    pub span: Span,
    /// Whether there is a reason for compressing responses that may contain secrets.
    pub has_reason: bool,
}

/// The accepted codings of bodies.
#[derive(Clone, Debug)]
pub struct BodyEncoding {
    /// The span of the attribute.
    pub span: Span,
    /// The codings, each once, in the order of [`ContentCoding::ALL`]; never empty.
    pub codings: Vec<ContentCoding>,
}

/// Reads `#[compress]` and `#[compress(reason = "..")]`.
pub(super) fn read_compress(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Compress> {
    let Some(given) = attributes.first(Word::Compress) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    let has_reason = reason::optional("compress", &mut args, reasons, d);
    args.finish(&["reason"], d);
    Part::Read(Compress { span: given.span, has_reason })
}

/// Reads `#[body_encoding(gzip, zstd)]`.
pub(super) fn read_body_encoding(
    attributes: &Attributes,
    d: &mut Diagnostics,
) -> Part<BodyEncoding> {
    let Some(given) = attributes.first(Word::BodyEncoding) else { return Part::Absent };
    let Some(args) = given.args.clone() else { return Part::Broken };
    let codings = d.scope(|d| Some(read_codings(args, d)));
    codings.map(|codings| BodyEncoding { span: given.span, codings }).into()
}

fn read_codings(mut args: Args, d: &mut Diagnostics) -> Vec<ContentCoding> {
    let values = args.take_values();
    if values.is_empty() && args.list.is_empty() {
        d.at(Code::MissingArgument, args.span, "`body_encoding` names no content coding")
            .help("write `body_encoding(gzip)`");
    }
    let mut codings = Vec::new();
    for value in &values {
        read_coding(value, &mut codings, d);
    }
    args.finish(&[], d);
    codings.sort_unstable();
    codings
}

fn read_coding(value: &Value, codings: &mut Vec<ContentCoding>, d: &mut Diagnostics) {
    let Some(word) = value.word() else {
        d.on(Code::WrongValue, value, "content codings are named by words")
            .help("write `body_encoding(gzip)`, without quotes");
        return;
    };
    let name = word.to_string();
    match ContentCoding::named(&name) {
        Some(coding) if codings.contains(&coding) => {
            d.at(Code::RepeatedWord, word.span(), format!("duplicate `{name}` in `body_encoding`"))
                .help("keep one of them");
        }
        Some(coding) => codings.push(coding),
        None => unknown_coding(word.span(), &name, d),
    }
}

fn unknown_coding(span: Span, name: &str, d: &mut Diagnostics) {
    d.at(Code::BodyEncodingName, span, format!("`{name}` is not a content coding of palisade"));
    let near = match name.to_ascii_lowercase().as_str() {
        "brotli" => Some("br"),
        "zst" | "zstandard" => Some("zstd"),
        "gz" | "x_gzip" => Some("gzip"),
        _ => did_you_mean(name, ContentCoding::ALL.iter().map(|coding| coding.name())),
    };
    match near {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help("the content codings are `gzip`, `br` and `zstd`"),
    };
}

/// Responses for one caller may contain secrets in addition to text that a request chooses: their
/// compressed sizes reveal the content to an observer (BREACH), so compressing them needs a reason.
pub(super) fn check(
    access: &Part<Access>,
    headers: &Part<Headers>,
    compress: &Part<Compress>,
    d: &mut Diagnostics,
) {
    let Some(compress) = compress.as_read() else { return };
    if let Some(Access::Authenticated(_) | Access::Scoped(_)) = access.as_read()
        && !compress.has_reason
    {
        d.at(
            Code::MissingReason,
            compress.span,
            "`compress` on an endpoint that identifies its callers",
        )
        .help(
            "write `compress(reason = \"..\")`: why do its answers hold no secret beside text that a \
             request chooses (BREACH)?",
        );
    }
    let cache = headers.as_read().and_then(|headers| headers.cache.as_ref());
    if let Some(cache) = cache
        && cache.value.to_ascii_lowercase().contains("no-transform")
    {
        d.at(Code::MeaninglessOption, cache.span, "`compress` has no effect beside `no-transform`")
            .help("remove `compress`, or `no-transform`");
    }
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_quote};

    use super::ContentCoding;
    use crate::{Code, Diagnostics, Endpoint};

    fn read(item: &ItemFn) -> Result<Endpoint, Vec<Code>> {
        let mut d = Diagnostics::new();
        let endpoint = Endpoint::from_item(item, &mut d);
        d.check().map_err(|found| found.iter().map(|one| one.code).collect::<Vec<_>>())?;
        Ok(endpoint.unwrap())
    }

    #[test]
    fn codings_are_read_in_any_order() {
        let endpoint = read(&parse_quote! {
            #[post("/a")] #[authenticated] #[body_encoding(zstd, gzip)] #[validated]
            async fn a(body: Json<A>) {}
        });
        let encoding = endpoint.unwrap().body_encoding.unwrap();
        assert_eq!(encoding.codings, [ContentCoding::Gzip, ContentCoding::Zstd]);
    }

    #[test]
    fn answers_for_one_caller_are_compressed_for_a_reason() {
        let bare = read(&parse_quote! {
            #[get("/a")] #[authenticated] #[compress] async fn a() {}
        });
        assert_eq!(bare.unwrap_err(), [Code::MissingReason]);
        let with_reason = read(&parse_quote! {
            #[get("/a")] #[authenticated] #[compress(reason = "no secret is in a price list")]
            async fn a() {}
        })
        .unwrap();
        assert!(with_reason.compress.unwrap().has_reason);
        assert_eq!(with_reason.reasons.len(), 1);
        let public = read(&parse_quote! { #[get("/a")] #[public] #[compress] async fn a() {} });
        assert!(!public.unwrap().compress.unwrap().has_reason);
    }
}
