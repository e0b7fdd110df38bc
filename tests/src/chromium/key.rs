//! Keys of a keyboard.

use serde_json::{Value, json};

/// A key that does something else than to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Moves to the next thing that takes keys.
    Tab,
    /// Moves to the one before: Tab while Shift is held.
    BackTab,
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Presses a button.
    Space,
    /// Leaves.
    Escape,
}

impl Key {
    /// What goes into the event of this key going down.
    pub(super) fn down(self) -> Value {
        const SHIFT: u8 = 8;
        let (name, code, number, text) = match self {
            Self::Tab | Self::BackTab => ("Tab", "Tab", 9, ""),
            Self::Enter => ("Enter", "Enter", 13, "\r"),
            Self::Space => (" ", "Space", 32, " "),
            Self::Escape => ("Escape", "Escape", 27, ""),
        };
        let held = if self == Self::BackTab { SHIFT } else { 0 };
        // A key that writes nothing is only "raw".
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        json!({
            "type": kind, "key": name, "code": code, "text": text, "modifiers": held,
            "windowsVirtualKeyCode": number, "nativeVirtualKeyCode": number,
        })
    }
}
