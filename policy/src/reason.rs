//! Reasons for weakening a default.

/// The fewest characters of a reason. A letter of a script without blanks counts as two, and so does a
/// syllable of Hangul.
const FEWEST_CHARACTERS: usize = 10;
/// How many letters of a script without blanks count as two words.
const FEWEST_LETTERS_WITHOUT_BLANKS: usize = 4;

/// Whether a string can be a reason that a reviewer can assess: at least ten visible characters,
/// and at least two different words.
///
/// A word has two letters or more, which are not one letter repeated. Letters are those of any
/// script. Where a script has no blanks between words (Chinese, Japanese, Thai), four letters in a
/// row count as two words. There, and in Korean, a letter counts as two characters.
///
/// Every reason goes through this function: those of attributes and macros when compiled, those of
/// settings when the service starts.
///
/// ```
/// use palisade_policy::is_reason;
///
/// assert!(is_reason("the catalogue is for everybody"));
/// assert!(is_reason("公開カタログのため"));
/// for nothing in ["", "legacy", "..........", "aaaaaaaaaa", "why why why", "\u{200b}\u{200b}"] {
///     assert!(!is_reason(nothing), "{nothing:?}");
/// }
/// ```
pub const fn is_reason(text: &str) -> bool {
    let mut seen = Seen::NOTHING;
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let mut character = match first.leading_ones() {
            0 => *first as u32,
            2 => (*first & 0x1F) as u32,
            3 => (*first & 0x0F) as u32,
            _ => (*first & 0x07) as u32,
        };
        bytes = rest;
        while let [next, rest @ ..] = bytes
            && *next & 0xC0 == 0x80
        {
            character = character << 6 | (*next & 0x3F) as u32;
            bytes = rest;
        }
        seen = seen.with(character);
    }
    let seen = seen.end_word();
    seen.characters >= FEWEST_CHARACTERS && seen.words >= 2
}

/// What was read of the string so far. In a constant, there are neither iterators nor collections.
#[derive(Clone, Copy)]
struct Seen {
    characters: usize,
    /// Different words, counted up to two.
    words: usize,
    /// The first word's digest.
    first_word: u32,
    word: Word,
    /// Letters in a row of a script without blanks, each another than the one before it.
    without_blanks: usize,
    /// Whether the last character was a blank, or there was none yet.
    after_blank: bool,
}

#[derive(Clone, Copy)]
struct Word {
    letters: usize,
    last_letter: u32,
    /// Whether it has two different letters.
    varies: bool,
    digest: u32,
}

impl Word {
    const EMPTY: Self = Self { letters: 0, last_letter: 0, varies: false, digest: 0x811C_9DC5 };
}

impl Seen {
    const NOTHING: Self = Self {
        characters: 0,
        words: 0,
        first_word: 0,
        word: Word::EMPTY,
        without_blanks: 0,
        after_blank: true,
    };

    const fn with(mut self, character: u32) -> Self {
        let letter = if character < 0x80 { character | 0x20 } else { character };
        match Class::of(character) {
            Class::Letter | Class::Syllable | Class::LetterWithoutBlanks => {
                let is_other = self.word.letters > 0 && self.word.last_letter != letter;
                self.word = Word {
                    letters: self.word.letters + 1,
                    last_letter: letter,
                    varies: self.word.varies || is_other,
                    // FNV-1a: only whether two words are the same is asked of it.
                    digest: (self.word.digest ^ letter).wrapping_mul(0x0100_0193),
                };
                let class = Class::of(character);
                self.characters += if matches!(class, Class::Letter) { 1 } else { 2 };
                if matches!(class, Class::LetterWithoutBlanks)
                    && (is_other || self.word.letters == 1)
                {
                    self.without_blanks += 1;
                    if self.without_blanks >= FEWEST_LETTERS_WITHOUT_BLANKS {
                        self.words = 2;
                    }
                }
                self.after_blank = false;
                self
            }
            Class::Mark => self,
            Class::Other => {
                self = self.end_word();
                self.characters += 1;
                self.after_blank = false;
                self
            }
            Class::Blank => {
                self = self.end_word();
                // Blanks in a row are one; at the ends the difference does not matter.
                if !self.after_blank {
                    self.characters += 1;
                }
                self.after_blank = true;
                self
            }
            Class::Invisible => self.end_word(),
        }
    }

