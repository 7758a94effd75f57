//! Comparison of the public Rust items generated from two specs.

use std::collections::BTreeMap;
use std::fmt;

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, FnArg, ImplItem, Item as SynItem, Meta, Token, Type, Visibility, parse_quote};

use crate::codegen;
use crate::document::Document;
use crate::severity::Effect;

use super::defaults::without_defaults;
use super::path_template::without_names;

/// A public item of the generated crate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    signature: String,
    /// The signature without the names of arguments and path parameters, because callers do not write these names.
    compared: String,
    /// The kind of the item, if it is a field or a variant of an exhaustive type. None for any other item.
    closed: Option<Closed>,
}

impl Item {
    fn new(signature: String, closed: Option<Closed>) -> Self {
        Self { compared: signature.clone(), signature, closed }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    Field,
    Variant,
}

/// A Rust name that was added, removed or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustChange {
    /// The path within the crate `midapi_client`.
    pub name: String,
    /// The old signature. None if the name was added.
    pub before: Option<String>,
    /// The new signature. None if the name was removed.
    pub after: Option<String>,
    /// The effect on programs that use the name.
    pub effect: Effect,
}

impl RustChange {
    /// `added`, `removed` or `changed`.
    pub const fn verb(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
    }
}

impl fmt::Display for RustChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.verb())?;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, ": {before} → {after}"),
            (Some(one), None) | (None, Some(one)) if !one.is_empty() => write!(f, ": {one}"),
            _ => Ok(()),
        }
    }
}

/// Returns the changes of Rust names, the most severe first, or the reason why no code can be generated.
pub(super) fn changes(old: &Document, new: &Document) -> Result<Vec<RustChange>, String> {
    if without_defaults(old).value == without_defaults(new).value {
        return Ok(Vec::new());
    }
    let (before, after) = (items(old)?, items(new)?);
    // A type that was added or removed is listed without its members.
    let is_listed = |name: &str| {
        let owner =
            name.split_once(" for ").map_or_else(|| name.rsplit_once("::").map(|(owner, _)| owner), |(_, of)| Some(of));
        owner.is_none_or(|owner| before.contains_key(owner) == after.contains_key(owner))
    };
    let mut changes = Vec::new();
    for (name, was) in &before {
        let is = after.get(name);
        // A type may become exhaustive: existing code still compiles.
        let is_same = |is: &Item| is.compared == was.compared || Some(&*is.compared) == was.compared.strip_prefix(OPEN);
        if !is.is_some_and(is_same) && is_listed(name) {
            let (was, is) = (was.signature.clone(), is.map(|is| is.signature.clone()));
            changes.push(RustChange { name: name.clone(), before: Some(was), after: is, effect: Effect::Breaking });
        }
    }
    for (name, is) in after.iter().filter(|(name, _)| !before.contains_key(*name) && is_listed(name)) {
        let effect = match is.closed {
            Some(Closed::Field) => Effect::Breaking,
            Some(Closed::Variant) => Effect::Risky,
            None => Effect::Safe,
        };
        changes.push(RustChange { name: name.clone(), before: None, after: Some(is.signature.clone()), effect });
    }
    changes.sort_by(|one, other| (other.effect, &one.name).cmp(&(one.effect, &other.name)));
    Ok(changes)
}

fn items(document: &Document) -> Result<BTreeMap<String, Item>, String> {
    let files = codegen::generate_from(document).map_err(|error| error.to_string())?;
    let mut items = BTreeMap::new();
    for file in files {
        // The items of all modules except `operations` are re-exported at the root of the crate.
        let path = if file.path.ends_with("operations.rs") { "operations::" } else { "" };
        let text = file.text.unwrap_or_default();
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.path.display()))?;
        parsed.items.iter().for_each(|item| collect(path, item, &mut items));
    }
    Ok(items)
}

