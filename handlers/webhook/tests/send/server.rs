//! A server on this machine that answers as it is told, and keeps what it was asked.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What the server does with one connection.
pub(crate) enum Answer {
    /// A status, and a body.
    Status(u16, &'static str),
    /// A status, and a header.
    With(u16, String),
    /// This many megabytes.
    Huge(u16, usize),
    /// Nothing at all, until the sender goes away.
    Hang,
}

/// What it was asked.
pub(crate) struct Asked {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Receiver<Asked>,
    thread: JoinHandle<()>,
}

impl Server {
    /// One that gives these answers, each to a connection of its own, and then is gone.
    pub(crate) fn answering(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = channel();
        let thread = thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                tell.send(read(&mut stream)).unwrap();
                give(&mut stream, &answer);
            }
        });
        Self { address, asked, thread }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until it has given all its answers, and fails if it did not go as they say.
    pub(crate) fn end(self) {
        self.thread.join().unwrap();
    }

    /// The next request; none when there was none.
    pub(crate) fn asked(&self) -> Option<Asked> {
        self.asked.recv_timeout(Duration::from_millis(200)).ok()
    }
}

fn read(stream: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    loop {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = head {
            let text = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let mut lines = text.split("\r\n");
            let line = lines.next().unwrap().to_owned();
            let pair = |line: &str| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_ascii_lowercase(), value.to_owned())
            };
            let asked = Asked { line, headers: lines.map(pair).collect(), body: bytes[end + 4..].to_vec() };
            if asked.body.len() >= asked.header("content-length").parse().unwrap() {
                return asked;
            }
        }
        let mut part = [0; 4096];
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "the request has an end");
        bytes.extend_from_slice(&part[..length]);
    }
}

fn give(stream: &mut TcpStream, answer: &Answer) {
    let head =
        |status: &u16, rest: &str| format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n{rest}\r\n");
    match answer {
        Answer::Status(status, body) => {
            let length = format!("content-length: {}\r\n", body.len());
            stream.write_all((head(status, &length) + body).as_bytes()).unwrap();
        }
        Answer::With(status, header) => {
            let header = format!("content-length: 0\r\n{header}\r\n");
            stream.write_all(head(status, &header).as_bytes()).unwrap();
        }
        Answer::Huge(status, megabytes) => {
            stream.write_all(head(status, "").as_bytes()).unwrap();
            let part = vec![b'x'; 1 << 20];
            for _ in 0..*megabytes {
                // The sender has enough at some time, and hangs up.
                if stream.write_all(&part).is_err() {
                    return;
                }
            }
            panic!("all of it was taken");
        }
        Answer::Hang => {
            let mut rest = Vec::new();
            let ended = stream.read_to_end(&mut rest).map_err(|error| error.kind());
            assert!(matches!(ended, Ok(_) | Err(ErrorKind::ConnectionReset)), "{ended:?}");
        }
    }
}
