//! Generation of `operations.rs`: a constant for each operation, for callers that build requests themselves.

use std::collections::BTreeSet;

use heck::ToShoutySnakeCase;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use serde_json::Value;

use crate::doc_comments::doc_text;
use crate::spec::Operation;

/// Returns a module with a constant for each operation.
///
/// # Panics
/// If an operation id cannot be converted to a Rust identifier. [`crate::unsupported`] rejects such ids first.
pub fn module(document: &Value) -> TokenStream {
    let constants = Operation::all(document).map(|operation| {
        let id = operation.name();
        let name = Ident::new(&id.to_shouty_snake_case(), Span::call_site());
        let summary = operation.body["summary"].as_str().unwrap_or("No summary in the spec.").trim();
        let docs = doc_text(summary);
        let (method, path) = (operation.method.to_uppercase(), operation.path);
        let query = operation.parameters(document).filter(|parameter| parameter["in"] == "query");
        // Sorted, because the order in the document has no meaning.
        let query: BTreeSet<_> = query.filter_map(|parameter| parameter["name"].as_str()).collect();
        let query = query.iter();
        quote! {
            #[doc = #docs]
            pub const #name: Operation = Operation { id: #id, method: #method, path: #path, query: &[#(#query),*] };
        }
    });
    quote! {
        use crate::Operation;
        #(#constants)*
    }
}
