//! The client's address, which proxies in front tell of: those that are trusted.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// A server that isn't ours didn't say.
    Unknown,
    /// A process of this machine, over a Unix socket: only a proxy has a reason to come that way.
    Local,
    /// Somebody over the network.
    At(IpAddr),
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        // A socket of both families shows addresses of IPv4 within IPv6.
        Self::At(address.ip().to_canonical())
    }
}

impl From<tokio::net::unix::SocketAddr> for Peer {
    fn from(_: tokio::net::unix::SocketAddr) -> Self {
        Self::Local
    }
}

/// The client that a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its address, as far as it can be known.
    pub(crate) address: Option<IpAddr>,
    /// The trusted proxies between it and us, nearest last.
    via: Vec<IpAddr>,
}

impl Client {
    /// The value of `X-Forwarded-For` for the server: the client and what is between.
    pub(super) fn chain(&self) -> Option<String> {
        let mut chain = self.address?.to_string();
        for proxy in &self.via {
            chain.push_str(", ");
            chain.push_str(&proxy.to_string());
        }
        Some(chain)
    }
}

/// The proxies that are believed about whom they speak for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// A text that names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address or network such as `10.0.0.0/8` or `2001:db8::/32`")]
pub struct ProxyError(String);

impl TrustedProxies {
    /// Reads networks, such as `10.0.0.0/8`, and single addresses.
    ///
    /// # Errors
    /// Where a text is neither.
    pub fn parse(networks: &[String]) -> Result<Self, ProxyError> {
        let network = |text: &String| {
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_| ProxyError(text.clone()))
        };
        networks.iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request: the peer, or the nearest address that trusted proxies name and
    /// that is none of them.
    pub(super) fn client(&self, peer: Peer, headers: &HeaderMap) -> Client {
        let nearest = match peer {
            Peer::Unknown => None,
            Peer::Local => Some(None),
            Peer::At(address) if self.contain(address) => Some(Some(address)),
            Peer::At(address) => return Client { address: Some(address), via: Vec::new() },
        };
        match nearest {
            None => Client { address: None, via: Vec::new() },
            Some(proxy) => self.behind(proxy, told(headers)),
        }
    }

    /// Follows the addresses from the nearest on, as far as each is trusted to name the next.
    fn behind(&self, proxy: Option<IpAddr>, told: Vec<Option<IpAddr>>) -> Client {
        let mut passed: Vec<IpAddr> = proxy.into_iter().collect();
        for address in told.into_iter().rev() {
            // Beyond what can't be read, nothing is known.
            let Some(address) = address else { break };
            passed.push(address);
            if !self.contain(address) {
                break;
            }
        }
        let address = passed.pop();
        passed.reverse();
        Client { address, via: passed }
    }
}

/// The addresses that a trusted proxy tells, nearest last.
///
/// A proxy writes one of the headers and may pass on the other as the client wrote it. Where both
/// are there and differ, either may be forged, so neither is heeded.
fn told(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let (x, standard) = (x_forwarded_for(headers), forwarded(headers));
    match (x.is_empty(), standard.is_empty()) {
        (false, false) if x != standard => Vec::new(),
        (true, _) => standard,
        (false, _) => x,
    }
}

fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(X_FORWARDED_FOR).iter();
    values
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|node| node_address(node.trim()))
        .collect()
}

/// The `for` parameters of `Forwarded` (RFC 7239); an element without one names nobody.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let values = headers.get_all(header::FORWARDED).iter();
    values
        // No address has a comma or semicolon, so splitting within quotes spoils none.
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|element| element.split(';').find_map(for_parameter).and_then(node_address))
        .collect()
}

