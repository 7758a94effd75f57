//! Generation of `named.rs`: an open type with constants for each integer enum with `x-enum-varnames`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use serde_json::Value;

use crate::doc_comments::doc_text;
use crate::spec;

/// An integer enum with named values.
#[derive(Debug)]
pub struct NamedConstants {
    /// The name of the schema and of the Rust type.
    pub name: String,
    description: String,
    values: Vec<Constant>,
}

#[derive(Debug)]
struct Constant {
    number: i64,
    name: String,
    description: String,
}

/// All integer enums with named values, in the order of their names.
pub fn find(document: &Value) -> Vec<NamedConstants> {
    let schemas = spec::object(&document["components"]["schemas"]);
    schemas.filter_map(|(name, schema)| NamedConstants::read(name, schema)).collect()
}

/// Returns a module with a type for each of the given enums.
///
/// # Panics
/// If a name is not a Rust identifier. [`crate::unsupported`] rejects such names first.
pub fn module(all: &[NamedConstants]) -> TokenStream {
    let types = all.iter().map(NamedConstants::tokens);
    quote! { #(#types)* }
}

/// Returns the text of a value without white space at both ends, because a YAML block ends with a line feed. Empty for
/// a value that is not a string.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().trim().to_owned()
}

impl NamedConstants {
    fn read(name: &str, schema: &Value) -> Option<Self> {
        if schema["type"] != "integer" {
            return None;
        }
        let names = schema["x-enum-varnames"].as_array()?;
        let numbers = schema["enum"].as_array()?;
        let values = numbers.iter().zip(names).enumerate().map(|(index, (number, name))| {
            Some(Constant {
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
        let docs = doc_text(&format!("{}\n\nThe list is open: a number without a name is kept.", self.description));
        let names: Vec<_> = self.values.iter().map(|value| Ident::new(&value.name, Span::call_site())).collect();
        let consts = self.values.iter().zip(&names).map(|(value, name)| {
            let number = Literal::i64_unsuffixed(value.number);
            // A description of several lines can begin with a list, so it must start on a line of its own.
            let gap = if value.description.contains('\n') { "\n\n" } else { " " };
            let doc = doc_text(&format!("`{}`:{gap}{}", value.number, value.description));
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

                /// All named values, in the order of the spec.
                pub const NAMED: &'static [Self] = &[#(Self::#names),*];

                /// The name in lower case. None if the value has no name.
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
