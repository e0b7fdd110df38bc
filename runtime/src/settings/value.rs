//! Types that the text of a setting is read into.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::{NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};

use crate::{Origin, secrets::SecretHandle, setting_sources::duration};

/// A type that a field of a struct with [`derive(Settings)`](derive@crate::Settings) may have.
///
/// | type | what is written |
/// |---|---|
/// | `String` | any string |
/// | `bool` | `true` or `false` |
/// | integers, `NonZero..` of the unsigned ones | decimal digits |
/// | `Duration` | a whole number and `ms`, `s`, `min` or `h`: `75 s` |
/// | `PathBuf` | a path |
/// | `IpAddr`, `SocketAddr` | an address; with a port |
/// | [`Origin`] | `https://api.example` |
/// | `SecretString` | a secret: never shown, not taken from the command line |
/// | [`SecretHandle`] | the same; it follows the changes of a secret whose address `NAME_FROM` is |
/// | `Option<T>` | as `T`, or nothing |
/// | `Vec<T>` | as `T`, separated by commas; or nothing |
/// | [`Sourced<T>`](super::Sourced) | as `T`; it knows its origin |
///
/// A type of the service's own reads itself; with `#[setting(from_str)]`, a field takes any type that is
/// `FromStr`.
///
/// ```
/// use palisade::SettingValue;
///
/// enum Colour {
///     Red,
///     Green,
/// }
///
/// impl SettingValue for Colour {
///     const TAKES: &'static str = "red or green";
///
///     fn parse(text: &str) -> Result<Self, String> {
///         match text {
///             "red" => Ok(Self::Red),
///             "green" => Ok(Self::Green),
///             _ => Err("write red or green".to_owned()),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a setting",
    label = "no type of a setting",
    note = "write `#[setting(from_str)]` on a field whose type is `FromStr`, or implement `SettingValue`"
)]
pub trait SettingValue: Sized {
    /// What is written, for `--help` and for errors: `a number of notes`.
    const TAKES: &'static str;

    /// Whether a value is never shown.
    const SECRET: bool = false;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What to write: `write red or green`. It does not repeat the text.
    fn parse(text: &str) -> Result<Self, String>;

    /// Reads a value of the setting and the origin that the label names.
    #[doc(hidden)]
    fn read(text: &str, _label: &str) -> Result<Self, String> {
        Self::parse(text)
    }

    /// Reads a secret that was fetched from the address that `NAME_FROM` names.
    #[doc(hidden)]
    fn of_secret(secret: &SecretHandle, label: &str) -> Result<Self, String> {
        Self::read(secret.current().value().expose_secret(), label)
    }

    /// Calls this with each secret in the text of a setting, where the type is a secret: with the whole text,
    /// unless it is a list.
    #[doc(hidden)]
    fn each_secret(text: &str, judge: &mut dyn FnMut(&str)) {
        judge(text);
    }

    /// The value where the setting is not given and has no default; `None` where it must be given.
    fn absent() -> Option<Self> {
        None
    }
}

impl SettingValue for String {
    const TAKES: &'static str = "a text";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl SettingValue for PathBuf {
    const TAKES: &'static str = "a path";

    fn parse(text: &str) -> Result<Self, String> {
        if text.contains('\0') { Err("write a path".to_owned()) } else { Ok(text.into()) }
    }
}

impl SettingValue for SecretString {
    const TAKES: &'static str = "a secret";
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl SettingValue for SecretHandle {
    const TAKES: &'static str = "a secret";
    const SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, "a setting")
    }

    fn read(text: &str, label: &str) -> Result<Self, String> {
        Ok(Self::fixed(label, text.into()))
    }

    fn of_secret(secret: &SecretHandle, _: &str) -> Result<Self, String> {
        Ok(secret.clone())
    }
}

impl SettingValue for Duration {
    const TAKES: &'static str = "a time: 75 s, 2 min";

    fn parse(text: &str) -> Result<Self, String> {
        duration(text).ok_or_else(|| "write a time like 75 s or 2 min".to_owned())
    }
}

impl SettingValue for Origin {
    const TAKES: &'static str = "an origin: https://api.example";

