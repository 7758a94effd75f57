//! Checks the content of result files: detects the type from the first bytes, and checks that the file is whole.
//!
//! Decoding does not show whether a file is whole, because common decoders accept half a JPEG. These checks therefore
//! look for the end that the format of the file defines: an end marker, or sizes that add up to the length of the file.

use std::io::{self, Read, Seek, SeekFrom};

/// The number of bytes at the start of a file that determine its type.
pub(crate) const HEAD_BYTES: usize = 16;

/// The maximum number of boxes or elements at the top level of a video. Real videos have fewer than ten.
const MAX_BOXES: usize = 10_000;

/// The type of a result file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileType {
    Jpeg,
    Png,
    Gif,
    WebP,
    Mp4,
    WebM,
}

impl FileType {
    /// Detects the type of a file from its first bytes. Returns None if the file has none of the types of this enum.
    pub(crate) fn detect(head: &[u8]) -> Option<Self> {
        let at = |start: usize, magic: &[u8]| head.get(start..start + magic.len()) == Some(magic);
        Some(match () {
            () if at(0, b"\xff\xd8\xff") => Self::Jpeg,
            () if at(0, b"\x89PNG\r\n\x1a\n") => Self::Png,
            () if at(0, b"GIF87a") || at(0, b"GIF89a") => Self::Gif,
            () if at(0, b"RIFF") && at(8, b"WEBP") => Self::WebP,
            () if at(4, b"ftyp") => Self::Mp4,
            () if at(0, b"\x1a\x45\xdf\xa3") => Self::WebM,
            () => return None,
        })
    }

    /// The extension of the file name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
        }
    }

    /// The media type.
    #[cfg(feature = "object-store")]
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::WebM => "video/webm",
        }
    }

    /// Whether a file of this type is whole: it ends with the end marker of the type, or the sizes in it add up to
    /// `length` bytes.
    pub(crate) fn is_whole(self, file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
        match self {
            Self::Jpeg => ends_with(file, length, b"\xff\xd9"),
            Self::Png => ends_with(file, length, b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"),
            Self::Gif => ends_with(file, length, b"\x3b"),
            Self::WebP => {
                let size = u64::from(u32::from_le_bytes(read_at(file, 4)?));
                // A chunk of odd size has a byte of padding, which some writers do not count.
                Ok(matches!(length.checked_sub(size + 8), Some(0 | 1)))
            }
            Self::Mp4 => has_whole_boxes(file, length),
            Self::WebM => has_whole_segment(file, length),
        }
    }
}

/// Whether a file ends with a marker. Zero bytes after the marker are ignored as padding.
fn ends_with(file: &mut (impl Read + Seek), length: u64, marker: &[u8]) -> io::Result<bool> {
    const TAIL_BYTES: u64 = 1024;
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    file.take(TAIL_BYTES).read_to_end(&mut tail)?;
    let end = tail.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    Ok(tail[..end].ends_with(marker))
}

/// Whether the boxes of an MP4 file add up to its length. A box of size 0 extends to the end of the file, so its
/// truncation cannot be detected. Such boxes are rare, and players reject them if they are truncated.
fn has_whole_boxes(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    let mut start = 0;
    for _ in 0..MAX_BOXES {
        if length - start < 8 {
            return Ok(start == length);
        }
        let size = match u32::from_be_bytes(read_at(file, start)?) {
            0 => return Ok(true),
            1 if length - start < 16 => return Ok(false),
            1 => u64::from_be_bytes(read_at(file, start + 8)?),
            size => u64::from(size),
        };
        if size < 8 || size > length - start {
            return Ok(false);
        }
        start += size;
    }
    Ok(false)
}

/// Whether the elements of a `WebM` file add up to its length. A segment of unknown size, as in a recorded stream,
/// extends to the end of the file and is accepted.
fn has_whole_segment(file: &mut (impl Read + Seek), length: u64) -> io::Result<bool> {
    let mut start = 0;
    for _ in 0..MAX_BOXES {
        if start >= length {
            return Ok(start == length);
        }
        let Some((_, id_bytes)) = read_variable(file, start, length)? else { return Ok(false) };
        let Some((size, size_bytes)) = read_variable(file, start + id_bytes, length)? else { return Ok(false) };
        let is_unknown = size == (1 << (7 * size_bytes)) - 1;
        if is_unknown {
            return Ok(true);
        }
        start = start.saturating_add(id_bytes + size_bytes).saturating_add(size);
    }
    Ok(false)
}