    const fn end_word(mut self) -> Self {
        let Word { letters, varies, digest, .. } = self.word;
        if letters >= 2 && varies {
            if self.words == 0 {
                self.words = 1;
                self.first_word = digest;
            } else if self.words == 1 && digest != self.first_word {
                self.words = 2;
            }
        }
        self.word = Word::EMPTY;
        self.without_blanks = 0;
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    /// A letter of a script that has blanks between words.
    Letter,
    /// A syllable of Hangul: several letters, in words that have blanks between them.
    Syllable,
    /// A letter of a script that has none.
    LetterWithoutBlanks,
    /// Belongs to the letter before it, and is none.
    Mark,
    /// Visible, and not a letter: a digit, a sign, a symbol.
    Other,
    Blank,
    /// Cannot be seen.
    Invisible,
}

impl Class {
    #[cfg(test)]
    fn is_letter(self) -> bool {
        matches!(self, Self::Letter | Self::Syllable | Self::LetterWithoutBlanks)
    }

    const fn of(character: u32) -> Self {
        match character {
            0x41..=0x5A | 0x61..=0x7A => Self::Letter,
            // An apostrophe and a hyphen are inside of a word: "don't".
            0x27 | 0x2019 => Self::Mark,
            0x20 | 0x09 | 0x0A | 0x0D | 0xA0 | 0x1680 | 0x2000..=0x200A => Self::Blank,
            0x2028 | 0x2029 | 0x202F | 0x205F | 0x3000 => Self::Blank,
            0x21..=0x7E => Self::Other,
            character if within(character, INVISIBLE) => Self::Invisible,
            character if within(character, MARKS) => Self::Mark,
            character if within(character, SIGNS) => Self::Other,
            0xAC00..=0xD7A3 => Self::Syllable,
            character if within(character, WITHOUT_BLANKS) => Self::LetterWithoutBlanks,
            _ => Self::Letter,
        }
    }
}

type Ranges = &'static [(u32, u32)];

/// Controls, format characters, fillers, private and unassigned code points.
const INVISIBLE: Ranges = &[
    (0x0000, 0x001F),
    (0x007F, 0x009F),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xD7FC, 0xF8FF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFF),
    (0x1_BCA0, 0x1_BCA3),
    (0x1_D173, 0x1_D17A),
    (0x3_34A0, 0xFFFF_FFFF),
];

/// Accents of every script, which change the letter before them.
const MARKS: Ranges = &[
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0x3099, 0x309C),
    (0xFE20, 0xFE2F),
];

/// Digits, punctuation, symbols and pictures. The few letters between them count as signs too.
const SIGNS: Ranges = &[
    (0x00A1, 0x00A9),
    (0x00AB, 0x00B4),
    (0x00B6, 0x00B9),
    (0x00BB, 0x00BF),
    (0x00D7, 0x00D7),
    (0x00F7, 0x00F7),
    (0x02C2, 0x02C5),
    (0x02D2, 0x02DF),
    (0x02E5, 0x02EB),
    (0x02ED, 0x02ED),
    (0x02EF, 0x02FF),
    (0x037E, 0x037E),
    (0x0387, 0x0387),
    (0x055A, 0x055F),
    (0x0589, 0x058F),
    (0x05BE, 0x05BE),
    (0x05C0, 0x05C0),
    (0x05C3, 0x05C3),
    (0x05F3, 0x060F),
    (0x061B, 0x061F),
    (0x0660, 0x066D),
    (0x06D4, 0x06D4),
    (0x06F0, 0x06F9),
    (0x0964, 0x096F),
    (0x0E3F, 0x0E3F),
    (0x0E4F, 0x0E5B),
    (0x2010, 0x2018),
    (0x201A, 0x2027),
    (0x2030, 0x205E),
    (0x2070, 0x20CF),
    (0x2100, 0x2BFF),
    (0x2E00, 0x2E7F),
    (0x3001, 0x3004),
    (0x3007, 0x3030),
    (0x303D, 0x3040),
    (0x30A0, 0x30A0),
    (0x30FB, 0x30FB),
    (0x3200, 0x33FF),
    (0x4DC0, 0x4DFF),
    (0xA490, 0xA4CF),
    (0xFD3E, 0xFD3F),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF20),
    (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF65),
    (0xFFE0, 0xFFEF),
    (0x1_D000, 0x1_D3FF),
    (0x1_F000, 0x1_FAFF),
];

