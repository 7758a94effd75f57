//! The containers of videos: MP4 and `WebM`.

use crate::media::padding;

/// Returns an MP4 file with the boxes `ftyp`, `moov` and `mdat` (ISO/IEC 14496-12).
pub(super) fn mp4(size: usize, variant: u32) -> Vec<u8> {
    let mut mvhd = vec![0; 100];
    // The time scale (1,000 units per second), rate 1.0, volume 1.0, a unit matrix and the next track.
    for (position, value) in
        [(12, 1_000_u32), (20, 0x1_0000), (24, 0x100_0000), (36, 0x1_0000), (52, 0x1_0000), (68, 0x4000_0000), (96, 1)]
    {
        mvhd[position..position + 4].copy_from_slice(&value.to_be_bytes());
    }
    let mut file = mp4_box(b"ftyp", b"isom\x00\x00\x02\x00isommp42");
    file.extend(mp4_box(b"moov", &mp4_box(b"mvhd", &mvhd)));
    let pad = size.saturating_sub(file.len() + 8);
    file.extend(mp4_box(b"mdat", &padding(pad, variant)));
    file
}

fn mp4_box(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len() + 8).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], kind, data].concat()
}

/// An EBML header and a segment with a `Void` element (RFC 8794, RFC 9559).
pub(super) fn webm(size: usize, variant: u32) -> Vec<u8> {
    let header = [
        ebml(&[0x42, 0x86], &[1]), // EBMLVersion
        ebml(&[0x42, 0xf7], &[1]), // EBMLReadVersion
        ebml(&[0x42, 0xf2], &[4]), // EBMLMaxIDLength
        ebml(&[0x42, 0xf3], &[8]), // EBMLMaxSizeLength
        ebml(&[0x42, 0x82], b"webm"),
        ebml(&[0x42, 0x87], &[4]), // DocTypeVersion
        ebml(&[0x42, 0x85], &[2]), // DocTypeReadVersion
    ];
    let mut file = ebml(&[0x1a, 0x45, 0xdf, 0xa3], &header.concat());
    let pad = size.saturating_sub(file.len() + (4 + 8) + (1 + 8));
    file.extend(ebml(&[0x18, 0x53, 0x80, 0x67], &ebml(&[0xec], &padding(pad, variant))));
    file
}

/// Encodes an EBML element. The size of its data is written in eight bytes; the first of them contains the length of
/// the size field itself.
fn ebml(id: &[u8], data: &[u8]) -> Vec<u8> {
    let size = (data.len() as u64 | (1 << 56)).to_be_bytes();
    [id, &size, data].concat()
}
