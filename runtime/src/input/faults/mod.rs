//! Finds every position at which a JSON document does not fit its declared types.
//!
//! Serde stops at the first mistake, reports some documents that RFC 8259 allows as syntax errors
//! (a number out of range, a key that is not a number, an enum with two members, an element too
//! many), and has no position for mistakes in a value that it buffers: a tagged or untagged enum,
//! flattened fields. So a document that was refused is compared here with the declared types, value
//! by value, and each single value is deserialized by its own type once more.
//!
//! This runs for refused bodies only. Parts of unknown form (a value without a declared form, a
//! manual `Deserialize`) are not compared: the document is still refused, with the error of serde.

mod cursor;
mod forms;

use smallvec::SmallVec;

use self::{
    cursor::{Cursor, JsonKind},
    forms::{Form, Members},
};
use super::{
    condition::At,
    field::Field,
    layout::{Variant, VariantKind},
    report::Report,
    rules::Bounds,
    shapes::Tag,
    size::MOST_LEVELS,
    tags::Tags,
    wire::{Kind, Wire},
};

/// How many bytes are examined in total, for each byte of the document: values of an untagged enum
/// are compared with each of its variants, and nested enums multiply the comparisons.
const MOST_LOOKS: usize = 16;

/// Reports the faults of a well-formed document at the position `at`.
#[cold]
pub(super) fn find(json: &[u8], root: Wire, at: &At<'_>, report: &mut Report) {
    let budget = json.len().saturating_mul(MOST_LOOKS).saturating_add(4096);
    let mut walk = Walk { cursor: Cursor::new(json, budget), tags: Tags::new(json) };
    let mut found = report.empty();
    walk.value(0, root, at, 0, &mut found);
    // Faults from before the budget was spent may belong to a variant that was not meant.
    if !walk.cursor.is_spent() {
        report.append(found);
    }
}

struct Walk<'j> {
    cursor: Cursor<'j>,
    tags: Tags<'j>,
}

