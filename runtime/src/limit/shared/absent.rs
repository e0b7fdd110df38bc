//! Replaces the shared store in a build without the feature `redis`.

use std::time::Duration;

use super::OutOfReach;
use crate::{
    clock::Moment,
    limit::{Ask, Key, SharedStoreMetrics, TableMetrics},
};

/// There is never a store.
#[derive(Clone, Debug)]
pub(in crate::limit) enum Shared {}

#[expect(clippy::unused_async, reason = "the signatures of the store that there may be")]
impl Shared {
    pub(in crate::limit) fn recall_refusals(&self, _: &mut [Ask<'_>], _: Moment) -> bool {
        match *self {}
    }

    pub(in crate::limit) fn may_pass(&self, _: &Ask<'_>, _: Moment) -> bool {
        match *self {}
    }

    pub(in crate::limit) async fn take(
        &self,
        _: &mut [Ask<'_>],
        _: Moment,
    ) -> Result<bool, OutOfReach> {
        match *self {}
    }

    pub(in crate::limit) async fn survey(
        &self,
        _: &mut Ask<'_>,
        _: Moment,
    ) -> Result<bool, OutOfReach> {
        match *self {}
    }

    pub(in crate::limit) async fn ban(
        &self,
        _: Key,
        _: Duration,
        _: Moment,
    ) -> Result<(), OutOfReach> {
        match *self {}
    }

    pub(in crate::limit) async fn reset(&self, _: Key, _: Moment) -> Result<(), OutOfReach> {
        match *self {}
    }

    pub(in crate::limit) fn metrics(&self) -> SharedStoreMetrics {
        match *self {}
    }

    pub(in crate::limit) fn tables(&self, _: Moment) -> Vec<TableMetrics> {
        match *self {}
    }

    pub(in crate::limit) fn give_back(&self, _: &Ask<'_>) {
        match *self {}
    }
}
