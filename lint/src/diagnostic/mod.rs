//! A mistake, its position, and the correct text.

mod code;

use std::fmt;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};

pub use code::Code;

use crate::literal::Flaw;

/// One mistake.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Which mistake.
    pub code: Code,
    /// The first token that it is about.
    pub start: Span,
    /// The last token that it is about.
    pub end: Span,
    /// What is wrong: lower case, no full stop, naming the thing.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// All mistakes of one item, so that they are reported together.
///
/// # Panics
///
/// A debug build panics when this is dropped without [`Diagnostics::check`]: a mistake that is
/// found and not reported leaves a handler without the guard that its author relies on.
#[derive(Debug, Default)]
#[must_use]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    checked: bool,
}

impl Diagnostic {
    /// The mistake as a `compile_error!` at its place.
    pub fn to_compile_error(&self) -> TokenStream {
        // rustc joins the span of the path with that of the group; `Span::join` is not stable.
        let text = self.to_string();
        let arguments = quote_spanned!(self.end=> { #text });
        quote_spanned!(self.start=> ::core::compile_error! #arguments)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\nhelp: {help}"),
            None => Ok(()),
        }
    }
}

impl Diagnostics {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a mistake at one span.
    pub fn at(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Self {
        self.push(Diagnostic { code, start: span, end: span, message: message.into(), help: None })
    }

    /// Notes a mistake over all tokens of `what`.
    pub fn on(
        &mut self,
        code: Code,
        what: &impl ToTokens,
        message: impl Into<String>,
    ) -> &mut Self {
        let mut spans = what.to_token_stream().into_iter().map(|token| token.span());
        let start = spans.next().unwrap_or_else(Span::call_site);
        let end = spans.last().unwrap_or(start);
        self.push(Diagnostic { code, start, end, message: message.into(), help: None })
    }

    /// Notes what `syn` could not read.
    pub fn unreadable(&mut self, error: &syn::Error) -> &mut Self {
        // `syn` reports one span per error; its text is lower case already.
        self.at(Code::UnreadableSyntax, error.span(), error.to_string())
    }

    /// Notes what is wrong with the text of a literal.
    pub fn flaw(&mut self, span: Span, flaw: Flaw) {
        let Flaw { code, message, help } = flaw;
        self.push(Diagnostic { code, start: span, end: span, message, help });
    }

    /// Adds the fix to the mistake noted last.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        if let Some(last) = self.found.last_mut() {
            last.help = Some(help.into());
        }
        self
    }

    /// Runs `read`, and returns its value only where it noted no mistake.
    pub fn scope<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.found.len();
        let value = read(self);
        value.filter(|_| self.found.len() == before)
    }

    /// Adds mistakes that were found elsewhere.
    pub fn extend(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        self.found.extend(found);
    }

    /// Whether a mistake of this code was noted so far.
    pub fn has(&self, code: Code) -> bool {
        self.found.iter().any(|one| one.code == code)
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Hands all mistakes over: `Ok` when there are none.
    ///
    /// # Errors
    ///
    /// The mistakes, in the order in which they were found.
    pub fn check(mut self) -> Result<(), Vec<Diagnostic>> {
        self.checked = true;
        let found = std::mem::take(&mut self.found);
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn push(&mut self, diagnostic: Diagnostic) -> &mut Self {
        self.found.push(diagnostic);
        self
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            debug_assert!(self.checked, "diagnostics dropped without `check`: {:?}", self.found);
        }
    }
}

/// The one of `known` that is near enough to `word` to be meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(
                &word.to_ascii_lowercase(),
                &candidate.to_ascii_lowercase(),
            );
            (distance, candidate)
        })
        // A third of the letters wrong is still a slip; more is another word.
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;

    use super::{Code, Diagnostics, did_you_mean};

    #[test]
    #[should_panic(expected = "without `check`")]
    fn a_mistake_cannot_be_forgotten() {
        let mut d = Diagnostics::new();
        d.at(Code::NoAccess, Span::call_site(), "x");
    }

    #[test]
    fn mistakes_come_back_in_order_with_their_help() {
        let mut d = Diagnostics::new();
        d.at(Code::NoAccess, Span::call_site(), "first").help("do this");
        d.at(Code::TwoRoutes, Span::call_site(), "second");
        let found = d.check().unwrap_err();
        assert_eq!(found[0].to_string(), "first\nhelp: do this");
        assert_eq!(found[1].to_string(), "second");
        assert!(found[0].to_compile_error().to_string().contains("compile_error"));
    }

    #[test]
    fn a_scope_has_a_value_only_without_mistakes() {
        let mut d = Diagnostics::new();
        d.at(Code::NoAccess, Span::call_site(), "before");
        assert_eq!(d.scope(|_| Some(1)), Some(1), "what was noted before does not count");
        let refused = d.scope(|d| {
            d.at(Code::NoAccess, Span::call_site(), "inside");
            Some(2)
        });
        assert_eq!(refused, None);
        assert_eq!(d.scope(|_| None::<u8>), None);
        assert_eq!(d.check().unwrap_err().len(), 2);
    }

    #[test]
    fn only_near_words_are_meant() {
        assert_eq!(did_you_mean("minut", ["second", "minute"]), Some("minute"));
        assert_eq!(did_you_mean("fortnight", ["second", "minute"]), None);
    }
}
