//! `Accept-Encoding`: the codings that a client accepts (RFC 9110 section 12.5.3).

use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap};

use crate::policy::ContentCoding;

/// A weight in thousandths, like `qvalue`.
type Weight = u16;

const WHOLE: Weight = 1000;

/// The accepted codings of a request, with their weights.
///
/// Without the field a client accepts every coding, but gets none, since it did not request one. An
/// element that is invalid, or that has other parameters than its weight, is ignored; of two for
/// one coding the lower weight applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    gzip: Option<Weight>,
    brotli: Option<Weight>,
    zstd: Option<Weight>,
    identity: Option<Weight>,
    /// Of unlisted codings: `*`.
    others: Option<Weight>,
}

impl Accepted {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        for value in headers.get_all(ACCEPT_ENCODING) {
            for element in value.as_bytes().split(|byte| *byte == b',') {
                accepted.add(element);
            }
        }
        accepted
    }

    /// The client's preferred coding among these, whose first is the server's preference; `None` if
    /// it prefers the response without a coding, or accepts none of them.
    ///
    /// A client that accepts neither gets the response without a coding, which is better than none.
    pub(crate) fn choose(
        &self,
        offered: impl IntoIterator<Item = ContentCoding>,
    ) -> Option<ContentCoding> {
        let mut best = None;
        let mut highest = 0;
        for coding in offered {
            let weight = self.weight(coding);
            if weight > highest {
                (best, highest) = (Some(coding), weight);
            }
        }
        best.filter(|_| self.identity.is_none_or(|identity| identity <= highest))
    }

    /// Whether the client listed this coding and accepts it.
    pub(crate) fn takes(&self, coding: ContentCoding) -> bool {
        self.weight(coding) > 0
    }

    fn weight(&self, coding: ContentCoding) -> Weight {
        let own = match coding {
            ContentCoding::Gzip => self.gzip,
            ContentCoding::Brotli => self.brotli,
            ContentCoding::Zstd => self.zstd,
        };
        own.or(self.others).unwrap_or(0)
    }

    fn add(&mut self, element: &[u8]) {
        let mut parts = element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let name = parts.next().unwrap_or_default();
        let weight = match (parts.next(), parts.next()) {
            (None, _) => WHOLE,
            (Some(parameter), None) => weight_of(parameter).unwrap_or(0),
            (Some(_), Some(_)) => 0,
        };
        let is = |own: &[u8]| name.eq_ignore_ascii_case(own);
        let place = if is(b"gzip") || is(b"x-gzip") {
            &mut self.gzip
        } else if is(b"br") {
            &mut self.brotli
        } else if is(b"zstd") {
            &mut self.zstd
        } else if is(b"identity") {
            &mut self.identity
        } else if is(b"*") {
            &mut self.others
        } else {
            return;
        };
        *place = Some(place.map_or(weight, |known| known.min(weight)));
    }
}

/// `q=0.5`; `None` for another parameter, and for a malformed weight.
fn weight_of(parameter: &[u8]) -> Option<Weight> {
    let [b'q' | b'Q', b'=', value @ ..] = parameter else { return None };
    let (whole, fraction) = match value {
        [whole] => (*whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (*whole, fraction),
        _ => return None,
    };
    let mut thousandths: Weight = 0;
    for place in 0..3 {
        let digit = fraction.get(place).copied().unwrap_or(b'0');
        let digit = char::from(digit).to_digit(10)?;
        thousandths = thousandths * 10 + Weight::try_from(digit).ok()?;
    }
    match whole {
        b'0' => Some(thousandths),
        b'1' if thousandths == 0 => Some(WHOLE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::{Accepted, weight_of};
    use crate::policy::ContentCoding::{self, Brotli, Gzip, Zstd};

    const OFFERED: [ContentCoding; 3] = [Zstd, Brotli, Gzip];

    fn chosen(lines: &[&str]) -> Option<ContentCoding> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
        }
        Accepted::of(&headers).choose(OFFERED)
    }

    #[test]
    fn the_client_chooses_by_its_weights() {
        let table: &[(&[&str], Option<ContentCoding>)] = &[
            (&[], None),
            (&[""], None),
            (&["identity"], None),
            (&["gzip"], Some(Gzip)),
            (&["x-gzip"], Some(Gzip)),
            (&["GZIP"], Some(Gzip)),
            (&["gzip, deflate, br, zstd"], Some(Zstd)),
            (&["gzip, deflate, br"], Some(Brotli)),
            (&["gzip;q=1.0, br;q=0.9, zstd;q=0.8"], Some(Gzip)),
            (&["gzip;q=0.1", "br;q=0.2"], Some(Brotli)),
            (&["gzip", "br"], Some(Brotli)),
            (&["gzip;q=0"], None),
            (&["gzip ; q=0.5 , br;Q=0.4"], Some(Gzip)),
            (&["deflate, compress, x"], None),
            // An unlisted coding.
            (&["*"], Some(Zstd)),
            (&["zstd;q=0, *"], Some(Brotli)),
            (&["*;q=0"], None),
            (&["gzip, *;q=0"], Some(Gzip)),
            (&["identity;q=1, *;q=0"], None),
            (&["gzip;q=0.4, *;q=0.5"], Some(Zstd)),
            // The response without a coding, if that is preferred.
            (&["gzip;q=0.5, identity"], None),
            (&["gzip;q=0.5, identity;q=0.4"], Some(Gzip)),
            (&["gzip, identity"], Some(Gzip)),
            (&["identity;q=0, gzip;q=0.001"], Some(Gzip)),
            (&["identity;q=0"], None),
            // An invalid element is ignored, and does not affect the others.
            (&["gzip;q=2"], None),
            (&["gzip;q=0.1234, br;q=0.1"], Some(Brotli)),
            (&["gzip;level=1"], None),
            (&["gzip;q=1;q=1"], None),
            (&["gzip;q=-1, br"], Some(Brotli)),
            (&["gzip;q=1.001"], None),
            (&["gzip;q=.5"], None),
            (&["gzip;q="], None),
            (&[",, ,gzip,,"], Some(Gzip)),
            (&["gzip, gzip;q=0"], None),
            (&["gzip;q=0, gzip"], None),
            (&["gzipped, brx"], None),
        ];
        for (lines, coding) in table {
            assert_eq!(chosen(lines), *coding, "{lines:?}");
        }
    }

    #[test]
    fn what_is_not_offered_is_not_chosen() {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_static("br, zstd, gzip;q=0.1"));
        let accepted = Accepted::of(&headers);
        assert_eq!(accepted.choose([Gzip]), Some(Gzip));
        assert_eq!(accepted.choose([Gzip, Brotli]), Some(Brotli));
        assert_eq!(accepted.choose([]), None);
    }

    proptest! {
        #[test]
        fn weights_are_three_digits(thousandths in 0_u16..=1000) {
            let text = format!("q={}.{:03}", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(weight_of(text.as_bytes()), Some(thousandths));
        }

        #[test]
        fn nothing_that_comes_is_too_odd(line in "[ -~]{0,80}") {
            let coding = chosen(&[&line]);
            let names = line.to_ascii_lowercase();
            prop_assert!(
                coding.is_none_or(|one| names.contains(one.name()) || names.contains('*'))
            );
        }
    }
}
