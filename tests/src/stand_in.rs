//! The shapes of what the rules look for, for fixtures that only have to compile.
//!
//! Rules judge paths and names, so a shape is enough here; that the real crates have these shapes
//! is for the rules' own fixtures to say.

#![expect(missing_docs, reason = "each stands in for an item of the crate that it is named after")]
#![expect(clippy::must_use_candidate, reason = "nothing here does anything")]

/// Declares functions that take anything and do nothing.
macro_rules! shapes {
    ($($module:ident { $($name:ident),* })*) => {
        $(pub mod $module {
            $(pub fn $name<T>(_: T) {})*
        })*
    };
}

/// Declares types with one method that takes anything and does nothing.
macro_rules! types {
    ($($module:ident :: $name:ident { new: [$($new:ident),*], methods: [$($method:ident),*] })*) => {
        $(pub mod $module {
            #[derive(Debug, Default)]
            pub struct $name;

            impl $name {
                $(pub fn $new<T>(_: T) -> Self {
                    Self
                })*
                $(pub fn $method<T>(&self, _: T) -> Self {
                    Self
                })*
            }
        })*
    };
}

shapes! {
    reqwest { get }
    redis { cmd }
    md5 { compute }
}

pub mod sqlx {
    #[derive(Debug)]
    pub struct Query;

    impl Query {
        pub fn bind<T>(self, _: T) -> Self {
            self
        }
    }

    pub fn query<T>(_: T) -> Query {
        Query
    }

    pub fn raw_sql<T>(_: T) -> Query {
        Query
    }
}

pub mod fastrand {
    pub const fn u64(_: std::ops::RangeFull) -> u64 {
        4
    }
}

/// What the log macros of several crates look like.
#[macro_export]
macro_rules! info {
    ($($text:tt)*) => {
        drop(format!($($text)*))
    };
}

pub mod actix_files {
    #[derive(Debug, Default)]
    pub struct Files;

    impl Files {
        pub fn new(_: &str, _: &str) -> Self {
            Self
        }
    }
}

pub mod multipart {
    #[derive(Debug, Default)]
    pub struct Field;

    impl Field {
        pub fn get_filename(&self) -> String {
            String::new()
        }
    }

    impl actix_web::FromRequest for Field {
        type Error = actix_web::Error;
        type Future = std::future::Ready<Result<Self, Self::Error>>;

        fn from_request(
            _: &actix_web::HttpRequest,
            _: &mut actix_web::dev::Payload,
        ) -> Self::Future {
            std::future::ready(Ok(Self))
        }
    }
}

pub mod actix_cors {
    #[derive(Debug, Default)]
    pub struct Cors;

    impl Cors {
        pub const fn permissive() -> Self {
            Self
        }
    }
}

pub mod openssl {
    pub mod symm {
        #[derive(Debug)]
        pub struct Cipher;

        impl Cipher {
            pub const fn des_ede3_cbc() -> Self {
                Self
            }

            pub const fn aes_256_gcm() -> Self {
                Self
            }
        }
    }
}

types! {
    rhai::Engine { new: [], methods: [eval] }
    tera::Tera { new: [one_off], methods: [] }
    ldap3::LdapConn { new: [], methods: [search] }
    aes_gcm::Nonce { new: [from_slice], methods: [] }
    rustls_client::ClientBuilder { new: [], methods: [danger_accept_invalid_certs] }
}
