//! The object that the fixtures are about.

#![allow(dead_code)]

use palisade::{
    object::{Permits, Policy, Read, Resource, owner},
    prelude::*,
};

pub struct Note {
    pub owner: String,
}

impl Resource for Note {
    type Id = u64;
    type State = ();

    async fn load(_: u64, (): ()) -> Result<Option<Self>> {
        Ok(None)
    }
}

impl Permits<Read> for Note {
    fn policy() -> impl Policy<Self> {
        owner(|note: &Note| &note.owner)
    }
}
