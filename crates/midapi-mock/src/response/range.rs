//! Range requests (RFC 9110, section 14).

use std::ops::Range;

use hyper::HeaderMap;
use hyper::header::{ETAG, IF_RANGE, LAST_MODIFIED, RANGE};

/// The part of a body that a request selects.
#[derive(Debug, PartialEq)]
pub(crate) enum Selection {
    Whole,
    Part(Range<usize>),
    Unsatisfiable,
}

/// Selects the part of a body of `length` bytes. A list of ranges selects the whole body.
pub(crate) fn select_range(request: &HeaderMap, response: &HeaderMap, length: usize) -> Selection {
    let is_current = request
        .get(IF_RANGE)
        .is_none_or(|known| [ETAG, LAST_MODIFIED].iter().any(|name| response.get(name) == Some(known)));
    let range = request.get(RANGE).and_then(|value| value.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
    let Some((first, last)) = range.filter(|_| is_current) else { return Selection::Whole };
    let range = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(suffix)) if first.is_empty() => length.saturating_sub(suffix)..length,
        _ => return Selection::Whole,
    };
    if range.is_empty() { Selection::Unsatisfiable } else { Selection::Part(range) }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn ranges_select_part_of_body() {
        let table = [
            ("bytes=0-", Selection::Part(0..10)),
            ("bytes=4-", Selection::Part(4..10)),
            ("bytes=2-3", Selection::Part(2..4)),
            ("bytes=2-99", Selection::Part(2..10)),
            ("bytes=-3", Selection::Part(7..10)),
            ("bytes=-99", Selection::Part(0..10)),
            ("bytes=10-", Selection::Unsatisfiable),
            ("bytes=-0", Selection::Unsatisfiable),
            ("bytes=3-2", Selection::Whole),
            ("bytes=0-1,4-5", Selection::Whole),
            ("bytes=a-", Selection::Whole),
            ("lines=0-1", Selection::Whole),
        ];
        for (range, expected) in table {
            let request = HeaderMap::from_iter([(RANGE, HeaderValue::from_static(range))]);
            assert_eq!(select_range(&request, &HeaderMap::new(), 10), expected, "{range}");
        }
    }

    #[test]
    fn if_range_must_match_validator() {
        let response = HeaderMap::from_iter([
            (ETAG, HeaderValue::from_static("\"a\"")),
            (LAST_MODIFIED, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT")),
        ]);
        let table = [
            ("\"a\"", Selection::Part(4..10)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Selection::Part(4..10)),
            ("\"b\"", Selection::Whole),
            ("W/\"a\"", Selection::Whole),
        ];
        for (if_range, expected) in table {
            let request = HeaderMap::from_iter([
                (RANGE, HeaderValue::from_static("bytes=4-")),
                (IF_RANGE, HeaderValue::from_static(if_range)),
            ]);
            assert_eq!(select_range(&request, &response, 10), expected, "{if_range}");
        }
    }
}
