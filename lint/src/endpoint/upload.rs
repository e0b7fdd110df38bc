//! `#[upload(..)]`: the accepted files of an endpoint.

use proc_macro2::Span;
use syn::{Ident, LitStr};

use super::{Part, Reason, reason};
use crate::{
    attribute::{Arg, Args, Attributes, Call, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    literal,
};

/// More files of one request than a user selects by hand.
const MAX_FILES: u32 = 100;

/// More than any camera produces; decoded, they take 4 GB.
const MAX_PIXELS: u32 = 1_000_000_000;

/// The default limit of pixels: those of a good camera.
const PIXELS: u32 = 40_000_000;

/// More than any program displays; each costs it memory and time.
const MAX_FRAMES: u32 = 100_000;

/// The default limit of frames: half a minute of a smooth animation.
const FRAMES: u32 = 1_000;

/// The default ratio of unpacked to packed size.
const UNPACKED_RATIO: u64 = 10;

/// The maximum of the default of `unpacked`.
const MAX_UNPACKED: u64 = 1 << 30;

/// The size of the body without its files: other fields, and the lines between the parts.
const FRAME: u64 = 64 << 10;

/// The default name of the form field.
const FIELD: &str = "file";

const OPTIONS: &[&str] =
    &["max", "field", "files", "unpacked", "pixels", "frames", "charset", "markup", "reason"];

/// The charsets of the WHATWG Encoding Standard that encode ASCII as itself, except UTF-8 and those
/// with states (ISO-2022-JP, the replacement). A test of the runtime compares them with its
/// decoder.
pub const CHARSETS: &[&str] = &[
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "ibm866",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "x-mac-cyrillic",
    "gbk",
    "gb18030",
    "big5",
    "euc-jp",
    "euc-kr",
    "shift_jis",
];

/// The accepted files of an endpoint.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The span of the attribute.
    pub span: Span,
    /// The name of the form field with the files.
    pub field: String,
    /// The most files of one request; at least 1.
    pub files: u32,
    /// The most bytes of one file; at least 1.
    pub max: u64,
    /// The accepted kinds, each once, in the order of [`FileKind::ALL`]; never empty.
    pub kinds: Vec<FileKind>,
    /// The most bytes that the content of one archive or compressed file may unpack to.
    pub unpacked: u64,
    /// The most pixels of one image.
    pub pixels: u32,
    /// The most frames of one image; at least 1.
    pub frames: u32,
    /// The charset of texts that are not UTF-8, one of [`CHARSETS`].
    pub charset: Option<String>,
    /// Whether texts are accepted that a browser would interpret as markup.
    pub markup: bool,
}

impl Upload {
    /// The most bytes of a request body with this many files.
    pub fn whole_body(&self) -> u64 {
        // At most 100 times 1 GiB.
        u64::from(self.files).saturating_mul(self.max).saturating_add(FRAME)
    }
}

/// Declares the kinds once: the variant, the name, and the properties.
macro_rules! kinds {
    ($($variant:ident $name:literal [$($trait:ident)*],)*) => {
        /// A kind of file that an endpoint may accept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented by the runtime's type of this name")]
        pub enum FileKind {
            $($variant,)*
        }

        impl FileKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `kinds(..)`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The variant of the runtime's type.
            pub const fn variant(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                }
            }

            const fn traits(self) -> &'static [Trait] {
                match self {
                    $(Self::$variant => &[$(Trait::$trait),*],)*
                }
            }
        }
    };
}

kinds! {
    Png "png" [Pixels Packed],
    Jpeg "jpeg" [Pixels],
    Gif "gif" [Pixels],
    Webp "webp" [Pixels],
    Pdf "pdf" [],
    Zip "zip" [Packed],
    Gzip "gzip" [Packed],
    Docx "docx" [Packed],
    Xlsx "xlsx" [Packed],
    Pptx "pptx" [Packed],
    Text "text" [Plain],
    Csv "csv" [Plain],
    Svg "svg" [Active],
    Html "html" [Active],
}

/// A property of a kind, to which an option applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trait {
    /// It is an image with pixels.
    Pixels,
    /// It contains compressed data, which is counted during unpacking.
    Packed,
    /// Text without markup.
    Plain,
    /// A browser that displays it runs its code.
    Active,
}

impl FileKind {
    /// Whether a browser that displays it in an origin runs its code: accepted only with a reason.
    pub fn is_active(self) -> bool {
        self.has(Trait::Active)
    }