fn for_parameter(pair: &str) -> Option<&str> {
    let (name, node) = pair.split_once('=')?;
    let node = node.trim();
    let unquoted = node.strip_prefix('"').and_then(|node| node.strip_suffix('"'));
    name.trim().eq_ignore_ascii_case("for").then(|| unquoted.unwrap_or(node))
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
fn node_address(node: &str) -> Option<IpAddr> {
    let bare = node.strip_prefix('[').and_then(|node| node.strip_suffix(']')).unwrap_or(node);
    let address = bare.parse().or_else(|_| node.parse().map(|node: SocketAddr| node.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: &str, headers: &[(&'static str, &str)]) -> Option<String> {
        let trusted: Vec<String> = trusted.iter().map(|&text| text.to_owned()).collect();
        let proxies = TrustedProxies::parse(&trusted).expect("networks");
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::try_from(*value).expect("a value"))
        });
        let peer = match peer {
            "unix" => Peer::Local,
            "" => Peer::Unknown,
            address => SocketAddr::new(address.parse().expect("an address"), 1).into(),
        };
        proxies.client(peer, &headers.collect()).chain()
    }

    #[test]
    fn only_trusted_proxies_say_who_the_client_is() {
        const NEAR: &[&str] = &["10.0.0.0/8", "fd00::/8", "192.0.2.1"];
        const XFF: &str = "x-forwarded-for";
        const FORWARDED: &str = "forwarded";
        for (trusted, peer, headers, chain) in [
            // Without trust, the peer is the client, whatever it says.
            (&[][..], "10.0.0.1", &[][..], Some("10.0.0.1")),
            (&[], "10.0.0.1", &[(XFF, "198.51.100.7")], Some("10.0.0.1")),
            (NEAR, "203.0.113.9", &[(XFF, "198.51.100.7")], Some("203.0.113.9")),
            (NEAR, "", &[(XFF, "198.51.100.7")], None),
            // Of a trusted one, the nearest that isn't trusted counts, and nothing beyond it.
            (NEAR, "10.0.0.1", &[(XFF, "198.51.100.7")], Some("198.51.100.7, 10.0.0.1")),
            (NEAR, "10.0.0.1", &[(XFF, "1.1.1.1, 198.51.100.7")], Some("198.51.100.7, 10.0.0.1")),
            (
                NEAR,
                "10.0.0.1",
                &[(XFF, "1.1.1.1, 198.51.100.7"), (XFF, "192.0.2.1,10.9.9.9")],
                Some("198.51.100.7, 192.0.2.1, 10.9.9.9, 10.0.0.1"),
            ),
            (NEAR, "unix", &[(XFF, "198.51.100.7")], Some("198.51.100.7")),
            (NEAR, "unix", &[], None),
            // A trusted proxy may be the client itself.
            (NEAR, "10.0.0.1", &[], Some("10.0.0.1")),
            (NEAR, "10.0.0.1", &[(XFF, "10.0.0.2")], Some("10.0.0.2, 10.0.0.1")),
            // Beyond what can't be read, nothing is known.
            (NEAR, "10.0.0.1", &[(XFF, "198.51.100.7, unknown")], Some("10.0.0.1")),
            (NEAR, "10.0.0.1", &[(XFF, "198.51.100.7,,10.0.0.2")], Some("10.0.0.2, 10.0.0.1")),
            // Ports, brackets and families.
            (NEAR, "10.0.0.1", &[(XFF, "198.51.100.7:4711")], Some("198.51.100.7, 10.0.0.1")),
            (NEAR, "::ffff:10.0.0.1", &[(XFF, "2001:db8::1")], Some("2001:db8::1, 10.0.0.1")),
            (NEAR, "fd00::1", &[(XFF, "[2001:db8::1]:443")], Some("2001:db8::1, fd00::1")),
            (NEAR, "fd00::1", &[(XFF, "::ffff:198.51.100.7")], Some("198.51.100.7, fd00::1")),
            // The standard's header.
            (NEAR, "10.0.0.1", &[(FORWARDED, "for=198.51.100.7")], Some("198.51.100.7, 10.0.0.1")),
            (
                NEAR,
                "10.0.0.1",
                &[(FORWARDED, r#"for=1.1.1.1;proto=http, By=x; For="[2001:db8::1]:4711""#)],
                Some("2001:db8::1, 10.0.0.1"),
            ),
            (NEAR, "10.0.0.1", &[(FORWARDED, "for=_hidden")], Some("10.0.0.1")),
            (NEAR, "10.0.0.1", &[(FORWARDED, "proto=https")], Some("10.0.0.1")),
            // Both, alike and not.
            (
                NEAR,
                "10.0.0.1",
                &[(FORWARDED, "for=198.51.100.7"), (XFF, "198.51.100.7")],
                Some("198.51.100.7, 10.0.0.1"),
            ),
            (
                NEAR,
                "10.0.0.1",
                &[(FORWARDED, "for=1.1.1.1"), (XFF, "198.51.100.7")],
                Some("10.0.0.1"),
            ),
        ] {
            let found = client(trusted, peer, headers);
            assert_eq!(found.as_deref(), chain, "{peer} {headers:?}");
        }
    }

    #[test]
    fn what_is_no_network_is_named() {
        let error = TrustedProxies::parse(&["10.0.0.0/33".to_owned()]).expect_err("no network");
        assert!(error.to_string().starts_with("`10.0.0.0/33` is no"), "{error}");
    }
}
