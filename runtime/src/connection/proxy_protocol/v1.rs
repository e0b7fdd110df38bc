//! Version 1: a line of text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::header::{Claim, Header, Malformed};

pub(super) const SIGNATURE: &[u8] = b"PROXY ";

/// The shortest line, `PROXY UNKNOWN`, with its line ending.
pub(super) const SHORTEST: usize = 15;

/// The longest line, with its line ending.
const LONGEST: usize = 107;

/// Between the six words of a line.
const SPACES: usize = 5;

pub(super) fn read(bytes: &[u8]) -> Result<Header, Malformed> {
    if let Some(line) = bytes.strip_suffix(b"\r\n") {
        return claim(line).map(Header::Whole);
    }
    // An end of line before its end is invalid.
    let is_broken = bytes.iter().rev().skip(1).any(|byte| matches!(byte, b'\r' | b'\n'));
    if is_broken || bytes.last() == Some(&b'\n') || bytes.len() >= LONGEST {
        return Err(Malformed::Line);
    }
    Ok(Header::Partial { missing: missing(bytes).min(LONGEST.saturating_sub(bytes.len())).max(1) })
}

/// How many bytes are missing at least. Reading single bytes would need as many system calls.
fn missing(bytes: &[u8]) -> usize {
    if bytes.last() == Some(&b'\r') {
        return 1;
    }
    if bytes.len() < SHORTEST {
        return SHORTEST.saturating_sub(bytes.len());
    }
    if !bytes.starts_with(b"PROXY TCP") {
        // Any byte may precede the line ending.
        return 2;
    }
    let spaces = bytes.iter().filter(|byte| **byte == b' ').count();
    // Each word that has not begun has a space and at least one character, and the line has its
    // ending.
    SPACES.saturating_sub(spaces).saturating_mul(2).saturating_add(2)
}

fn claim(line: &[u8]) -> Result<Claim, Malformed> {
    let line = std::str::from_utf8(line).map_err(|_| Malformed::Line)?;
    let words = line.strip_prefix("PROXY ").ok_or(Malformed::Line)?;
    // The rest is to be ignored: the proxy does not know the client.
    if words == "UNKNOWN" || words.starts_with("UNKNOWN ") {
        return Ok(Claim::NoAddress);
    }
    let mut words = words.split(' ');
    let mut next = || words.next().ok_or(Malformed::Line);
    let (family, source, destination) = (next()?, next()?, next()?);
    let (source_port, destination_port) = (next()?, next()?);
    let (source, _) = match family {
        "TCP4" => (IpAddr::V4(v4(source)?), v4(destination)?.into()),
        "TCP6" => (IpAddr::V6(v6(source)?), IpAddr::V6(v6(destination)?)),
        _ => return Err(Malformed::Line),
    };
    let (source_port, _) = (port(source_port)?, port(destination_port)?);
    if words.next().is_some() {
        return Err(Malformed::Line);
    }
    Ok(Claim::Client(SocketAddr::new(source, source_port)))
}

fn v4(text: &str) -> Result<Ipv4Addr, Malformed> {
    text.parse().map_err(|_| Malformed::Line)
}

fn v6(text: &str) -> Result<Ipv6Addr, Malformed> {
    text.parse().map_err(|_| Malformed::Line)
}

/// In decimal digits, without a sign and without a leading zero.
fn port(text: &str) -> Result<u16, Malformed> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if is_plain || text == "0" {
        text.parse().map_err(|_| Malformed::Line)
    } else {
        Err(Malformed::Line)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::header::{Claim, Header, Malformed, tests::read},
        LONGEST,
    };

    #[test]
    fn each_form_is_read() {
        for (line, claim) in [
            ("PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", Some("192.0.2.7:56324")),
            (
                "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
                Some("255.255.255.255:65535"),
            ),
            ("PROXY TCP4 1.1.1.1 1.1.1.1 0 1\r\n", Some("1.1.1.1:0")),
            ("PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", Some("[2001:db8::7]:56324")),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN 192.0.2.7 192.0.2.1 56324 443\r\n", None),
            ("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", None),
        ] {
            let claim = claim.map_or(Claim::NoAddress, |own| Claim::Client(own.parse().unwrap()));
            let rest = [line.as_bytes(), b"GET / HTTP/1.1\r\n"].concat();
            assert_eq!(read(&rest), (Ok(Header::Whole(claim)), line.len()), "{line}");
        }
    }

    #[test]
    fn what_is_no_line_of_the_protocol_is_refused() {
        let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LONGEST));
        for line in [
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\n",
            "PROXY TCP4 192.0.2.7\r198.51.100.1 56324 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443 1\r\n",
            "PROXY TCP4  192.0.2.7 198.51.100.1 56324 443\r\n",
            "PROXY TCP4 192.0.2.07 198.51.100.1 56324 443\r\n",
            "PROXY TCP4 2001:db8::7 2001:db8::1 56324 443\r\n",
            "PROXY TCP6 192.0.2.7 198.51.100.1 56324 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 65536 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 +1 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 01 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 -1 443\r\n",
            "PROXY TCP4 192.0.2.7 198.51.100.1 1 \r\n",
            "PROXY UDP4 192.0.2.7 198.51.100.1 56324 443\r\n",
            "PROXY UNKNOWNS\r\nGET / HTTP/1.1\r\n",
            "PROXY UNKNOWN a\nb\r\n",
            "PROXY UNKNOWN a\rb\r\n",
            "PROXY tcp4 192.0.2.7 198.51.100.1 56324 443\r\n",
            &long,
        ] {
            let bytes = [line.as_bytes(), b"GET / HTTP/1.1\r\n\r\n"].concat();
            let (header, taken) = read(&bytes);
            assert_eq!(header, Err(Malformed::Line), "{line:?}");
            assert!(taken <= LONGEST, "{line:?}");
        }
        // No further byte is waited for.
        for line in ["PROXY UNKNOWN a\n", "PROXY UNKNOWN a\rb"] {
            assert_eq!(Header::read(line.as_bytes()), Err(Malformed::Line), "{line:?}");
        }
        // Its bytes are text, but need not be.
        assert_eq!(
            read(b"PROXY TCP4 \xff\xff\xff\xff 198.51.100.1 1 1\r\n").0,
            Err(Malformed::Line)
        );
    }
}
