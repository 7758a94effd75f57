//! The options of a durable wait.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use midapi::poll::{FixedInterval, WaitPolicy};
use midapi::{Error, ErrorKind};
use restate_sdk::context::RequestTarget;
use serde::{Deserialize, Serialize};

/// The default timeout of a durable wait: 24 h.
const TIMEOUT: Duration = Duration::from_hours(24);

/// The options of a durable wait. Their JSON is the input of the workflow: durations are in seconds, and an absent
/// option has its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WaitOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_delay: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_found_grace: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    then: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    download: Option<PathBuf>,
}

impl WaitOptions {
    /// Sets the timeout of the wait. It starts at the first poll or, if [`first_delay`](Self::first_delay) is set, at
    /// the start of that delay. Defaults to 24 h.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout.as_secs_f64());
        self
    }

    /// Sets a fixed polling interval. By default, the interval grows from 5 s to 30 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval.as_secs_f64());
        self
    }

    /// Sets the delay before the first poll. It counts towards the timeout. Defaults to 0.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = Some(delay.as_secs_f64());
        self
    }

    /// Sets how long "task not found" is treated as "not yet visible". Defaults to 0.
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.not_found_grace = Some(grace.as_secs_f64());
        self
    }

    /// Sends each outcome to a handler, exactly once. The format of `handler` is `SERVICE/HANDLER`, or
    /// `OBJECT/KEY/HANDLER` for a virtual object. The handler must be registered with the same Restate server.
    pub fn then(mut self, handler: impl Into<String>) -> Self {
        self.then = Some(handler.into());
        self
    }

    /// Downloads the results. The outcome becomes available after the download. The directory is a relative path
    /// without `..`, inside the directory that the worker [permits](crate::Worker::downloads).
    pub fn download(mut self, directory: impl Into<PathBuf>) -> Self {
        self.download = Some(directory.into());
        self
    }

    /// Checks the options.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if a duration, the handler or the download directory is invalid.
    pub fn check(&self) -> Result<(), Error> {
        self.policy()?;
        self.target()?;
        self.download_directory()?;
        self.first_delay_duration().map(drop)
    }

    pub(crate) fn policy(&self) -> Result<WaitPolicy, Error> {
        let policy = WaitPolicy::new().timeout(duration("timeout", self.timeout)?.unwrap_or(TIMEOUT));
        let grace = duration("not_found_grace", self.not_found_grace)?.unwrap_or_default();
        let policy = policy.not_found_grace(grace);
        let interval = duration("interval", self.interval)?;
        Ok(interval.into_iter().fold(policy, |policy, interval| policy.poll_policy(FixedInterval(interval))))
    }

    pub(crate) fn first_delay_duration(&self) -> Result<Duration, Error> {
        let delay = duration("first_delay", self.first_delay)?.unwrap_or_default();
        Ok(delay.min(duration("timeout", self.timeout)?.unwrap_or(TIMEOUT)))
    }

    pub(crate) fn target(&self) -> Result<Option<RequestTarget>, Error> {
        let Some(then) = &self.then else { return Ok(None) };
        let parts: Vec<_> = then.split('/').collect();
        match parts[..] {
            [service, handler] if !service.is_empty() && !handler.is_empty() => {
                Ok(Some(RequestTarget::service(service, handler)))
            }
            [object, key, handler] if !object.is_empty() && !handler.is_empty() => {
                Ok(Some(RequestTarget::object(object, key, handler)))
            }
            _ => Err(Error::new(ErrorKind::Usage, format!("{then:?} is not SERVICE/HANDLER or OBJECT/KEY/HANDLER"))),
        }
    }

    /// Returns the download directory, a relative path without `..`. None if no download is requested.
    pub(crate) fn download_directory(&self) -> Result<Option<&Path>, Error> {
        let Some(path) = &self.download else { return Ok(None) };
        if path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Ok(Some(path));
        }
        let message = format!("the download directory {} is not a relative path without ..", path.display());
        Err(Error::new(ErrorKind::Usage, message))
    }
}

fn duration(name: &str, seconds: Option<f64>) -> Result<Option<Duration>, Error> {
    let invalid = |_| Error::new(ErrorKind::Usage, format!("{name} is not a valid number of seconds"));
    seconds.map(Duration::try_from_secs_f64).transpose().map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_survive_json() {
        let options = WaitOptions::default().timeout(Duration::from_millis(1500)).then("Gallery/add").download("a/b");
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(text, r#"{"timeout":1.5,"then":"Gallery/add","download":"a/b"}"#);
        assert_eq!(serde_json::from_str::<WaitOptions>(&text).unwrap(), options);
        assert!(serde_json::from_str::<WaitOptions>(r#"{"limit":1}"#).is_err());
    }

    #[test]
    fn rejects_unusable_options() {
        let table = [
            WaitOptions { timeout: Some(-1.0), ..WaitOptions::default() },
            WaitOptions { interval: Some(f64::NAN), ..WaitOptions::default() },
            WaitOptions::default().then("Gallery"),
            WaitOptions::default().then("/add"),
            WaitOptions::default().then("a/b/c/d"),
            WaitOptions::default().download("/etc"),
            WaitOptions::default().download("../other"),
        ];
        for options in table {
            assert_eq!(options.check().unwrap_err().kind(), ErrorKind::Usage, "{options:?}");
        }
        for then in ["Gallery/add", "Gallery/cats/add"] {
            WaitOptions::default().then(then).check().unwrap();
        }
    }
}
