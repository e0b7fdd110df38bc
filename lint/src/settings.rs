//! The model of `#[derive(Settings)]`: the name of each setting, and its possible values.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta, Path,
    Type, ext::IdentExt as _,
};

use crate::{
    attribute::{Arg, Args, Call, Value},
    diagnostic::{Code, Diagnostics, did_you_mean},
    endpoint::refuse_empty_reason,
};

/// The attribute of the struct, and that of its fields.
const CONTAINER: &str = "settings";
const FIELD: &str = "setting";

/// What begins the names of palisade's own settings.
const PREFIX: &str = "PALISADE_";
/// What ends the names of variables that hold the path of a file.
const FILE: &str = "_FILE";

/// The options that every service has.
const OPTIONS: [&str; 6] = ["config", "set", "print-settings", "check", "help", "version"];

/// A struct that derives `Settings`.
#[derive(Clone, Debug)]
pub struct SettingsType {
    /// Its name.
    pub name: Ident,
    /// The path to palisade, where one was given.
    pub krate: Option<Path>,
    /// The section of its settings in the file.
    pub section: String,
    /// Its documentation.
    pub about: String,
    /// Its fields, in source order.
    pub fields: Vec<SettingField>,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct SettingField {
    /// The field.
    pub ident: Ident,
    /// Its type.
    pub ty: Type,
    /// The name of its variable.
    pub name: String,
    /// Its key in the file, which is the field's name.
    pub key: String,
    /// Its documentation.
    pub about: String,
    /// Its default, as it is written in a source; empty where there is none.
    pub default: String,
    /// The token of the default; the field where there is none.
    pub default_span: Span,
    /// The least value.
    pub min: Option<String>,
    /// The greatest value.
    pub max: Option<String>,
    /// The only values.
    pub one_of: Vec<String>,
    /// Whether the type reads itself, by `FromStr`.
    pub from_str: bool,
    /// The name of the setting without which it has no effect.
    pub needs: Option<String>,
    /// Why a value that can be guessed is accepted, though its type is a secret.
    pub unchecked: Option<LitStr>,
}

/// A field as it is written.
struct Written {
    field: SettingField,
    name_span: Span,
    needs: Option<LitStr>,
}

impl SettingsType {
    /// Reads the struct, or notes everything that is wrong with it.
    pub fn new(input: &DeriveInput, d: &mut Diagnostics) -> Option<Self> {
        d.scope(|d| Self::read(input, d))
    }

    fn read(input: &DeriveInput, d: &mut Diagnostics) -> Option<Self> {
        let container = read_container(&input.attrs, d)?;
        let (mut krate, mut section) = (None, None);
        let arguments = d.scope(|d| {
            if let Some(mut args) = container {
                krate = args.take_crate(d);
                section = args.take_text("section", d);
                args.finish(&["section", "crate"], d);
            }
            Some(())
        });
        let fields = named_fields(input, d)?;
        let Some(section) = section else {
            // A wrong argument may be the section.
            if arguments.is_some() {
                let name = &input.ident;
                d.at(
                    Code::MissingArgument,
                    name.span(),
                    format!("the settings `{name}` have no section"),
                )
                .help("write `#[settings(section = \"notes\")]`, with the name of the service");
            }
            return None;
        };
        let text = section.value();
        if let Some(why) = not_a_section(&text) {
            d.at(Code::SettingName, section.span(), format!("`{text}` is not a section: {why}"))
                .help("write the name of the service: `section = \"notes\"`");
            return None;
        }
        let written: Vec<_> = fields
            .iter()
            .map(|(field, ident)| d.scope(|d| read_field(&text, field, ident, d)))
            .collect();
        let mut written = written.into_iter().collect::<Option<Vec<_>>>()?;
        refuse_same_names(&written, d);
        resolve_needs(&mut written, d);
        let fields = written.into_iter().map(|written| written.field).collect();
        let about = documentation(&input.attrs);
        let name = input.ident.clone();
        Some(Self { name, krate, section: text, about, fields })
    }
}

/// The path to palisade that the struct gives, mistakes aside.
pub fn crate_path(input: &DeriveInput) -> Option<Path> {
    let mut ignored = Diagnostics::new();
    let args = read_container(&input.attrs, &mut ignored).flatten();
    let krate = args.and_then(|mut args| args.take_crate(&mut ignored));
    // The caller is reporting them already.
    let _reported = ignored.check();
    krate
}

fn read_container(attributes: &[Attribute], d: &mut Diagnostics) -> Option<Option<Args>> {
    Args::of_attribute(CONTAINER, attributes, "#[settings(section = \"notes\")]", d)
}

fn named_fields<'a>(
    input: &'a DeriveInput,
    d: &mut Diagnostics,
) -> Option<Vec<(&'a Field, &'a Ident)>> {
    let name = &input.ident;
    let what = match &input.data {
        Data::Struct(data) if input.generics.params.is_empty() => match &data.fields {
            Fields::Named(fields) => {
                let named = fields.named.iter();
                return named.map(|field| Some((field, field.ident.as_ref()?))).collect();
            }
            Fields::Unnamed(_) | Fields::Unit => "has no named fields",
        },
        Data::Struct(_) => "has generic parameters",
        Data::Enum(_) | Data::Union(_) => "is not a struct",
    };
    d.at(Code::NotASettingsStruct, name.span(), format!("`{name}` {what}"))
        .help("write a struct with one named field for each setting");
    None
}

