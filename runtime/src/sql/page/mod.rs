//! Pagination, by key instead of by number.
//!
//! A page is requested by the number of its rows ([`Limit`]) and by the position after which it
//! begins ([`Cursor`]), and a [`Slice`] has the position of the next page. The database goes
//! straight to that position in an index: page 10,000 costs what page 1 does, which `OFFSET` would
//! not (CWE-770), and rows that are added meanwhile shift nothing.
//!
//! ```
//! use palisade::{prelude::*, sql::{Page, Slice}};
//!
//! # struct Note { id: i64 }
//! #[get("/notes")]
//! #[authenticated]
//! #[validated]
//! async fn notes(page: Query<Page>) -> Result<Json<Slice<i64>>> {
//!     // sql!("SELECT id FROM notes WHERE owner = {..} {?after: AND id > {page.after_key()}}
//!     //       ORDER BY id LIMIT {page.limit}" as Note)
//!     # let rows = vec![Note { id: 7 }];
//!     let slice = Slice::new(rows, page.limit, |note| note.id)?;
//!     Ok(Json(slice.map(|note| note.id)))
//! }
//! # fn main() {}
//! ```
//!
//! Sort by a unique key, or add one after the others and compare them together: `(created, id) <
//! ({key.0}, {key.1}) ORDER BY created DESC, id DESC` with a `Page<(i64, i64)>`. If a caller
//! chooses among sorts, let the key be an enum with a variant for each, so that a cursor of one
//! sort is refused for another.

mod cursor;
mod limit;
mod slice;

use serde::{Deserialize, de::DeserializeOwned};

pub use cursor::Cursor;
pub use limit::Limit;
pub use slice::Slice;

use crate::{
    Input,
    input::private::{
        Checked, FieldType, InputField, InputForm, InputLayout, InputReport, InputSeal, InputWire,
        NamedFields, Nested, input_seal,
    },
};

/// The part of a query string that requests a page: `?limit=20&after=..`.
///
/// Both may be absent, and empty ones are (`?limit=&after=`, as a form sends them). `K` is the type of the key that rows are sorted by, `DEFAULT` and `MAX` are
/// those of the [`Limit`]. Take it as `Query<Page>`; an input type of your own has the two fields
/// itself:
///
/// ```
/// use palisade::{prelude::*, sql::{Cursor, Limit}};
///
/// #[derive(Deserialize, Validate, Input)]
/// #[serde(deny_unknown_fields)]
/// struct Search {
///     #[validate(length(max = 64))]
///     text: Option<String>,
///     #[serde(default)]
///     #[input(empty = absent)]
///     limit: Limit<20>,
///     #[input(empty = absent)]
///     after: Option<Cursor<(String, i64)>>,
/// }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "K: DeserializeOwned")]
pub struct Page<K = i64, const DEFAULT: u32 = 50, const MAX: u32 = 100> {
    /// The most rows.
    #[serde(default)]
    pub limit: Limit<DEFAULT, MAX>,
    /// The position after which the page begins; the first page if it is absent.
    #[serde(default = "none")]
    pub after: Option<Cursor<K>>,
}

fn none<T>() -> Option<T> {
    None
}

impl<K, const DEFAULT: u32, const MAX: u32> Page<K, DEFAULT, MAX> {
    /// The key after which the page begins; `None` for the first page.
    pub fn after_key(&self) -> Option<&K> {
        self.after.as_ref().map(Cursor::key)
    }
}

impl<K, const DEFAULT: u32, const MAX: u32> Default for Page<K, DEFAULT, MAX> {
    fn default() -> Self {
        Self { limit: Limit::default(), after: None }
    }
}

impl<K: DeserializeOwned + 'static, const DEFAULT: u32, const MAX: u32> Input
    for Page<K, DEFAULT, MAX>
{
    const SEAL: InputSeal = {
        InputForm::check_stack::<Self>();
        input_seal()
    };
    const LAYOUT: InputLayout = InputLayout::Struct;
    const FIELDS: &'static [InputField] = &[
        InputField::bounded::<Limit<DEFAULT, MAX>>("limit", "limit")
            .with_default()
            .empty_is_absent(),
        InputField::bounded::<Option<Cursor<K>>>("after", "after").with_default().empty_is_absent(),
    ];
    const PATH_SAFE: bool = false;

    // The types of the fields are the rules.
    fn check(&self, _: &mut InputReport) -> Checked {
        Checked::new()
    }
}

impl<K: DeserializeOwned + 'static, const DEFAULT: u32, const MAX: u32> FieldType
    for Page<K, DEFAULT, MAX>
{
    const FIELD_SEAL: InputSeal = input_seal();
    const STACK: usize = InputForm::stack_of::<Self>();

    fn wire() -> InputWire {
        InputWire::of::<Self>()
    }
}

impl<K: DeserializeOwned + 'static, const DEFAULT: u32, const MAX: u32> Nested
    for Page<K, DEFAULT, MAX>
{
    const NESTED_SEAL: InputSeal = input_seal();
}

impl<K: DeserializeOwned + 'static, const DEFAULT: u32, const MAX: u32> NamedFields
    for Page<K, DEFAULT, MAX>
{
    const NAMED_SEAL: InputSeal = input_seal();
}
