//! The rows of a page.

use std::{io, pin::pin};

use futures_core::Stream;
use futures_util::StreamExt as _;
use serde::Serialize;

use super::Cursor;
use crate::problem::{Problem, Result};

/// The rows of a page, and the cursor of the next one: `{"items": [..], "next": ".."}`.
///
/// `next` is absent after the last page. If the last row fills a page exactly, `next` leads to an
/// empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Slice<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 2_048))]
    pub next: Option<String>,
}

impl<T> Slice<T> {
    /// The rows of a page that was requested with this limit. `key` returns the sort key of the
    /// last one. Rows beyond the limit are dropped.
    ///
    /// # Errors
    ///
    /// A key that does not serialize, or makes a cursor of more than 2 KiB: 500.
    pub fn new<K: Serialize>(
        mut items: Vec<T>,
        limit: impl Into<u32>,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Self> {
        let limit = usize::try_from(limit.into()).unwrap_or(usize::MAX);
        let is_full = items.len() >= limit;
        items.truncate(limit);
        Self::ending(items, is_full, key)
    }

    /// Reads the rows of a page until there are as many as the limit, or until their JSON would be
    /// larger than `most_bytes`: the rest is on the next page. A page has at least one row, however
    /// large.
    ///
    /// Rows are bounded by their number alone otherwise, and a hundred large ones are an answer of
    /// megabytes that is in memory until the client has read it (CWE-770).
    ///
    /// ```
    /// # use palisade::{prelude::*, sql::{Page, Slice}};
    /// # async fn example(page: Page) -> Result<Slice<String>> {
    /// // sql!("SELECT .. LIMIT {page.limit}" as Note).stream(&db) is a stream of this kind
    /// let rows = futures_util::stream::iter(["one", "two"].map(|row| Ok::<_, Problem>(row.to_owned())));
    /// Slice::read(rows, page.limit, 256 << 10, |_| 7_i64).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the rows, and those of [`new`](Self::new).
    pub async fn read<K: Serialize, E: Into<Problem>>(
        rows: impl Stream<Item = Result<T, E>>,
        limit: impl Into<u32>,
        most_bytes: usize,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Self>
    where
        T: Serialize,
    {
        let limit = usize::try_from(limit.into()).unwrap_or(usize::MAX);
        let mut rows = pin!(rows);
        let (mut items, mut bytes) = (Vec::new(), 0_usize);
        while items.len() < limit {
            let Some(row) = rows.next().await.transpose().map_err(Into::into)? else {
                return Self::ending(items, false, key);
            };
            bytes = bytes.saturating_add(json_length(&row)?);
            if bytes > most_bytes && !items.is_empty() {
                break;
            }
            items.push(row);
        }
        Self::ending(items, true, key)
    }

    fn ending<K: Serialize>(
        items: Vec<T>,
        goes_on: bool,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Self> {
        let next = match items.last().filter(|_| goes_on) {
            None => None,
            Some(last) => Some(Cursor::new(key(last)).encode().ok_or_else(|| {
                Problem::internal("the key of a page does not serialize, or is too long")
            })?),
        };
        Ok(Self { items, next })
    }

    /// The same page with its rows in another form.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Slice<U> {
        Slice { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

/// The bytes of a row's JSON, and of the comma behind it.
fn json_length(row: &impl Serialize) -> Result<usize> {
    let mut count = Count(1);
    serde_json::to_writer(&mut count, row)
        .map_err(|error| Problem::internal(format!("a row does not serialize: {error}")))?;
    Ok(count.0)
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::Slice;
    use crate::problem::Problem;

    async fn read(rows: Vec<&'static str>, limit: u32, bytes: usize) -> Slice<&'static str> {
        let rows = stream::iter(rows.into_iter().map(Ok::<_, Problem>));
        Slice::read(rows, limit, bytes, |row| (*row).to_owned()).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_ends_with_its_rows_its_limit_or_its_bytes() {
        // Each is nine bytes and a comma.
        let rows = || vec!["seven-1", "seven-2", "seven-3"];
        for (limit, bytes, items, has_next) in [
            (5, 1_000, 3, false),
            (3, 1_000, 3, true),
            (2, 1_000, 2, true),
            (5, 30, 3, false),
            (5, 29, 2, true),
            (5, 20, 2, true),
            (5, 1, 1, true),
            (5, 0, 1, true),
        ] {
            let page = read(rows(), limit, bytes).await;
            assert_eq!(
                (page.items.len(), page.next.is_some()),
                (items, has_next),
                "{limit} {bytes}"
            );
        }
        assert_eq!(read(vec![], 5, 0).await.next, None);
        // What the text of a row becomes is what counts: each of these is six bytes of JSON.
        assert_eq!(read(vec!["\u{1}\u{1}", "\u{1}\u{1}"], 5, 20).await.items.len(), 1);
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let of = |rows: Vec<i64>| Slice::new(rows, 2_u32, |id| *id).unwrap();
        assert_eq!(of(vec![]).next, None);
        assert_eq!(of(vec![1]).next, None);
        let full = of(vec![1, 2, 3]);
        assert_eq!(full.items, [1, 2]);
        assert_eq!(serde_json::to_string(&full).unwrap(), r#"{"items":[1,2],"next":"Mg"}"#);
        assert!(Slice::new(vec!["x".repeat(4000)], 1_u32, Clone::clone).is_err());
    }
}
