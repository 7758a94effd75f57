//! Errors of object stores, without credentials.

use midapi::{Error, ErrorKind};

/// The maximum length of the cause in a message, in characters.
const MAX_CAUSE_CHARS: usize = 200;

/// Creates the error of a request to a store.
///
/// The error of the store is not kept as the source: it contains bodies of responses, which can include access keys and
/// the signed request.
pub(crate) fn store_error(verb: &str, name: &str, error: &object_store::Error) -> Error {
    use object_store::Error as Cause;

    let cause = root_cause(error).replace("Server returned non-2xx status code:", "HTTP");
    let (cause, code) = redact(&cause);
    let what = match error {
        Cause::NotFound { .. } => "not found",
        Cause::PermissionDenied { .. } => "permission denied",
        Cause::Unauthenticated { .. } => "the credentials were rejected",
        Cause::NotImplemented { .. } | Cause::NotSupported { .. } => "the store does not support this operation",
        _ => "",
    };
    let details: Vec<_> = [what, cause, code].into_iter().filter(|text| !text.is_empty()).collect();
    Error::new(ErrorKind::Io, format!("cannot {verb} {name}: {}", details.join(", ")))
}

/// Returns the text of the innermost cause of an error.
pub(super) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

/// Removes the body of a response from the text of an error. Returns the text before the body, and the error code of an
/// XML body. The error code is empty if there is none.
fn redact(text: &str) -> (&str, &str) {
    let end = text.find(['<', '{', '\n', '?']).unwrap_or(text.len());
    let end = text.char_indices().nth(MAX_CAUSE_CHARS).map_or(end, |(limit, _)| end.min(limit));
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    let is_code = code.len() <= 60 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (text[..end].trim_end_matches([':', ' ']), if is_code { code } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_in_messages() {
        let body = "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?><Error>\
            <Code>InvalidAccessKeyId</Code><AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId></Error>";
        let table = [
            (body, "s3://bucket/a: HTTP 403 Forbidden, InvalidAccessKeyId"),
            ("HTTP 400 {\"token\":\"AKIAEXAMPLE\"}", "HTTP 400"),
            ("cannot reach https://host/a?sig=AKIAEXAMPLE", "https://host/a"),
            ("<Code>AKIAEXAMPLE&amp;</Code>", ": "),
        ];
        for (text, expected) in table {
            let source = std::io::Error::other(text);
            let error = object_store::Error::Generic { store: "S3", source: source.into() };
            let error = store_error("read", "s3://bucket/a", &error);
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.message().ends_with(expected), "{}", error.message());
            assert!(!format!("{error:?}").contains("AKIAEXAMPLE"), "{error:?}");
        }
    }
}
