//! Pictures: JPEG, PNG, WebP and GIF.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use crate::media::padding;

/// The JPEG pictures of variants 0 to 3, without padding.
const JPEGS: [&[u8]; 4] = [
    include_bytes!("../../result_files/0.jpeg"),
    include_bytes!("../../result_files/1.jpeg"),
    include_bytes!("../../result_files/2.jpeg"),
    include_bytes!("../../result_files/3.jpeg"),
];
/// The width and height of the PNG, WebP and GIF pictures, in pixels.
const SIDE: u8 = 8;

/// A JPEG picture with comment segments after its first marker (ITU-T T.81, section B.2.4.5).
pub(super) fn jpeg(size: usize, variant: u32) -> Vec<u8> {
    let picture = JPEGS[variant as usize % JPEGS.len()];
    let (start, rest) = picture.split_at(2);
    let mut file = start.to_vec();
    if size > picture.len() {
        for part in split(size.saturating_sub(picture.len()).max(4), 4 + 65_533) {
            file.extend([0xff, 0xfe]);
            file.extend(be16(part - 2));
            file.extend(padding(part - 4, variant));
        }
    }
    file.extend(rest);
    file
}

/// A PNG picture with a private chunk after its header.
pub(super) fn png(size: usize, variant: u32) -> Vec<u8> {
    let [red, green, blue] = color(variant);
    let mut line = vec![0];
    line.extend([red, green, blue].repeat(usize::from(SIDE)));
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // A vector accepts every write.
    let _ = encoder.write_all(&line.repeat(usize::from(SIDE)));
    let pixels = encoder.finish().unwrap_or_default();

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(png_chunk(b"IHDR", &[0, 0, 0, SIDE, 0, 0, 0, SIDE, 8, 2, 0, 0, 0]));
    let end = [png_chunk(b"IDAT", &pixels), png_chunk(b"IEND", &[])].concat();
    let pad = size.saturating_sub(file.len() + end.len() + 12);
    file.extend(png_chunk(b"paDd", &padding(pad, variant)));
    file.extend(end);
    file
}

fn png_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    [&be32(data.len())[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

/// A WebP picture of one color with an unknown chunk at its end.
pub(super) fn webp(size: usize, variant: u32) -> Vec<u8> {
    let mut chunks = webp_chunk(b"VP8X", &[0, 0, 0, 0, SIDE - 1, 0, 0, SIDE - 1, 0, 0]);
    chunks.extend(webp_chunk(b"VP8L", &vp8l(color(variant))));
    let pad = size.saturating_sub(12 + chunks.len() + 8);
    chunks.extend(webp_chunk(b"XPAD", &padding(pad.next_multiple_of(2), variant)));
    [&b"RIFF"[..], &le32(4 + chunks.len()), b"WEBP", &chunks].concat()
}

fn webp_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    [kind, &le32(data.len()), data].concat()
}

/// Returns a lossless WebP bitstream of one color (RFC 9649, section 3). It has five prefix codes of one symbol each,
/// and no bits for the pixels.
fn vp8l([red, green, blue]: [u8; 3]) -> [u8; 12] {
    let (mut bits, mut count) = (0_u128, 0);
    let mut push = |value: u8, width: u32| {
        bits |= u128::from(value) << count;
        count += width;
    };
    push(0x2f, 8);
    for side in [SIDE, SIDE] {
        push(side - 1, 14);
    }
    // No alpha, version 0; no transform, no color cache, no meta prefix codes.
    push(0, 1 + 3 + 3);
    for symbol in [green, red, blue, 255] {
        // A simple code of one symbol of 8 bits.
        push(0b101, 3);
        push(symbol, 8);
    }
    // The distance code: one symbol of 1 bit.
    push(0b0001, 4);
    let [bytes @ .., _, _, _, _] = bits.to_le_bytes();
    bytes
}

/// A GIF picture with a comment before the picture (`GIF89a`, section 24).
pub(super) fn gif(size: usize, variant: u32) -> Vec<u8> {
    const PIXELS: u8 = SIDE * SIDE;
    let mut file = b"GIF89a".to_vec();
    file.extend([SIDE, 0, SIDE, 0, 0b1000_0000, 0, 0]);
    file.extend(color(variant).repeat(2));
    // Codes of 8 bits (2 for the clear and end codes, then one per pixel): the table stays below 256 entries.
    let mut picture = vec![0x2c, 0, 0, 0, 0, SIDE, 0, SIDE, 0, 0, 7, PIXELS + 2, 0x80];
    picture.extend([0; PIXELS as usize]);
    picture.extend([0x81, 0, 0x3b]);
    file.extend([0x21, 0xfe]);
    for part in split(size.saturating_sub(file.len() + picture.len() + 1).max(2), 256) {
        file.extend(&be16(part - 1)[1..]);
        file.extend(padding(part - 1, variant));
    }
    file.push(0);
    file.extend(picture);
    file
}

fn color(variant: u32) -> [u8; 3] {
    [60, 110, 160].map(|base: u8| base.wrapping_add((variant % 64) as u8 * 3))
}

/// Splits `size` into nearly equal parts of at most `max`.
fn split(size: usize, max: usize) -> impl Iterator<Item = usize> {
    let count = size.div_ceil(max);
    (0..count).map(move |n| size * (n + 1) / count - size * n / count)
}

/// Encodes a length as two bytes in big-endian order. The length must be at most 65,535.
fn be16(length: usize) -> [u8; 2] {
    let [.., high, low] = length.to_be_bytes();
    [high, low]
}

fn be32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn le32(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