impl Walk<'_> {
    /// Compares the value at the next position from `at`; returns its end.
    fn value(
        &mut self,
        at: usize,
        wire: Wire,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
    ) -> usize {
        let (at, kind) = self.cursor.begin(at);
        if level > MOST_LEVELS
            || report.is_full()
            || matches!(wire.opened().kind, Kind::Any(_))
            || (kind == JsonKind::Null && wire.nullable)
        {
            return self.cursor.skip(at);
        }
        let mut forms = forms::of(wire, kind, &mut |tag| match kind {
            JsonKind::Object => self.tags.of(at.saturating_add(1), tag),
            JsonKind::Array | JsonKind::Text | JsonKind::Null | JsonKind::Other => Tag::Absent,
        });
        match forms.as_slice() {
            [] => {
                report.push_once(here, "type");
                self.cursor.skip(at)
            }
            [_] => match forms.pop() {
                Some(form) => self.form(at, form, here, level, report),
                None => self.cursor.skip(at),
            },
            [_, _, ..] => self.nearest(at, forms, here, level, report),
        }
    }

    /// Compares a value with several forms, and reports the faults of the closest one: the one with
    /// the fewest faults, among those that accept the type of the value and find their tag in it.
    fn nearest(
        &mut self,
        at: usize,
        forms: SmallVec<[Form; 1]>,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
    ) -> usize {
        let mut end = None;
        let mut best: Option<((bool, usize), Report)> = None;
        let mut is_tie = false;
        for form in forms {
            let mut found = report.empty();
            let has_other_tag = matches!(&form, Form::Members(own) if !own.tag_faults.is_empty());
            end = Some(self.form(at, form, here, level, &mut found));
            let distance = (has_other_tag || found.has(here, "type"), found.len());
            match &best {
                Some((least, _)) if *least < distance => {}
                Some((least, _)) if *least == distance => is_tie = true,
                Some(_) | None => {
                    is_tie = false;
                    best = Some((distance, found));
                }
            }
        }
        match best {
            // Two forms are equally close: the intended one is unknown.
            Some((distance, _)) if is_tie && distance.1 > 0 => report.push_once(here, "invalid"),
            Some((_, found)) => report.append(found),
            None => {}
        }
        end.unwrap_or_else(|| self.cursor.skip(at))
    }

    fn form(
        &mut self,
        at: usize,
        form: Form,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
    ) -> usize {
        match form {
            Form::Any => self.cursor.skip(at),
            Form::Single(probe) => {
                let end = self.cursor.skip(at);
                probe.ask(self.cursor.text(at, end), here, report);
                end
            }
            Form::UnitOf(variants) => {
                self.unit(at, variants, here, report);
                self.cursor.skip(at)
            }
            Form::List(element) => {
                self.elements(at, here, level, report, &mut |_| Some(element())).0
            }
            Form::Array(element, count) => {
                let element = |index| (index < count).then(element);
                self.counted(at, count, here, level, report, &mut |index| element(index))
            }
            Form::Tuple(members) => {
                let member = |index: usize| members.get(index).map(|member| member());
                self.counted(at, members.len(), here, level, report, &mut |index| member(index))
            }
            Form::Values(fields) => {
                let value = |index: usize| fields.get(index).map(Field::read_as);
                self.counted(at, fields.len(), here, level, report, &mut |index| value(index))
            }
            Form::Map(key, value) => self.map(at, key(), value, here, level, report),
            Form::Members(members) => self.members(at, &members, here, level, report),
            Form::Variants(form, variants) => {
                let mut names = 0_usize;
                let mut faults = report.empty();
                let end = self.entries(at, &mut |walk, name, from| {
                    names = names.saturating_add(1);
                    let variant = variants.iter().find(|own| is_named(own, name.bytes));
                    match variant {
                        Some(variant) => {
                            let content = Wire::content(form, variant);
                            let inner = &here.name(&name.text);
                            walk.value(from, content, inner, level.saturating_add(1), &mut faults)
                        }
                        None => {
                            faults.push_once(here, "variant");
                            walk.cursor.skip(from)
                        }
                    }
                });
                // The intended one of several is unknown.
                if names == 1 {
                    report.append(faults);
                } else {
                    report.push_once(here, "variant");
                }
                end
            }
        }
    }

    /// A string that is the name of a variant without content.
    fn unit(&mut self, at: usize, variants: &[Variant], here: &At<'_>, report: &mut Report) {
        let (name, _) = self.cursor.name(at);
        match variants.iter().find(|variant| is_named(variant, &name.unescaped)) {
            Some(Variant { kind: VariantKind::Unit | VariantKind::Opaque, .. }) => {}
            Some(_) => report.push_once(here, "type"),
            None => report.push_once(here, "variant"),
        }
    }

    fn counted(
        &mut self,
        at: usize,
        count: usize,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
        element: &mut dyn FnMut(usize) -> Option<Wire>,
    ) -> usize {
        let (end, found) = self.elements(at, here, level, report, element);
        if found != count {
            report.push_bounds(here.pointer(), "length".into(), Bounds::exactly(count));
        }
        end
    }

    /// Compares the elements of an array; returns its end and their number.
    fn elements(
        &mut self,
        at: usize,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
        element: &mut dyn FnMut(usize) -> Option<Wire>,
    ) -> (usize, usize) {
        let mut count = 0;
        let mut next = at.saturating_add(1);
        while let Some(from) = self.cursor.element(next) {
            next = match element(count) {
                Some(wire) => {
                    self.value(from, wire, &here.index(count), level.saturating_add(1), report)
                }
                None => self.cursor.skip(from),
            };
            count = count.saturating_add(1);
        }
        (self.cursor.close(next), count)
    }

    fn map(
        &mut self,
        at: usize,
        key: Wire,
        value: fn() -> Wire,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
    ) -> usize {
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let end = self.entries(at, &mut |walk, name, from| {
            let inner = &here.name(&name.text);
            check_key(key, name, inner, report);
            seen.push(name.bytes.to_vec());
            walk.value(from, value(), inner, level.saturating_add(1), report)
        });
        seen.sort_unstable();
        for pair in seen.windows(2) {
            if let [one, other] = pair
                && one == other
            {
                report.push_once(&here.name(&String::from_utf8_lossy(one)), "duplicate");
            }
        }
        end
    }

    fn members(
        &mut self,
        at: usize,
        members: &Members,
        here: &At<'_>,
        level: usize,
        report: &mut Report,
    ) -> usize {
        for (tag, code) in &members.tag_faults {
            report.push_once(&here.name(tag), code);
        }
        // The present fields and tags.
        let mut seen: Vec<&'static str> = Vec::new();
        let end = self.entries(at, &mut |walk, name, from| {
            let inner = &here.name(&name.text);
            let level = level.saturating_add(1);
            if let Some(tag) = members.tags.iter().find(|tag| tag.as_bytes() == name.bytes) {
                see(tag, &mut seen, inner, report);
                return walk.cursor.skip(from);
            }
            if let Some(field) = members.field(name.bytes) {
                see(field.name, &mut seen, inner, report);
                return walk.value(from, field.read_as(), inner, level, report);
            }
            if let Some((own, wire)) = members.content(name.bytes) {
                see(own, &mut seen, inner, report);
                return walk.value(from, wire, inner, level, report);
            }
            if let Some(value) = members.rest {
                return walk.value(from, value(), inner, level, report);
            }
            // After an invalid tag the further members are unknown.
            if !members.is_open && members.tag_faults.is_empty() && !members.may_have(name.bytes) {
                report.push_once(inner, "unknown_field");
            }
            walk.cursor.skip(from)
        });
        for name in members.required() {
            if !seen.contains(&name) {
                report.push_once(&here.name(name), "missing");
            }
        }
        end
    }

    /// Calls a function for each member of an object, which returns the end of its value; returns
    /// the end of the object.
    fn entries(
        &mut self,
        at: usize,
        each: &mut dyn FnMut(&mut Self, &Name<'_>, usize) -> usize,
    ) -> usize {
        let mut next = at.saturating_add(1);
        while let Some(from) = self.cursor.element(next) {
            let (name, value) = self.cursor.name(from);
            let bytes: &[u8] = &name.unescaped;
            let text = String::from_utf8_lossy(bytes).into_owned();
            let name = Name { bytes, text, quoted: name.quoted };
            next = each(self, &name, value);
        }
        self.cursor.close(next)
    }
}

