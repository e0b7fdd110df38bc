//! Headers of version 2 of the PROXY protocol with a right signature and a right length: what is read does not
//! depend on what follows, an address is the one that was written, and a checksum that does not fit is refused.
//!
//! The first two bytes are the command and the family; the rest are the addresses and the fields.

#![no_main]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libfuzzer_sys::fuzz_target;
use palisade::allow_unsafe;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The address and the port of the client, where the family has them.
fn written(family: u8, body: &[u8]) -> Option<(IpAddr, u16)> {
    let port = |at: usize| Some(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
    match family {
        0x11 => {
            let own: [u8; 4] = body.get(..4)?.try_into().ok()?;
            Some((Ipv4Addr::from(own).into(), port(8)?))
        }
        0x21 => {
            let own: [u8; 16] = body.get(..16)?.try_into().ok()?;
            Some((Ipv6Addr::from(own).into(), port(32)?))
        }
        _ => None,
    }
}

#[allow_unsafe(macro_internals, reason = "the parser is fuzzed by itself, outside of a service")]
fn read(data: &[u8]) {
    use palisade::__private::proxy_header::{Claim, Header};

    let [command, family, body @ ..] = data else { return };
    // Mostly the commands and families that are defined.
    let command = if *command & 0x80 == 0 { 0x20 | (command & 1) } else { *command };
    let family = [0x00, 0x11, 0x21, 0x31, 0x12, 0x22, *family][usize::from(family % 7)];
    let Ok(length) = u16::try_from(body.len()) else { return };
    let header = [SIGNATURE, &[command, family], &length.to_be_bytes(), body].concat();
    let found = Header::read(&header);
    match found {
        Ok(Header::Partial { .. }) => panic!("all of it is there"),
        Ok(Header::Whole(Claim::Client(client))) => {
            assert_eq!(command, 0x21, "a connection of the proxy itself has no client");
            assert_eq!(Some((client.ip(), client.port())), written(family, body));
        }
        Ok(Header::Whole(Claim::NoAddress)) => {
            assert!(command == 0x20 || written(family, body).is_none());
        }
        Err(_) => {}
    }
    if !header.is_empty() {
        let cut = header.get(..header.len() - 1).unwrap_or_default();
        assert!(!matches!(Header::read(cut), Ok(Header::Whole(_))), "a byte is missing");
    }
}

fuzz_target!(|data: &[u8]| read(data));