    fn parse(text: &str) -> Result<Self, String> {
        Self::trusted(text).map_err(|error| error.to_string())
    }
}

macro_rules! values {
    ($($type:ty: $takes:literal,)*) => {
        $(impl SettingValue for $type {
            const TAKES: &'static str = $takes;

            fn parse(text: &str) -> Result<Self, String> {
                parsed(text, Self::TAKES)
            }
        })*
    };
}

values! {
    bool: "true or false",
    u8: "a number from 0 to 255",
    u16: "a number from 0 to 65535",
    u32: "a number from 0 to 4294967295",
    u64: "a number",
    usize: "a number",
    i8: "a number from -128 to 127",
    i16: "a number from -32768 to 32767",
    i32: "a number",
    i64: "a number",
    NonZeroU8: "a number from 1 to 255",
    NonZeroU16: "a number from 1 to 65535",
    NonZeroU32: "a number from 1 to 4294967295",
    NonZeroU64: "a number, 1 or more",
    NonZeroUsize: "a number, 1 or more",
    IpAddr: "an address: 192.0.2.1, 2001:db8::1",
    Ipv4Addr: "an IPv4 address: 192.0.2.1",
    Ipv6Addr: "an IPv6 address: 2001:db8::1",
    SocketAddr: "an address and a port: 127.0.0.1:8080, [::1]:8080",
}

fn parsed<T: FromStr>(text: &str, takes: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("write {takes}"))
}

impl<T: SettingValue> SettingValue for Option<T> {
    const TAKES: &'static str = T::TAKES;
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn read(text: &str, label: &str) -> Result<Self, String> {
        T::read(text, label).map(Some)
    }

    fn of_secret(secret: &SecretHandle, label: &str) -> Result<Self, String> {
        T::of_secret(secret, label).map(Some)
    }

    fn each_secret(text: &str, judge: &mut dyn FnMut(&str)) {
        T::each_secret(text, judge);
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: SettingValue> SettingValue for Vec<T> {
    const TAKES: &'static str = T::TAKES;
    const SECRET: bool = T::SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, "")
    }

    fn read(text: &str, label: &str) -> Result<Self, String> {
        text.split(',').map(|part| T::read(part.trim(), label)).collect()
    }

    fn each_secret(text: &str, judge: &mut dyn FnMut(&str)) {
        text.split(',').for_each(|part| T::each_secret(part.trim(), judge));
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, path::PathBuf, time::Duration};

    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::SettingValue;

    #[test]
    fn texts_become_values() {
        assert_eq!(u16::parse("65535"), Ok(65_535));
        assert_eq!(bool::parse("true"), Ok(true));
        assert_eq!(Duration::parse("2 min"), Ok(Duration::from_secs(120)));
        assert_eq!(Vec::<u8>::parse("1, 2,3"), Ok(vec![1, 2, 3]));
        assert_eq!(Option::<u8>::parse("1"), Ok(Some(1)));
        assert_eq!((Option::<u8>::absent(), Vec::<u8>::absent()), (Some(None), Some(vec![])));
        assert_eq!(u8::absent(), None);
        for wrong in [
            u16::parse("65536").map(|_| ()),
            bool::parse("yes").map(|_| ()),
            Duration::parse("75").map(|_| ()),
            SocketAddr::parse("localhost:1").map(|_| ()),
            Vec::<u8>::parse("1,,2").map(|_| ()),
            PathBuf::parse("a\0b").map(|_| ()),
        ] {
            assert!(wrong.unwrap_err().starts_with("write "));
        }
    }

    proptest! {
        #[test]
        fn numbers_and_times_come_back(number in 0_u32..4_000_000) {
            prop_assert_eq!(u32::parse(&number.to_string()), Ok(number));
            let text = format!("{number} s");
            prop_assert_eq!(Duration::parse(&text), Ok(Duration::from_secs(number.into())));
        }

        #[test]
        fn errors_do_not_repeat_the_text(text in "[g-z]{9,20}#") {
            let wrong = u64::parse(&text).unwrap_err();
            prop_assert!(!wrong.contains(&text));
            prop_assert!(Duration::parse(&text).is_err() && SocketAddr::parse(&text).is_err());
        }
    }
}
