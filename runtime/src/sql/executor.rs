//! The targets of a statement.

use std::sync::Arc;

use actix_web::web::Data;

use super::{
    db::{Db, Pool, Shared},
    dialect::Dialect,
    error::{Error, ErrorKind},
    lease::{Driver, Lease},
    transaction::Transaction,
};

/// The target of a statement: a [`&Db`](Db) or a [`&mut Transaction`](Transaction).
///
/// Sealed: a connection with other settings has other time-outs.
pub trait Executor<'e>: Sealed<'e> {}

pub trait Sealed<'e> {
    fn target(self) -> Target<'e>;
}

/// A database, or a transaction in it.
#[derive(Debug)]
pub enum Target<'e> {
    Db(&'e Db),
    Transaction(&'e mut Transaction),
}

impl<'e> Sealed<'e> for &'e Db {
    fn target(self) -> Target<'e> {
        Target::Db(self)
    }
}
impl<'e> Executor<'e> for &'e Db {}

impl<'e> Sealed<'e> for &'e Data<Db> {
    fn target(self) -> Target<'e> {
        Target::Db(self)
    }
}
impl<'e> Executor<'e> for &'e Data<Db> {}

impl<'e> Sealed<'e> for &'e Arc<Db> {
    fn target(self) -> Target<'e> {
        Target::Db(self)
    }
}
impl<'e> Executor<'e> for &'e Arc<Db> {}

impl<'e> Sealed<'e> for &'e mut Transaction {
    fn target(self) -> Target<'e> {
        Target::Transaction(self)
    }
}
impl<'e> Executor<'e> for &'e mut Transaction {}

impl Target<'_> {
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Db(db) => db.dialect(),
            Self::Transaction(transaction) => transaction.dialect(),
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        match self {
            Self::Db(db) => &db.shared,
            Self::Transaction(transaction) => &transaction.shared,
        }
    }
}

/// A connection for one statement: from the pool, or that of a transaction.
pub(super) enum Held<'e, DB: Driver> {
    Own(Lease<DB>),
    Lent(&'e mut Lease<DB>),
}

impl<DB: Driver> Held<'_, DB> {
    pub(super) fn lease(&mut self) -> &mut Lease<DB> {
        match self {
            Self::Own(lease) => lease,
            Self::Lent(lease) => lease,
        }
    }
}

macro_rules! held {
    ($($(#[$cfg:meta])* $name:ident: $variant:ident $driver:ty;)*) => {
        impl<'e> Target<'e> {$(
            $(#[$cfg])*
            pub(super) async fn $name(self) -> Result<Held<'e, $driver>, Error> {
                match self {
                    Self::Db(Db { pool: Pool::$variant(pool), shared }) => {
                        Ok(Held::Own(Lease::of(pool, shared).await?))
                    }
                    Self::Transaction(transaction) => match transaction.$name() {
                        Some(lease) => Ok(Held::Lent(lease)),
                        None => Err(other_database()),
                    },
                    #[cfg(any(
                        all(feature = "sqlite", feature = "postgres"),
                        all(feature = "sqlite", feature = "mysql"),
                        all(feature = "postgres", feature = "mysql"),
                    ))]
                    Self::Db(_) => Err(other_database()),
                }
            }
        )*}
    };
}

held! {
    #[cfg(feature = "sqlite")]
    sqlite: Sqlite sqlx::Sqlite;
    #[cfg(feature = "postgres")]
    postgres: Postgres sqlx::Postgres;
    #[cfg(feature = "mysql")]
    mysql: MySql sqlx::MySql;
}

fn other_database() -> Error {
    Error::note(ErrorKind::Defect, "the statement was prepared for another database")
}
