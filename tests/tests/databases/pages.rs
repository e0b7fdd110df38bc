//! Pages by key, through the cursor that a client hands back.

use palisade::sql::{Cursor, Limit, Page, Slice};

use crate::lab::{Lab, query};

pub(crate) async fn pages_follow_each_other(lab: &Lab) {
    for id in 1..=7 {
        lab.add(id, &format!("item {id}"), Some(1)).await.unwrap();
    }
    let mut page: Page<i64, 3, 3> = Page::default();
    let mut seen = Vec::new();
    loop {
        let after = page.after_key().copied().unwrap_or(0);
        let rows = query!(i64: "SELECT id FROM items WHERE id > " {after} " ORDER BY id LIMIT " {page.limit})
            .fetch_all(&lab.db)
            .await
            .unwrap();
        let slice = Slice::new(rows, page.limit, |id| *id).unwrap();
        assert!(slice.items.len() <= 3);
        seen.push(slice.items.len());
        let Some(next) = slice.next else { break };
        let next: Cursor<i64> = serde_json::from_value(serde_json::json!(next)).unwrap();
        page = Page { limit: Limit::default(), after: Some(next) };
    }
    assert_eq!(seen, [3, 3, 1]);
}
