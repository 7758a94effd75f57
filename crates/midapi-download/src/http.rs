//! The HTTP client for result files. It never sends the API key, and connects only to addresses that [`AddressPolicy`]
//! allows.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use midapi::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use midapi::reqwest::{self, redirect};
use midapi::{BoxError, Client, Error, ErrorKind};
use url::{Host, Url};

const MAX_REDIRECTS: usize = 3;

/// The maximum time without receiving a byte of the response.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds the HTTP client that downloads result files. It has the connection settings of `client`.
///
/// # Errors
/// [`ErrorKind::Config`] if the connection settings of `client` are invalid.
pub(crate) fn build_http_client(client: &Client) -> Result<(reqwest::Client, AddressPolicy), Error> {
    let policy = AddressPolicy { allows_loopback: client.is_local(), uses_proxy: client.uses_proxy()? };
    let builder = client
        .http_client_builder()?
        .user_agent(concat!("midapi-download/", env!("CARGO_PKG_VERSION")))
        .read_timeout(READ_TIMEOUT)
        // A Referer would pass the tokens in a URL on to another host.
        .referer(false)
        .redirect(redirect::Policy::custom(move |attempt| follow(attempt, policy)))
        .dns_resolver(Arc::new(CheckedResolver(policy)));
    let http = builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "the HTTP client for result files cannot be built").with_source(error)
    })?;
    Ok((http, policy))
}

/// The policy for the addresses that connections may reach.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AddressPolicy {
    /// Whether the API is on a loopback address. Files may then be on a loopback address too.
    allows_loopback: bool,
    /// Whether connections go through a proxy. The proxy then decides which addresses may be reached.
    uses_proxy: bool,
}

impl AddressPolicy {
    /// Checks the scheme of a URL, and its host if that is an IP address. Host names are checked when they are
    /// resolved.
    pub(crate) fn check(self, url: &Url) -> Result<(), Rejected> {
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Rejected("the URL has no host".to_owned())),
        };
        let is_loopback =
            address.is_some_and(|address| address.to_canonical().is_loopback()) || url.host_str() == Some("localhost");
        match url.scheme() {
            "https" => {}
            "http" if is_loopback && self.allows_loopback => {}
            scheme => return Err(Rejected(format!("the URL is {scheme}, not https"))),
        }
        match address {
            Some(address) if !self.allows(address) => Err(Rejected(format!("{address} is not a public address"))),
            _ => Ok(()),
        }
    }

    fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.uses_proxy || (self.allows_loopback && address.is_loopback()) || is_public(address)
    }
}

/// The reason why requests to a URL or an address are not allowed.
#[derive(Debug)]
pub(crate) struct Rejected(pub(crate) String);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Rejected {}

/// Whether an address is on the public internet, according to the registries of special-purpose addresses (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let is_special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_documentation()
                || matches!((a, b, c), (0 | 224.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _));
            !is_special
        }
        IpAddr::V6(address) => {
            let segments = address.segments();
            // Addresses that embed an IPv4 address: NAT64 and 6to4.
            let embedded = match segments {
                [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some([high, low]),
                _ => None,
            };
            if let Some([high, low]) = embedded {
                let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
                return is_public(IpAddr::from([a, b, c, d]));
            }
            // Global unicast is 2000::/3, without Teredo, benchmarking and documentation.
            (segments[0] & 0xe000) == 0x2000
                && !(segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xdb8))
                && !(segments[0] == 0x3fff && segments[1] < 0x1000)
        }
    }
}

fn follow(attempt: redirect::Attempt<'_>, policy: AddressPolicy) -> redirect::Action {
    let rejected = if attempt.previous().len() > MAX_REDIRECTS {
        Rejected(format!("the server redirects more than {MAX_REDIRECTS} times"))
    } else if attempt.previous().last().is_some_and(|from| from.scheme() == "https")
        && attempt.url().scheme() != "https"
    {
        Rejected("the server redirects from https to http".to_owned())
    } else {
        match policy.check(attempt.url()) {
            Ok(()) => return attempt.follow(),
            Err(rejected) => rejected,
        }
    };
    attempt.error(rejected)
}

/// A DNS resolver that uses the resolver of the system and drops addresses that the policy does not allow.
struct CheckedResolver(AddressPolicy);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = addresses.filter(|address| policy.allows(address.ip())).collect();
            if allowed.is_empty() {
                let rejected = Rejected(format!("{} has no public address", name.as_str()));
                return Err(BoxError::from(rejected));
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Finds the rejection among the causes of an error.
pub(crate) fn find_rejection(error: &reqwest::Error) -> Option<&Rejected> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(rejected) = error.downcast_ref() {
            return Some(rejected);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_rejected() {
        let table = [
            ("8.8.8.8", true),
            ("100.128.0.1", true),
            ("2606:4700::6810:84e5", true),
            ("64:ff9b::808:808", true),
            ("127.0.0.1", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("0.0.0.0", false),
            ("198.18.0.1", false),
            ("192.0.0.170", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
            ("64:ff9b::a00:1", false),
            ("2002:a00:1::", false),
        ];
        for (address, expected) in table {
            let policy = AddressPolicy { allows_loopback: false, uses_proxy: false };
            assert_eq!(policy.allows(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn urls_are_checked_by_scheme_and_address() {
        let remote = AddressPolicy { allows_loopback: false, uses_proxy: false };
        let local = AddressPolicy { allows_loopback: true, uses_proxy: false };
        let table = [
            ("https://files.example/a.png", true, true),
            ("http://files.example/a.png", false, false),
            ("http://127.0.0.1:80/a.png", false, true),
            ("http://[::1]/a.png", false, true),
            ("http://localhost/a.png", false, true),
            ("https://10.0.0.1/a.png", false, false),
            ("https://2130706433/a.png", false, true),
            ("https://0x7f.1/a.png", false, true),
            ("ftp://files.example/a.png", false, false),
            ("file:///etc/passwd", false, false),
            ("data:image/png,x", false, false),
        ];
        for (url, with_remote_api, with_local_api) in table {
            let parsed = url.parse().unwrap();
            assert_eq!(remote.check(&parsed).is_ok(), with_remote_api, "{url}");
            assert_eq!(local.check(&parsed).is_ok(), with_local_api, "{url}");
        }
    }
}