fn collect(path: &str, item: &SynItem, items: &mut BTreeMap<String, Item>) {
    match item {
        SynItem::Mod(module) if is_public(&module.vis) && module.ident != "error" && module.ident != "prelude" => {
            let path = format!("{path}{}::", module.ident);
            let inner = module.content.iter().flat_map(|(_, items)| items);
            inner.for_each(|item| collect(&path, item, items));
        }
        SynItem::Struct(item) if is_public(&item.vis) => {
            let (name, open) = (format!("{path}{}", item.ident), non_exhaustive(&item.attrs));
            let mut signature = kind(open, "struct");
            insert_derived(&name, &item.attrs, items);
            for (index, field) in item.fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
                match &field.ident {
                    Some(ident) => {
                        let closed = (!open).then_some(Closed::Field);
                        items.insert(format!("{name}::{ident}"), Item::new(ty(&field.ty), closed));
                    }
                    None => signature = format!("{signature} of {index}: {}", ty(&field.ty)),
                }
            }
            insert(items, name, signature);
        }
        SynItem::Enum(item) if is_public(&item.vis) => {
            let (name, open) = (format!("{path}{}", item.ident), non_exhaustive(&item.attrs));
            for variant in &item.variants {
                let closed = (!open).then_some(Closed::Variant);
                items.insert(format!("{name}::{}", variant.ident), Item::new(fields(&variant.fields), closed));
            }
            insert_derived(&name, &item.attrs, items);
            insert(items, name, kind(open, "enum"));
        }
        SynItem::Type(item) if is_public(&item.vis) => insert(items, format!("{path}{}", item.ident), ty(&item.ty)),
        SynItem::Const(item) if is_public(&item.vis) => {
            let value = short(&item.expr.to_token_stream().to_string());
            let compared = without_names(&value);
            items.insert(format!("{path}{}", item.ident), Item { compared, ..Item::new(value, None) });
        }
        SynItem::Impl(item) => {
            let owner = ty(&item.self_ty);
            // Conversions into foreign types are not listed: a change of the source type is listed instead.
            if owner.starts_with("::") || ["String", "bool", "f64", "i64", "u64"].contains(&owner.as_str()) {
                return;
            }
            let owner = format!("{path}{owner}");
            if let Some((of, _)) = &item.trait_ {
                // Every type implements it, either derived or generated by crate::untagged.
                if of.segments.last().is_some_and(|last| last.ident == "Deserialize") {
                    return;
                }
                return insert(
                    items,
                    format!("impl {} for {owner}", short(&of.to_token_stream().to_string())),
                    String::new(),
                );
            }
            for member in &item.items {
                match member {
                    ImplItem::Fn(method) if is_public(&method.vis) => {
                        let signature = short(&method.sig.to_token_stream().to_string());
                        let mut unnamed = method.sig.clone();
                        for argument in &mut unnamed.inputs {
                            if let FnArg::Typed(argument) = argument {
                                *argument.pat = parse_quote!(_);
                            }
                        }
                        let compared = unnamed.to_token_stream().to_string();
                        let item = Item { compared, ..Item::new(signature, None) };
                        items.insert(format!("{owner}::{}", method.sig.ident), item);
                    }
                    ImplItem::Const(constant) if is_public(&constant.vis) && constant.ident != "NAMED" => {
                        let value = short(&constant.expr.to_token_stream().to_string());
                        insert(items, format!("{owner}::{}", constant.ident), value);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// The prefix that marks a type as non-exhaustive.
const OPEN: &str = "#[non_exhaustive] ";

fn kind(open: bool, kind: &str) -> String {
    if open { format!("{OPEN}{kind}") } else { kind.to_owned() }
}

fn insert(items: &mut BTreeMap<String, Item>, name: String, signature: String) {
    items.insert(name, Item::new(signature, None));
}

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn non_exhaustive(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("non_exhaustive"))
}

/// Adds an item for each trait that a type derives, because programs may rely on the trait.
fn insert_derived(name: &str, attributes: &[Attribute], items: &mut BTreeMap<String, Item>) {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let parsed = lists.filter_map(|list| list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    for of in parsed.flatten().filter_map(|one| Some(one.path().segments.last()?.ident.to_string())) {
        if !matches!(of.as_str(), "Serialize" | "Deserialize") {
            insert(items, format!("impl {of} for {name}"), String::new());
        }
    }
}

fn fields(fields: &Fields) -> String {
    let types: Vec<_> = fields.iter().map(|field| ty(&field.ty)).collect();
    types.join(", ")
}

fn ty(ty: &Type) -> String {
    short(&ty.to_token_stream().to_string())
}

/// Formats tokens, with paths of the standard library shortened to the last segment.
fn short(tokens: &str) -> String {
    let mut text = tokens.to_owned();
    for module in ["boxed", "convert", "default", "fmt", "ops", "option", "result", "str", "string", "vec"] {
        text = text.replace(&format!(":: std :: {module} :: "), "");
    }
    for (spaced, tight) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (" :", ":"),
    ] {
        text = text.replace(spaced, tight);
    }
    text.replace(",)", ")").replace("->Result", "-> Result").trim().to_owned()
}
