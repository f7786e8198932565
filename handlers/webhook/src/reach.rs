//! Which addresses a webhook may go to. The address of a webhook may be built from what a stranger typed, and must
//! not become a way into the network that the sender runs in.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Where an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere in the internet.
    Public,
    /// A network of one's own.
    Private,
    /// This machine.
    Loopback,
    /// Nowhere that a webhook could be: one link only, many machines at once, examples, what is not given out.
    Reserved,
}

impl Place {
    fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [127, ..] => Self::Loopback,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Self::Private,
            [0 | 224..=255, ..] | [169, 254, ..] | [198, 18 | 19, ..] => Self::Reserved,
            [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => Self::Reserved,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let inner = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Self::of_v4(Ipv4Addr::new(a, b, c, d))
        };
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            // An address of IPv4 in one of IPv6: mapped, translated, or tunnelled.
            [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
            [0x2002, high, low, ..] => inner(high, low),
            [0xfc00..=0xfdff, ..] => Self::Private,
            // Protocols, and examples.
            [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Self::Reserved,
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Reserved,
        }
    }
}

/// What is allowed beyond https to public addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Reach {
    pub(crate) plain_http: bool,
    pub(crate) private: bool,
    pub(crate) loopback: bool,
}

impl Reach {
    /// Whether a request may go to an address. What stays on the machine needs no encryption.
    fn allows(self, address: IpAddr, encrypted: bool) -> bool {
        match Place::of(address) {
            Place::Loopback => self.loopback,
            Place::Public => encrypted || self.plain_http,
            Place::Private => self.private && (encrypted || self.plain_http),
            Place::Reserved => false,
        }
    }
}

/// Looks names up, and leaves out the addresses that are not allowed. Connections are made to what is left, so that a
/// name cannot mean one address when it is judged and another one when it is used.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    pub(crate) reach: Reach,
    pub(crate) names: DefaultResolver,
}

impl Resolver for Lookup {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let encrypted = uri.scheme() == Some(&Scheme::HTTPS);
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.reach.allows(address.ip(), encrypted)) {
            allowed.push(*address);
        }
        if allowed.is_empty() { Err(ureq::Error::Other(Box::new(OutOfReach))) } else { Ok(allowed) }
    }
}

/// No address of the host is allowed.
#[derive(Debug)]
pub(crate) struct OutOfReach;

impl fmt::Display for OutOfReach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its address is not one that webhooks may go to")
    }
}

impl std::error::Error for OutOfReach {}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str) -> Place {
        Place::of(address.parse().unwrap())
    }

    #[test]
    fn addresses_lead_where_the_registries_say() {
        for address in
            ["8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2001:4860::1"]
        {
            assert_eq!(place(address), Place::Public, "{address}");
        }
        for address in ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd12::1"] {
            assert_eq!(place(address), Place::Private, "{address}");
        }
        for address in ["127.0.0.1", "127.9.9.9", "::1"] {
            assert_eq!(place(address), Place::Loopback, "{address}");
        }
        for address in
            ["0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"]
        {
            assert_eq!(place(address), Place::Reserved, "{address}");
        }
        for address in ["::", "fe80::1", "ff02::1", "2001:db8::1", "2001::1", "fec0::1", "::127.0.0.1"] {
            assert_eq!(place(address), Place::Reserved, "{address}");
        }
    }

    #[test]
    fn an_address_inside_an_address_counts() {
        for (address, inside) in [
            ("::ffff:127.0.0.1", Place::Loopback),
            ("::ffff:169.254.169.254", Place::Reserved),
            ("64:ff9b::10.0.0.1", Place::Private),
            ("2002:7f00:1::", Place::Loopback),
            ("2002:808:808::", Place::Public),
        ] {
            assert_eq!(place(address), inside, "{address}");
        }
    }

    #[test]
    fn what_is_not_encrypted_stays_on_the_machine() {
        let reach = Reach { loopback: true, private: true, plain_http: false };
        let allows = |address: &str, encrypted| reach.allows(address.parse().unwrap(), encrypted);
        assert!(allows("127.0.0.1", false));
        assert!(allows("10.0.0.1", true) && !allows("10.0.0.1", false));
        assert!(allows("8.8.8.8", true) && !allows("8.8.8.8", false));
        assert!(!allows("169.254.169.254", true));
    }
}
