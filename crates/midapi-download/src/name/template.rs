//! Name templates.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use midapi::{Error, ErrorKind, Task};
use serde_json::Value;

use crate::name::safe::{MAX_BYTES, clean_name, clean_value, cut};

/// A template for the names of saved files, relative to the target directory.
///
/// Fields: `{id}`, `{id8}` (the first 8 characters of the id), `{n}` (the number of the result, from 1), `{ext}` (the
/// extension for the content of the file), `{date}` and `{time}` (of completion, or of creation if the completion time
/// is unknown; in UTC), `{type}`, `{speed}`, `{version}`, `{aspect}`, `{prompt}`, and any key of `paramJson`. `/`
/// separates directories; `{{` and `}}` are literal braces. Defaults to `{date}/{prompt}-{id8}-{n}.{ext}`.
///
/// Field values are made safe for every file system. The longest values are truncated until each name in the path has
/// at most 228 bytes.
///
/// # Examples
/// ```
/// use midapi_download::Template;
///
/// let template: Template = "{type}/{date} {prompt}-{n}.{ext}".parse()?;
/// assert!("../{n}.{ext}".parse::<Template>().is_err(), "outside of the directory");
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    /// The parts of each component of the path: the directories, then the file name.
    components: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Field(String),
}

/// The rendered name of one result file, before a suffix such as `-2` distinguishes it from an equal name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) directories: Vec<String>,
    /// The name without its extension.
    pub(crate) stem: String,
    /// The extension with its dot. Empty if the name has no extension.
    pub(crate) extension: String,
}

impl Name {
    /// The path relative to the target. `number` selects the suffix, as for [`with_suffix`](Self::with_suffix).
    pub(crate) fn path(&self, number: u32) -> String {
        let file = self.with_suffix(number);
        self.directories.iter().chain([&file]).map(String::as_str).collect::<Vec<_>>().join("/")
    }

    /// The file name for the `number`th file of this name. The first one has no suffix; the others have `-2`, `-3`, ….
    pub(crate) fn with_suffix(&self, number: u32) -> String {
        match number {
            1 => format!("{}{}", self.stem, self.extension),
            number => format!("{}-{number}{}", self.stem, self.extension),
        }
    }
}

impl Template {
    /// The default template.
    pub const DEFAULT: &str = "{date}/{prompt}-{id8}-{n}.{ext}";

    /// Renders the name of a result. `number` starts at 1.
    pub(crate) fn name(&self, task: &Task, number: usize, extension: &str) -> Name {
        let mut rendered: Vec<String> =
            self.components.iter().map(|parts| render(parts, task, number, extension)).collect();
        let file = rendered.pop().unwrap_or_default();
        let (stem, extension) = match file.rfind('.').filter(|dot| *dot > 0 && file.len() - dot <= 12) {
            Some(dot) => (file[..dot].to_owned(), file[dot..].to_owned()),
            None => (file, String::new()),
        };
        Name { directories: rendered, stem, extension }
    }
}

/// Renders one component of the path. Its longest values are truncated until it has at most [`MAX_BYTES`] bytes.
fn render(parts: &[Part], task: &Task, number: usize, extension: &str) -> String {
    let mut texts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text.clone(),
            Part::Field(name) => clean_value(&field(name, task, number, extension)),
        })
        .collect();
    while texts.iter().map(String::len).sum::<usize>() > MAX_BYTES {
        let excess = texts.iter().map(String::len).sum::<usize>() - MAX_BYTES;
        let values = texts.iter_mut().zip(parts).filter(|(_, part)| matches!(part, Part::Field(_)));
        let Some((longest, _)) = values.max_by_key(|(text, _)| text.len()) else { break };
        let kept = cut(longest, longest.len().saturating_sub(excess)).len();
        longest.truncate(kept);
    }
    clean_name(cut(&texts.concat(), MAX_BYTES))
}

/// The value of a field. Empty if the task has no value for it; `undated` for a date or time that is unknown.
fn field(name: &str, task: &Task, number: usize, extension: &str) -> String {
    let time = |format| {
        let time: Option<Timestamp> = task.complete_time().or(task.create_time());
        time.map_or_else(|| "undated".to_owned(), |time| time.strftime(format).to_string())
    };
    let param = |key: &str| match task.params_value().get(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(value) => value.to_string(),
    };
    match name {
        "id" => task.id().to_owned(),
        "id8" => task.id().chars().take(8).collect(),
        "n" => number.to_string(),
        "ext" => extension.to_owned(),
        "date" => time("%Y-%m-%d"),
        "time" => time("%H%M%S"),
        "type" => task.task_type().unwrap_or_default().to_owned(),
        "aspect" => param("aspectRatio"),
        name => param(name),
    }
}

impl FromStr for Template {
    type Err = Error;

