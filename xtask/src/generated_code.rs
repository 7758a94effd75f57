//! Checks that find generated code that does not compile.

use std::collections::BTreeSet;
use std::fmt::Display;

use syn::{FnArg, ImplItem, Item, Pat, Type};

/// The methods that the generated `Client` has in addition to the operations.
const CLIENT_METHODS: [&str; 8] = ["api_version", "baseurl", "client", "clone", "exec", "inner", "post", "pre"];

/// The names in one module, each with its kind and the item that contains it.
#[derive(Default)]
struct Names(BTreeSet<(&'static str, String, String)>);

impl Names {
    fn add(
        &mut self,
        kind: &'static str,
        holder: &(impl Display + ?Sized),
        name: &(impl Display + ?Sized),
    ) -> Result<(), String> {
        let (holder, name) = (holder.to_string(), name.to_string());
        let message = format!("the generated code has two {kind} named {name} in {holder}; rename one of them");
        if self.0.insert((kind, holder, name)) { Ok(()) } else { Err(message) }
    }
}

/// Checks that names are unique and that each enum has a variant.
///
/// Types and constants must have different names within a module, fields, variants and methods within a type, and
/// arguments within a method.
///
/// # Errors
/// The first duplicate name or enum without a variant.
pub(crate) fn check(module: &str, items: &[Item]) -> Result<(), String> {
    let mut names = Names::default();
    for name in CLIENT_METHODS {
        names.add("methods", "Client", name)?;
    }
    for item in items {
        match item {
            Item::Struct(item) => {
                names.add("types", module, &item.ident)?;
                for name in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
                    names.add("fields", &item.ident, name)?;
                }
            }
            Item::Enum(item) => {
                names.add("types", module, &item.ident)?;
                if item.variants.is_empty() {
                    let name = &item.ident;
                    return Err(format!(
                        "the generated enum {name} has no variant, since no value matches its schema; correct the schema"
                    ));
                }
                for variant in &item.variants {
                    names.add("variants", &item.ident, &variant.ident)?;
                    let holder = format!("{}::{}", item.ident, variant.ident);
                    for name in variant.fields.iter().filter_map(|field| field.ident.as_ref()) {
                        names.add("fields", &holder, name)?;
                    }
                }
            }
            Item::Const(item) if item.ident != "_" => names.add("constants", module, &item.ident)?,
            Item::Mod(item) => {
                if let Some((_, items)) = &item.content {
                    check(&item.ident.to_string(), items)?;
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                let Type::Path(ty) = &*item.self_ty else { continue };
                let Some(ty) = ty.path.get_ident() else { continue };
                for method in item.items.iter().filter_map(|item| match item {
                    ImplItem::Fn(method) => Some(&method.sig),
                    _ => None,
                }) {
                    names.add("methods", ty, &method.ident)?;
                    for argument in &method.inputs {
                        if let FnArg::Typed(argument) = argument
                            && let Pat::Ident(name) = &*argument.pat
                        {
                            names.add("arguments", &method.ident, &name.ident)?;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
