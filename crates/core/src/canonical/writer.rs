//! Canonical JSON written straight from a value, without a tree in between: it stands in the way of every event.

use alloc::{format, string::String, vec::Vec};
use core::fmt::Display;

use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde_json::Number;

use super::{NotCanonical, names::Names};

impl ser::Error for NotCanonical {
    fn custom<T: Display>(_: T) -> Self {
        Self::NotJson
    }
}

/// Writes into a buffer; objects are put in order when they end.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
}

/// A list that is being written.
pub(super) struct List<'a> {
    writer: &'a mut Writer,
    empty: bool,
    /// What closes it.
    end: &'static [u8],
}

/// An object that is being written.
pub(super) struct Object<'a> {
    writer: &'a mut Writer,
    /// Each member's name and where it begins.
    members: Vec<(Name, usize)>,
    sorted: bool,
    end: &'static [u8],
}

/// A member's name; those of structures need no room of their own.
enum Name {
    Fixed(&'static str),
    Owned(String),
}

impl Name {
    fn as_str(&self) -> &str {
        match self {
            Self::Fixed(name) => name,
            Self::Owned(name) => name,
        }
    }
}

impl Writer {
    /// A text in quotation marks, escaped as RFC 8259 section 7 asks and no more.
    fn text(&mut self, text: &str) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.out.push(b'"');
        let bytes = text.as_bytes();
        let mut done = 0;
        for (place, byte) in bytes.iter().copied().enumerate() {
            let short = match byte {
                b'"' => b'"',
                b'\\' => b'\\',
                8 => b'b',
                9 => b't',
                10 => b'n',
                12 => b'f',
                13 => b'r',
                0..32 => 0,
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[done..place]);
            done = place + 1;
            if short == 0 {
                let (high, low) = (DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]);
                self.out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            } else {
                self.out.extend_from_slice(&[b'\\', short]);
            }
        }
        self.out.extend_from_slice(&bytes[done..]);
        self.out.push(b'"');
    }

    fn unsigned(&mut self, mut number: u64) {
        let mut digits = [0_u8; 20];
        let mut place = digits.len();
        loop {
            place -= 1;
            // The remainder is below ten.
            digits[place] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[place..]);
    }

    fn word(&mut self, word: &str) {
        self.out.extend_from_slice(word.as_bytes());
    }

    fn list(&mut self, end: &'static [u8]) -> List<'_> {
        self.out.push(b'[');
        List { writer: self, empty: true, end }
    }

    fn object(&mut self, end: &'static [u8]) -> Object<'_> {
        self.out.push(b'{');
        Object { writer: self, members: Vec::new(), sorted: true, end }
    }

    /// The beginning of `{"variant":`, which a second brace closes.
    fn variant(&mut self, variant: &str) {
        self.out.push(b'{');
        self.text(variant);
        self.out.push(b':');
    }
}

impl List<'_> {
    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), NotCanonical> {
        if !self.empty {
            self.writer.out.push(b',');
        }
        self.empty = false;
        value.serialize(&mut *self.writer)
    }

    fn finish(self) {
        self.writer.out.extend_from_slice(self.end);
    }
}

impl Object<'_> {
    fn name(&mut self, name: Name) {
        if let Some((last, _)) = self.members.last() {
            self.sorted &= last.as_str() < name.as_str();
            self.writer.out.push(b',');
        }
        let begin = self.writer.out.len();
        self.writer.text(name.as_str());
        self.writer.out.push(b':');
        self.members.push((name, begin));
    }

    fn member(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), NotCanonical> {
        self.name(Name::Fixed(name));
        value.serialize(&mut *self.writer)
    }

    fn finish(self) {
        let Self { writer, members, sorted, end } = self;
        if !sorted {
            put_in_order(&mut writer.out, &members);
        }
        writer.out.extend_from_slice(end);
    }
}

/// Moves the members of an object, which stand at the end of the buffer, into the order of their names. Of two of one
/// name the later one stands.
fn put_in_order(out: &mut Vec<u8>, members: &[(Name, usize)]) {
    let Some((_, first)) = members.first() else { return };
    let end = out.len();
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| members[*a].0.as_str().cmp(members[*b].0.as_str()));
    let mut sorted = Vec::with_capacity(end - first);
    for (place, member) in order.iter().copied().enumerate() {
        let name = members[member].0.as_str();
        if order.get(place + 1).is_some_and(|next| members[*next].0.as_str() == name) {
            continue;
        }
        if !sorted.is_empty() {
            sorted.push(b',');
        }
        // Behind a member stands the comma before the next one.
        let until = members.get(member + 1).map_or(end, |(_, next)| next - 1);
        sorted.extend_from_slice(&out[members[member].1..until]);
    }
    let first = *first;
    out.truncate(first);
    out.append(&mut sorted);
}