    /// Parses a template.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if the template
    /// - is an absolute path, starts with a drive such as `C:`, or contains a backslash,
    /// - has a component that is empty, `.`, `..`, or longer than 228 bytes, or
    /// - contains a brace that is neither doubled nor part of a field.
    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |why: &str| Error::new(ErrorKind::Usage, format!("the name template {text:?} {why}"));
        if text.starts_with('/') || text.contains('\\') || text.get(1..2) == Some(":") {
            return Err(invalid("must be a relative path with / between directories"));
        }
        let components = text.split('/').map(|component| match component {
            "" => Err(invalid("has an empty name")),
            "." | ".." => Err(invalid("contains . or ..")),
            component if component.len() > MAX_BYTES => Err(invalid("has a name that is too long")),
            component => parse_component(component)
                .ok_or_else(|| invalid("has a brace without a field: write {name}, and {{ or }} for a literal brace")),
        });
        Ok(Self { text: text.to_owned(), components: components.collect::<Result<_, _>>()? })
    }
}

fn parse_component(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        literal.push_str(&clean_literal(&rest[..brace]));
        let after = &rest[brace + 1..];
        if let Some(doubled) = after.strip_prefix(&rest[brace..=brace]) {
            literal.push_str(&rest[brace..=brace]);
            rest = doubled;
            continue;
        }
        let (name, after) = after.split_once('}').filter(|_| rest[brace..].starts_with('{'))?;
        if name.is_empty() || name.contains('{') {
            return None;
        }
        parts.push(Part::Literal(std::mem::take(&mut literal)));
        parts.push(Part::Field(name.to_owned()));
        rest = after;
    }
    literal.push_str(&clean_literal(rest));
    parts.push(Part::Literal(literal));
    Some(parts)
}

/// Makes literal text of a template safe as a part of a name, like [`clean_value`], but keeps its spaces.
fn clean_literal(text: &str) -> String {
    text.split(' ').map(clean_value).collect::<Vec<_>>().join(" ")
}

impl Default for Template {
    fn default() -> Self {
        // The test `default_template_is_valid` checks that the default parses.
        Self::DEFAULT.parse().unwrap_or(Self { text: String::new(), components: vec![Vec::new()] })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(prompt: &str) -> Task {
        let params =
            serde_json::json!({"prompt": prompt, "speed": "fast", "aspectRatio": "16:9", "seed": 7}).to_string();
        let json = serde_json::json!({
            "id": "0f1e2d3c4b5a", "task_type": "mj_txt2img", "status": "success", "success_flag": 1, "param_json": params,
            "create_time": "2025-10-15T23:59:58.437Z", "complete_time": "2025-10-16T01:04:56.437Z", "result_urls": [],
        });
        serde_json::from_value(json).unwrap()
    }

    fn path(template: &str, prompt: &str) -> String {
        template.parse::<Template>().unwrap().name(&task(prompt), 2, "png").path(1)
    }

    #[test]
    fn fields_are_replaced() {
        let table = [
            (Template::DEFAULT, "a cat", "2025-10-16/a-cat-0f1e2d3c-2.png"),
            ("{id}/{time}.{ext}", "", "0f1e2d3c4b5a/010456.png"),
            ("{type} {speed} {aspect} {seed}{version}.{ext}", "", "mj_txt2img fast 16_9 7.png"),
            ("{{{n}}}.{ext}", "", "{2}.png"),
            ("{style}/{n}", "", "_/2"),
            ("{prompt}.{ext}", "../../etc", "_.._etc.png"),
            ("{prompt}/{n}.{ext}", "..", "_/2.png"),
            ("x{prompt}", "a/b", "xa_b"),
        ];
        for (template, prompt, expected) in table {
            assert_eq!(path(template, prompt), expected, "{template}");
        }
    }

    #[test]
    fn long_prompts_keep_number_and_extension() {
        for prompt in ["x".repeat(2_000), "猫".repeat(700), "🐈 ".repeat(500)] {
            let path = path(Template::DEFAULT, &prompt);
            let name = path.rsplit('/').next().unwrap();
            assert!(name.len() <= MAX_BYTES && name.len() > MAX_BYTES - 8, "{}", name.len());
            assert!(name.ends_with("-0f1e2d3c-2.png"), "{name}");
        }
    }

    #[test]
    fn suffix_stands_before_the_extension() {
        let name = "{n}.{ext}".parse::<Template>().unwrap().name(&task(""), 1, "webp");
        assert_eq!((name.with_suffix(1), name.with_suffix(3)), ("1.webp".to_owned(), "1-3.webp".to_owned()));
    }

    #[test]
    fn default_template_is_valid() {
        assert_eq!(Template::default().to_string(), Template::DEFAULT);
        assert!(!Template::default().components[0].is_empty());
    }

    #[test]
    fn invalid_templates_are_usage_errors() {
        let long = "x".repeat(300);
        for text in [
            "", "/abs/{n}", "a//b", "../{n}", "a/../b", "./{n}", "{n", "n}", "{}", "{a{b}}", "C:\\x", "C:x", "a\\b",
            "a/", &long,
        ] {
            let error = text.parse::<Template>().expect_err(text);
            assert_eq!(error.kind(), ErrorKind::Usage, "{text}");
        }
    }
}
