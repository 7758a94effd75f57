//! Name resolution with a typed error for unknown hosts.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The error for a host name that could not be resolved.
#[derive(Debug)]
pub(crate) struct UnknownHost {
    pub(crate) host: String,
    source: std::io::Error,
}

impl std::fmt::Display for UnknownHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.source)
    }
}

impl std::error::Error for UnknownHost {}

/// A resolver that uses the name resolution of the operating system.
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((host.as_str(), 0)).await.map(Vec::<SocketAddr>::from_iter);
            match addresses {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(source) => Err(UnknownHost { host, source }.into()),
            }
        })
    }
}