/// Reads a variable-length EBML number. Returns its value without the length marker, and its length in bytes. Returns
/// None if the number is invalid or truncated.
fn read_variable(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Option<(u64, u64)>> {
    if start >= length {
        return Ok(None);
    }
    let [first] = read_at::<1>(file, start)?;
    let bytes = u64::from(first.leading_zeros()) + 1;
    if bytes > 8 || length - start < bytes {
        return Ok(None);
    }
    let mut value = u64::from(first) & ((0xff_u64 >> bytes) & 0xff);
    for offset in 1..bytes {
        let [byte] = read_at::<1>(file, start + offset)?;
        value = value << 8 | u64::from(byte);
    }
    Ok(Some((value, bytes)))
}

fn read_at<const N: usize>(file: &mut (impl Read + Seek), start: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// An MP4 box.
    fn mp4_box(name: &str, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
        [&size[..], name.as_bytes(), content].concat()
    }

    fn whole(bytes: &[u8]) -> Option<bool> {
        let kind = FileType::detect(&bytes[..bytes.len().min(HEAD_BYTES)])?;
        Some(kind.is_whole(&mut Cursor::new(bytes), bytes.len() as u64).unwrap_or(false))
    }

    #[test]
    fn half_files_are_not_whole() {
        let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 80], b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"].concat();
        let jpeg = [b"\xff\xd8\xff\xe0".as_slice(), &[7; 80], b"\xff\xd9"].concat();
        let webp = [b"RIFF".as_slice(), &88_u32.to_le_bytes(), b"WEBP", &[7; 84]].concat();
        let mp4 = [mp4_box("ftyp", b"isom0000"), mp4_box("mdat", &[7; 80])].concat();
        let long = [
            mp4_box("ftyp", b"isom0000"),
            [&1_u32.to_be_bytes()[..], b"mdat", &96_u64.to_be_bytes(), &[7; 80]].concat(),
        ];
        let matroska = [b"\x1a\x45\xdf\xa3\x84webm".as_slice(), b"\x18\x53\x80\x67\xd0", &[7; 80]].concat();
        let table = [
            ("jpeg", jpeg),
            ("png", png),
            ("gif", [b"GIF89a".as_slice(), &[7; 80], b"\x3b"].concat()),
            ("webp", webp),
            ("mp4", mp4),
            ("mp4 with a 64-bit size", long.concat()),
            ("webm", matroska),
        ];
        for (why, bytes) in table {
            assert_eq!(whole(&bytes), Some(true), "{why}");
            for cut in [1, 2, 20, bytes.len() / 2] {
                assert_eq!(whole(&bytes[..bytes.len() - cut]), Some(false), "{why} without its last {cut} bytes");
            }
        }
    }

    #[test]
    fn padding_after_the_end_is_accepted() {
        assert_eq!(whole(b"\xff\xd8\xff\xe0.........\xff\xd9\0\0\0"), Some(true));
        assert_eq!(whole(b"RIFF\x05\0\0\0WEBP.\0"), Some(true), "a byte of padding that is not counted");
    }

    #[test]
    fn other_content_has_no_type() {
        for bytes in ["", "<!DOCTYPE html><html>", "{\"code\":404}", "\u{feff}<html>", "RIFF1234WAVE", "....free...."] {
            assert_eq!(whole(bytes.as_bytes()), None, "{bytes:?}");
        }
    }

    #[test]
    fn hostile_sizes_end_the_check() {
        let table: [(&str, Vec<u8>); 4] = [
            (
                "a box smaller than its header",
                [mp4_box("ftyp", b""), 4_u32.to_be_bytes().to_vec(), vec![0; 8]].concat(),
            ),
            (
                "a box with a 64-bit size that overflows",
                [mp4_box("ftyp", b""), vec![0, 0, 0, 1], vec![0xff; 12]].concat(),
            ),
            ("more boxes than any video", mp4_box("ftyp", b"").repeat(MAX_BOXES + 1)),
            ("an element that overflows", b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe......".to_vec()),
        ];
        for (why, bytes) in table {
            assert_eq!(whole(&bytes), Some(false), "{why}");
        }
    }
}
