//! Mistakes about the signature itself.

use super::{
    Hostile,
    forge::{Forge, Kind, encode, hs256},
    refuse,
};

/// The order of Ed25519's group, little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The order of P-256's group, big-endian.
const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6,
    0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

pub(super) fn add(table: &mut Vec<Hostile>, forge: &Forge, stranger: &Forge, now: u64) {
    for kind in Kind::ALL {
        let valid = forge.valid(kind, now);
        let (signed, _) = valid.rsplit_once('.').unwrap();
        let good = forge.sign(kind, signed.as_bytes());
        let other = forge.valid(kind, now - 1);
        let other = other.rsplit_once('.').unwrap().1;

        let mut seal = |name: &str, signature: &[u8]| {
            let token = format!("{signed}.{}", encode(signature));
            refuse(table, format!("{}: {name}", kind.name()), token, 401);
        };
        seal("by a stranger's key", &stranger.sign(kind, signed.as_bytes()));
        seal("first bit changed", &changed(&good, 0));
        seal("last bit changed", &changed(&good, good.len() - 1));
        seal("zeros", &vec![0; good.len()]);
        seal("ones", &vec![0xff; good.len()]);
        seal("one byte less", &good[..good.len() - 1]);
        seal("half", &good[..good.len() / 2]);
        seal("one byte", &good[..1]);
        seal("one byte more", &[&good[..], &[0]].concat());
        seal("a zero before", &[&[0][..], &good].concat());
        seal("twice", &[&good[..], &good].concat());
        seal("a thousand bytes", &[7; 1024]);
        seal(
            "over the payload alone",
            &forge.sign(kind, signed.split_once('.').unwrap().1.as_bytes()),
        );
        seal("over nothing", &forge.sign(kind, b""));
        for wrong in Kind::ALL {
            if wrong != kind {
                let name = format!("by the {} key", wrong.name());
                seal(&name, &forge.sign(wrong, signed.as_bytes()));
            }
        }
        match kind {
            Kind::Hs256 => {
                seal("SHA-512", &forge.sign_with_wrong_hash(signed.as_bytes()));
                seal("SHA-512, cut", &forge.sign_with_wrong_hash(signed.as_bytes())[..32]);
                for secret in ["", "secret", "password", "changeme", "your-256-bit-secret"] {
                    seal(
                        &format!("secret {secret:?}"),
                        &hs256(secret.as_bytes(), signed.as_bytes()),
                    );
                }
            }
            Kind::Rs256 | Kind::Ps256 => {
                for bits in [1024, 1536, 3072, 4096] {
                    let size = vec![0x11; bits / 8];
                    seal(&format!("in the size of a key of {bits} bits"), &size);
                }
                let mut one = vec![0; good.len()];
                one[good.len() - 1] = 1;
                seal("one", &one);
                seal("the other padding", &forge.sign_with_wrong_padding(kind, signed.as_bytes()));
            }
            Kind::Es256 => {
                let (r, s) = good.split_at(32);
                seal("in DER", &der(r, s));
                seal("s and r exchanged", &[s, r].concat());
                seal("r zero", &[&[0; 32][..], s].concat());
                seal("s zero", &[r, &[0; 32][..]].concat());
                // Of another curve's size, and numbers that are none of this one's.
                seal("in the size of P-384", &[0x11; 96]);
                seal("in the size of P-521", &[0x11; 132]);
                seal("r and s padded to P-384", &[&[0; 16], r, &[0; 16], s].concat());
                seal("r cut of its first byte", &[&r[1..], s].concat());
                seal("r the group's order", &[&P256_ORDER, s].concat());
                seal("s the group's order", &[r, &P256_ORDER].concat());
                seal("r beyond the field", &[&[0xff; 32], s].concat());
                seal("point with its prefix", &[&[4][..], r, s].concat());
                seal("r and s one", &{
                    let mut ones = [0; 64];
                    ones[31] = 1;
                    ones[63] = 1;
                    ones
                });
            }
            Kind::EdDsa => {
                seal("s beyond the group's order", &beyond_order(&good));
                let (r, s) = good.split_at(32);
                let mut neutral = [0; 32];
                neutral[0] = 1;
                seal("neutral point, s zero", &[neutral, [0; 32]].concat());
                seal("neutral point", &[&neutral, s].concat());
                seal("s zero", &[r, &[0; 32]].concat());
                seal("s the group's order", &[r, &ED25519_ORDER].concat());
                seal("r and s exchanged", &[s, r].concat());
                seal("in the size of Ed448", &[0x11; 114]);
            }
        }
        let token = format!("{signed}.{other}");
        refuse(table, format!("{}: signature of another token", kind.name()), token, 401);
    }
}

fn changed(signature: &[u8], at: usize) -> Vec<u8> {
    let mut signature = signature.to_vec();
    signature[at] ^= 1;
    signature
}

/// The form that ECDSA has everywhere but in JOSE.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |value: &[u8]| {
        let zeros = value.iter().take_while(|byte| **byte == 0).count();
        let value = &value[zeros..];
        let sign = if value.first().is_some_and(|byte| byte & 0x80 != 0) { &[0][..] } else { &[] };
        let length = u8::try_from(sign.len() + value.len()).unwrap();
        [&[2, length], sign, value].concat()
    };
    let body = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
}

/// The same point with `s` plus the order: equal in the group, so a lax verifier takes it.
fn beyond_order(signature: &[u8]) -> Vec<u8> {
    let mut signature = signature.to_vec();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ED25519_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    signature
}