/// Scripts that are written without blanks between words.
const WITHOUT_BLANKS: Ranges = &[
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3006),
    (0x3031, 0x31FF),
    (0x3400, 0x9FFF),
    (0xA000, 0xA48F),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
    (0x1_B000, 0x1_B16F),
    (0x2_0000, 0x3_349F),
];

const fn within(character: u32, mut ranges: Ranges) -> bool {
    while let [(first, last), rest @ ..] = ranges {
        if *first <= character && character <= *last {
            return true;
        }
        ranges = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Class, is_reason};

    #[test]
    fn two_words_of_any_language_are_a_reason() {
        for reason in [
            "costs little",
            "a guest book is for everybody",
            "don't ask twice",
            "RFC 6749 section 3.2: unknown parameters are ignored",
            "Jeder darf den Katalog lesen",
            "каждый может читать каталог",
            "ο κατάλογος είναι για όλους",
            "الكتالوج متاح للجميع",
            "הקטלוג פתוח לכולם",
            "कैटलॉग सबके लिए है",
            "ai cũng đọc được danh mục",
            "카탈로그는 모두에게 공개됩니다",
            "공개 문서 목록",
            "누구나 본다",
            "公开目录供所有人阅读",
            "公開カタログのため",
            "แคตตาล็อกเปิดให้ทุกคน",
            "健康检查端点",
        ] {
            assert!(is_reason(reason), "{reason}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_reason() {
        for nothing in [
            "",
            "          ",
            "..........",
            "0123456789",
            "aaaaaaaaaa",
            "aaaaaa bbbbbb",
            "xxxxx",
            "legacy",
            "legitimate",
            "because!!!!!!!!",
            "todo TODO Todo todo",
            "a b c d e f g h",
            "ok it is",
            "\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}",
            "\u{3164}\u{115f}\u{3164}\u{115f}\u{3164} \u{3164}\u{115f}\u{3164}\u{115f}\u{3164}",
            "\u{2800}\u{2800}\u{2800}\u{2800}\u{2800} \u{2800}\u{2800}\u{2800}\u{2800}\u{2800}",
            "ok\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}it",
            "\u{1f600}\u{1f601}\u{1f602}\u{1f603}\u{1f604} \u{1f605}\u{1f606}\u{1f607}\u{1f608}",
            "\u{2014}\u{2014}\u{2014}\u{2014}\u{2014} \u{2026}\u{2026}\u{2026}\u{2026}\u{2026}",
            "好好好好好好好好好好",
            "目录",
            "공개",
            "공개 공개 공개",
            "가가가가가 나나나나나",
            "공개문서목록이다",
        ] {
            assert!(!is_reason(nothing), "{nothing:?}");
        }
    }

    #[test]
    fn letters_are_those_of_unicode() {
        for character in '\0'..=char::MAX {
            let class = Class::of(u32::from(character));
            let is_letter = class.is_letter();
            if character.is_ascii() {
                assert_eq!(is_letter, character.is_ascii_alphabetic(), "{character:?}");
            }
            if character.is_whitespace() || character.is_control() {
                assert!(
                    matches!(class, Class::Blank | Class::Invisible),
                    "{character:?} {class:?}"
                );
            }
        }
        // What is alphabetic and no letter here: signs that are made of letters, fillers, marks.
        let missed = ('\u{80}'..=char::MAX).filter(|character| {
            let class = Class::of(u32::from(*character));
            character.is_alphabetic() && !class.is_letter()
        });
        let missed = missed.count();
        assert!(missed < 500, "{missed}");
    }

    proptest! {
        #[test]
        fn one_repeated_character_is_no_reason(character: char, times in 0_usize..40) {
            prop_assert!(!is_reason(&character.to_string().repeat(times)));
        }

        #[test]
        fn blanks_around_a_reason_change_nothing(text: String) {
            if is_reason(&text) {
                let padded = format!("  {text}\n ");
                prop_assert!(is_reason(&padded));
            }
        }
    }
}
