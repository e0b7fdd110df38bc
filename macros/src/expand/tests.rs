//! The attributes of a handler are a set: whichever expands first, the same text comes out.

use palisade_lint::attribute::{Entry, Word};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{ItemFn, Meta, parse_quote};

use super::attribute;

/// Expands as the compiler does: the first of our attributes is the entry, and off the item.
fn expand(mut item: ItemFn) -> String {
    let first = item.attrs.iter().position(|attribute| {
        attribute
            .path()
            .segments
            .last()
            .is_some_and(|s| Word::named(&s.ident.to_string()).is_some())
    });
    let entry = item.attrs.remove(first.expect("an attribute of ours"));
    let word = Word::named(&entry.path().segments.last().unwrap().ident.to_string()).unwrap();
    let tokens = match &entry.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    attribute(Entry { word, span: Span::call_site(), tokens }, &item.into_token_stream())
        .to_string()
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(count - 1) {
        for at in 0..count {
            let mut longer = shorter.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

/// The expansion of every order of the handler's attributes; there must be one.
fn one_expansion(item: &ItemFn) -> String {
    let orders = permutations(item.attrs.len());
    let mut texts = orders.iter().map(|order| {
        let mut permuted = item.clone();
        permuted.attrs = order.iter().map(|at| item.attrs[*at].clone()).collect();
        expand(permuted)
    });
    let first = texts.next().unwrap();
    for text in texts {
        assert_eq!(first, text);
    }
    first
}

/// The texts of all errors, sorted.
fn errors(item: ItemFn) -> Vec<String> {
    let text = expand(item);
    let mut found: Vec<String> = text
        .split("compile_error ! {")
        .skip(1)
        .filter_map(|rest| rest.split_once(" }").map(|(text, _)| text.trim().to_owned()))
        .collect();
    assert_eq!(found.len(), text.matches("compile_error").count(), "{text}");
    found.sort();
    found
}

#[test]
fn every_order_of_a_scoped_handler_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[post("/items/{id}", name = "create")]
        #[require_scope("items:write")]
        #[rate_limit("10/minute", by = subject)]
        #[rate_limit("120/minute", by = ip, burst = 20)]
        #[validated]
        #[body_limit("64 KiB")]
        async fn create_item(who: Principal, id: Path<u64>, Json(item): Json<NewItem>) -> Result<Created<Item>> {
            Ok(Created(item))
        }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(
        text.contains("pub struct create_item") || text.contains("struct create_item"),
        "{text}"
    );
}

#[test]
fn every_order_of_a_limited_handler_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[public(reason = "whoever logs in has no identity yet")]
        #[rate_limit("1 MiB/day", by = (ip, function(tenants::own, of = ip)), ban = "1 refusal in 1 h, 1 day")]
        #[rate_limit("60/hour", by = ip)]
        #[rate_limit("5/hour", by = (ip, body("account.name")), outage = open, reason = "one of two reasons")]
        #[rate_limit("9/hour", by = body("account.name"), outage = open, reason = "two of two reasons")]
        #[concurrency_limit(8, by = (ip, body("type")), mode = track)]
        #[validated]
        async fn login(Json(login): Json<Login>) -> Result<NoContent> { Ok(NoContent) }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert_eq!(text.matches("BodyField").count(), 2, "{text}");
    for part in ["& __palisade_body . account . name", "& __palisade_body . r#type"] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    let function = "FunctionOf (\"tenants::own\" , tenants :: own , & [:: palisade :: __private :: LimitKey :: Address])";
    assert!(text.contains(function), "{text}");
}

#[cfg(all(feature = "brotli", feature = "zstd"))]
#[test]
fn every_order_of_a_handler_with_codings_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[post("/a")]
        #[public(reason = "a test of expansions")]
        #[validated]
        #[compress]
        #[body_encoding(zstd, gzip, br)]
        async fn a(session: Session, body: Json<A>) -> NoContent { NoContent }
    });
    assert!(!text.contains("compile_error"), "{text}");
    for part in ["check_body_encoding", "ContentCoding :: Brotli", "Compression :: WithoutSecrets"]
    {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert_eq!(text.matches("check_compressed").count(), 2, "each argument: {text}");
}

#[test]
fn every_order_of_wrong_limits_has_the_same_errors() {
    let item: ItemFn = parse_quote! {
        #[public(reason = "whoever logs in has no identity yet")]
        #[rate_limit("20/hor", by = ip, ban = "10 refusals")]
        #[rate_limit("5 MB/hour", by = (ip, global), outage = open)]
        #[concurrency_limit(0, by = ip, burst = 2)]
        #[validated]
        async fn login(login: Json<Login>) {}
    };
    let first = errors(item.clone());
    // Window and ban; unit, group and reason; number and burst.
    assert_eq!(first.len(), 7, "{first:?}");
    for order in permutations(item.attrs.len()) {
        let mut permuted = item.clone();
        permuted.attrs = order.iter().map(|at| item.attrs[*at].clone()).collect();
        assert_eq!(errors(permuted), first);
    }
}

