//! The handler's signature, as the emitted code needs it.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, ItemFn, ReturnType, Safety, Type,
    spanned::Spanned as _,
    visit::{self, Visit},
};

use crate::diagnostic::{Code, Diagnostics};

/// As many as Actix supports, and enough for a reviewer.
const MAX_ARGUMENTS: usize = 12;

/// One argument.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The type.
    pub ty: Type,
    /// The type as text, with the usual spaces.
    pub written: String,
}

/// Reads the arguments, and notes what is wrong with the signature.
pub(super) fn read(item: &ItemFn, d: &mut Diagnostics) -> Vec<Argument> {
    let sig = &item.sig;
    let name = &sig.ident;
    if sig.asyncness.is_none() && sig.constness.is_none() {
        d.at(Code::NotAsync, sig.fn_token.span(), format!("handler `{name}` is not `async`"))
            .help("write `async fn`");
    }
    refuse_qualifiers(item, d);
    if !sig.generics.params.is_empty() {
        d.on(Code::GenericHandler, &sig.generics.params, format!("handler `{name}` is generic"))
            .help("an endpoint is one function: write the types that it takes");
    } else if let Some(clause) = &sig.generics.where_clause {
        d.at(
            Code::GenericHandler,
            clause.where_token.span(),
            format!("handler `{name}` has a `where` clause"),
        )
        .help("an endpoint is one function: write the types that it takes");
    }
    let mut arguments = Vec::new();
    for input in &sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                refuse_attributes(&receiver.attrs, d);
                d.at(
                    Code::SelfArgument,
                    receiver.self_token.span(),
                    format!("handler `{name}` takes `self`"),
                )
                .help("write a free function, and take state as `Data<T>`");
            }
            FnArg::Typed(typed) => {
                refuse_attributes(&typed.attrs, d);
                Unwritten(d).visit_type(&typed.ty);
                arguments.push(Argument { ty: (*typed.ty).clone(), written: written(&typed.ty) });
            }
        }
    }
    if let Some(extra) = sig.inputs.iter().nth(MAX_ARGUMENTS) {
        d.on(Code::TooManyArguments, extra, format!("handler `{name}` takes too many arguments"))
            .help("at most 12: put the fields of one input into one `Input` type");
    }
    arguments
}

/// The handler's return type as text; empty without one.
pub(super) fn returns(item: &ItemFn) -> String {
    match &item.sig.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, ty) => written(ty),
    }
}

fn refuse_qualifiers(item: &ItemFn, d: &mut Diagnostics) {
    let sig = &item.sig;
    let name = &sig.ident;
    let mut refuse = |span, what: &str| {
        d.at(Code::HandlerQualifier, span, format!("handler `{name}` is {what}"))
            .help("write `async fn`, and call such code from its body");
    };
    if let Some(token) = &sig.constness {
        refuse(token.span(), "`const`");
    }
    match &sig.safety {
        Safety::Unsafe(token) => refuse(token.span(), "`unsafe`"),
        Safety::Safe(token) => refuse(token.span(), "marked `safe`"),
        Safety::Default => {}
    }
    if let Some(abi) = &sig.abi {
        refuse(abi.extern_token.span(), "`extern`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic.dots.span(), "variadic");
    }
    if let Err(error) = item.modifiers.require_empty() {
        refuse(error.span(), "qualified in a way that palisade does not know");
    }
}

/// The handler's return type, if it has a name outside of the function.
pub(super) fn answer(item: &ItemFn) -> Option<Type> {
    struct Unnameable(bool);

    impl<'ast> Visit<'ast> for Unnameable {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }

        fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
            self.0 = true;
        }

        fn visit_type_macro(&mut self, _: &'ast syn::TypeMacro) {
            self.0 = true;
        }
    }

    let ReturnType::Type(_, ty) = &item.sig.output else { return None };
    let mut unnameable = Unnameable(false);
    unnameable.visit_type(ty);
    (!unnameable.0).then(|| (**ty).clone())
}

/// Lint levels do not affect the compiler's output; any other attribute on an argument would.
fn refuse_attributes(attributes: &[Attribute], d: &mut Diagnostics) {
    for attribute in attributes {
        let path = attribute.path();
        let is_lint = ["allow", "expect", "warn", "deny"].iter().any(|lint| path.is_ident(lint));
        if !is_lint {
            d.on(Code::ArgumentAttribute, path, "an attribute on an argument of a handler")
                .help("write two handlers, each under its own `#[cfg(..)]`");
        }
    }
}

/// Finds types that are not written out.
struct Unwritten<'a>(&'a mut Diagnostics);

impl<'ast> Visit<'ast> for Unwritten<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        if matches!(ty, Type::ImplTrait(_) | Type::Infer(_)) {
            self.0
                .on(Code::ImplTraitArgument, ty, "the type of an argument is not written out")
                .help("name the type: what reaches a handler is decided by it");
        } else {
            visit::visit_type(self, ty);
        }
    }
}

/// Tokens with the usual spaces: `Json<Vec<u8>>`, `&'static str`, `(u32, Slug)`.
pub fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    let mut word_before = false;
    let mut after_quote = false;
    for token in tokens {
        let is_word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if word_before && is_word && !after_quote {
            text.push(' ');
        }
        after_quote = false;
        word_before = is_word;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                ',' | ';' => {
                    text.push(punct.as_char());
                    text.push(' ');
                }
                '+' | '=' => {
                    text.push(' ');
                    text.push(punct.as_char());
                    text.push(' ');
                }
                '\'' => {
                    text.push('\'');
                    after_quote = true;
                    // The lifetime's name follows, and is a word that the next one is separated
                    // from.
                    word_before = punct.spacing() == Spacing::Alone;
                }
                c => text.push(c),
            },
            TokenTree::Ident(ident) => text.push_str(&ident.to_string()),
            TokenTree::Literal(literal) => text.push_str(&literal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::{Type, parse_str};

    use super::written;

    #[test]
    fn types_are_spaced_as_people_write_them() {
        for text in [
            "Json<NewItem>",
            "Path<(u32, Slug)>",
            "Query<Vec<u8>>",
            "&'static str",
            "&mut T",
            "[u8; 4]",
            "::palisade::Data<dyn Db>",
            "Text<64>",
        ] {
            assert_eq!(written(&parse_str::<Type>(text).unwrap()), text);
        }
    }
}
