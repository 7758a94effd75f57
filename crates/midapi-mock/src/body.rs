//! A body on its way out: whole, cut short, or byte by byte.

use crate::gzip::FILLING;
use crate::wire::ConnectionFault;
use hyper::body::{Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Where the bytes come from. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Content {
    Whole(Bytes),
    /// Bytes, that many of [`FILLING`], bytes.
    Filled(Bytes, u64, Bytes),
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Filled(head, filling, tail) => head.len() as u64 + filling + tail.len() as u64,
        }
    }

    /// The next bytes, `most` at the most; empty only at the end or for a `most` of 0.
    fn take(&mut self, most: u64) -> Bytes {
        let part = |bytes: &mut Bytes| bytes.split_to(usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len()));
        match self {
            Self::Whole(bytes) => part(bytes),
            Self::Filled(head, ..) if !head.is_empty() => part(head),
            Self::Filled(_, 0, tail) => part(tail),
            Self::Filled(_, filling, _) => {
                let mut some = Bytes::from_static(FILLING);
                some.truncate(usize::try_from(*filling).unwrap_or(usize::MAX));
                let some = part(&mut some);
                *filling -= some.len() as u64;
                some
            }
        }
    }
}

/// The body of an answer.
pub(crate) struct Body {
    content: Content,
    cut: Option<Cut>,
    drip: Option<Drip>,
}

struct Cut {
    left: u64,
    fate: Arc<ConnectionFault>,
}

struct Drip {
    pause: Duration,
    pausing: Option<Pin<Box<Sleep>>>,
}

impl Body {
    pub(crate) fn new(content: Content) -> Self {
        Self { content, cut: None, drip: None }
    }

    pub(crate) fn truncate_after(mut self, bytes: Option<u64>, fate: &Arc<ConnectionFault>) -> Self {
        self.cut = bytes.filter(|&bytes| bytes < self.content.len()).map(|left| Cut { left, fate: Arc::clone(fate) });
        self
    }

    pub(crate) fn byte_interval(mut self, pause: Option<Duration>) -> Self {
        self.drip = pause.map(|pause| Drip { pause, pausing: None });
        self
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut most = u64::MAX;
        if let Some(drip) = &mut self.drip {
            if let Some(pausing) = &mut drip.pausing {
                ready!(pausing.as_mut().poll(cx));
                drip.pausing = None;
            }
            most = 1;
        }
        if let Some(cut) = &self.cut {
            if cut.left == 0 {
                // No waker is kept: the connection ends at the flush that follows.
                cut.fate.end_when_sent();
                return Poll::Pending;
            }
            most = most.min(cut.left);
        }
        let bytes = self.content.take(most);
        if bytes.is_empty() {
            return Poll::Ready(None);
        }
        if let Some(cut) = &mut self.cut {
            cut.left -= bytes.len() as u64;
        }
        if let Some(drip) = &mut self.drip {
            drip.pausing = Some(Box::pin(sleep(drip.pause)));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.content.len())
    }
}
