//! Fields of the validated body as limit keys.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZero,
};

use actix_web::web::{Form, Json};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::{Slug, Text};

/// The bytes of a key while it is built.
pub(crate) type KeyBytes = SmallVec<[u8; 128]>;

/// An argument with the validated body: `Json<T>`, `Form<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no validated body to count by",
    label = "a limit of this handler counts by a field of its body",
    note = "`by = body(\"..\")` needs one argument of type `Json<T>` or `Form<T>`"
)]
pub trait HasBody {}

impl<T> HasBody for Json<T> {}

impl<T> HasBody for Form<T> {}

/// A type whose values can be a limit key: `by = body("field")`.
///
/// Strings, integers, `bool`, addresses, `Uuid`, [`Text`], [`Slug`], and `Option` and `Box` of
/// these. A string counts without the white space around it and in lower case, so that the
/// spellings of one account share one count: `Bob` and `bob ` do. All bodies without an optional
/// field share one.
///
/// Secrets are not among them: an attacker who guesses passwords sends a new one each time. A type
/// of your own names the parts that count:
///
/// ```
/// use palisade::limit::{FieldKey, LimitField};
///
/// struct Account {
///     tenant: u32,
///     name: String,
/// }
///
/// impl LimitField for Account {
///     fn write_key(&self, key: &mut FieldKey<'_>) {
///         key.write(&self.tenant);
///         key.write(&self.name);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "requests cannot be counted by a `{Self}`",
    label = "a limit of this handler counts by this field",
    note = "count by a string, an integer, a `bool`, an address, a `Uuid`, a `Text`, a `Slug` or an \
            `Option` of these; a type of yours can implement `palisade::limit::LimitField`",
    note = "a secret is not for counting: it is new with every guess"
)]
pub trait LimitField {
    /// Adds the distinguishing part of this value to the key.
    fn write_key(&self, key: &mut FieldKey<'_>);
}

/// Receives the values of a key, one after another.
pub struct FieldKey<'k> {
    bytes: &'k mut KeyBytes,
}

impl<'k> FieldKey<'k> {
    pub(crate) fn new(bytes: &'k mut KeyBytes) -> Self {
        Self { bytes }
    }

    /// Adds one value.
    pub fn write<F: LimitField + ?Sized>(&mut self, value: &F) {
        value.write_key(self);
    }

    /// Each value is followed by its length: `a` and `bc` differ from `ab` and `c`.
    fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(&value.len().to_le_bytes());
    }
}

/// A key may contain input of a caller, such as an address, which must not be logged.
impl fmt::Debug for FieldKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldKey")
    }
}

/// A field of a body of type `T` that a limit counts by; written by the macros.
#[doc(hidden)]
pub struct BodyField<T: 'static> {
    /// The name in the attribute: `account.name`.
    pub name: &'static str,
    /// Adds the field's value to a key.
    pub write: fn(&T, &mut FieldKey<'_>),
}

impl<T> fmt::Debug for BodyField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyField({})", self.name)
    }
}

impl LimitField for str {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        let text = self.trim();
        if text.bytes().any(|byte| !byte.is_ascii() || byte.is_ascii_uppercase()) {
            key.push(text.to_lowercase().as_bytes());
        } else {
            key.push(text.as_bytes());
        }
    }
}

impl LimitField for String {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(self.as_str());
    }
}

impl<const MAX: usize> LimitField for Text<MAX> {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(self.as_str());
    }
}

impl LimitField for Slug {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(self.as_str());
    }
}

impl LimitField for bool {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.push(&[u8::from(*self)]);
    }
}

impl LimitField for Uuid {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.push(self.as_bytes());
    }
}

impl LimitField for IpAddr {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        match self.to_canonical() {
            Self::V4(address) => key.push(&address.octets()),
            Self::V6(address) => key.push(&address.octets()),
        }
    }
}

