//! The address of the client, seen through trusted proxies.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use poem::Request;

/// The client's address: the peer's, or, when the peer is a trusted proxy, the right-most
/// address in `X-Forwarded-For` that is not one. What stands further left, anybody can write.
pub(super) fn client_ip(req: &Request, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = req.remote_addr().as_socket_addr()?.ip().to_canonical();
    if trusted.is_empty() {
        return Some(peer);
    }
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut client = peer;
    for hop in forwarded_from_the_right(req) {
        if !is_trusted(&client) {
            break;
        }
        // A hop that cannot be read ends the trail at the one that reported it.
        let Some(ip) = parse_hop(hop) else { break };
        client = ip;
    }
    Some(client)
}

/// The hops of all `X-Forwarded-For` lines, the nearest one first.
fn forwarded_from_the_right(req: &Request) -> impl Iterator<Item = &str> {
    req.headers()
        .get_all("x-forwarded-for")
        .iter()
        .rev()
        .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','))
}

/// An address, with or without port and brackets.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .or_else(|_| hop.parse().map(|address: SocketAddr| address.ip()))
        .ok()
        .map(|ip: IpAddr| ip.to_canonical())
}

/// `ip` in words. The general formatter takes several times as long for IPv4.
pub(super) fn text(ip: IpAddr) -> String {
    let IpAddr::V4(ip) = ip else {
        return ip.to_string();
    };
    let mut text = String::with_capacity("255.255.255.255".len());
    for octet in ip.octets() {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(itoa::Buffer::new().format(octet));
    }
    text
}

#[cfg(test)]
mod tests {
    use poem::{
        Addr, RequestParts,
        web::{LocalAddr, RemoteAddr},
    };

    use super::*;

    fn request(peer: &str, forwarded: &[&str]) -> Request {
        let mut head = poem::http::Request::builder();
        for line in forwarded {
            head = head.header("x-forwarded-for", *line);
        }
        let (parts, ()) = head.body(()).unwrap().into_parts();
        let peer: SocketAddr = peer.parse().unwrap();
        let parts = RequestParts::from((
            parts,
            LocalAddr::default(),
            RemoteAddr(Addr::SocketAddr(peer)),
            poem::http::uri::Scheme::HTTP,
        ));
        Request::from_parts(parts, poem::Body::empty())
    }

    #[test]
    fn the_client_is_the_right_most_untrusted_hop() {
        let table: [(&str, &[&str], &str, &str); 9] = [
            (
                "192.0.2.9:1",
                &["198.51.100.1"],
                "192.0.2.9",
                "an untrusted peer is not believed",
            ),
            (
                "10.0.0.1:1",
                &[],
                "10.0.0.1",
                "a trusted peer without a header",
            ),
            ("10.0.0.1:1", &["198.51.100.1"], "198.51.100.1", "one hop"),
            (
                "10.0.0.1:1",
                &["6.6.6.6, 198.51.100.1"],
                "198.51.100.1",
                "a forged left end",
            ),
            (
                "10.0.0.1:1",
                &["198.51.100.1, 10.0.0.2"],
                "198.51.100.1",
                "two trusted hops",
            ),
            (
                "10.0.0.1:1",
                &["198.51.100.1", "10.0.0.2"],
                "198.51.100.1",
                "two lines",
            ),
            (
                "10.0.0.1:1",
                &["198.51.100.1, junk"],
                "10.0.0.1",
                "junk ends the trail",
            ),
            (
                "[::ffff:10.0.0.1]:1",
                &["198.51.100.1:99"],
                "198.51.100.1",
                "mapped peer, port",
            ),
            (
                "10.0.0.1:1",
                &["[2001:db8::1]:99"],
                "2001:db8::1",
                "IPv6 with port",
            ),
        ];
        for (peer, forwarded, client, why) in table {
            let trusted = ["10.0.0.0/8".parse().unwrap()];

            let found = client_ip(&request(peer, forwarded), &trusted);

            assert_eq!(found, Some(client.parse().unwrap()), "{why}");
        }
    }

    #[test]
    fn the_text_of_an_address_is_the_one_it_is_parsed_from() {
        for address in ["0.0.0.0", "192.0.2.10", "255.255.255.255", "2001:db8::1"] {
            assert_eq!(text(address.parse().unwrap()), address);
        }
    }

    #[test]
    fn nobody_is_believed_when_nobody_is_trusted() {
        let found = client_ip(&request("10.0.0.1:1", &["198.51.100.1"]), &[]);

        assert_eq!(found, Some("10.0.0.1".parse().unwrap()));
    }
}