/// The name of a member.
struct Name<'a> {
    /// Without escapes.
    bytes: &'a [u8],
    text: String,
    /// As written in the document, with its quotes.
    quoted: &'a [u8],
}

fn see(name: &'static str, seen: &mut Vec<&'static str>, at: &At<'_>, report: &mut Report) {
    if seen.contains(&name) {
        report.push_once(at, "duplicate");
    } else {
        seen.push(name);
    }
}

fn is_named(variant: &Variant, name: &[u8]) -> bool {
    variant.names.iter().any(|own| own.as_bytes() == name)
}

/// Reports a name that the type of a map's keys rejects. Numbers and `bool` are written without
/// quotes as values, and with them as names.
fn check_key(key: Wire, name: &Name<'_>, at: &At<'_>, report: &mut Report) {
    match key.opened().kind {
        Kind::Single(Some(probe)) => {
            let mut quoted = report.empty();
            probe.ask(name.quoted, at, &mut quoted);
            if !quoted.has(at, "type") {
                report.append(quoted);
                return;
            }
            let is_json = !name.bytes.iter().any(u8::is_ascii_whitespace)
                && serde_json::from_slice::<serde::de::IgnoredAny>(name.bytes).is_ok();
            if is_json {
                probe.ask(name.bytes, at, report);
            } else {
                report.push_once(at, "type");
            }
        }
        Kind::Declared(form) => {
            if let Some(variants) = form.variants()
                && !variants.iter().any(|variant| is_named(variant, name.bytes))
            {
                report.push_once(at, "variant");
            }
        }
        Kind::Any(_)
        | Kind::Single(None)
        | Kind::List(_)
        | Kind::Array(..)
        | Kind::Tuple(_)
        | Kind::Map(..)
        | Kind::Content(..) => {}
    }
}
