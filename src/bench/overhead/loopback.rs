//! A model's server on a loopback port that always says the same, and at once.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use serde_json::json;

/// A request is read in pieces of this size.
const PIECE_BYTES: usize = 16 * 1024;
/// It tells how probable each piece of so many letters was, so that a question is one call.
const PIECE_CHARS: usize = 4;
/// A longer request is not read.
const REQUEST_BYTES_MAX: usize = 1024 * 1024;

/// Starts it; it answers until the program ends.
pub(super) fn serve() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

/// Answers what comes over one connection, until the other side hangs up.
fn answer(mut stream: TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let reply = reply();
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        if bytes.len() > REQUEST_BYTES_MAX {
            return None;
        }
        if is_whole(&bytes) {
            bytes.clear();
            stream.write_all(&reply).ok()?;
        }
    }
}

/// Whether a request's body is there as far as its head says.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    bytes.len() >= end + 4 + length.unwrap_or_default()
}

fn reply() -> Vec<u8> {
    let answer = json!({
        "quotes": ["coffee, bread and fruit for the workshop"], "reason": "food for a workshop",
        "label": "meals", "alternatives": ["other"],
    });
    let answer = answer.to_string();
    let letters: Vec<char> = answer.chars().collect();
    let pieces = letters.chunks(PIECE_CHARS).map(|piece| {
        let token: String = piece.iter().collect();
        json!({"token": token, "logprob": -0.01})
    });
    let pieces: Vec<_> = pieces.collect();
    let body = json!({
        "id": "bench", "object": "chat.completion", "created": 0, "model": "loopback-model",
        "choices": [{
            "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer},
            "logprobs": {"content": pieces},
        }],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    })
    .to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.into_bytes()].concat()
}
