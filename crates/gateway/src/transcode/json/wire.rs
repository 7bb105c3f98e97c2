//! Protobuf's wire format, read in place.

use crate::transcode::json::Unusual;

/// How a value is written; groups are left to the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireType {
    Varint,
    Fixed64,
    Length,
    Fixed32,
}

/// The longest varint: ten times seven bits hold 64.
const MAX_VARINT_BYTES: usize = 10;

/// What is left to be read of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wire<'b> {
    rest: &'b [u8],
}

impl<'b> Wire<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// The number and the type of the field that comes next.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<(u32, WireType), Unusual> {
        let key = u32::try_from(self.varint()?).map_err(|_| Unusual)?;
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            5 => WireType::Fixed32,
            _ => return Err(Unusual),
        };
        match key >> 3 {
            0 => Err(Unusual),
            number => Ok((number, wire_type)),
        }
    }

    /// The type of the field that comes next, if it is this one; else nothing is read.
    pub(crate) fn key_of(&mut self, number: u32) -> Result<Option<WireType>, Unusual> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = *self;
        let (next, wire_type) = ahead.key()?;
        if next != number {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(wire_type))
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Unusual> {
        match self.rest {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Unusual> {
        let mut value = 0;
        for (index, byte) in self.rest.iter().take(MAX_VARINT_BYTES).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if *byte < 0x80 {
                // The last of ten bytes has room for one bit.
                let is_whole = index + 1 < MAX_VARINT_BYTES || *byte <= 1;
                self.rest = &self.rest[index + 1..];
                return if is_whole { Ok(value) } else { Err(Unusual) };
            }
        }
        Err(Unusual)
    }

    pub(crate) fn fixed32(&mut self) -> Result<[u8; 4], Unusual> {
        self.fixed()
    }

    pub(crate) fn fixed64(&mut self) -> Result<[u8; 8], Unusual> {
        self.fixed()
    }

    #[inline]
    fn fixed<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], Unusual> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(Unusual)?;
        self.rest = rest;
        Ok(*bytes)
    }

    /// What has its length before it: a text, a message, packed numbers.
    #[inline]
    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Unusual> {
        let length = usize::try_from(self.varint()?).map_err(|_| Unusual)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Unusual)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Unusual> {
        str::from_utf8(self.bytes()?).map_err(|_| Unusual)
    }

    /// Passes over a value that nobody asks for.
    pub(crate) fn skip(&mut self, wire_type: WireType) -> Result<(), Unusual> {
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.fixed64().map(drop),
            WireType::Length => self.bytes().map(drop),
            WireType::Fixed32 => self.fixed32().map(drop),
        }
    }
}
