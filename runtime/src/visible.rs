//! Characters that change the appearance or the end of a line.
//!
//! People read log lines, and programs split them. A string from a client must not begin another
//! line, move the cursor, change colours, or change the order of the text after it (CWE-117,
//! CWE-150): such characters are escaped.

/// Whether a character is a control character, has no width, or changes the direction of text.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Appends a string in which these characters are written as `\u` and four hexadecimal digits, as
/// in JSON.
pub(crate) fn push_escaped(out: &mut String, text: &str, also: impl Fn(char) -> bool) {
    for c in text.chars() {
        if is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str("\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = (u32::from(*unit) >> shift) & 15;
                    out.push(char::from_digit(digit, 16).unwrap_or('0'));
                }
            }
        } else {
            if also(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::push_escaped;

    #[test]
    fn what_is_hidden_is_escaped_and_the_rest_stays() {
        let mut out = String::new();
        push_escaped(&mut out, "a\n\u{1b}[1m\u{202e}é\"\u{e0041}\u{9b}", |c| c == '"');
        assert_eq!(out, "a\\u000a\\u001b[1m\\u202eé\\\"\\udb40\\udc41\\u009b");
    }
}
