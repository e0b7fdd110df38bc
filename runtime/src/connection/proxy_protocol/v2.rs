//! Version 2: a binary header.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{
    crc32c::crc32c,
    header::{Claim, Header, Malformed},
};

pub(super) const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family, length.
const FIXED: usize = 16;

/// The most bytes that may follow it: addresses and fields. Proxies send some hundred bytes; with
/// the certificate of a client, two thousand.
const LONGEST: usize = 4 * 1_024;

/// The field that holds a CRC-32C of the header.
const CHECKSUM: u8 = 0x03;

pub(super) fn read(bytes: &[u8]) -> Result<Header, Malformed> {
    let Some((fixed, rest)) = bytes.split_first_chunk::<FIXED>() else {
        return Ok(Header::Partial { missing: FIXED.saturating_sub(bytes.len()) });
    };
    let [.., command, family, high, low] = *fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    // Before more of it is read.
    if !matches!(command, 0x20 | 0x21) {
        return Err(Malformed::Command);
    }
    if length > LONGEST {
        return Err(Malformed::Length);
    }
    let is_local = command == 0x20;
    let addresses = match family {
        0x00 => 0,
        0x11 => 12,
        0x21 => 36,
        0x31 => 216,
        // The receiver ignores the addresses of a local connection.
        _ if is_local => 0,
        _ => return Err(Malformed::Family),
    };
    if length < addresses && !is_local {
        return Err(Malformed::Length);
    }
    let missing = length.saturating_sub(rest.len());
    if missing > 0 {
        return Ok(Header::Partial { missing });
    }
    if is_local {
        return Ok(Header::Whole(Claim::NoAddress));
    }
    let (told, fields) = rest.split_at_checked(addresses).ok_or(Malformed::Length)?;
    // Without an address it is undefined whether fields follow.
    if family != 0x00 {
        check_fields(bytes, fields)?;
    }
    let claim = match family {
        0x11 => client::<4>(told).map(|(own, port)| (Ipv4Addr::from(own).into(), port)),
        0x21 => client::<16>(told).map(|(own, port)| (Ipv6Addr::from(own).into(), port)),
        // Unix sockets have paths, and the other family means that the proxy does not know the
        // address.
        _ => return Ok(Header::Whole(Claim::NoAddress)),
    };
    let (address, port) = claim.ok_or(Malformed::Length)?;
    Ok(Header::Whole(Claim::Client(SocketAddr::new(address, port))))
}

/// The source address and its port, from source, destination and both ports.
fn client<const N: usize>(told: &[u8]) -> Option<([u8; N], u16)> {
    let (source, rest) = told.split_first_chunk::<N>()?;
    let (_destination, ports) = rest.split_first_chunk::<N>()?;
    let (port, _) = ports.split_first_chunk::<2>()?;
    Some((*source, u16::from_be_bytes(*port)))
}

