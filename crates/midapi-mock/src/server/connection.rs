//! A TCP connection that can be reset or closed on purpose.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The fault to inject into a connection. The connection and its responses share this value.
#[derive(Debug, Default)]
pub(crate) struct ConnectionFault {
    reset: AtomicBool,
    close_when_sent: AtomicBool,
}

impl ConnectionFault {
    /// Closes the connection with an RST instead of a FIN.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Relaxed);
    }

    /// Closes the connection once all written bytes have been sent.
    ///
    /// hyper discards unsent bytes when a response body returns an error. A truncated body therefore stops without an
    /// error and calls this method. The connection then fails at the next flush, which hyper requests once its own
    /// buffer is empty.
    pub(crate) fn close_when_sent(&self) {
        self.close_when_sent.store(true, Relaxed);
    }
}

/// A TCP connection with a [`ConnectionFault`].
pub(crate) struct FaultyStream {
    pub(crate) stream: TcpStream,
    pub(crate) fault: Arc<ConnectionFault>,
}

impl Drop for FaultyStream {
    fn drop(&mut self) {
        if self.fault.reset.load(Relaxed) {
            // If this fails, the connection is closed without a reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fault.close_when_sent.load(Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
