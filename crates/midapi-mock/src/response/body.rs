//! Response bodies: whole, truncated or sent byte by byte.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::server::active_requests::ActiveRequest;
use crate::server::connection::ConnectionFault;

/// The bytes of a body: segments, each repeated a number of times. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Content {
    segments: Arc<[(Bytes, u64)]>,
    /// The index of the current segment.
    index: usize,
    /// The number of finished repetitions of the current segment.
    repeated: u64,
    /// The position in the current segment.
    offset: usize,
    /// The number of remaining bytes in all segments.
    remaining: u64,
}

impl Content {
    pub(crate) fn new(segments: impl IntoIterator<Item = (Bytes, u64)>) -> Self {
        let segments: Arc<[_]> =
            segments.into_iter().filter(|(bytes, repeats)| !bytes.is_empty() && *repeats > 0).collect();
        let remaining = segments.iter().map(|(bytes, repeats)| bytes.len() as u64 * repeats).sum();
        Self { segments, index: 0, repeated: 0, offset: 0, remaining }
    }

    /// Ends the content after `bytes` bytes.
    fn end_after(mut self, bytes: u64) -> Self {
        self.remaining = self.remaining.min(bytes);
        self
    }

    /// Returns the next bytes, at most `max`. The result is empty at the end.
    fn take(&mut self, max: u64) -> Bytes {
        let max = max.min(self.remaining);
        let Some((segment, repeats)) = self.segments.get(self.index) else { return Bytes::new() };
        let end = segment.len().min(self.offset.saturating_add(usize::try_from(max).unwrap_or(usize::MAX)));
        let bytes = segment.slice(self.offset..end);
        self.remaining -= bytes.len() as u64;
        self.offset = end;
        if self.offset == segment.len() {
            (self.repeated, self.offset) = (self.repeated + 1, 0);
        }
        if self.repeated == *repeats {
            (self.index, self.repeated) = (self.index + 1, 0);
        }
        bytes
    }
}

impl<B: Into<Bytes>> From<B> for Content {
    fn from(bytes: B) -> Self {
        Self::new([(bytes.into(), 1)])
    }
}

/// The body of one response.
pub(crate) struct Body {
    content: Content,
    is_length_known: bool,
    truncation: Option<Truncation>,
    pacing: Option<Pacing>,
    /// Counts the request as in progress until the body is dropped.
    _active: ActiveRequest,
}

struct Truncation {
    remaining: u64,
    fault: Arc<ConnectionFault>,
}

struct Pacing {
    interval: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Body {
    pub(crate) fn new(content: Content, active: ActiveRequest) -> Self {
        Self { content, is_length_known: true, truncation: None, pacing: None, _active: active }
    }

    pub(crate) fn end_after(mut self, bytes: Option<u64>) -> Self {
        self.content = self.content.end_after(bytes.unwrap_or(u64::MAX));
        self
    }

    /// If `hide` is true, sends the body in chunks, without a `Content-Length`.
    pub(crate) fn hide_length(mut self, hide: bool) -> Self {
        self.is_length_known = !hide;
        self
    }

    pub(crate) fn truncate_after(mut self, bytes: Option<u64>, fault: &Arc<ConnectionFault>) -> Self {
        self.truncation = bytes
            .filter(|&bytes| bytes < self.content.remaining)
            .map(|remaining| Truncation { remaining, fault: Arc::clone(fault) });
        self
    }

    pub(crate) fn byte_interval(mut self, interval: Option<Duration>) -> Self {
        self.pacing = interval.map(|interval| Pacing { interval, sleep: None });
        self
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut max = u64::MAX;
        if let Some(pacing) = &mut self.pacing {
            if let Some(sleep) = &mut pacing.sleep {
                ready!(sleep.as_mut().poll(cx));
                pacing.sleep = None;
            }
            max = 1;
        }
        if let Some(truncation) = &self.truncation {
            if truncation.remaining == 0 {
                // No waker is needed: the connection fails at the flush that follows.
                truncation.fault.close_when_sent();
                return Poll::Pending;
            }
            max = max.min(truncation.remaining);
        }
        let bytes = self.content.take(max);
        if bytes.is_empty() {
            return Poll::Ready(None);
        }
        if let Some(truncation) = &mut self.truncation {
            truncation.remaining -= bytes.len() as u64;
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.sleep = Some(Box::pin(sleep(pacing.interval)));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_length_known { SizeHint::with_exact(self.content.remaining) } else { SizeHint::default() }
    }
}