/// Parses the fields, and verifies the checksum if one of them has it. All others are skipped: the
/// proxy's data about TLS are not used.
fn check_fields(header: &[u8], fields: &[u8]) -> Result<(), Malformed> {
    let mut rest = fields;
    let mut told = None;
    while let Some((&[kind, high, low], after)) = rest.split_first_chunk::<3>() {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, next) = after.split_at_checked(length).ok_or(Malformed::Extension)?;
        if kind == CHECKSUM {
            let value: [u8; 4] = value.try_into().map_err(|_| Malformed::Extension)?;
            // With two of them it is undefined which one applies.
            if told.replace((after.len(), value)).is_some() {
                return Err(Malformed::Extension);
            }
        }
        rest = next;
    }
    if !rest.is_empty() {
        return Err(Malformed::Extension);
    }
    let Some((from_end, value)) = told else { return Ok(()) };
    // The field itself counts as zeros.
    let (before, from) = header.split_at(header.len().saturating_sub(from_end));
    let after = from.get(value.len()..).unwrap_or_default();
    let found = crc32c([before, &[0; 4], after]);
    if found == u32::from_be_bytes(value) { Ok(()) } else { Err(Malformed::Checksum) }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            crc32c::crc32c,
            header::{Claim, Header, Malformed, tests::read},
        },
        LONGEST, SIGNATURE,
    };

    fn header(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, body].concat()
    }

    fn v4(fields: &[u8]) -> Vec<u8> {
        let addresses = [192, 0, 2, 7, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb];
        header(0x21, 0x11, &[&addresses, fields].concat())
    }

    fn field(kind: u8, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[kind][..], &length, value].concat()
    }

    fn told(bytes: &[u8]) -> Result<Header, Malformed> {
        let (header, taken) = read(&[bytes, b"GET /"].concat());
        if matches!(header, Ok(Header::Whole(_))) {
            assert_eq!(taken, bytes.len());
        }
        header
    }

    fn client() -> Result<Header, Malformed> {
        Ok(Header::Whole(Claim::Client("192.0.2.7:56324".parse().unwrap())))
    }

    const NO_ADDRESS: Result<Header, Malformed> = Ok(Header::Whole(Claim::NoAddress));

    #[test]
    fn each_family_is_read() {
        assert_eq!(told(&v4(b"")), client());
        let v6 = [
            &[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7][..],
            &[1; 16],
            &[0, 80, 1, 187],
        ];
        let v6 = Ok(Header::Whole(Claim::Client("[2001:db8::7]:80".parse().unwrap())))
            == told(&header(0x21, 0x21, &v6.concat()));
        assert!(v6);
        assert_eq!(told(&header(0x21, 0x31, &[0; 216])), NO_ADDRESS);
        assert_eq!(told(&header(0x21, 0x00, b"")), NO_ADDRESS);
        assert_eq!(told(&header(0x21, 0x00, b"noise")), NO_ADDRESS);
        // The proxy itself, whatever the address fields contain.
        for family in [0x00, 0x11, 0x21, 0x12, 0xff] {
            assert_eq!(told(&header(0x20, family, b"")), NO_ADDRESS);
            assert_eq!(told(&header(0x20, family, &[7; 40])), NO_ADDRESS);
        }
    }

    #[test]
    fn what_is_not_defined_is_refused() {
        let wrong = |bytes: &[u8]| told(bytes).unwrap_err();
        for command in [0x00, 0x01, 0x11, 0x22, 0x2f, 0x31] {
            assert_eq!(wrong(&header(command, 0x11, &[0; 12])), Malformed::Command);
        }
        for family in [0x01, 0x10, 0x12, 0x22, 0x32, 0x41, 0xff] {
            assert_eq!(wrong(&header(0x21, family, &[0; 216])), Malformed::Family);
        }
        for (family, body) in [(0x11, 11), (0x21, 35), (0x31, 215)] {
            assert_eq!(wrong(&header(0x21, family, &vec![0; body])), Malformed::Length);
        }
        assert_eq!(wrong(&header(0x21, 0x11, &vec![0; LONGEST + 1])), Malformed::Length);
        assert_eq!(wrong(&header(0x20, 0x00, &vec![0; LONGEST + 1])), Malformed::Length);
    }

    #[test]
    fn fields_are_skipped_and_have_a_form() {
        let tls = field(0x20, &[0x01, 0, 0, 0, 0]);
        let fields = [field(0x02, b"api.example"), tls, field(0xea, b""), field(0x04, &[0; 9])];
        assert_eq!(told(&v4(&fields.concat())), client());
        let room = LONGEST - 12 - 3;
        assert_eq!(told(&v4(&field(0x04, &vec![0; room]))), client());
        for bad in [&[0x02][..], &[0x02, 0], &[0x02, 0, 1], &[0x04, 0, 0, 1], &[2, 0xff, 0xff, 1]] {
            assert_eq!(told(&v4(bad)), Err(Malformed::Extension), "{bad:?}");
        }
    }

    #[test]
    fn a_checksum_is_compared() {
        let with = |fields: [Vec<u8>; 3]| v4(&fields.concat());
        let parts =
            |checksum: [u8; 4]| [field(0x02, b"a"), field(0x03, &checksum), field(0x04, b"b")];
        let right = crc32c([&with(parts([0; 4]))]).to_be_bytes();
        assert_eq!(told(&with(parts(right))), client());
        let mut other = with(parts(right));
        other[16] ^= 1;
        assert_eq!(told(&other), Err(Malformed::Checksum));
        assert_eq!(told(&with(parts([0; 4]))), Err(Malformed::Checksum));
        let twice = [field(0x03, &right), field(0x03, &right), Vec::new()];
        assert_eq!(told(&with(twice)), Err(Malformed::Extension));
        assert_eq!(told(&v4(&field(0x03, b"abc"))), Err(Malformed::Extension));
    }
}
