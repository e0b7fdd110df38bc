use syn::{DeriveInput, parse_str};

use super::{Bound, Content, InputType, Tagging, VariantKind, crate_path};
use crate::diagnostic::{Code, Diagnostics};

fn read(source: &str) -> Result<InputType, Vec<Code>> {
    let input: DeriveInput = parse_str(source).unwrap();
    let mut d = Diagnostics::new();
    let model = InputType::new(&input, &mut d);
    d.check()
        .map_err(|found| found.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>())?;
    Ok(model.unwrap())
}

/// A struct with one field, which has these attributes.
fn field(attributes: &str) -> Result<super::Field, Vec<Code>> {
    let source = format!("#[serde(deny_unknown_fields)] struct A {{ {attributes} b: T }}");
    read(&source).map(|model| match model.content {
        Content::Struct(mut fields) => fields.remove(0),
        Content::Enum { .. } | Content::Newtype { .. } => panic!("not a struct"),
    })
}

#[test]
fn attributes_decide_which_bound_a_type_has_to_show() {
    let bound = |attributes: &str| format!("{:?}", field(attributes).unwrap().bound);
    assert!(bound("").starts_with("OwnType"));
    assert!(bound("#[validate(length(min = 1))]").starts_with("OwnType"));
    assert!(bound("#[validate(length(max = 1))]").starts_with("Length"));
    assert!(bound("#[validate(length(equal = 1))]").starts_with("Length"));
    assert!(bound("#[validate(length(max = \"MAX\"))]").contains("Expr::Path"));
    assert!(bound("#[validate(nested)]").starts_with("Nested"));
    assert!(bound("#[validate(nested = false)]").starts_with("OwnType"));
    assert!(bound("#[validate(nested)] #[validate(length(max = 2))]").starts_with("NestedLength"));
    let vouched = "#[input(allow(unbounded), reason = \"stored unread by us\")]";
    assert!(bound(vouched).starts_with("Vouched"));
}

#[test]
fn rules_that_nothing_runs_are_refused() {
    // Some other derive may know `validate`, so the compiler may have nothing to say.
    for source in [
        "enum A { B(#[validate(length(max = 4))] String) }",
        "#[serde(deny_unknown_fields)] enum A { B { #[validate(range(max = 4))] c: u32 } }",
        "enum A { #[validate(nested)] B(u32) }",
        "#[validate(schema(function = \"f\"))] enum A { B }",
        "struct A(#[validate(length(max = 4))] String);",
        "#[serde(transparent)] struct A(#[validate(regex(path = *P))] Text<4>);",
        "#[validate(schema(function = \"f\"))] struct A(u8);",
    ] {
        assert_eq!(read(source).unwrap_err(), [Code::SkippedRules], "{source}");
    }
    assert!(read("enum A { B(Text<4>) }").is_ok());
    assert!(read("struct A(Text<4>);").is_ok());
    let named = "#[serde(transparent)] struct A { #[validate(length(max = 4))] a: String }";
    assert!(read(named).is_ok());
}

