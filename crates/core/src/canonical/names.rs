//! The keys of maps as names of members: texts, or what is written as one.

use alloc::{
    borrow::ToOwned as _,
    string::{String, ToString as _},
};

use serde::ser::{self, Impossible, Serialize};

use super::NotCanonical;

/// Turns a key into the name of a member.
pub(super) struct Names;

macro_rules! names {
    ($($from:ident: $of:ty),+) => {
        $(fn $from(self, v: $of) -> Result<String, NotCanonical> {
            Ok(v.to_string())
        })+
    };
}

macro_rules! no_names {
    ($($from:ident($($of:ty),*)),+) => {
        $(fn $from(self, $(_: $of),*) -> Result<String, NotCanonical> {
            Err(NotCanonical::NotJson)
        })+
    };
}

macro_rules! no_names_within {
    ($($from:ident($($of:ty),*): $to:ident),+) => {
        $(fn $from(self, $(_: $of),*) -> Result<Self::$to, NotCanonical> {
            Err(NotCanonical::NotJson)
        })+
    };
}

type Never = Impossible<String, NotCanonical>;

impl ser::Serializer for Names {
    type Ok = String;
    type Error = NotCanonical;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    names!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char
    );

    no_names!(
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_bytes(&[u8]),
        serialize_none(),
        serialize_unit(),
        serialize_unit_struct(&'static str)
    );

    no_names_within!(
        serialize_seq(Option<usize>): SerializeSeq,
        serialize_tuple(usize): SerializeTuple,
        serialize_tuple_struct(&'static str, usize): SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize): SerializeTupleVariant,
        serialize_map(Option<usize>): SerializeMap,
        serialize_struct(&'static str, usize): SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize): SerializeStructVariant
    );

    fn serialize_str(self, v: &str) -> Result<String, NotCanonical> {
        Ok(v.to_owned())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<String, NotCanonical> {
        Ok(variant.to_owned())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<String, NotCanonical> {
        Err(NotCanonical::NotJson)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, NotCanonical> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, NotCanonical> {
        Err(NotCanonical::NotJson)
    }
}