    fn has(self, one: Trait) -> bool {
        self.traits().contains(&one)
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// Reads `#[upload(max = "5 MiB", kinds(png, jpeg), field = "photo", files = 3, ..)]`.
pub(super) fn read(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Upload> {
    let Some(given) = attributes.first(Word::Upload) else { return Part::Absent };
    let Some(args) = given.args.clone() else { return Part::Broken };
    d.scope(|d| read_args(args, given.span, reasons, d)).into()
}

fn read_args(
    mut args: Args,
    span: Span,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Option<Upload> {
    let unnamed = args.list.iter().any(|arg| matches!(arg, Arg::Value(Value::Literal(_))));
    let kinds = read_kinds(&mut args, d);
    let max = read_max(&mut args, unnamed, d);
    let field = match args.take_text("field", d) {
        Some(text) => {
            literal::form_field(&text.value()).unwrap_or_else(|flaw| d.flaw(text.span(), flaw));
            text.value()
        }
        None => FIELD.to_owned(),
    };
    let files = read_files(&mut args, d);
    let unpacked = read_unpacked(&mut args, kinds.as_deref(), d);
    let pixels = read_pixels(&mut args, kinds.as_deref(), d);
    let frames = read_frames(&mut args, kinds.as_deref(), d);
    let charset = read_charset(&mut args, kinds.as_deref(), d);
    let markup = read_markup(&mut args, kinds.as_deref(), d);
    read_reason(&mut args, kinds.as_deref(), markup, reasons, d);
    args.finish(OPTIONS, d);
    let max = max?;
    let unpacked = unpacked.unwrap_or_else(|| max.saturating_mul(UNPACKED_RATIO).min(MAX_UNPACKED));
    Some(Upload {
        span,
        field,
        files,
        max,
        kinds: kinds?,
        unpacked,
        pixels,
        frames,
        charset,
        markup,
    })
}

/// The kinds; `None` where something about them has been reported.
fn read_kinds(args: &mut Args, d: &mut Diagnostics) -> Option<Vec<FileKind>> {
    d.scope(|d| {
        let mut lists = Vec::new();
        let others = d.scope(|d| {
            take_lists(args, &mut lists, d);
            Some(())
        });
        let mut kinds = Vec::new();
        match (lists.first(), others) {
            (Some(list), _) => read_list(list, &mut kinds, d),
            (None, Some(())) => {
                d.at(Code::MissingArgument, args.span, "`upload` names no kind of file")
                    .help("add `kinds(png, jpeg)`: what may the files be?");
            }
            // The list may be what was not read.
            (None, None) => {}
        }
        kinds.sort_unstable();
        Some(kinds)
    })
}

/// Takes every `kinds(..)`, and refuses a second one and every other value.
fn take_lists(args: &mut Args, lists: &mut Vec<Call>, d: &mut Diagnostics) {
    for value in args.take_values() {
        match value {
            Value::Call(call) if call.path.is_ident("kinds") => lists.push(call),
            Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => {
                d.on(Code::UnexpectedArgument, &value, "`upload` does not take this value")
                    .help("write `upload(max = \"5 MiB\", kinds(png, jpeg))`");
            }
        }
    }
    for (name, _) in args.take_all("kinds") {
        d.at(Code::WrongValue, name.span(), "`kinds` takes a list")
            .help("write `kinds(png, jpeg)`");
    }
    for again in lists.iter().skip(1) {
        d.on(Code::RepeatedWord, &again.path, "duplicate `kinds` in `upload`")
            .help("keep one of them");
    }
}

fn read_list(list: &Call, kinds: &mut Vec<FileKind>, d: &mut Diagnostics) {
    if list.list.is_empty() {
        d.on(Code::MissingArgument, &list.path, "`kinds` names no kind of file")
            .help("write `kinds(png, jpeg)`");
    }
    for value in &list.list {
        let Some(word) = value.word() else {
            d.on(Code::WrongValue, value, "kinds of files are named by words")
                .help("write `kinds(png, jpeg)`, without quotes");
            continue;
        };
        let name = word.to_string();
        match FileKind::named(&name) {
            Some(kind) if kinds.contains(&kind) => {
                d.at(Code::RepeatedWord, word.span(), format!("duplicate `{name}` in `kinds`"))
                    .help("keep one of them");
            }
            Some(kind) => kinds.push(kind),
            None => unknown_kind(word, &name, d),
        }
    }
}

fn unknown_kind(word: &Ident, name: &str, d: &mut Diagnostics) {
    d.at(Code::UploadKind, word.span(), format!("`{name}` is not a supported kind of file"));
    let near = match name.to_ascii_lowercase().as_str() {
        "jpg" => Some("jpeg"),
        "gz" => Some("gzip"),
        "txt" | "plain" => Some("text"),
        "htm" => Some("html"),
        "doc" => Some("docx"),
        "xls" => Some("xlsx"),
        "ppt" => Some("pptx"),
        _ => did_you_mean(name, FileKind::ALL.iter().map(|kind| kind.name())),
    };
    match near {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => {
            let all: Vec<_> = FileKind::ALL.iter().map(|kind| kind.name()).collect();
            d.help(format!("the kinds are `{}`", all.join("`, `")))
        }
    };
}

/// Reads `max`; that it is missing is the same mistake as a value without a name.
fn read_max(args: &mut Args, unnamed: bool, d: &mut Diagnostics) -> Option<u64> {
    let Some((name, value)) = args.take("max", d) else {
        if !unnamed {
            d.at(Code::MissingArgument, args.span, "`upload` does not say how large a file may be")
                .help("add `max = \"5 MiB\"`");
        }
        return None;
    };
    read_size(&value.text(&name, d)?, d)
}

fn read_files(args: &mut Args, d: &mut Diagnostics) -> u32 {
    let given = args.take("files", d).and_then(|(name, value)| value.number(&name, d));
    let Some((files, span)) = given else { return 1 };
    if files == 0 || files > MAX_FILES {
        d.at(Code::UploadFiles, span, format!("{files} files in one request"))
            .help(format!("write 1 to {MAX_FILES}"));
    }
    files
}

fn read_unpacked(args: &mut Args, kinds: Option<&[FileKind]>, d: &mut Diagnostics) -> Option<u64> {
    let (name, value) = args.take("unpacked", d)?;
    needs(Trait::Packed, &name, "zip", kinds, d);
    read_size(&value.text(&name, d)?, d)
}

fn read_pixels(args: &mut Args, kinds: Option<&[FileKind]>, d: &mut Diagnostics) -> u32 {
    let Some((name, value)) = args.take("pixels", d) else { return PIXELS };
    needs(Trait::Pixels, &name, "jpeg", kinds, d);
    let Some((pixels, span)) = value.number(&name, d) else { return PIXELS };
    if pixels == 0 || pixels > MAX_PIXELS {
        d.at(Code::UploadPixels, span, format!("images of {pixels} pixels"))
            .help("write 1 to 1_000_000_000: width times height");
    }
    pixels
}

fn read_frames(args: &mut Args, kinds: Option<&[FileKind]>, d: &mut Diagnostics) -> u32 {
    let Some((name, value)) = args.take("frames", d) else { return FRAMES };
    needs(Trait::Pixels, &name, "gif", kinds, d);
    let Some((frames, span)) = value.number(&name, d) else { return FRAMES };
    if frames == 0 || frames > MAX_FRAMES {
        d.at(Code::UploadFrames, span, format!("images of {frames} frames"))
            .help("write 1 to 100_000: 1 refuses animations");
    }
    frames
}

fn read_charset(
    args: &mut Args,
    kinds: Option<&[FileKind]>,
    d: &mut Diagnostics,
) -> Option<String> {
    let (name, value) = args.take("charset", d)?;
    needs(Trait::Plain, &name, "csv", kinds, d);
    let text = value.text(&name, d)?;
    let charset = text.value().to_ascii_lowercase();
    if CHARSETS.contains(&charset.as_str()) {
        return Some(charset);
    }
    d.at(
        Code::UploadCharset,
        text.span(),
        format!("`{charset}` is not a charset that is taken here"),
    );
    match charset.as_str() {
        "utf-8" | "utf8" | "ascii" | "us-ascii" => d.help("UTF-8 is always taken: leave it out"),
        "iso-8859-1" | "latin1" | "cp1252" | "ansi" => {
            d.help("write `charset = \"windows-1252\"`, which is what is meant by it")
        }
        "utf-16" | "utf-16le" | "utf-16be" | "iso-2022-jp" => d.help(
            "its bytes are no ASCII, so that text cannot be told from other files: take files in UTF-8",
        ),
        other => match did_you_mean(other, CHARSETS.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => d.help("Excel on Windows in Western Europe saves CSV in `windows-1252`"),
        },
    };
    None
}

/// Reads `markup = allow`.
fn read_markup(args: &mut Args, kinds: Option<&[FileKind]>, d: &mut Diagnostics) -> bool {
    let Some((name, value)) = args.take("markup", d) else { return false };
    needs(Trait::Plain, &name, "csv", kinds, d);
    if value.word().is_none_or(|word| word != "allow") {
        reason::only_allow(&name, &value, d);
    }
    true
}

fn read_size(text: &LitStr, d: &mut Diagnostics) -> Option<u64> {
    literal::file_size(&text.value()).map_err(|flaw| d.flaw(text.span(), flaw)).ok()
}

/// Refuses an option that none of the kinds has a use for.
fn needs(
    wanted: Trait,
    option: &Ident,
    example: &str,
    kinds: Option<&[FileKind]>,
    d: &mut Diagnostics,
) {
    if let Some(kinds) = kinds
        && !kinds.iter().any(|kind| kind.has(wanted))
    {
        d.at(
            Code::MeaninglessOption,
            option.span(),
            format!("`{option}` has no effect on these kinds of files"),
        )
        .help(format!("leave it out, or take a kind such as `{example}`"));
    }
}

fn read_reason(
    args: &mut Args,
    kinds: Option<&[FileKind]>,
    markup: bool,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) {
    let Some(kinds) = kinds else {
        // The kind that could not be read may be the one that it is about.
        args.take("reason", d);
        return;
    };
    let active: Vec<_> = kinds
        .iter()
        .filter(|kind| kind.is_active())
        .map(|kind| kind.name())
        .chain(markup.then_some("markup"))
        .collect();
    if !active.is_empty() {
        reason::required(&format!("upload({})", active.join(", ")), args, reasons, d);
    } else if let Some((name, _)) = args.take("reason", d) {
        d.at(
            Code::UnexpectedArgument,
            name.span(),
            "`reason` has no effect: nothing here is weakened",
        )
        .help("only `svg`, `html` and `markup = allow` take one: leave it out");
    }
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_quote};

    use super::{FileKind, Upload};
    use crate::{Code, Diagnostics, Endpoint};

    fn read(item: &ItemFn) -> Result<Upload, Vec<Code>> {
        let mut d = Diagnostics::new();
        let endpoint = Endpoint::from_item(item, &mut d);
        d.check().map_err(|found| found.iter().map(|one| one.code).collect::<Vec<_>>())?;
        Ok(endpoint.unwrap().upload.unwrap())
    }

    #[test]
    fn what_is_not_said_follows_from_the_size() {
        let upload = read(&parse_quote! {
            #[post("/a")] #[authenticated] #[upload(kinds(zip, png), max = "5 MiB")]
            async fn a(file: Upload) {}
        })
        .unwrap();
        assert_eq!((upload.field.as_str(), upload.files), ("file", 1));
        assert_eq!((upload.unpacked, upload.pixels), (50 << 20, 40_000_000));
        assert_eq!(upload.frames, 1_000);
        assert_eq!(upload.kinds, [FileKind::Png, FileKind::Zip]);
        assert_eq!(upload.whole_body(), (5 << 20) + (64 << 10));

        let large = read(&parse_quote! {
            #[post("/a")] #[authenticated] #[upload(kinds(zip), max = "512 MiB", files = 100)]
            async fn a(files: UploadedFiles) {}
        })
        .unwrap();
        assert_eq!(large.unpacked, 1 << 30);
        assert_eq!(large.whole_body(), 100 * (512 << 20) + (64 << 10));
    }

    #[test]
    fn the_caps_of_a_body_are_its_limit_or_that_of_its_files() {
        let cap = |item: &ItemFn| {
            let mut d = Diagnostics::new();
            let endpoint = Endpoint::from_item(item, &mut d);
            assert_eq!(d.check().map_err(|found| found.len()), Ok(()));
            endpoint.unwrap().body_cap()
        };
        let files = cap(&parse_quote! {
            #[post("/a")] #[authenticated] #[upload(kinds(png), max = "1 MiB")]
            async fn a(file: Upload) {}
        });
        assert_eq!(files, Some((1 << 20) + (64 << 10)));
        let limit = cap(&parse_quote! {
            #[post("/a")] #[authenticated] #[upload(kinds(png), max = "1 MiB")]
            #[body_limit("1 MiB")]
            async fn a(file: Upload) {}
        });
        assert_eq!(limit, Some(1 << 20));
        let neither = cap(&parse_quote! {
            #[post("/a")] #[authenticated]
            async fn a(file: Vouched<Bytes>) {}
        });
        assert_eq!(neither, None);
    }

    #[test]
    fn a_kind_that_cannot_be_read_hides_no_other_mistake_and_makes_none() {
        let codes = read(&parse_quote! {
            #[post("/a")] #[authenticated]
            #[upload(kinds(jpg), max = "1 MiB", pixels = 9, frames = 9, unpacked = "1 MiB", reason = "short")]
            async fn a(file: Upload) {}
        });
        // Each of the others may be about the one that was meant.
        assert_eq!(codes.unwrap_err(), [Code::UploadKind]);
        let codes = read(&parse_quote! {
            #[post("/a")] #[authenticated]
            #[upload(kinds(svg), max = "1 MiB", reason = "short")]
            async fn a(file: Upload) {}
        });
        assert_eq!(codes.unwrap_err(), [Code::ShortReason]);
    }
}
