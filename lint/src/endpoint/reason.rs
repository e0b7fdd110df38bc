//! The reasons for weakened defaults.

use palisade_policy::is_reason;
use proc_macro2::Span;
use syn::{Ident, LitStr};

use crate::{
    attribute::{Args, Entry, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    handler::Handler,
    rules,
};

/// A written reason.
#[derive(Clone, Debug)]
pub struct Reason {
    /// What was weakened: `public`, `allow_unsafe(sql_format)`, ..
    pub word: String,
    /// The reason.
    pub text: LitStr,
}

/// Reads `reason = ".."` if it is present; returns whether it was.
pub(super) fn optional(
    word: &str,
    args: &mut Args,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> bool {
    let Some(text) = take_reason("reason", word, args, d) else { return false };
    reasons.extend(text.map(|text| Reason { word: word.to_owned(), text }));
    true
}

/// Takes the option `name`, the reason of `word`: `Some(None)` where it is not a string, which has been
/// reported.
pub fn take_reason(
    name: &str,
    word: &str,
    args: &mut Args,
    d: &mut Diagnostics,
) -> Option<Option<LitStr>> {
    let (name, value) = args.take(name, d)?;
    let text = value.text(&name, d);
    if let Some(text) = &text {
        refuse_empty(word, &text.value(), text.span(), d);
    }
    Some(text)
}

/// Refuses a reason that a reviewer cannot judge; `word` is what it is the reason of.
pub(crate) fn refuse_empty(word: &str, reason: &str, span: Span, d: &mut Diagnostics) {
    if !is_reason(reason) {
        d.at(
            Code::ShortReason,
            span,
            format!("the reason of `{word}` is too short to explain anything"),
        )
        .help("write two words or more for the person who reviews this: what makes it safe here?");
    }
}

/// Reads a required `reason = ".."`.
pub(super) fn required(
    word: &str,
    args: &mut Args,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) {
    if !optional(word, args, reasons, d) {
        d.at(
            Code::MissingReason,
            args.span,
            format!("`{word}` weakens a default without a reason"),
        )
        .help("add `reason = \"..\"`: what makes it safe here?");
    }
}

/// Refuses a value where only `allow` is valid.
pub(super) fn only_allow(name: &impl std::fmt::Display, value: &Value, d: &mut Diagnostics) {
    d.on(Code::WrongValue, value, format!("`{name}` takes `allow` only"))
        .help("write `allow`, or leave it out");
}

/// Reads every `#[allow_unsafe(rule, reason = "..")]` of the handler and of its body.
pub(super) fn read_silenced(handler: &Handler, reasons: &mut Vec<Reason>, d: &mut Diagnostics) {
    let on_handler = handler.attributes.of(|word| word == Word::AllowUnsafe);
    let mut seen: Vec<Ident> = Vec::new();
    let mut found = Vec::new();
    for args in on_handler.filter_map(|given| given.args.clone()) {
        let Some(rule) = read_rule(args, &mut found, d) else { continue };
        if seen.contains(&rule) {
            d.at(Code::RepeatedWord, rule.span(), format!("`{rule}` is silenced twice"))
                .help("keep one of them");
        }
        seen.push(rule);
    }
    for args in handler.silenced.iter().filter_map(|given| given.args.clone()) {
        // The same rule may be silenced on several statements, each for its own reason.
        read_rule(args, &mut found, d);
    }
    found.sort_by_key(|reason| (reason.word.clone(), reason.text.value()));
    reasons.append(&mut found);
}

/// Checks `#[allow_unsafe(rule, reason = "..")]` on an item that is not a function.
pub fn check_silenced(entry: &Entry, d: &mut Diagnostics) {
    if let Some(args) = Args::read(entry.word.name(), entry.span, entry.tokens.clone(), d) {
        read_rule(args, &mut Vec::new(), d);
    }
}

fn read_rule(mut args: Args, reasons: &mut Vec<Reason>, d: &mut Diagnostics) -> Option<Ident> {
    let mut values = args.take_values().into_iter();
    let Some(first) = values.next() else {
        d.at(Code::MissingArgument, args.span, "`allow_unsafe` names no rule")
            .help("write `allow_unsafe(rule_name, reason = \"..\")`");
        return None;
    };
    for value in values {
        d.on(Code::UnexpectedArgument, &value, "`allow_unsafe` takes one rule")
            .help("write one attribute per rule, each with its reason");
    }
    let rule = match first.word() {
        Some(rule) if rules::find(&rule.to_string()).is_some() => Some(rule.clone()),
        word => {
            unknown(&first, word, d);
            None
        }
    };
    let word =
        rule.as_ref().map_or_else(|| "allow_unsafe".into(), |r| format!("allow_unsafe({r})"));
    required(&word, &mut args, reasons, d);
    args.finish(&["reason"], d);
    rule
}

fn unknown(first: &Value, word: Option<&Ident>, d: &mut Diagnostics) {
    let Some(word) = word else {
        d.on(Code::UnknownRule, first, "this is not the name of a rule")
            .help("rule names are single words such as `sql_format`");
        return;
    };
    d.at(Code::UnknownRule, word.span(), format!("unknown rule `{word}`"));
    let names = rules::ALL.iter().map(|rule| rule.name);
    match did_you_mean(&snake_case(&word.to_string()), names) {
        Some(name) => d.help(format!("did you mean `{name}`?")),
        None => d.help("`cargo palisade explain` lists the rules"),
    };
}

/// `SqlFormat` as `sql_format`, `SQLFormat` too.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut letters = name.chars().peekable();
    let mut before = '_';
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(char::is_ascii_lowercase);
        let starts_word = before.is_ascii_lowercase() || before.is_ascii_digit() || next_is_small;
        if letter.is_ascii_uppercase() && before != '_' && starts_word {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        before = letter;
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn capitals_inside_start_a_word() {
        for name in ["SqlFormat", "SQLFormat", "sql_format", "SQL_FORMAT", "sqlFormat"] {
            assert_eq!(snake_case(name), "sql_format", "{name}");
        }
    }
}