impl LimitField for Ipv4Addr {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(&IpAddr::V4(*self));
    }
}

impl LimitField for Ipv6Addr {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(&IpAddr::V6(*self));
    }
}

impl<F: LimitField> LimitField for Option<F> {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        // An empty text is not an absent one.
        match self {
            Some(value) => {
                key.write(value);
                key.bytes.push(1);
            }
            None => key.bytes.push(0),
        }
    }
}

impl<F: LimitField + ?Sized> LimitField for &F {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(*self);
    }
}

impl<F: LimitField + ?Sized> LimitField for Box<F> {
    fn write_key(&self, key: &mut FieldKey<'_>) {
        key.write(self.as_ref());
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl LimitField for $integer {
            fn write_key(&self, key: &mut FieldKey<'_>) {
                key.push(&self.to_le_bytes());
            }
        }

        impl LimitField for NonZero<$integer> {
            fn write_key(&self, key: &mut FieldKey<'_>) {
                key.write(&self.get());
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, net::IpAddr};

    use actix_web::web::{Form, Json};
    use uuid::Uuid;

    use super::{BodyField, FieldKey, KeyBytes, LimitField};
    use crate::{Slug, Text};

    fn key(value: &(impl LimitField + ?Sized)) -> Vec<u8> {
        let mut bytes = KeyBytes::new();
        FieldKey::new(&mut bytes).write(value);
        bytes.to_vec()
    }

    #[test]
    fn spellings_of_a_text_are_one_key() {
        for spelling in ["bob@example.com", " Bob@Example.com", "BOB@EXAMPLE.COM\t\n"] {
            assert_eq!(key(spelling), key("bob@example.com"), "{spelling:?}");
        }
        assert_eq!(key("\u{c4}nne"), key("\u{e4}nne"));
        assert_eq!(key("bob"), key(&Text::<8>::new("Bob").unwrap()));
        assert_eq!(key("bob"), key(&Slug::new("bob").unwrap()));
        assert_eq!(key("bob"), key(&Box::new(String::from("BOB"))));
        assert_ne!(key("bob"), key("bob2"));
        assert_ne!(key("b ob"), key("bob"));
        let address = |text: &str| key(&text.parse::<IpAddr>().unwrap());
        assert_eq!(address("192.0.2.1"), address("::ffff:192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[test]
    fn values_and_their_absence_are_kept_apart() {
        let keys = [
            key(&None::<String>),
            key(&Some(String::new())),
            key(&Some(String::from("a"))),
            key(&7_u32),
            key(&8_u32),
            key(&-7_i32),
            key(&true),
            key(&false),
            key(&Uuid::nil()),
            key(&Uuid::max()),
        ];
        let distinct: HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn values_that_follow_each_other_are_not_their_joint_text() {
        let two = |a: &str, b: &str| {
            let mut bytes = KeyBytes::new();
            let mut key = FieldKey::new(&mut bytes);
            key.write(a);
            key.write(b);
            bytes.to_vec()
        };
        assert_ne!(two("a", "bc"), two("ab", "c"));
        assert_ne!(two("", "a"), two("a", ""));
    }

    #[test]
    fn a_field_is_read_out_of_either_body() {
        struct Login {
            name: String,
        }
        let login = |name: &str| Login { name: name.into() };
        let json: BodyField<Json<Login>> =
            BodyField { name: "name", write: |body, key| key.write(&body.name) };
        let form: BodyField<Form<Login>> =
            BodyField { name: "name", write: |body, key| key.write(&body.name) };
        let (mut one, mut two) = (KeyBytes::new(), KeyBytes::new());
        (json.write)(&Json(login("Bob")), &mut FieldKey::new(&mut one));
        (form.write)(&Form(login("bob ")), &mut FieldKey::new(&mut two));
        assert_eq!(one, two);
        assert_eq!(one.to_vec(), key("bob"));
        assert_eq!(format!("{json:?}"), "BodyField(name)");
    }
}
