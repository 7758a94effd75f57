//! Faster decoders for untagged enums.

use quote::{ToTokens, quote};
use xtask::untagged::replace_decoders;

#[test]
fn replaces_decoders_of_distinct_types() {
    let table = [
        ("a number and a text", quote!(Number(i64), Text(::std::string::String)), true),
        ("an object and a text", quote!(Object(Thing), Text(::std::string::String)), true),
        ("two objects", quote!(One(Thing), Other(Thing)), false),
        ("anything at all", quote!(Any(::serde_json::Value), Text(::std::string::String)), false),
        ("a newtype", quote!(Newtype(Name), Number(i64)), false),
    ];
    for (why, variants, replaced) in table {
        let tokens = quote! {
            pub mod types {
                #[derive(::serde::Deserialize, Clone)]
                pub struct Thing { pub name: i64 }
                #[derive(::serde::Deserialize, Clone)]
                pub struct Name(::std::string::String);
                #[derive(::serde::Deserialize, ::serde::Serialize, Clone)]
                #[serde(untagged)]
                pub enum Either { #variants }
            }
        };
        let derived = ":: serde :: Deserialize";
        let before = tokens.to_string();
        let mut file = syn::parse2(tokens).unwrap();
        replace_decoders(&mut file);
        let after = file.into_token_stream().to_string();
        assert_eq!(after.contains("visit_"), replaced, "{why}");
        let fewer = before.matches(&format!("{derived} ,")).count() - after.matches(&format!("{derived} ,")).count();
        assert_eq!(fewer, usize::from(replaced), "{why}: one derived decoder less");
    }
}
