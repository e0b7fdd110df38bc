//! The rows of a page.

use serde::Serialize;

use super::Cursor;
use crate::problem::{Problem, Result};

/// The rows of a page, and the cursor of the next one: `{"items": [..], "next": ".."}`.
///
/// `next` is absent behind the last page. Where the last row fills a page exactly, `next` leads to
/// an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Slice<T> {
    /// The rows of a page that was asked for with this limit. `key` gives what the statement sorts
    /// by, of the last one. Rows beyond the limit are dropped.
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
        let next = match items.last().filter(|_| is_full) {
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

#[cfg(test)]
mod tests {
    use super::Slice;

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
