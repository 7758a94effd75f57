//! Generated files have the structure of their formats.

use std::collections::HashSet;
use std::io::Read;

use flate2::Crc;
use flate2::read::ZlibDecoder;
use midapi_mock::FileKind;

const SIZES: [usize; 9] = [0, 500, 1_000, 1_001, 1_002, 1_003, 65_999, 66_001, 600_000];

#[test]
fn files_have_requested_size() {
    for kind in FileKind::ALL {
        for size in SIZES {
            let length = kind.bytes(size, 0).len();
            let expected = if kind == FileKind::Webp { size.next_multiple_of(2) } else { size };
            assert!(length >= size, "{kind:?} of {size} bytes: {length}");
            if size >= 1_000 {
                assert_eq!(length, expected, "{kind:?}");
            } else {
                assert!(length < 1_000, "{kind:?} of {size} bytes: {length}");
            }
        }
    }
}

#[test]
fn variants_have_different_bytes() {
    for kind in FileKind::ALL {
        let files: HashSet<Vec<u8>> = (0..50).map(|variant| kind.bytes(1_000, variant)).collect();
        assert_eq!(files.len(), 50, "{kind:?}");
        assert_eq!(kind.bytes(1_000, 7), kind.bytes(1_000, 7), "{kind:?} is reproducible");
    }
}

#[test]
fn structure_spans_whole_file() {
    for size in SIZES {
        for variant in 0..5 {
            check_jpeg(&FileKind::Jpeg.bytes(size, variant));
            check_png(&FileKind::Png.bytes(size, variant));
            check_webp(&FileKind::Webp.bytes(size, variant));
            check_gif(&FileKind::Gif.bytes(size, variant));
            check_mp4(&FileKind::Mp4.bytes(size, variant));
            check_webm(&FileKind::Webm.bytes(size, variant));
        }
    }
}

fn be(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte))
}

/// Walks the segments up to the scan; the file ends with its only end marker.
fn check_jpeg(file: &[u8]) {
    assert_eq!(file[..2], [0xff, 0xd8]);
    let mut rest = &file[2..];
    while rest[1] != 0xda {
        assert_eq!(rest[0], 0xff, "a marker");
        rest = &rest[2 + be(&rest[2..4])..];
    }
    let end = rest.windows(2).position(|pair| pair == [0xff, 0xd9]);
    assert_eq!(end, Some(rest.len() - 2), "an end marker at the end");
}

/// Walks the chunks, checks their checksums and decompresses the pixels.
fn check_png(file: &[u8]) {
    let (signature, mut rest) = file.split_at(8);
    assert_eq!(signature, b"\x89PNG\r\n\x1a\n");
    let (mut kinds, mut pixels) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(12 + be(&rest[..4]));
        let (content, crc) = chunk[4..].split_at(chunk.len() - 8);
        let mut expected = Crc::new();
        expected.update(content);
        assert_eq!(be(crc), expected.sum() as usize);
        kinds.push(content[..4].to_vec());
        if content.starts_with(b"IDAT") {
            ZlibDecoder::new(&content[4..]).read_to_end(&mut pixels).unwrap();
        }
        rest = after;
    }
    assert_eq!(kinds, [b"IHDR", b"paDd", b"IDAT", b"IEND"]);
    assert_eq!(pixels.len(), 8 * (1 + 8 * 3));
}

fn check_webp(file: &[u8]) {
    let le = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap()) as usize;
    assert_eq!((&file[..4], le(&file[4..8]), &file[8..12]), (&b"RIFF"[..], file.len() - 8, &b"WEBP"[..]));
    let (mut rest, mut kinds) = (&file[12..], Vec::new());
    while !rest.is_empty() {
        kinds.push(&rest[..4]);
        let size = le(&rest[4..8]);
        assert_eq!(size % 2, 0);
        rest = &rest[8 + size..];
    }
    assert_eq!(kinds, [b"VP8X", b"VP8L", b"XPAD"]);
}

fn check_gif(file: &[u8]) {
    assert_eq!((&file[..6], file[19..21].to_vec()), (&b"GIF89a"[..], vec![0x21, 0xfe]));
    let rest = skip_blocks(&file[21..]);
    assert_eq!((rest[0], rest[10]), (0x2c, 7));
    assert_eq!(skip_blocks(&rest[11..]), [0x3b]);
}

fn skip_blocks(mut rest: &[u8]) -> &[u8] {
    while rest[0] != 0 {
        rest = &rest[1 + usize::from(rest[0])..];
    }
    &rest[1..]
}

fn check_mp4(file: &[u8]) {
    let (mut rest, mut kinds) = (file, Vec::new());
    while !rest.is_empty() {
        kinds.push(&rest[4..8]);
        rest = &rest[be(&rest[..4])..];
    }
    assert_eq!(kinds, [b"ftyp", b"moov", b"mdat"]);
}

fn check_webm(file: &[u8]) {
    let size = |bytes: &[u8]| be(bytes) - (1 << 56);
    assert_eq!(file[..4], [0x1a, 0x45, 0xdf, 0xa3]);
    let header = 12 + size(&file[4..12]);
    assert!(file[..header].windows(4).any(|word| word == b"webm"));
    let segment = &file[header..];
    assert_eq!(segment[..4], [0x18, 0x53, 0x80, 0x67]);
    assert_eq!(12 + size(&segment[4..12]), segment.len());
    assert_eq!((segment[12], 9 + size(&segment[13..21])), (0xec, segment.len() - 12));
}
