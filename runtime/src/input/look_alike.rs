//! Names that look alike.

use unicode_security::confusable_detection::skeleton as prototype;

/// Skeletons are stable after two or three rounds; the limit is a precaution.
const ROUNDS: usize = 8;

/// The appearance of a name: people can confuse two names with one skeleton (UTS 39 section 4, in
/// any mix of upper and lower case; CWE-1007).
///
/// `alice`, `aIice`, `ALlCE` and `a1ice` have one skeleton, so have `bob` and `b0b`, `marnie` and
/// `rnarnie`, `paypal` and its Cyrillic version. Store the skeleton with the name, unique, and
/// refuse a new name whose skeleton exists, like a name that exists. A skeleton is only for
/// comparisons: do not display it, log in with it or look names up by it; it may change with the
/// version of Unicode (today 18.0).
///
/// ```
/// use palisade::input::skeleton;
///
/// assert_eq!(skeleton("alice"), skeleton("aIice"));
/// assert_eq!(skeleton("paypal"), skeleton("раураl"));
/// assert_ne!(skeleton("ann"), skeleton("anna"));
/// ```
#[must_use]
pub fn skeleton(name: &str) -> String {
    let mut name = name.to_owned();
    for _ in 0..ROUNDS {
        let lower = prototype(&name).collect::<String>().to_lowercase();
        // The prototype of `I` is `l`, and `i` is its lower case.
        let next = lower.replace('i', "l");
        if next == name {
            break;
        }
        name = next;
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::skeleton;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        for alike in [
            &[
                "alice",
                "aIice",
                "ALlCE",
                "a1ice",
                "a|ice",
                "al1ce",
                "ａｌｉｃｅ",
                "аlice",
                "al\u{200b}ice",
            ][..],
            &["bob", "b0b", "bOb", "B0B", "bоb"],
            &["marnie", "rnarnie", "MARNIE", "mamie"],
            &["o0O", "000", "OOO", "ооо"],
            &["paypal", "раураl", "PayPaI"],
            &["ada.lovelace", "Ada.Love1ace", "ada.IoveIace"],
        ] {
            let skeletons: Vec<_> = alike.iter().map(|name| skeleton(name)).collect();
            assert!(skeletons.windows(2).all(|pair| pair[0] == pair[1]), "{alike:?} {skeletons:?}");
        }
    }

    #[test]
    fn ordinary_names_differ() {
        let names = [
            "ann", "anna", "bob", "rob", "bill", "will", "ian", "jan", "tim", "tom", "7of9", "a-b",
            "a_b", "a.b", "ab",
        ];
        for (index, name) in names.iter().enumerate() {
            for other in &names[..index] {
                assert_ne!(skeleton(name), skeleton(other), "{name} {other}");
            }
        }
    }

    #[test]
    fn common_names_hardly_ever_collide() {
        let names: Vec<&str> = include_str!("tests/names.txt").lines().collect();
        assert!(names.len() >= 1_000);
        let mut seen = HashMap::new();
        let collide: Vec<_> = names
            .iter()
            .filter_map(|name| seen.insert(skeleton(name), name).map(|other| (other, name)))
            .collect();
        println!("{} of {} common names collide: {collide:?}", collide.len(), names.len());
        assert!(collide.len() * 100 < names.len(), "{collide:?}");
    }

    #[test]
    fn a_skeleton_is_its_own() {
        let places = ['\0'..'\u{3400}', '\u{ff00}'..'\u{fff0}', '\u{1d400}'..'\u{1d800}'];
        for character in places.into_iter().flatten() {
            let once = skeleton(&character.to_string());
            assert_eq!(skeleton(&once), once, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn case_makes_no_difference_within_ascii(name in "[a-zA-Z0-9._@+-]{0,16}") {
            prop_assert_eq!(skeleton(&name.to_ascii_uppercase()), skeleton(&name.to_ascii_lowercase()));
            prop_assert_eq!(skeleton(&name), skeleton(&name.to_ascii_lowercase()));
        }
    }
}
