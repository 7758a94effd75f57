//! Compressed bodies: whether a client takes them, and how they are made.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use hyper::HeaderMap;
use hyper::header::ACCEPT_ENCODING;
use std::cell::RefCell;

/// Deflate, no name, no time, fastest method, unknown system (RFC 1952).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 0xff];
/// An empty last block with fixed codes (RFC 1951).
const LAST_BLOCK: [u8; 2] = [0x03, 0x00];
/// The letter that big bodies are filled with.
pub(crate) const FILLING: &[u8] = &[b'a'; 64 * 1024];

thread_local! {
    /// A compressor's tables are several times the size of any body here: made once, used again.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// Whether these request headers accept gzip.
pub(crate) fn accepted(headers: &HeaderMap) -> bool {
    let mut any = None;
    for coding in
        headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','))
    {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let refused =
            parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        if name.eq_ignore_ascii_case("gzip") {
            return !refused;
        }
        if name == "*" {
            any = Some(!refused);
        }
    }
    any.unwrap_or(false)
}

/// The bytes, gzipped. `None` if the compressor fails, which it has no reason to.
pub(crate) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() / 2 + 256);
    out.extend_from_slice(&HEADER);
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        loop {
            let read = usize::try_from(deflate.total_in()).ok()?;
            match deflate.compress_vec(bytes.get(read..)?, &mut out, FlushCompress::Finish).ok()? {
                Status::StreamEnd => return Some(()),
                Status::Ok | Status::BufError => out.reserve(out.capacity()),
            }
        }
    })?;
    let mut crc = Crc::new();
    crc.update(bytes);
    Some(with_trailer(out, &crc, bytes.len() as u64))
}

/// `head`, `filling` bytes of [`FILLING`], `tail`, gzipped in the time and memory of the result: the same compressed
/// block is repeated, and its checksum is combined with itself.
pub(crate) fn bomb(head: &[u8], filling: u64, tail: &[u8]) -> Option<Vec<u8>> {
    let mut out = HEADER.to_vec();
    let mut crc = Crc::new();
    let mut add = |bytes: &[u8], times: u64| {
        let (block, mut sum) = (block(bytes)?, Crc::new());
        sum.update(bytes);
        for _ in 0..times {
            out.extend_from_slice(&block);
            crc.combine(&sum);
        }
        Some(())
    };
    let size = FILLING.len() as u64;
    add(head, 1)?;
    add(FILLING, filling / size)?;
    add(FILLING.get(..usize::try_from(filling % size).ok()?)?, 1)?;
    add(tail, 1)?;
    out.extend_from_slice(&LAST_BLOCK);
    Some(with_trailer(out, &crc, head.len() as u64 + filling + tail.len() as u64))
}

/// Deflate blocks that end on a whole byte and refer to nothing before them, so that they can be strung together.
fn block(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut deflate = Compress::new(Compression::best(), false);
    // Room for what cannot be compressed: with room left over, one call does all.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 256);
    deflate.compress_vec(bytes, &mut out, FlushCompress::Sync).ok()?;
    (deflate.total_in() == bytes.len() as u64 && out.len() < out.capacity()).then_some(out)
}

fn with_trailer(mut out: Vec<u8>, crc: &Crc, length: u64) -> Vec<u8> {
    out.extend_from_slice(&crc.sum().to_le_bytes());
    // The length modulo 2^32 (RFC 1952).
    out.extend_from_slice(&length.to_le_bytes()[..4]);
    out
}
