//! The token as handlers and templates have it.

use std::fmt;

use super::FIELD;

/// What a form of this page shows when it is sent, where the browser itself does not say that it
/// comes from here.
///
/// An argument of the handler that makes the page, for endpoints that say `#[cross_site(token)]`. In
/// a template `{{ token.field() }}` is the whole hidden field; a script sends the text in the header
/// field `x-csrf-token`. The cookie that goes with it is set by itself, and no cache keeps the answer.
///
/// It is bound to the session: a page that is the answer to a log-in has one that does not hold any
/// more, so redirect from there.
///
/// ```
/// use palisade::{FormToken, prelude::*};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Entry {
///     #[validate(length(min = 1, max = 200))]
///     text: String,
/// }
///
/// #[get("/")]
/// #[public]
/// async fn page(token: FormToken) -> String {
///     format!("<form method=\"post\" action=\"/entries\">{}..", token.field())
/// }
///
/// #[post("/entries")]
/// #[public(reason = "a guest book for everybody")]
/// #[cross_site(token)]
/// #[validated]
/// async fn write(entry: Form<Entry>) -> SafeRedirect {
///     let _text = &entry.text;
///     SafeRedirect::to("/")
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct FormToken(String);

/// The hidden field of a form: `<input type="hidden" name="csrf_token" value="..">`.
#[derive(Clone, Copy, Debug)]
pub struct FormTokenField<'a>(&'a FormToken);

impl FormToken {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The field of a form that holds it, as markup.
    pub fn field(&self) -> FormTokenField<'_> {
        FormTokenField(self)
    }
}

impl fmt::Display for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(..)")
    }
}

impl fmt::Display for FormTokenField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of characters that are themselves in an attribute, both of them.
        write!(f, "<input type=\"hidden\" name=\"{FIELD}\" value=\"{}\">", self.0)
    }
}

#[cfg(feature = "askama")]
impl askama::filters::HtmlSafe for FormTokenField<'_> {}

#[cfg(feature = "maud")]
impl maud::Render for FormToken {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&self.0);
    }
}

#[cfg(feature = "maud")]
impl maud::Render for FormTokenField<'_> {
    fn render_to(&self, buffer: &mut String) {
        buffer.push_str(&self.to_string());
    }
}
