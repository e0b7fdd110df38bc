//! The lists of notes, page by page.

use palisade::{sql, sql::Slice};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Result, Store, fold};
use crate::{
    list::{Key, Listing, Order, Sort},
    note::Note,
    user::UserId,
};

/// The most notes that were shared with one user and are listed and searched: the latest shares. A
/// note is at most 40,800 bytes (10,200 characters of four bytes), so a search reads at most
/// 40.8 MB of others' notes.
///
/// Other users can share any number of notes with a user, so reading has the bound. A bound on
/// sharing would reveal whether a name has an account, and whether its lists are full.
pub(super) const MOST_SHARED: i64 = 1_000;

/// The most bytes of a page, as JSON: it is in memory until the client has read it.
const PAGE_BYTES: usize = 256 << 10;

/// Where in a list a page begins, and what is looked for.
///
/// Each database searches by its own function. `LIKE` costs text times pattern, so that one search
/// of 200 characters took seconds.
#[derive(Debug)]
pub(super) struct Place<'l> {
    pub(super) order: Order,
    pub(super) in_sqlite: Option<String>,
    pub(super) in_postgres: Option<String>,
    pub(super) older: Option<(OffsetDateTime, Uuid)>,
    pub(super) newer: Option<(OffsetDateTime, Uuid)>,
    pub(super) below: Option<(&'l str, Uuid)>,
    pub(super) above: Option<(&'l str, Uuid)>,
}

impl<'l> Place<'l> {
    pub(super) fn new(store: &Store, listing: &'l Listing) -> Self {
        let term = listing.search.as_deref().filter(|term| !term.is_empty()).map(fold);
        let (in_sqlite, in_postgres) = if store.is_shared() { (None, term) } else { (term, None) };
        let order = listing.order();
        let (mut older, mut newer, mut below, mut above) = (None, None, None, None);
        match (listing.after.as_ref().map(sql::Cursor::key), order) {
            (None, _) => {}
            (Some(Key::Created(created, id)), Order::Desc) => older = Some((*created, *id)),
            (Some(Key::Created(created, id)), Order::Asc) => newer = Some((*created, *id)),
            (Some(Key::Title(title, id)), Order::Desc) => below = Some((title.as_str(), *id)),
            (Some(Key::Title(title, id)), Order::Asc) => above = Some((title.as_str(), *id)),
        }
        Self { order, in_sqlite, in_postgres, older, newer, below, above }
    }
}

/// The ids of the caller's own notes.
macro_rules! own {
    ($me:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (me, listing, place) = ($me, $listing, &$place);
        let $query = sql!(
            "SELECT n.id FROM notes n
             WHERE n.owner = {me}
             {?let Some(term) = &place.in_sqlite: AND instr(n.folded, {term}) > 0}
             {?let Some(term) = &place.in_postgres: AND strpos(n.folded, {term}) > 0}
             {?let Some((at, id)) = &place.older:
                 AND (n.created < {at} OR (n.created = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.newer:
                 AND (n.created > {at} OR (n.created = {at} AND n.id > {id}))}
             {?let Some((at, id)) = &place.below:
                 AND (n.title < {at} OR (n.title = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.above:
                 AND (n.title > {at} OR (n.title = {at} AND n.id > {id}))}
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Uuid
        );
        $run
    }};
}

/// The ids of notes that were shared with the caller, among the latest shares.
macro_rules! shared {
    ($me:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (me, listing, place) = ($me, $listing, &$place);
        let $query = sql!(
            "SELECT n.id FROM notes n
             WHERE n.id IN (SELECT s.note FROM shares s WHERE s.reader = {me}
                            ORDER BY s.since DESC, s.note DESC LIMIT {MOST_SHARED})
             {?let Some(term) = &place.in_sqlite: AND instr(n.folded, {term}) > 0}
             {?let Some(term) = &place.in_postgres: AND strpos(n.folded, {term}) > 0}
             {?let Some((at, id)) = &place.older:
                 AND (n.created < {at} OR (n.created = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.newer:
                 AND (n.created > {at} OR (n.created = {at} AND n.id > {id}))}
             {?let Some((at, id)) = &place.below:
                 AND (n.title < {at} OR (n.title = {at} AND n.id < {id}))}
             {?let Some((at, id)) = &place.above:
                 AND (n.title > {at} OR (n.title = {at} AND n.id > {id}))}
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Uuid
        );
        $run
    }};
}

/// Notes of this owner in the order of their ids, behind the one with this id.
macro_rules! behind {
    ($owner:expr, $after:expr, $most:expr, $query:ident => $run:expr) => {{
        let (owner, after, most): (UserId, Option<Uuid>, u32) = ($owner, $after, $most);
        let $query = sql!(
            "SELECT n.id, n.owner, u.name_key AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.owner = {owner} {?let Some(id) = after: AND n.id > {id}}
             ORDER BY n.id LIMIT {most}" as Note
        );
        $run
    }};
}

/// These notes, in their order.
macro_rules! page {
    ($found:expr, $listing:expr, $place:expr, $query:ident => $run:expr) => {{
        let (found, listing, place) = (&$found, $listing, &$place);
        let $query = sql!(
            "SELECT n.id, n.owner, u.name_key AS owner_name, n.title, n.body, n.created, n.changed,
                    n.version
             FROM notes n JOIN users u ON u.id = n.owner
             WHERE n.id IN ({found..})
             ORDER BY {listing.sort: Sort} {place.order: Order}, n.id {place.order: Order}
             LIMIT {listing.limit}" as Note
        );
        $run
    }};
}

// The plans of these statements are tested.
#[cfg(test)]
pub(super) use {behind, own, page, shared};

impl Store {
    /// A page of the notes that this user may read.
    ///
    /// The statements restrict the rows to this user. The cursor is the client's, and says only
    /// where among them the page begins.
    ///
    /// The caller's own notes and the shared ones are looked up separately, each by an index: one
    /// statement for both would read the notes of all users. The third one puts both in the
    /// database's own order, and is read until the page is full.
    pub(crate) async fn notes(
        &self,
        me: UserId,
        listing: &Listing,
    ) -> palisade::Result<Slice<Note>> {
        let place = Place::new(self, listing);
        let mut found: Vec<Uuid> = own!(me, listing, place, own => own.fetch_all(&self.db).await?);
        found.extend(shared!(me, listing, place, shared => shared.fetch_all(&self.db).await?));
        let key = |note: &Note| listing.sort.key(note);
        page!(found, listing, place, page => {
            Slice::read(page.stream(&self.db), listing.limit, PAGE_BYTES, key).await
        })
    }

    /// Notes of this owner in the order in which they were made, behind the one with this id.
    pub(crate) async fn notes_after(
        &self,
        owner: UserId,
        after: Option<Uuid>,
        most: u32,
    ) -> Result<Vec<Note>> {
        behind!(owner, after, most, query => query.fetch_all(&self.db).await)
    }
}
