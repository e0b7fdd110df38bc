//! An entry of the book, and the endpoints that programs and the script of the page use.

use palisade::{
    ToSchema,
    prelude::*,
    sql::{Limit, Row},
};
use time::{OffsetDateTime, serde::rfc3339};
use validator::ValidationError;

use crate::book::Book;

/// An entry as it is kept.
#[derive(Clone, Debug, Row, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Its id; later ones are higher.
    pub(crate) id: i64,
    /// What the visitor wrote.
    #[schema(max_length = 500)]
    pub(crate) text: String,
    /// When.
    #[serde(with = "rfc3339")]
    pub(crate) written: OffsetDateTime,
}

impl Entry {
    /// When it was written, for programs: `2026-11-28T09:05:00Z`.
    pub(crate) fn timestamp(&self) -> String {
        let (date, time) = (self.written.date(), self.written.time());
        format!("{date}T{:02}:{:02}:{:02}Z", time.hour(), time.minute(), time.second())
    }

    /// When it was written, for people: `28 November 2026, 09:05 UTC`.
    pub(crate) fn moment(&self) -> String {
        let (date, time) = (self.written.date(), self.written.time());
        let (day, month, year) = (date.day(), date.month(), date.year());
        format!("{day} {month} {year}, {:02}:{:02} UTC", time.hour(), time.minute())
    }
}

/// An entry as a visitor sends it.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEntry {
    /// One line.
    #[validate(length(min = 1, max = 500), custom(function = "is_line"))]
    pub(crate) text: String,
}

/// Which entries the client wants.
#[derive(Debug, Default, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// A substring of the entries, in any case. Every character is literal.
    #[validate(length(max = 64))]
    pub(crate) search: Option<String>,
    /// Those that are older than the one with this id.
    pub(crate) before: Option<i64>,
    /// How many.
    #[serde(default)]
    pub(crate) limit: Limit<50, 100>,
}

impl Listing {
    /// Where the page behind this one begins; `None` for the last.
    pub(crate) fn older(&self, entries: &[Entry]) -> Option<i64> {
        let rows = usize::try_from(self.limit.rows()).ok()?;
        entries.last().filter(|_| entries.len() >= rows).map(|last| last.id)
    }
}

/// A rule for one line that says something: no control characters, and not only blanks.
fn is_line(text: &str) -> Result<(), ValidationError> {
    let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
    if is_line { Ok(()) } else { Err(ValidationError::new("line")) }
}

/// Writes into the book, and goes on to it: for a form that a browser sends by itself, for the
/// script that sends the same form, and for programs.
#[post("/entries")]
#[public(reason = "visitors write without an account")]
#[rate_limit("20/minute", by = ip)]
#[rate_limit("300/day", by = ip, name = "day")]
#[body_limit("8 KiB")]
#[validated]
#[responds(409)]
pub(crate) async fn add_entry(book: Data<Book>, entry: Form<NewEntry>) -> Result<SafeRedirect> {
    if !book.add(&entry).await? {
        return Err(Problem::conflict("the book is full"));
    }
    Ok(SafeRedirect::to("/"))
}

/// Entries, the newest first. A search may read the whole book, so some of an address are under
/// way at a time; several, since an office is one address.
#[get("/api/entries")]
#[public]
#[concurrency_limit(8, by = ip)]
#[validated]
pub(crate) async fn list_entries(
    book: Data<Book>,
    listing: Query<Listing>,
) -> Result<Json<Vec<Entry>>> {
    Ok(Json(book.entries(&listing).await?))
}

/// How many entries there are.
#[get("/api/entries/count")]
#[public]
pub(crate) async fn count_entries(book: Data<Book>) -> Result<Json<i64>> {
    Ok(Json(book.count().await?))
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::{Entry, is_line};

    #[test]
    fn an_entry_is_a_line_that_says_something() {
        assert!(is_line("<script>\"it's\"</script> Ünïcödé 100%").is_ok());
        for bad in ["", " ", "\u{a0}\u{2003}", "a\nb", "a\0b", "\u{1b}[31m"] {
            assert!(is_line(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn programs_and_people_read_the_same_moment() {
        let written = OffsetDateTime::from_unix_timestamp(1_795_856_705).unwrap();
        let entry = Entry { id: 1, text: "hello".to_owned(), written };
        assert_eq!(entry.timestamp(), "2026-11-28T09:05:05Z");
        assert_eq!(entry.moment(), "28 November 2026, 09:05 UTC");
    }
}
