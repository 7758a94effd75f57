//! Untagged enums, read by what comes.
//!
//! serde's own reading of `#[serde(untagged)]` copies the whole value first and then tries one variant after the other. Where each variant
//! is of another JSON type, the first byte says which one it is, and nothing has to be copied: a quarter of the time of a task's record
//! went into that. The derived reading is taken out of the generated code for such enums, and one with a visitor put in.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, File, Item, ItemEnum, ItemStruct, Type};

/// What a variant reads.
enum Reads {
    Number,
    Text,
    Object(Box<Type>),
}

/// Puts the readings in.
pub(crate) fn read_directly(tokens: TokenStream) -> syn::Result<TokenStream> {
    let mut file: File = syn::parse2(tokens)?;
    for item in &mut file.items {
        if let Item::Mod(types) = item
            && types.ident == "types"
            && let Some((_, items)) = &mut types.content
        {
            replace(items);
        }
    }
    Ok(file.into_token_stream())
}

fn replace(items: &mut Vec<Item>) {
    let structs: Vec<_> = items.iter().filter_map(named_fields).collect();
    let mut changed = Vec::with_capacity(items.len());
    for mut item in items.drain(..) {
        let reading = match &mut item {
            Item::Enum(item) => reading(item, &structs),
            _ => None,
        };
        changed.push(item);
        changed.extend(reading);
    }
    *items = changed;
}

/// The name of a struct that is a JSON object.
fn named_fields(item: &Item) -> Option<Ident> {
    match item {
        Item::Struct(ItemStruct { ident, fields: syn::Fields::Named(_), .. }) => Some(ident.clone()),
        _ => None,
    }
}

/// Takes the derived reading from an enum that can be read by what comes, and returns the other one.
fn reading(item: &mut ItemEnum, structs: &[Ident]) -> Option<Item> {
    item.attrs.iter().find(|attribute| is(attribute, &quote!(#[serde(untagged)])))?;
    let (mut number, mut text, mut object) = (None, None, None);
    for variant in &item.variants {
        let name = &variant.ident;
        let place = match variant.fields.iter().collect::<Vec<_>>()[..] {
            [field] => match reads(&field.ty, structs)? {
                Reads::Number => number.replace(quote!(#name)),
                Reads::Text => text.replace(quote!(#name)),
                Reads::Object(ty) => object.replace((quote!(#name), ty)).map(|(name, _)| name),
            },
            _ => return None,
        };
        // Two variants of one JSON type have to be tried in turn.
        if place.is_some() {
            return None;
        }
    }
    without_derived_reading(&mut item.attrs)?;
    let (name, expected) = (&item.ident, expected(number.is_some(), text.is_some(), object.is_some()));
    let number = number.map(|variant| {
        quote! {
            fn visit_i64<E: ::serde::de::Error>(self, value: i64) -> ::std::result::Result<#name, E> {
                Ok(#name::#variant(value))
            }
            fn visit_u64<E: ::serde::de::Error>(self, value: u64) -> ::std::result::Result<#name, E> {
                let unexpected = ::serde::de::Unexpected::Unsigned(value);
                i64::try_from(value).map(#name::#variant).map_err(|_| E::invalid_value(unexpected, &self))
            }
        }
    });
    let text = text.map(|variant| {
        quote! {
            fn visit_str<E: ::serde::de::Error>(self, value: &str) -> ::std::result::Result<#name, E> {
                Ok(#name::#variant(value.to_owned()))
            }
            fn visit_string<E: ::serde::de::Error>(
                self,
                value: ::std::string::String,
            ) -> ::std::result::Result<#name, E> {
                Ok(#name::#variant(value))
            }
        }
    });
    let object = object.map(|(variant, ty)| {
        quote! {
            fn visit_map<A: ::serde::de::MapAccess<'de>>(self, map: A) -> ::std::result::Result<#name, A::Error> {
                let map = ::serde::de::value::MapAccessDeserializer::new(map);
                <#ty as ::serde::Deserialize>::deserialize(map).map(#name::#variant)
            }
        }
    });
    Some(syn::parse_quote! {
        impl<'de> ::serde::Deserialize<'de> for #name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                struct ByWhatComes;
                impl<'de> ::serde::de::Visitor<'de> for ByWhatComes {
                    type Value = #name;
                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str(#expected)
                    }
                    #number
                    #text
                    #object
                }
                deserializer.deserialize_any(ByWhatComes)
            }
        }
    })
}

fn reads(ty: &Type, structs: &[Ident]) -> Option<Reads> {
    if is(ty, &quote!(i64)) {
        return Some(Reads::Number);
    }
    if is(ty, &quote!(::std::string::String)) {
        return Some(Reads::Text);
    }
    let Type::Path(path) = ty else { return None };
    let name = path.path.get_ident()?;
    structs.contains(name).then(|| Reads::Object(Box::new(ty.clone())))
}

/// Whether a part of the code is written so.
fn is(part: &impl ToTokens, tokens: &TokenStream) -> bool {
    part.to_token_stream().to_string() == tokens.to_string()
}

fn expected(number: bool, text: bool, object: bool) -> String {
    let kinds = [(number, "a whole number"), (text, "a text"), (object, "an object")];
    let kinds: Vec<_> = kinds.into_iter().filter_map(|(is, words)| is.then_some(words)).collect();
    kinds.join(" or ")
}

/// Takes `Deserialize` out of the derives. None if it is not among them.
fn without_derived_reading(attributes: &mut [Attribute]) -> Option<()> {
    let derive = attributes.iter_mut().find(|attribute| attribute.path().is_ident("derive"))?;
    let derived: Vec<syn::Path> = derive
        .parse_args_with(syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated)
        .ok()?
        .into_iter()
        .collect();
    let kept: Vec<_> = derived.iter().filter(|path| !is_deserialize(path)).collect();
    if kept.len() == derived.len() {
        return None;
    }
    *derive = syn::parse_quote!(#[derive(#(#kept),*)]);
    Some(())
}

fn is_deserialize(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "Deserialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_of_different_json_types_are_read_by_what_comes() {
        let table = [
            ("a number and a text", quote!(Number(i64), Text(::std::string::String)), true),
            ("an object and a text", quote!(Object(Thing), Text(::std::string::String)), true),
            ("two objects have to be tried in turn", quote!(One(Thing), Other(Thing)), false),
            ("anything at all", quote!(Any(::serde_json::Value), Text(::std::string::String)), false),
            ("a type that is no object", quote!(Newtype(Name), Number(i64)), false),
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
            let after = read_directly(tokens).unwrap().to_string();
            assert_eq!(after.contains("visit_"), replaced, "{why}");
            let fewer =
                before.matches(&format!("{derived} ,")).count() - after.matches(&format!("{derived} ,")).count();
            assert_eq!(fewer, usize::from(replaced), "{why}: one derived reading less");
        }
    }
}