fn read_field(section: &str, field: &Field, ident: &Ident, d: &mut Diagnostics) -> Option<Written> {
    let key = ident.unraw().to_string();
    let mut args = match Args::of_attribute(FIELD, &field.attrs, "#[setting(default = \"..\")]", d)?
    {
        Some(args) => args,
        None => Args { word: FIELD, span: ident.span(), list: Vec::new() },
    };
    let name = args.take_text("name", d);
    let default = take_bound("default", &mut args, d);
    let min = take_bound("min", &mut args, d);
    let max = take_bound("max", &mut args, d);
    let needs = args.take_text("needs", d);
    let unchecked = args.take_text("unchecked", d);
    let (from_str, one_of) = take_words(&mut args, d);
    args.finish(&["name", "default", "min", "max", "one_of", "from_str", "needs", "unchecked"], d);

    let (variable, name_span) = match &name {
        Some(name) => (name.value(), name.span()),
        None => (format!("{section}_{key}").replace('-', "_").to_ascii_uppercase(), ident.span()),
    };
    if let Some(why) = not_a_name(&variable) {
        d.at(
            Code::SettingName,
            name_span,
            format!("`{variable}` is not a name of a setting: {why}"),
        )
        .help("write capital letters, digits and underscores: `name = \"DATABASE_URL\"`");
    }
    let option = key.replace('_', "-");
    if OPTIONS.contains(&option.as_str()) {
        d.at(
            Code::SettingName,
            ident.span(),
            format!("`{key}` is not a key of a setting: every service has an option `--{option}`"),
        )
        .help("name the field otherwise");
    }
    let about = documentation(&field.attrs);
    if about.is_empty() {
        d.at(
            Code::UndocumentedSetting,
            ident.span(),
            format!("the setting `{key}` has no documentation"),
        )
        .help("write what it says in a comment `/// ..`: `--help` prints it");
    }
    if from_str && (min.is_some() || max.is_some()) {
        let (_, span) = min.as_ref().or(max.as_ref())?;
        d.at(Code::SettingBounds, *span, "`min` and `max` have no effect with `from_str`")
            .help("remove them, or check the bounds in `FromStr`");
    }
    if let Some(reason) = &unchecked {
        refuse_empty_reason("unchecked", &reason.value(), reason.span(), d);
        if from_str {
            d.at(Code::SettingBounds, reason.span(), "`unchecked` has no effect with `from_str`")
                .help("remove it: a value that `FromStr` reads is not treated as a secret");
        }
    }
    check_bounds(default.as_ref(), min.as_ref(), max.as_ref(), &one_of, d);
    let text = |bound: Option<(String, Span)>| bound.map(|(text, _)| text);
    let written = SettingField {
        ident: ident.clone(),
        ty: field.ty.clone(),
        name: variable,
        key,
        about,
        default_span: default.as_ref().map_or(ident.span(), |(_, span)| *span),
        default: text(default).unwrap_or_default(),
        min: text(min),
        max: text(max),
        one_of,
        from_str,
        needs: None,
        unchecked,
    };
    Some(Written { field: written, name_span, needs })
}

/// A value of a setting: a string, a number, `true` or `false`; as a source writes it.
fn take_bound(name: &str, args: &mut Args, d: &mut Diagnostics) -> Option<(String, Span)> {
    let (_, value) = args.take(name, d)?;
    let found = match &value {
        Value::Literal(Lit::Str(text)) => {
            if text.value().trim().is_empty() {
                d.at(Code::WrongValue, text.span(), format!("`{name}` is empty"))
                    .help("remove it: without a default, a field that is no `Option` must be set");
                return None;
            }
            Some((text.value(), text.span()))
        }
        Value::Literal(Lit::Int(number)) if number.suffix().is_empty() => {
            Some((number.base10_digits().to_owned(), number.span()))
        }
        Value::Literal(Lit::Bool(word)) => Some((word.value.to_string(), word.span())),
        Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => None,
    };
    if found.is_none() {
        d.on(Code::WrongValue, &value, format!("`{name}` takes a string, an integer or a bool"))
            .help(format!("write `{name} = \"75 s\"` or `{name} = 5`"));
    }
    found
}