/// What a floating-point number becomes: nothing, except where it is none at all.
fn fraction(writer: &mut Writer, number: Option<Number>) -> Result<(), NotCanonical> {
    match number {
        Some(number) => Err(NotCanonical::Float(format!("{number}"))),
        None => {
            writer.word("null");
            Ok(())
        }
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = NotCanonical;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    fn serialize_bool(self, v: bool) -> Result<(), NotCanonical> {
        self.word(if v { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Result<(), NotCanonical> {
        self.serialize_i64(v.into())
    }

    fn serialize_i16(self, v: i16) -> Result<(), NotCanonical> {
        self.serialize_i64(v.into())
    }

    fn serialize_i32(self, v: i32) -> Result<(), NotCanonical> {
        self.serialize_i64(v.into())
    }

    fn serialize_i64(self, v: i64) -> Result<(), NotCanonical> {
        if v < 0 {
            self.out.push(b'-');
        }
        self.unsigned(v.unsigned_abs());
        Ok(())
    }

    fn serialize_i128(self, v: i128) -> Result<(), NotCanonical> {
        match (u64::try_from(v), i64::try_from(v)) {
            (Ok(v), _) => self.serialize_u64(v),
            (_, Ok(v)) => self.serialize_i64(v),
            _ => Err(NotCanonical::NotJson),
        }
    }

    fn serialize_u8(self, v: u8) -> Result<(), NotCanonical> {
        self.serialize_u64(v.into())
    }

    fn serialize_u16(self, v: u16) -> Result<(), NotCanonical> {
        self.serialize_u64(v.into())
    }

    fn serialize_u32(self, v: u32) -> Result<(), NotCanonical> {
        self.serialize_u64(v.into())
    }

    fn serialize_u64(self, v: u64) -> Result<(), NotCanonical> {
        self.unsigned(v);
        Ok(())
    }

    fn serialize_u128(self, v: u128) -> Result<(), NotCanonical> {
        u64::try_from(v).map_err(|_| NotCanonical::NotJson).and_then(|v| self.serialize_u64(v))
    }

    fn serialize_f32(self, v: f32) -> Result<(), NotCanonical> {
        fraction(self, Number::from_f64(v.into()))
    }

    fn serialize_f64(self, v: f64) -> Result<(), NotCanonical> {
        fraction(self, Number::from_f64(v))
    }

    fn serialize_char(self, v: char) -> Result<(), NotCanonical> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), NotCanonical> {
        self.text(v);
        Ok(())
    }

    fn serialize_bytes(self, v: &[u8]) -> Result<(), NotCanonical> {
        v.serialize(self)
    }

    fn serialize_none(self) -> Result<(), NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotCanonical> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotCanonical> {
        self.word("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotCanonical> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), NotCanonical> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), NotCanonical> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotCanonical> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'a>, NotCanonical> {
        Ok(self.list(b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'a>, NotCanonical> {
        Ok(self.list(b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<List<'a>, NotCanonical> {
        Ok(self.list(b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<List<'a>, NotCanonical> {
        self.variant(variant);
        Ok(self.list(b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, NotCanonical> {
        Ok(self.object(b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, NotCanonical> {
        Ok(self.object(b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, NotCanonical> {
        self.variant(variant);
        Ok(self.object(b"}}"))
    }
}

macro_rules! lists {
    ($($of:ident: $item:ident),+) => {
        $(impl $of for List<'_> {
            type Ok = ();
            type Error = NotCanonical;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
                self.item(value)
            }

            fn end(self) -> Result<(), NotCanonical> {
                self.finish();
                Ok(())
            }
        })+
    };
}

lists!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

macro_rules! objects {
    ($($of:ident),+) => {
        $(impl $of for Object<'_> {
            type Ok = ();
            type Error = NotCanonical;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NotCanonical> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), NotCanonical> {
                self.finish();
                Ok(())
            }
        })+
    };
}

objects!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Object<'_> {
    type Ok = ();
    type Error = NotCanonical;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotCanonical> {
        let name = key.serialize(Names)?;
        self.name(Name::Owned(name));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotCanonical> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), NotCanonical> {
        self.finish();
        Ok(())
    }
}
