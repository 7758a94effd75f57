//! Opens the object store of a URL.

use std::sync::Arc;

use midapi::{Error, ErrorKind};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use crate::object_target::ObjectTarget;
use crate::object_target::error::root_cause;

/// The maximum number of retries of a request to a store, the same as for the API.
const MAX_RETRIES: usize = 4;

/// The timeout of one request. It must be long enough to upload a whole part of a file.
const REQUEST_TIMEOUT: &str = "5m";

impl ObjectTarget {
    /// Opens the store of a URL: `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.
    ///
    /// Settings are read from the environment variables of the provider: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`, …; `GOOGLE_APPLICATION_CREDENTIALS`, …;
    /// `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`, …. The builders of [`object_store`] list all of them.
    /// If the environment contains no credentials, the credentials that the provider gives to the machine are used, if
    /// there are any. A request is retried at most 4 times.
    ///
    /// # Errors
    /// - [`ErrorKind::Usage`] if the URL is not valid, or contains credentials.
    /// - [`ErrorKind::Config`] if the environment variables cannot be used.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        // The URL is not in the message: it may contain credentials.
        let usage = |why: &str| Error::new(ErrorKind::Usage, format!("invalid URL of an object store: it {why}"));
        let url = Url::parse(url).map_err(|error| usage(&format!("is not valid: {error}")))?;
        let scheme = url.scheme();
        let is_azure = matches!(scheme, "az" | "abfs" | "abfss");
        if !is_azure && !matches!(scheme, "s3" | "s3a" | "gs") {
            return Err(usage(&format!("must start with s3://, gs:// or az://, not {scheme}://")));
        }
        // In a URL of Azure, the container can be before the @.
        let has_user = !url.username().is_empty() && !is_azure;
        if has_user || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(usage(
                "cannot contain a user, a query or a fragment: credentials are read from environment variables",
            ));
        }
        let (kind, prefix) =
            ObjectStoreScheme::parse(&url).map_err(|error| usage(&format!("is not valid: {error}")))?;
        let store = build(&kind, &url).map_err(|error| {
            let cause = root_cause(&error);
            Error::new(ErrorKind::Config, format!("the settings of the object store cannot be used: {cause}"))
        })?;
        let name = url[..url::Position::BeforePath].to_owned();
        Ok(Self { name, ..Self::new(store, prefix.as_ref())? })
    }
}

fn build(kind: &ObjectStoreScheme, url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    macro_rules! build {
        ($builder:ty, $timeout:literal) => {{
            let retries = RetryConfig { max_retries: MAX_RETRIES, ..RetryConfig::default() };
            let builder = <$builder>::from_env().with_url(url.as_str()).with_retry(retries);
            let has_timeout = std::env::var_os($timeout).is_some();
            let builder = if has_timeout { builder } else { builder.with_config("timeout".parse()?, REQUEST_TIMEOUT) };
            Arc::new(builder.build()?)
        }};
    }
    Ok(match kind {
        ObjectStoreScheme::GoogleCloudStorage => build!(GoogleCloudStorageBuilder, "GOOGLE_TIMEOUT"),
        ObjectStoreScheme::MicrosoftAzure => build!(MicrosoftAzureBuilder, "AZURE_TIMEOUT"),
        _ => build!(AmazonS3Builder, "AWS_TIMEOUT"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_parsed_without_credentials() {
        let table = [
            ("s3://bucket/pictures/猫", Ok("s3://bucket/pictures/猫")),
            ("s3://bucket", Ok("s3://bucket/")),
            ("gs://bucket/a/b/", Ok("gs://bucket/a/b")),
            ("s3://key:secret@bucket/a", Err("credentials are read from environment variables")),
            ("s3://key@bucket/a", Err("credentials are read from environment variables")),
            ("az://container/a?sig=secret", Err("credentials are read from environment variables")),
            ("s3:///a", Err("is not valid")),
            ("https://bucket.example/secret", Err("must start with s3://, gs:// or az://, not https://")),
            ("file:///secret", Err("not file://")),
            ("s3://bucket/a//b", Err("is not valid")),
        ];
        for (url, expected) in table {
            match (ObjectTarget::from_url(url), expected) {
                (Ok(target), Ok(expected)) => assert_eq!(target.to_string(), expected),
                (Err(error), Err(expected)) => {
                    assert!(error.message().contains(expected), "{url}: {error}");
                    assert!(!error.message().contains("secret"), "{error}");
                    assert_eq!(error.kind(), ErrorKind::Usage, "{url}");
                }
                (result, _) => panic!("{url}: {result:?}"),
            }
        }
    }
}