/// `from_str` and `one_of(..)`.
fn take_words(args: &mut Args, d: &mut Diagnostics) -> (bool, Vec<String>) {
    let (mut from_str, mut one_of) = (false, Vec::new());
    let list = std::mem::take(&mut args.list);
    for arg in list {
        match arg {
            Arg::Value(Value::Path(path)) if path.is_ident("from_str") && !from_str => {
                from_str = true;
            }
            Arg::Value(Value::Call(call)) if call.path.is_ident("one_of") && one_of.is_empty() => {
                one_of = texts(call, d);
            }
            Arg::Value(Value::Path(path)) if path.get_ident().is_some() => {
                let word = path.to_token_stream().to_string();
                d.on(Code::UnknownWord, &path, format!("`{FIELD}` has no option `{word}`"));
                let known = ["from_str", "one_of"];
                match did_you_mean(&word, known) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    // A secret is known by its type, so that it is one wherever it goes.
                    None if word == "secret" => {
                        d.help("a setting of type `SecretString` is a secret")
                    }
                    None => d.help("it has `from_str`, `one_of(..)` and `name = ..`"),
                };
            }
            other @ (Arg::Value(_) | Arg::Named(..)) => args.list.push(other),
        }
    }
    (from_str, one_of)
}

fn texts(call: Call, d: &mut Diagnostics) -> Vec<String> {
    let mut texts = Vec::new();
    if call.list.is_empty() {
        d.on(Code::SettingBounds, &call.path, "`one_of` admits no value")
            .help("write `one_of(\"red\", \"green\")`");
    }
    for value in call.list {
        match value {
            Value::Literal(Lit::Str(text)) => texts.push(text.value()),
            other @ (Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_)) => {
                d.on(Code::WrongValue, &other, "`one_of` takes texts")
                    .help("write `one_of(\"red\", \"green\")`");
            }
        }
    }
    texts
}

/// Bounds that no value meets, and a default beyond them.
fn check_bounds(
    default: Option<&(String, Span)>,
    min: Option<&(String, Span)>,
    max: Option<&(String, Span)>,
    one_of: &[String],
    d: &mut Diagnostics,
) {
    let number = |bound: Option<&(String, Span)>| bound.and_then(|(text, _)| text.parse().ok());
    let (least, greatest): (Option<i128>, Option<i128>) = (number(min), number(max));
    if let (Some(least), Some(greatest), Some((_, span))) = (least, greatest, min)
        && least > greatest
    {
        d.at(Code::SettingBounds, *span, format!("`min` is {least} and `max` is {greatest}"))
            .help("no value is in between: exchange them");
        return;
    }
    let Some((text, span)) = default else { return };
    if !one_of.is_empty() && !one_of.contains(text) {
        d.at(Code::SettingBounds, *span, format!("the default `{text}` is not one of the values"))
            .help(format!("write `{}`", one_of.join("` or `")));
    }
    let Ok(value) = text.parse::<i128>() else { return };
    let is_low = least.is_some_and(|least| value < least);
    if is_low || greatest.is_some_and(|greatest| value > greatest) {
        let bound = if is_low { "min" } else { "max" };
        d.at(Code::SettingBounds, *span, format!("the default {text} is beyond `{bound}`"))
            .help("write a default that the setting admits");
    }
}

fn not_a_section(text: &str) -> Option<&'static str> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| is_plain(byte) || byte == b'-' || byte == b'_');
    if !is_name {
        Some("small letters, digits, hyphens and underscores")
    } else if text == "palisade" {
        Some("it holds the settings of palisade itself")
    } else {
        None
    }
}

fn not_a_name(name: &str) -> Option<&'static str> {
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.bytes().all(is_plain) {
        Some("variables of the environment are written in capital letters")
    } else if name.starts_with(PREFIX) {
        Some("names with `PALISADE_` belong to palisade itself")
    } else if name.ends_with(FILE) {
        Some("a variable that ends with `_FILE` holds the path of a file with the value")
    } else {
        None
    }
}

fn refuse_same_names(fields: &[Written], d: &mut Diagnostics) {
    let mut seen: Vec<&Written> = Vec::new();
    for written in fields {
        let SettingField { name, key, .. } = &written.field;
        if let Some(first) = seen.iter().find(|first| first.field.name == *name) {
            let message =
                format!("`{}` and `{key}` are both the setting `{name}`", first.field.key);
            d.at(Code::SettingNamedTwice, written.name_span, message)
                .help("give one of them another name");
        }
        seen.push(written);
    }
}

/// Finds the fields that others need.
fn resolve_needs(fields: &mut [Written], d: &mut Diagnostics) {
    let known: Vec<(String, String)> =
        fields.iter().map(|one| (one.field.key.clone(), one.field.name.clone())).collect();
    for written in fields {
        let Some(needed) = &written.needs else { continue };
        let text = needed.value();
        let found = known.iter().find(|(key, _)| *key == text && *key != written.field.key);
        if let Some((_, name)) = found {
            written.field.needs = Some(name.clone());
            continue;
        }
        d.at(Code::UnknownSetting, needed.span(), format!("no other setting is called `{text}`"));
        match did_you_mean(&text, known.iter().map(|(key, _)| key.as_str())) {
            Some(near) if near != text => d.help(format!("did you mean `{near}`?")),
            _ => d.help("`needs` names another field of this struct"),
        };
    }
}

/// The documentation of an item, without the indentation of its lines.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => {
            let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value else { return None };
            Some(text.value().trim().to_owned())
        }
        Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => None,
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
