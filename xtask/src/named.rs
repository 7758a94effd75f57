//! The named numbers of the spec: integer enums with `x-enum-varnames`, as open types.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use serde_json::Value;

use crate::spec;

/// An integer enum of the spec.
#[derive(Debug)]
pub struct Named {
    /// The schema's name, which is also the Rust type's.
    pub name: String,
    description: String,
    values: Vec<NamedValue>,
}

#[derive(Debug)]
struct NamedValue {
    number: i64,
    name: String,
    description: String,
}

/// Finds the named numbers among the component schemas, in the order of their names.
pub fn find(document: &Value) -> Vec<Named> {
    let schemas = spec::object(&document["components"]["schemas"]);
    schemas.filter_map(|(name, schema)| Named::read(name, schema)).collect()
}

/// The source text of a module with a type for each.
///
/// # Panics
/// If a name of the spec is no Rust identifier; [`crate::refuse`] turns those down first.
pub fn module(all: &[Named]) -> TokenStream {
    let types = all.iter().map(Named::tokens);
    quote! { #(#types)* }
}

/// The text of an attribute, trimmed of YAML's line ends.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

impl Named {
    fn read(name: &str, schema: &Value) -> Option<Self> {
        if schema["type"] != "integer" {
            return None;
        }
        let names = schema["x-enum-varnames"].as_array()?;
        let numbers = schema["enum"].as_array()?;
        let values = numbers.iter().zip(names).enumerate().map(|(index, (number, name))| {
            Some(NamedValue {
                number: number.as_i64()?,
                name: name.as_str()?.to_owned(),
                description: text(&schema["x-enum-descriptions"][index]),
            })
        });
        Some(Self {
            name: name.to_owned(),
            description: text(&schema["description"]),
            values: values.collect::<Option<_>>()?,
        })
    }

    fn tokens(&self) -> TokenStream {
        let ty = Ident::new(&self.name, Span::call_site());
        let docs = format!(
            " {}\n\n An open list: a number that the spec does not name is kept, and is no error.",
            self.description
        );
        let names: Vec<_> = self.values.iter().map(|value| Ident::new(&value.name, Span::call_site())).collect();
        let consts = self.values.iter().zip(&names).map(|(value, name)| {
            let number = Literal::i64_unsuffixed(value.number);
            let doc = format!(" `{}`: {}", value.number, value.description);
            quote! {
                #[doc = #doc]
                pub const #name: Self = Self(#number);
            }
        });
        let arms = self.values.iter().zip(&names).map(|(value, name)| {
            let text = value.name.to_lowercase();
            quote! { Self::#name => Some(#text) }
        });
        quote! {
            #[doc = #docs]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
            #[serde(transparent)]
            pub struct #ty(pub i64);

            impl #ty {
                #(#consts)*

                /// All numbers that the spec names, in its order.
                pub const NAMED: &'static [Self] = &[#(Self::#names),*];

                /// The spec's name for the number, in lower case.
                pub const fn name(self) -> Option<&'static str> {
                    match self {
                        #(#arms,)*
                        _ => None,
                    }
                }
            }

            impl std::fmt::Display for #ty {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    self.0.fmt(f)
                }
            }
        }
    }
}
