//! Networks that are treated otherwise than the rest of the world: blocked, or not limited.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A set of networks; asked by halving, so that a list of thousands costs a request nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Networks {
    v4: Ranges,
    v6: Ranges,
}

/// First and last addresses, ascending and apart from each other.
type Ranges = Box<[(u128, u128)]>;

/// Networks whose addresses no client on the internet has: of this host, private (RFC 1918, RFC
/// 4193), of carriers (RFC 6598), of one link, and reserved ones that private networks use.
const NOT_PUBLIC: [(IpAddr, u32); 11] = [
    (v4(0, 0), 8),
    (v4(10, 0), 8),
    (v4(100, 64), 10),
    (v4(127, 0), 8),
    (v4(169, 254), 16),
    (v4(172, 16), 12),
    (v4(192, 168), 16),
    (v4(240, 0), 4),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
];

const fn v4(a: u8, b: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, 0, 0))
}

impl Networks {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        let of = |v4: bool| {
            let own = networks.iter().filter(|network| network.addr().is_ipv4() == v4);
            let mut ranges: Vec<_> =
                own.map(|n| (number(n.network()), number(n.broadcast()))).collect();
            ranges.sort_unstable();
            let mut apart: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
            for (first, last) in ranges {
                match apart.last_mut() {
                    Some(before) if first <= before.1 => before.1 = before.1.max(last),
                    _ => apart.push((first, last)),
                }
            }
            apart.into_boxed_slice()
        };
        Self { v4: of(true), v6: of(false) }
    }

    /// How many public addresses are in them, of IPv4 and of IPv6. An address in two of them is one.
    pub(crate) fn public_addresses(&self) -> (u128, u128) {
        let of = |ranges: &Ranges, v4: bool| {
            let all = ranges.iter().map(|(first, last)| (last - first).saturating_add(1));
            let special = NOT_PUBLIC.iter().filter(|(address, _)| address.is_ipv4() == v4);
            let special = special.flat_map(|(address, length)| {
                let bits = if v4 { 32 } else { 128 };
                let start = number(*address);
                let size = 1_u128.checked_shl(bits - length).unwrap_or(u128::MAX);
                let end = start.saturating_add(size - 1);
                ranges.iter().map(move |(first, last)| {
                    let (first, last) = (start.max(*first), end.min(*last));
                    last.checked_sub(first).map_or(0, |more| more.saturating_add(1))
                })
            });
            all.fold(0, u128::saturating_add).saturating_sub(special.fold(0, u128::saturating_add))
        };
        (of(&self.v4, true), of(&self.v6, false))
    }

    /// Whether the address is in one of them. An IPv4 address written as IPv6 is that address.
    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let ranges = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        let address = number(address);
        let next = ranges.partition_point(|(first, _)| *first <= address);
        let before = next.checked_sub(1).and_then(|index| ranges.get(index));
        before.is_some_and(|(_, last)| address <= *last)
    }
}

/// Reads a network (`192.0.2.0/24`) or a single address; says what is wrong with anything else.
///
/// IPv4 written as IPv6 (`::ffff:192.0.2.0/120`) would contain no address that a client has here.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical())))
        .map_err(|_| format!("{text:?} is neither an address nor a network like 10.0.0.0/8"))?;
    if network.prefix_len() == 0 {
        return Err(format!("{network} is every address: name the networks"));
    }
    let is_mapped = matches!(network, IpNet::V6(_)) && network.addr().to_canonical().is_ipv4();
    if is_mapped {
        return Err(format!("{network} is IPv4 in the form of IPv6: write it as IPv4"));
    }
    Ok(network.trunc())
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::{Networks, network};
    use proptest::prelude::*;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    fn networks(texts: &[&str]) -> Networks {
        let parsed: Vec<_> = texts.iter().map(|text| network(text).unwrap()).collect();
        Networks::new(&parsed)
    }

    #[test]
    fn an_address_is_found_in_its_network_and_nowhere_else() {
        let set = networks(&["192.0.2.0/24", "198.51.100.7", "2001:db8::/32", "192.0.2.128/25"]);
        let has = |address: &str| set.contain(address.parse().unwrap());
        for inside in ["192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8:ffff::1"] {
            assert!(has(inside), "{inside}");
        }
        assert!(has("::ffff:192.0.2.9"), "a mapped address is the same address");
        for outside in ["192.0.1.255", "192.0.3.0", "198.51.100.8", "2001:db9::", "::c000:209"] {
            assert!(!has(outside), "{outside}");
        }
        assert!(!Networks::default().contain(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }

    #[test]
    fn public_addresses_are_counted_once() {
        for (texts, v4, v6) in [
            (&["10.0.0.0/7"][..], 1 << 24, 0),
            (&["192.0.2.0/24", "192.0.2.0/25", "192.0.3.0/24"], 512, 0),
            (&["192.168.0.0/16", "172.31.0.1", "127.0.0.1", "::1", "fd00::/8"], 0, 0),
            (&["8.8.8.8", "2001:db8::/32"], 1, 1 << 96),
            (&["0.0.0.0/1", "128.0.0.0/1"], 3_970_826_240, 0),
        ] {
            assert_eq!(networks(texts).public_addresses(), (v4, v6), "{texts:?}");
        }
        let (_, all) = networks(&["::/1", "8000::/1"]).public_addresses();
        assert!(all > u128::MAX / 2);
    }

    #[test]
    fn the_whole_world_and_nonsense_are_refused() {
        for text in ["0.0.0.0/0", "::/0", "", "localhost", "10.0.0.0/33", "::ffff:10.0.0.0/104"] {
            assert!(network(text).is_err(), "{text}");
        }
        assert_eq!(network("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("::ffff:10.1.2.3").unwrap().to_string(), "10.1.2.3/32");
    }

    proptest! {
        #[test]
        fn halving_finds_what_looking_at_each_does(
            list in prop::collection::vec((any::<u32>(), 1_u8..=32, any::<bool>()), 0..20),
            asked: u32,
            near in 0_usize..20,
        ) {
            let texts: Vec<_> = list.iter().map(|(bits, prefix, v4)| match v4 {
                true => format!("{}/{prefix}", Ipv4Addr::from(*bits)),
                false => format!("{}/{prefix}", Ipv6Addr::from(u128::from(*bits) << 96)),
            }).collect();
            let parsed: Vec<_> = texts.iter().filter_map(|text| network(text).ok()).collect();
            let set = Networks::new(&parsed);
            let bits = list.get(near).map_or(asked, |(bits, ..)| *bits ^ (asked & 1));
            for address in [
                IpAddr::V4(Ipv4Addr::from(bits)),
                IpAddr::V6(Ipv6Addr::from(u128::from(bits) << 96)),
            ] {
                let each = parsed.iter().any(|network| network.contains(&address.to_canonical()));
                prop_assert_eq!(set.contain(address), each);
            }
        }
    }
}
