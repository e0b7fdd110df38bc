//! The input of a key function whose attribute declares its inputs.

use std::net::IpAddr;

use super::key::counted_address;
use crate::{Principal, policy::LimitKey};

/// The values that `of = ..` names, as the function of `by = function(tenant, of = subject)` gets
/// them.
///
/// The function gets no other part of the request: a caller can change the rest (a header, the
/// path, the name of a token, the last bits of an IPv6 address) for each request, and each new
/// value would be a new count. Two requests with the same result share their units; all with `None`
/// share one count.
///
/// The function has to be pure: equal values have equal results. A function with a counter or a
/// random number would give each request a count of its own, which limits nothing: it is called at
/// least twice for each request, and one with several results is a 500. No check finds a value that
/// changes more slowly, such as the minute of a clock.
///
/// ```
/// use palisade::limit::KeySources;
///
/// /// The tenant is the part of the subject before the colon.
/// fn tenant(sources: &KeySources<'_>) -> Option<String> {
///     let (tenant, _) = sources.subject()?.split_once(':')?;
///     Some(tenant.to_owned())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KeySources<'r> {
    address: Option<IpAddr>,
    subject: Option<&'r str>,
    client_id: Option<&'r str>,
}

impl<'r> KeySources<'r> {
    /// Exposes the parts of the caller that `of` names.
    pub(crate) fn new(of: &[LimitKey], address: IpAddr, principal: Option<&'r Principal>) -> Self {
        let mut shown = Self { address: None, subject: None, client_id: None };
        for source in of {
            match source {
                LimitKey::Address => shown.address = Some(counted_address(address)),
                LimitKey::Subject => shown.subject = principal.map(Principal::subject),
                LimitKey::Client => shown.client_id = principal.and_then(Principal::client_id),
                // The caller chooses these.
                LimitKey::Global
                | LimitKey::Header(_)
                | LimitKey::Path(_)
                | LimitKey::Function(..)
                | LimitKey::FunctionOf(..)
                | LimitKey::Body(_) => {}
            }
        }
        shown
    }

    /// The client's address, as `by = ip` counts it: an IPv4 address, or the first address of the
    /// IPv6 client's /56. `None` if `of` does not name `ip`.
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// The authenticated subject; `None` if `of` does not name `subject`.
    pub const fn subject(&self) -> Option<&'r str> {
        self.subject
    }

    /// The OAuth client; `None` if `of` does not name `client`, and for callers without one.
    pub const fn client_id(&self) -> Option<&'r str> {
        self.client_id
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::KeySources;
    use crate::policy::LimitKey::{Address, Client, Subject};

    fn address(of: &[crate::policy::LimitKey], text: &str) -> Option<String> {
        let address: IpAddr = text.parse().unwrap();
        KeySources::new(of, address, None).address().map(|address| address.to_string())
    }

    #[test]
    fn an_address_is_the_one_that_is_counted() {
        for (sent, counted) in [
            ("2001:db8:1:22ff:ffff::9", "2001:db8:1:2200::"),
            ("2001:db8:1:2200::1", "2001:db8:1:2200::"),
            ("2001:db8:1:2300::1", "2001:db8:1:2300::"),
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(address(&[Address], sent).as_deref(), Some(counted));
        }
    }

    #[test]
    fn an_address_that_is_not_named_is_not_shown() {
        assert_eq!(address(&[], "192.0.2.1"), None);
        assert_eq!(address(&[Subject, Client], "192.0.2.1"), None);
        assert_eq!(address(&[Subject, Address], "192.0.2.1").as_deref(), Some("192.0.2.1"));
    }
}
