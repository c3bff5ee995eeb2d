//! Splits a stream into events, and decodes each into a typed chunk.

use crate::window::Counts;
use bytes::{Buf, BytesMut};
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
#[allow(dead_code)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Choice<'a> {
    index: u32,
    #[serde(borrow)]
    delta: Delta<'a>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Chunk<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    created: u64,
    #[serde(borrow)]
    model: Cow<'a, str>,
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

fn count(data: &[u8], done: &Counts) {
    if data == b"[DONE]" {
        return;
    }
    match serde_json::from_slice::<Chunk>(data) {
        Ok(chunk) if chunk.choices.len() == 1 && chunk.choices[0].delta.content.is_some() => {
            Counts::add(&done.events)
        }
        _ => Counts::add(&done.errors),
    }
}

/// How many bytes were whole events.
fn split(bytes: &[u8], done: &Counts) -> usize {
    let mut begin = 0;
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'\n', &bytes[from..]) {
        let end = from + found;
        from = end + 1;
        if bytes.get(from) == Some(&b'\n') {
            if let Some(data) = bytes[begin..end].strip_prefix(b"data: ") {
                count(data, done);
            }
            begin = from + 1;
            from = begin;
        }
    }
    begin
}

pub fn feed(rest: &mut BytesMut, data: &[u8], done: &Counts) {
    if rest.is_empty() {
        let whole = split(data, done);
        rest.extend_from_slice(&data[whole..]);
    } else {
        rest.extend_from_slice(data);
        let whole = split(rest, done);
        rest.advance(whole);
    }
}