#[test]
fn every_order_of_repeated_attributes_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[require_scope("b")]
        #[require_scope(any("a", Scope::X))]
        #[allow_unsafe(sql_format, reason = "the table is an enum of ours")]
        #[allow_unsafe(cors_permissive, reason = "nothing is done with it")]
        #[cross_site(allow, reason = "the payment provider posts here")]
        #[timeout("5 s")]
        async fn callback(form: Vouched<String>) -> Result<NoContent> {
            let _ = Cors::permissive();
            sqlx::query(format!("SELECT {}", form.0));
            Ok(NoContent)
        }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(text.contains("fn callback (__palisade_request :"), "{text}");
}

#[test]
fn every_order_with_others_attributes_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[doc = "Answers."]
        #[cfg(feature = "ping")]
        #[tracing::instrument]
        #[get("/ping")]
        #[public]
        #[headers(cache = "public, max-age=60")]
        pub(crate) async fn ping() -> &'static str { "pong" }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert_eq!(text.matches("feature = \"ping\"").count(), 2, "{text}");
    assert!(text.contains("absorbed"), "{text}");
}

#[test]
fn every_order_of_an_authenticated_handler_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[route("/orders", method = "PUT", method = "POST")]
        #[authenticated]
        #[validated(unknown_fields = allow, reason = "old clients send more")]
        #[headers(
            cache = "no-store",
            csp = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )]
        #[cross_site(allow, reason = "the shop's page posts here")]
        #[timeout("5 s")]
        async fn order(who: Principal, Json(order): Json<Order>) -> Result<NoContent> { Ok(NoContent) }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(
        text.contains("[\"POST\" , \"PUT\"]") || text.contains("[\"PUT\" , \"POST\"]"),
        "{text}"
    );
}

#[test]
fn every_order_of_a_public_handler_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[post("/webhook")]
        #[public(reason = "the body carries a signature of its own")]
        #[rate_limit("60/minute", by = ip)]
        #[cross_site(allow, reason = "the payment provider posts here")]
        #[cross_origin("https://*.shop.example", headers("x-cart"), max_age = "1 h")]
        #[headers(cache = "no-store")]
        #[validated]
        async fn webhook(event: Json<Event>) -> Result<NoContent> { Ok(NoContent) }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(text.contains("a signature of its own"), "{text}");
}

#[cfg(feature = "uploads")]
#[test]
fn every_order_of_a_handler_of_files_is_one_expansion() {
    let text = one_expansion(&parse_quote! {
        #[post("/logos")]
        #[require_scope("logos:write")]
        #[rate_limit("1 GiB/day", by = subject)]
        #[upload(
            field = "logos[]",
            kinds(svg, png, jpeg),
            reason = "only ever sent as downloads",
            max = "2 MiB",
            files = 3,
        )]
        #[validated]
        async fn save(logos: UploadedFiles<AnyKind, Caption>) -> Result<NoContent> { Ok(NoContent) }
    });
    assert!(!text.contains("compile_error"), "{text}");
    let kind = ":: palisade :: __private :: FileKind ::";
    for part in [
        // Three files, and the form around them.
        "body_limit : :: core :: option :: Option :: Some (6356992u64)",
        "field : \"logos[]\" , files : 3u32 , max : 2097152u64",
        &format!("kinds : & [{kind} Png , {kind} Jpeg , {kind} Svg]"),
        "unpacked : 20971520u64 , pixels : 40000000u64 , frames : 1000u32",
        "word : \"upload(svg)\"",
        "check_upload",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
}

#[cfg(feature = "uploads")]
#[test]
fn every_order_of_wrong_files_has_the_same_errors() {
    let item: ItemFn = parse_quote! {
        #[get("/logos")]
        #[authenticated]
        #[upload(max = "2 MB", kinds(jpg, "png", pdf, pdf), files = 0, pixels = 0, frames = 0, field = "a b", size = 3)]
        #[body_limit("1 MiB")]
        async fn save(logos: UploadedFiles) {}
    };
    let first = errors(item.clone());
    // Size; kind, kind, kind; number; pixels; frames; field; option.
    assert_eq!(first.len(), 9, "{first:?}");
    for order in permutations(item.attrs.len()) {
        let mut permuted = item.clone();
        permuted.attrs = order.iter().map(|at| item.attrs[*at].clone()).collect();
        assert_eq!(errors(permuted), first);
    }
}

#[cfg(not(feature = "uploads"))]
#[test]
fn files_without_the_feature_are_one_error() {
    let text = expand(parse_quote! {
        #[post("/logos")]
        #[authenticated]
        #[upload(max = "2 MiB", kinds(png))]
        async fn save(logo: Vouched<Logo>) {}
    });
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    assert!(text.contains("feature"), "{text}");
    // The type of the argument is behind the feature too: it would be a second error.
    assert!(!text.contains("Logo"), "{text}");
}

