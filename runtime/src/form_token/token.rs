//! The token of handlers and templates.

use std::fmt;

use super::FIELD;
use crate::{
    extract::{Extract, Extraction, sealed::Sealed},
    pipeline::Cleared,
    policy::Shape,
};

/// The token that a form of this page sends, for browsers that do not send the origin of a request.
///
/// An argument of the handler that makes the page, for endpoints with `#[cross_site(token)]`. In a
/// template `{{ token.field() }}` is the whole hidden field; a script sends the string in the
/// header field `x-csrf-token`. The cookie is set automatically, and no cache stores the answer.
///
/// It is bound to the session: a page that is the answer to a log-in has an invalid one, so
/// redirect after a log-in.
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

    /// The string: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form field with it, as markup.
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

impl Sealed for FormToken {}

impl<A, C> Extract<A, C> for FormToken {
    const SHAPE: Shape = Shape::Free;
    const IS_SECRET: bool = true;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Now(Some(cleared.passage().form_token(cleared.request())))
    }
}
