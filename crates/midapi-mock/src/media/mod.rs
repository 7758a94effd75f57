//! Generated result files: small valid pictures and videos, padded to a size.

mod pictures;
mod videos;

/// A kind of result file.
///
/// ```
/// use midapi_mock::FileKind;
///
/// let jpeg = FileKind::Jpeg.bytes(600_000, 0);
/// assert_eq!(jpeg.len(), 600_000);
/// assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]) && jpeg.ends_with(&[0xff, 0xd9]));
/// assert_ne!(jpeg, FileKind::Jpeg.bytes(600_000, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// A baseline JPEG picture.
    Jpeg,
    /// A PNG picture.
    Png,
    /// A lossless WebP picture in the extended format.
    Webp,
    /// A GIF picture.
    Gif,
    /// The boxes of an MP4 video, without frames.
    Mp4,
    /// The elements of a `WebM` video, without frames.
    Webm,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [Self::Jpeg, Self::Png, Self::Webp, Self::Gif, Self::Mp4, Self::Webm];

    /// Returns the extension of file names: `jpeg`, `png`, `webp`, `gif`, `mp4` or `webm`.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
        }
    }

    /// Returns the media type, such as `image/jpeg`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
        }
    }

    /// Generates a file of `size` bytes. Files of different variants have different bytes.
    ///
    /// The content is small and padded with comments. If `size` is at least 1 KB, the file has exactly `size` bytes
    /// (WebP: rounded up to an even number). If `size` is less than 1 KB, the file may be larger than `size`, because
    /// it always has the whole content.
    pub fn bytes(self, size: usize, variant: u32) -> Vec<u8> {
        match self {
            Self::Jpeg => pictures::jpeg(size, variant),
            Self::Png => pictures::png(size, variant),
            Self::Webp => pictures::webp(size, variant),
            Self::Gif => pictures::gif(size, variant),
            Self::Mp4 => videos::mp4(size, variant),
            Self::Webm => videos::webm(size, variant),
        }
    }
}

/// Generates `size` lower-case letters. The padding consists of letters only, so it cannot contain the markers of file
/// formats.
fn padding(size: usize, variant: u32) -> Vec<u8> {
    let mut state = variant.wrapping_mul(0x9e37_79b9).wrapping_add(1);
    let letters = std::iter::repeat_with(|| {
        // xorshift32
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b'a' + (state % 26) as u8
    });
    letters.take(size).collect()
}