#[test]
fn a_newtype_has_no_fields_that_it_does_not_know() {
    let allow = "#[input(unknown_fields = allow, reason = \"the sender adds fields\")]";
    for source in ["#[serde(transparent)] struct A { a: u8 }", "struct A(u8);"] {
        assert!(read(source).is_ok(), "{source}");
        let refused = read(&format!("{allow} {source}")).unwrap_err();
        assert_eq!(refused, [Code::NothingAllowed], "{source}");
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let codes = read(
        "#[input(unknown_fields = allow)]
         struct A<T> {
             #[validate(length(max = 9999999), skip)] a: String,
             #[serde(flatten)] b: T,
             #[input(allow(with), reason = \"no\")] c: u8,
         }",
    )
    .unwrap_err();
    assert_eq!(
        codes,
        [
            Code::MissingReason,
            Code::UnboundedParameter,
            Code::LengthTooLarge,
            Code::SkippedRules,
            Code::SerdeWord,
            Code::ShortReason,
            Code::NothingAllowed,
        ]
    );
}

#[test]
fn every_word_that_bypasses_the_types_needs_a_reason() {
    for (word, _) in super::serde_words::VOUCHED {
        let refused = field(&format!("#[serde({word} = \"x\")]")).unwrap_err();
        assert_eq!(refused, [Code::SerdeWord], "{word}");
        let allowed =
            format!("#[serde({word} = \"x\")] #[input(allow({word}), reason = \"long enough\")]");
        assert!(field(&allowed).is_ok(), "{word}");
    }
    assert_eq!(field("#[serde(brand_new)]").unwrap_err(), [Code::SerdeWord]);
    assert_eq!(field("#[serde(other::path)]").unwrap_err(), [Code::SerdeWord]);
    assert_eq!(field("#[serde(= 1)]").unwrap_err(), [Code::UnreadableSyntax]);
}

#[test]
fn names_are_those_of_the_wire() {
    let model = read(
        "#[serde(deny_unknown_fields, rename_all(deserialize = \"camelCase\", serialize = \"x\"))]
         struct A { unit_price: u8, #[serde(rename = \"b/c\")] d: u8, r#type: u8,
             #[serde(skip)] e: String, #[serde(default)] f_g: u8 }",
    )
    .unwrap();
    let Content::Struct(fields) = model.content else { panic!("not a struct") };
    let names: Vec<_> = fields.iter().map(|f| (f.name.as_str(), f.rust_name.as_str())).collect();
    assert_eq!(
        names,
        [("unitPrice", "unit_price"), ("b/c", "d"), ("type", "r#type"), ("fG", "f_g")]
    );
    assert!(fields[3].default && !fields[0].default);
}

#[test]
fn enums_show_the_bounds_of_all_their_fields() {
    let model = read(
        "#[serde(deny_unknown_fields, rename_all_fields = \"UPPERCASE\")]
         enum A { B, C(u8, String), D { e: u8 }, #[serde(skip)] F(Vec<u8>) }",
    )
    .unwrap();
    let Content::Enum { fields, variants, plain, .. } = model.content else {
        panic!("not an enum")
    };
    let variants: Vec<_> = variants.iter().map(|v| (v.name.to_string(), v.fields)).collect();
    assert_eq!(variants, [("B".to_owned(), 0), ("C".to_owned(), 2), ("D".to_owned(), 1)]);
    assert_eq!(fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["", "", "E"]);
    assert!(!plain && fields.iter().all(|field| matches!(field.bound, Bound::OwnType)));
    assert!(matches!(read("enum A { B, C }").unwrap().content, Content::Enum { plain: true, .. }));
    let tagged = read("#[serde(tag = \"t\", content = \"c\", deny_unknown_fields)] enum A { B }");
    assert!(matches!(tagged.unwrap().content, Content::Enum { plain: false, .. }));
    assert_eq!(
        read("#[serde(tag = \"t\")] enum A { B {} }").unwrap_err(),
        [Code::UnknownFieldsDropped]
    );
}

#[test]
fn a_tag_makes_fields_that_could_be_dropped() {
    let adjacent = "#[serde(tag = \"t\", content = \"c\")] enum A { B(u8) }";
    assert_eq!(read(adjacent).unwrap_err(), [Code::UnknownFieldsDropped]);
    let internal = "#[serde(tag = \"t\", deny_unknown_fields)] enum A { B }";
    assert_eq!(read(internal).unwrap_err(), [Code::TaggedUnitVariant]);
    assert!(read("enum A { B(u8) }").is_ok());
}

#[test]
fn one_reason_serves_what_stands_beside_it() {
    let model = read(
        "#[input(unknown_fields = allow, allow(from), reason = \"from the sender\", crate = a::b)]
         #[serde(from = \"X\")]
         struct A { #[input(allow(unbounded), reason = \"stored unread\")] b: T }",
    )
    .unwrap();
    let words: Vec<_> = model.reasons.iter().map(|reason| reason.word.as_str()).collect();
    assert_eq!(words, ["input(unknown_fields) A", "input(from) A", "input(unbounded) A.b"]);
    assert!(model.unknown_fields && model.krate.is_some());
}

#[test]
fn the_crate_path_is_known_even_when_the_rest_is_wrong() {
    let input = parse_str("#[input(crate = a::b, nonsense)] struct A(u8);").unwrap();
    assert!(crate_path(&input).is_some());
}

#[test]
fn words_of_input_are_checked() {
    for (attributes, code) in [
        ("#[input(unbounded)]", Code::UnknownWord),
        ("#[input(unknown_fields = allow, reason = \"long enough\")]", Code::UnknownWord),
        ("#[input(empty = null)]", Code::WrongValue),
        ("#[input(empty)]", Code::WrongValue),
        ("#[input(empty = absent, empty = absent)]", Code::RepeatedWord),
        ("#[input(empty = absent, reason = \"long enough\")]", Code::UnexpectedArgument),
        ("#[input(allow(unbound), reason = \"long enough\")]", Code::UnknownWord),
        ("#[input(allow = \"with\")]", Code::WrongValue),
        ("#[input(allow(), reason = \"long enough\")]", Code::MissingArgument),
        ("#[input(allow(unbounded))]", Code::MissingReason),
        ("#[input(allow(unbounded), reason = \"   short  \")]", Code::ShortReason),
        ("#[input(allow(unbounded), reason = long)]", Code::WrongValue),
        ("#[input(allow(unbounded, unbounded), reason = \"long enough\")]", Code::RepeatedWord),
        ("#[input(reason = \"long enough\", reason = \"long enough\")]", Code::RepeatedWord),
        ("#[input(reason = \"long enough\")]", Code::UnexpectedArgument),
        ("#[input(allow(with), reason = \"long enough\")]", Code::NothingAllowed),
        ("#[input(allow(1), reason = \"long enough\")]", Code::UnreadableSyntax),
    ] {
        assert_eq!(field(attributes).unwrap_err().first(), Some(&code), "{attributes}");
    }
}

#[test]
fn schemes_go_with_urls_and_none_runs_as_code() {
    let good =
        field("#[validate(url, length(max = 9))] #[input(schemes(\"https\", \"ftp\"))]").unwrap();
    assert_eq!(good.schemes.unwrap(), ["https", "ftp"]);
    assert_eq!(field("#[validate(url)]").unwrap().schemes, None);
    for (attributes, code) in [
        ("#[input(schemes(\"https\"))]", Code::UnexpectedArgument),
        ("#[validate(email)] #[input(schemes(\"https\"))]", Code::UnexpectedArgument),
        ("#[validate(url)] #[input(schemes = \"https\")]", Code::WrongValue),
        ("#[validate(url)] #[input(schemes())]", Code::MissingArgument),
        ("#[validate(url)] #[input(schemes(\"HTTPS\"))]", Code::WrongValue),
        ("#[validate(url)] #[input(schemes(\"https:\"))]", Code::WrongValue),
        ("#[validate(url)] #[input(schemes(\"\"))]", Code::WrongValue),
        ("#[validate(url)] #[input(schemes(\"javascript\"))]", Code::WrongValue),
        ("#[validate(url)] #[input(schemes(\"https\"), schemes(\"ftp\"))]", Code::RepeatedWord),
    ] {
        assert_eq!(field(attributes).unwrap_err(), [code], "{attributes}");
    }
}

#[test]
fn every_rule_is_read_with_its_code() {
    let rules = |attributes: &str| {
        let rules = field(attributes).unwrap().rules;
        let kind = |rule: &super::Rule| {
            let kind = format!("{:?}", rule.kind);
            kind.split('(').next().unwrap_or_default().to_owned()
        };
        rules.iter().map(|rule| (kind(rule), rule.code.clone())).collect::<Vec<_>>()
    };
    for (rule, kind) in [
        ("length(max = 1)", "Length"),
        ("range(min = 1)", "Range"),
        ("email", "Email"),
        ("url", "Url"),
        ("credit_card", "CreditCard"),
        ("ip(v6 = true)", "Ip"),
        ("non_control_character", "NonControlCharacter"),
        ("required", "Required"),
        ("contains(pattern = \"a\")", "Contains"),
        ("does_not_contain(pattern = \"a\")", "DoesNotContain"),
        ("must_match(other = \"c\")", "MustMatch"),
        ("regex(path = *A)", "Regex"),
        ("custom(function = \"a::b\")", "Custom"),
        ("custom(function = a::b)", "Custom"),
    ] {
        assert_eq!(rules(&format!("#[validate({rule})]")), [(kind.to_owned(), None)]);
    }
    assert_eq!(
        rules("#[validate(url(code = \"feed\", message = \"m\"))] #[validate(credit_card)]"),
        [("Url".to_owned(), Some("feed".to_owned())), ("CreditCard".to_owned(), None)]
    );
    assert_eq!(rules("#[validate(custom(function = \"a\", use_context = false))]").len(), 1);
    assert_eq!(field("#[validate(ip(v4 = false))]").unwrap_err(), [Code::WrongValue]);
    assert!(field("#[validate(ip(v6 = true))]").is_ok());
    assert!(field("#[validate(ip(v4 = false, v6 = true))]").is_ok());
}

#[test]
fn a_rule_that_would_not_be_emitted_is_refused() {
    for (attributes, code) in [
        ("#[validate(lenght(max = 1))]", Code::UnknownWord),
        ("#[validate(phone)]", Code::UnknownWord),
        ("#[validate(a::length(max = 1))]", Code::UnknownWord),
        ("#[validate(regex = \"A\")]", Code::MissingArgument),
        ("#[validate(contains = \"a\")]", Code::MissingArgument),
        ("#[validate(custom)]", Code::MissingArgument),
        ("#[validate(custom(function = \"a\", use_context))]", Code::SkippedRules),
        ("#[validate(custom(function = \"a\", use_context = true))]", Code::SkippedRules),
        ("#[validate(custom(function = \"a\", use_context = \"true\"))]", Code::SkippedRules),
        ("#[validate(must_match(other = 7))]", Code::WrongValue),
        ("#[validate(length(max = ))]", Code::UnreadableSyntax),
        ("#[validate(email(code = ))]", Code::UnreadableSyntax),
    ] {
        assert_eq!(field(attributes).unwrap_err(), [code], "{attributes}");
    }
    let whole = |rule: &str| {
        read(&format!("#[serde(deny_unknown_fields)] #[validate({rule})] struct A {{ b: u8 }}"))
    };
    assert_eq!(whole("shcema(function = \"f\")").unwrap_err(), [Code::UnknownWord]);
    assert_eq!(whole("schema").unwrap_err(), [Code::MissingArgument]);
    let context = whole("context = C, schema(function = \"f\", use_context)");
    assert_eq!(context.unwrap_err(), [Code::SkippedRules]);
    let schemas = whole("schema(function = \"f\", skip_on_field_errors = false)").unwrap().schemas;
    assert!(matches!(schemas.as_slice(), [schema] if !schema.skip_on_field_errors));
    assert!(whole("schema(function = \"f\")").unwrap().schemas.remove(0).skip_on_field_errors);
}

#[test]
fn nothing_between_derives_rewrites_the_item() {
    let between = |attribute: &str| {
        read(&format!(
            "#[serde(deny_unknown_fields)] {attribute} #[derive(Deserialize)] struct A {{ b: u8 }}"
        ))
    };
    for inert in [
        "",
        "#[doc = \"a\"]",
        "#[expect(dead_code)]",
        "#[rustfmt::skip]",
        "#[rustfmt::skip::macros(html)]",
        "#[clippy::msrv = \"1.90\"]",
        "#[clippy::has_significant_drop]",
        "#[warn(unused)]",
    ] {
        assert!(between(inert).is_ok(), "{inert}");
    }
    for other in [
        "#[serde_as]",
        "#[other::attr(1)]",
        "#[::std::fmt]",
        "#[rustfmt::rewrite]",
        "#[rustfmt::skip::rewrite]",
        "#[clippy::rewrite]",
        "#[diagnostic::rewrite]",
        "#[::rustfmt::skip]",
    ] {
        assert_eq!(between(other).unwrap_err(), [Code::AttributeBetweenDerives], "{other}");
        let below = format!("#[serde(deny_unknown_fields)] {other} struct A {{ b: u8 }}");
        assert!(read(&below).is_ok(), "what comes after all derives changes none of them");
    }
}

#[test]
fn what_is_on_the_wire_is_known() {
    let variants = |source: &str| match read(source).unwrap().content {
        Content::Enum { variants, tagging, .. } => (variants, tagging),
        Content::Struct(_) | Content::Newtype { .. } => panic!("not an enum"),
    };
    let (all, tagging) = variants(
        "#[serde(rename_all = \"snake_case\", deny_unknown_fields)]
         enum A { TwoWords, #[serde(rename = \"x\", alias = \"y\")] B(u8), C(u8, u8), D { e: u8 },
             #[serde(skip)] F }",
    );
    let names: Vec<_> = all.iter().map(|one| one.wire_names.join(" ")).collect();
    assert_eq!(names, ["two_words", "x y", "c", "d"]);
    let kinds: Vec<_> = all.iter().map(|variant| (variant.kind, variant.fields)).collect();
    assert_eq!(
        kinds,
        [
            (VariantKind::Unit, 0),
            (VariantKind::Newtype, 1),
            (VariantKind::Tuple, 2),
            (VariantKind::Named, 1)
        ]
    );
    assert_eq!(tagging, Tagging::External);
    let tagged = |words: &str| {
        variants(&format!("#[serde(deny_unknown_fields, {words})] enum A {{ B {{ c: u8 }} }}")).1
    };
    assert_eq!(tagged("tag = \"t\""), Tagging::Internal("t".to_owned()));
    assert_eq!(
        tagged("tag = \"t\", content = \"c\""),
        Tagging::Adjacent("t".to_owned(), "c".to_owned())
    );
    let one = field("#[serde(alias = \"c\", alias = \"d\")]").unwrap();
    assert_eq!((one.aliases.join(" ").as_str(), one.opaque), ("c d", false));
    let vouched = "#[serde(deserialize_with = \"f\")] #[input(allow(deserialize_with), reason = \"long enough\")]";
    assert!(field(vouched).unwrap().opaque);
    assert!(
        read(
            "#[serde(try_from = \"String\", deny_unknown_fields)]
             #[input(allow(try_from), reason = \"long enough\")] struct A { b: u8 }"
        )
        .unwrap()
        .opaque
    );
}

#[test]
fn a_partial_pattern_needs_a_pattern_and_a_reason() {
    let allow = "#[input(allow(partial_pattern), reason = \"a digit anywhere will do\")]";
    assert!(field(&format!("#[validate(regex(path = *A))] {allow}")).unwrap().partial_pattern);
    assert!(!field("#[validate(regex(path = *A))]").unwrap().partial_pattern);
    assert_eq!(field(allow).unwrap_err(), [Code::NothingAllowed]);
}
