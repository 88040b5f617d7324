//! Reading that notices interrupts, from files, pipes, devices and standard input.

use std::fs::{self, File};
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;

use crate::process::failure::{Failure, Naming, Outcome};
use crate::process::interrupt::{TICK, check_io};

/// Bytes read at once: the capacity of a pipe.
const CHUNK: usize = 1 << 16;

/// Number of chunks read ahead.
const AHEAD: usize = 16;

/// Reads a source on a thread, so that the waiting reader notices an interrupt. The thread ends with the source, or
/// at the next chunk after the reader is dropped.
pub struct Interruptible {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Interruptible {
    /// Creates a reader of the source that `open` returns. Opening may block as well, for example on a pipe without a
    /// writer.
    ///
    /// # Errors
    /// If no thread can be started. An error of `open` is returned by the first read.
    pub fn new<R: Read>(open: impl FnOnce() -> io::Result<R> + Send + 'static) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(AHEAD);
        thread::Builder::new().spawn(move || {
            let mut source = match open() {
                Ok(source) => source,
                Err(error) => return drop(sender.send(Err(error))),
            };
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match source.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(length) => {
                        chunk.truncate(length);
                        Ok(chunk)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let failed = read.is_err();
                if sender.send(read).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Self { chunks, chunk: Vec::new(), at: 0, ended: false })
    }
}

impl BufRead for Interruptible {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        check_io()?;
        while self.at == self.chunk.len() && !self.ended {
            match self.chunks.recv_timeout(TICK) {
                Ok(chunk) => {
                    self.ended = chunk.is_err();
                    (self.chunk, self.at) = (chunk?, 0);
                }
                Err(RecvTimeoutError::Timeout) => check_io()?,
                Err(RecvTimeoutError::Disconnected) => self.ended = true,
            }
        }
        Ok(&self.chunk[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        self.at = (self.at + amount).min(self.chunk.len());
    }
}

impl Read for Interruptible {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut ready = self.fill_buf()?;
        let length = ready.read(out)?;
        self.consume(length);
        Ok(length)
    }
}

/// Opens `path` for reading: a regular file directly, anything else through [`Interruptible`].
pub fn open(path: &Path) -> Outcome<Box<dyn Read>> {
    if fs::metadata(path).naming(path)?.is_file() {
        return Ok(Box::new(File::open(path).naming(path)?));
    }
    let owned = path.to_path_buf();
    Ok(Box::new(Interruptible::new(move || File::open(owned)).naming(path)?))
}

/// Reads `path`, which may be a pipe. More than `max` bytes are refused as too large for `what`.
pub fn read(path: &Path, max: u64, what: &str) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(max.saturating_add(1)).read_to_end(&mut bytes).naming(path)?;
    if bytes.len() as u64 > max {
        return Err(Failure::new(format!("{}: too large for {what}: at most {max} bytes are allowed", path.display())));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_on_a_thread_is_what_was_there() {
        let bytes: Vec<u8> = (0..40 * CHUNK as u32 + 7).map(|value| (value % 251) as u8).collect();
        let source = bytes.clone();
        let mut reader = Interruptible::new(move || Ok(io::Cursor::new(source))).unwrap();
        let mut line = Vec::new();
        reader.read_until(200, &mut line).unwrap();
        assert_eq!(line, bytes[..201]);
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert!(rest == bytes[201..]);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0, "the end stays the end");
    }

    #[test]
    fn what_cannot_be_opened_says_why() {
        let mut reader = Interruptible::new(|| File::open("/nowhere")).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    }
}
