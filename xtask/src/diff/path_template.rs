//! Path templates, such as `/things/{id}`.

/// A path template without the names of its parameters: `/things/{}`. Renaming a parameter does not change the URLs.
pub(super) fn without_names(path: &str) -> String {
    names(path).fold(path.to_owned(), |path, name| path.replacen(&format!("{{{name}}}"), "{}", 1))
}

/// The names of the parameters of a path template.
pub(super) fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0))
}
