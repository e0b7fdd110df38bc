//! Names on the wire.

/// A `rename_all` rule of serde, applied to a field's name.
///
/// An unknown rule leaves the name as it is: serde refuses it with a message of its own.
pub(super) fn rename(rule: &str, name: &str) -> String {
    match rule {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_ascii_uppercase(),
        "PascalCase" => pascal(name),
        "camelCase" => {
            let pascal = pascal(name);
            let mut rest = pascal.chars();
            match rest.next() {
                Some(first) => first.to_ascii_lowercase().to_string() + rest.as_str(),
                None => pascal,
            }
        }
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_ascii_uppercase().replace('_', "-"),
        _ => name.to_owned(),
    }
}

fn pascal(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    let mut capital = true;
    for character in name.chars() {
        if character == '_' {
            capital = true;
        } else if capital {
            pascal.push(character.to_ascii_uppercase());
            capital = false;
        } else {
            pascal.push(character);
        }
    }
    pascal
}

#[cfg(test)]
mod tests {
    use super::rename;

    #[test]
    fn rules_are_those_of_serde() {
        for (rule, wire) in [
            ("lowercase", "unit_price"),
            ("UPPERCASE", "UNIT_PRICE"),
            ("PascalCase", "UnitPrice"),
            ("camelCase", "unitPrice"),
            ("snake_case", "unit_price"),
            ("SCREAMING_SNAKE_CASE", "UNIT_PRICE"),
            ("kebab-case", "unit-price"),
            ("SCREAMING-KEBAB-CASE", "UNIT-PRICE"),
        ] {
            assert_eq!(rename(rule, "unit_price"), wire, "{rule}");
        }
    }
}