#[test]
fn actixs_own_route_below_one_of_ours_is_taken_over() {
    let text = expand(parse_quote! {
        #[public]
        #[actix_web::get("/ping")]
        async fn ping() -> &'static str { "pong" }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(!text.contains("actix_web :: get"), "{text}");
    assert!(text.contains("struct ping"), "{text}");
    assert!(text.contains("\"/ping\""), "{text}");
}

#[test]
fn every_order_of_a_refused_handler_has_the_same_errors() {
    let item: ItemFn = parse_quote! {
        #[post("items")]
        #[public]
        #[authenticated]
        #[rate_limit("10/minut", by = ip)]
        #[validated(unknown = allow)]
        fn create_item(self_: impl Sized) {}
    };
    let first = errors(item.clone());
    // Path, access, rate, option, `async`, `impl`.
    assert_eq!(first.len(), 6, "{first:?}");
    for order in permutations(item.attrs.len()) {
        let mut permuted = item.clone();
        permuted.attrs = order.iter().map(|at| item.attrs[*at].clone()).collect();
        assert_eq!(errors(permuted), first);
    }
}

#[test]
fn the_crate_may_have_another_name() {
    let text = expand(parse_quote! {
        #[authenticated(crate = my::palisade)]
        #[my::palisade::get("/a")]
        async fn a(who: Principal) {}
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(
        !text.contains(":: palisade :: __private") || text.contains("my :: palisade :: __private")
    );
    assert!(text.replace("my :: palisade", "").find("palisade :: __private").is_none(), "{text}");
}

#[test]
fn a_renamed_attribute_is_left_over() {
    // `use palisade::authenticated as signed_in`: the first expansion keeps it, under a marker.
    let text = attribute(
        Entry { word: Word::Authenticated, span: Span::call_site(), tokens: TokenStream::new() },
        &quote! {
            #[allow(clippy::unused_async)]
            #[::palisade::__private::absorbed]
            async fn a() {}
        },
    )
    .to_string();
    assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    assert!(text.contains("another name"), "{text}");
}

#[test]
fn a_silenced_statement_loses_its_attribute() {
    let text = expand(parse_quote! {
        #[get("/a")]
        #[public]
        async fn a() {
            #[allow_unsafe(cors_permissive, reason = "nothing is done with it")]
            let x = Cors::permissive();
            #[allow(unused)]
            let y = #[palisade::allow_unsafe(cors_permissive, reason = "another one of the same kind")] Cors::permissive();
        }
    });
    assert!(!text.contains("compile_error"), "{text}");
    assert!(!text.contains("# [allow_unsafe"), "{text}");
    assert_eq!(text.matches("allow_unsafe(cors_permissive)").count(), 2, "{text}");
}

#[test]
fn a_refused_handler_keeps_its_body_and_can_be_mounted() {
    let text = expand(parse_quote! {
        #[get("/a")]
        fn a(id: Path<u64>) -> Result<Json<Item>> { imported(id) }
    });
    assert_eq!(text.matches("compile_error").count(), 2, "{text}");
    for part in ["struct a", "imported (id)", "HttpServiceFactory for a", "inert ()"] {
        assert!(text.contains(part), "{part} not in {text}");
    }
}

#[test]
fn what_is_no_function_is_one_error() {
    for item in [
        quote!(
            #[authenticated]
            struct S;
        ),
        quote!(
            #[authenticated]
            impl S {
                #[get("/")]
                fn f() {}
            }
        ),
        quote!(
            #[authenticated]
            fn f();
        ),
    ] {
        let entry = Entry { word: Word::Get, span: Span::call_site(), tokens: quote!("/") };
        let text = attribute(entry, &item).to_string();
        assert_eq!(text.matches("compile_error").count(), 1, "{text}");
    }
}

#[test]
fn a_rule_is_silenced_on_a_type_which_stays_as_it_is() {
    let expand = |tokens: TokenStream, item: &TokenStream| {
        let entry = Entry { word: Word::AllowUnsafe, span: Span::call_site(), tokens };
        attribute(entry, item).to_string()
    };
    let right = quote! { template_context, reason = "an operator has entered the address" };
    for item in [
        quote! { #[derive(Template)] struct Link { address: String } },
        quote! { enum Link { One } },
        quote! { impl HtmlSafe for Link {} },
    ] {
        assert_eq!(expand(right.clone(), &item), item.to_string());
        let wrong = expand(quote! { template_context }, &item);
        assert!(wrong.contains("without a reason"), "{wrong}");
    }
    let elsewhere = expand(right, &quote! { use a::b; });
    assert!(elsewhere.contains("is not on a function"), "{elsewhere}");
}
