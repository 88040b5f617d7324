//! The video decoder is a child process: it can neither hang the command nor outlive it, and an interrupt ends any
//! wait for it or for a pipe.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::ravdess::{arguments, sounds};
use crate::support::{Sandbox, Started, fixture, has_ffmpeg, make_fifo, refusal};

/// Time within which an interrupted command must exit: one second plus a margin for a busy machine.
const SOON: Duration = Duration::from_secs(2);

/// Time within which a small input is done.
const A_WHILE: Duration = Duration::from_secs(60);

/// Returns an element of Matroska.
fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    [id, &(1 << 56 | content.len() as u64).to_be_bytes(), content].concat()
}

/// The start of a stream of small frames as the command asks ffmpeg for: uncompressed pictures in Matroska.
fn head() -> Vec<u8> {
    let video = [element(&[0xb0], &[64]), element(&[0xba], &[48]), element(&[0x2e, 0xb5, 0x24], b"I420")].concat();
    let duration = element(&[0x23, 0xe3, 0x83], &40_000_000u32.to_be_bytes());
    let track = element(&[0xae], &[duration, element(&[0xe0], &video)].concat());
    let segment = [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    [element(&[0x1a, 0x45, 0xdf, 0xa3], b""), segment.to_vec(), element(&[0x16, 0x54, 0xae, 0x6b], &track)].concat()
}

/// Gray frames at 25 per second, each in a cluster of its own.
fn frames(count: u32) -> Vec<u8> {
    let cluster = |index: u32| {
        let block = [&[0x81, 0, 0, 0x80][..], &[128; 64 * 48 * 3 / 2]].concat();
        let content = [element(&[0xe7], &(40_000 * index).to_be_bytes()), element(&[0xa3], &block)].concat();
        element(&[0x1f, 0x43, 0xb6, 0x75], &content)
    };
    (0..count).flat_map(cluster).collect()
}

/// Creates a sandbox in which `script` is the first ffmpeg in `PATH`. It writes its process id into the file `pids`
/// and finds a stream of three frames in the file `stream`, and its frames alone in `frames`.
fn playing_ffmpeg(script: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let folder = sandbox.folder.path().display();
    let text = format!("#!/bin/sh\ncd '{folder}'\necho $$ >> pids\n{script}\n");
    fs::create_dir(sandbox.path("bin")).unwrap();
    fs::write(sandbox.path("frames"), frames(3)).unwrap();
    fs::write(sandbox.path("stream"), [head(), frames(3)].concat()).unwrap();
    fs::write(sandbox.path("film.mp4"), b"\0\0\0\x14ftypisom\0\0\0\0isom").unwrap();
    let program = sandbox.path("bin/ffmpeg");
    fs::write(&program, text).unwrap();
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

fn command(sandbox: &Sandbox) -> Command {
    let mut command = sandbox.command();
    command.env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display())).current_dir(sandbox.folder.path());
    command
}

fn ended(command: &mut Command, within: Duration) -> Output {
    Started::new(command).ends_within(within)
}

/// Returns the process ids that the script wrote, once there are `count`.
fn pids(sandbox: &Sandbox, count: usize) -> Vec<u32> {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(sandbox.path("pids")).unwrap_or_default();
        if text.ends_with('\n') && text.lines().count() >= count {
            return text.lines().map(|line| line.parse().unwrap()).collect();
        }
        assert!(started.elapsed() < A_WHILE, "the decoder was started {} times, not {count}", text.lines().count());
        sleep(Duration::from_millis(5));
    }
}

/// Returns the state of a process as a letter; `Z` if nobody has waited for it.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

fn gone_soon(pid: u32) {
    let started = Instant::now();
    // A process whose parent has exited is reaped by the system, if at all.
    while !matches!(state(pid), None | Some('Z')) {
        assert!(started.elapsed() < SOON, "the process {pid} is still there");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_damaged_film_is_looked_at_to_its_end() {
    if !has_ffmpeg() {
        return;
    }
    let sandbox = Sandbox::new();
    let (clean, damaged) = (sandbox.path("clean.avi"), sandbox.path("damaged.avi"));
    let ffmpeg = |arguments: &[&str], out: &Path| {
        let mut command = Command::new("ffmpeg");
        assert!(command.args(["-nostdin", "-v", "error"]).args(arguments).arg(out).status().unwrap().success());
    };
    ffmpeg(&["-f", "lavfi", "-i", "testsrc2=s=320x180:d=16:r=25", "-c:v", "mpeg4", "-q:v", "12", "-an"], &clean);
    ffmpeg(&["-i", clean.to_str().unwrap(), "-c", "copy", "-bsf:v", "noise=amount=80"], &damaged);
    let complaints =
        Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&damaged).args(["-f", "null", "-"]).output();
    assert!(complaints.unwrap().stderr.len() > 65_536, "the film is meant to fill a pipe with complaints");
    let output = ended(sandbox.command().args(["analyze", "--every", "50"]).arg(&damaged), A_WHILE);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(3) && said.contains("8 frames: no face"), "{said}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be decoded"));
}

#[test]
fn a_decoder_that_complains_without_end_is_listened_to() {
    let flood = "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo >&2";
    let sandbox = playing_ffmpeg(&format!("{flood}; cat stream; {flood}"));
    let output = ended(command(&sandbox).args(["analyze", "film.mp4"]), A_WHILE);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("3 frames: no face"), "{said}");
    // The last line is the reason, whatever came before.
    let fails = |before: &str| {
        let sandbox = playing_ffmpeg(&format!("{before} {flood}; echo 'the end is missing' >&2; exit 1"));
        ended(command(&sandbox).args(["analyze", "film.mp4"]), A_WHILE)
    };
    refusal(&fails(""), "(ffmpeg: the end is missing)");
    // What was decoded is a result.
    let output = fails("cat stream;");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("film.mp4: 3 frames; ffmpeg: the end is missing"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("3 frames: no face"));
}

#[test]
fn an_interrupt_reaches_every_command_that_waits_for_a_decoder() {
    let picture = fixture("pictures/obama.jpg");
    let index = "path,subject,emotion,session\nfilm.mp4,a,happy,1\n";
    // The decoder writes nothing, stops within a frame, or closes its output and keeps running.
    let hangs = ["sleep 1000 & wait", "head -c 4000 stream; exec sleep 1000", "cat stream; exec >&-; exec sleep 1000"];
    for (number, hang) in hangs.into_iter().enumerate() {
        let sandbox = playing_ffmpeg(hang);
        sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
        fs::write(sandbox.path("index.csv"), index).unwrap();
        fs::create_dir_all(sandbox.path("clips/happy")).unwrap();
        fs::copy(sandbox.path("film.mp4"), sandbox.path("clips/happy/film.mp4")).unwrap();
        for actor in [1, 2] {
            let film = format!("ravdess/01-01-03-01-01-01-0{actor}.mp4");
            fs::create_dir_all(sandbox.path("ravdess")).unwrap();
            fs::copy(sandbox.path("film.mp4"), sandbox.path(&film)).unwrap();
        }
        let mut commands: Vec<&[&str]> = vec![
            &["analyze", "film.mp4", "--json"],
            &["watch", "film.mp4"],
            &["watch", "film.mp4", "--live"],
            &["enroll", "Joe", "film.mp4"],
            &["adapt", "Barack", "--clips", "clips"],
            &["train", "--data", ".", "--out", "my.head"],
            &["eval", "identity", "--data", "."],
            &["eval", "adaptation", "--data", "."],
            &["eval", "ravdess", "--data", "ravdess", "--split", "statement"],
            &["bench", "speech", "film.mp4"],
        ];
        // All commands read through the same code, so only some are tested with the other ways to hang.
        commands.truncate(if number == 0 { commands.len() } else { 2 });
        for (turn, arguments) in commands.into_iter().enumerate() {
            fs::remove_file(sandbox.path("pids")).ok();
            let child = Started::new(command(&sandbox).args(arguments));
            let decoders = pids(&sandbox, 1);
            if number > 0 {
                // The command has read all available data and waits for more.
                sleep(Duration::from_millis(300));
            }
            child.signal(["INT", "TERM"][turn % 2]);
            let output = child.ends_within(SOON);
            assert_eq!(output.status.code(), Some(130), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"), "{arguments:?}");
            decoders.into_iter().for_each(gone_soon);
        }
        assert!(sandbox.ok(["users", "list"]).starts_with("Barack:"), "the store is free again and holds what it held");
        assert!(!sandbox.path("my.head").exists());
    }
}

/// Starts a `mien watch` that blocks on its full standard output and cannot check for interrupts. Returns it and the
/// process id of its decoder, which survives a broken pipe.
#[cfg(target_os = "linux")]
fn stuck() -> (Sandbox, Started, u32) {
    let sandbox =
        playing_ffmpeg("trap '' PIPE; cat stream; while cat frames 2> /dev/null; do :; done; exec sleep 1000");
    let child = Started::new(command(&sandbox).args(["watch", "film.mp4"]));
    let decoder = pids(&sandbox, 1)[0];
    let written = || {
        let counts = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap();
        let line = counts.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap().to_owned();
        line.parse::<u64>().unwrap()
    };
    let started = Instant::now();
    while written() < 60_000 {
        assert!(started.elapsed() < A_WHILE, "the pipe is not filled");
        sleep(Duration::from_millis(20));
    }
    sleep(Duration::from_millis(300));
    (sandbox, child, decoder)
}

#[test]
#[cfg(target_os = "linux")]
fn a_second_interrupt_ends_the_command_and_its_decoder_at_once() {
    let (_sandbox, child, decoder) = stuck();
    child.signal("INT");
    sleep(Duration::from_millis(300));
    child.signal("INT");
    child.disappears_within(SOON);
    gone_soon(decoder);
}

#[test]
#[cfg(target_os = "linux")]
fn work_that_does_not_look_for_interrupts_ends_all_the_same() {
    let (_sandbox, child, decoder) = stuck();
    child.signal("TERM");
    child.disappears_within(Duration::from_secs(5) + SOON);
    gone_soon(decoder);
}

#[test]
#[cfg(target_os = "linux")]
fn the_decoder_dies_with_a_command_that_is_killed() {
    let sandbox = playing_ffmpeg("exec sleep 1000");
    let child = Started::new(command(&sandbox).args(["analyze", "film.mp4"]));
    let decoder = pids(&sandbox, 1)[0];
    child.signal("KILL");
    child.disappears_within(SOON);
    gone_soon(decoder);
}

#[test]
fn no_decoder_is_left_while_the_command_goes_on() {
    // A clip that is not a picture is opened twice; the first time it is closed after one frame.
    let sandbox = playing_ffmpeg("if [ -e once ]; then exec sleep 1000; fi; touch once; cat stream; exec sleep 1000");
    fs::write(sandbox.path("index.csv"), "path,subject,emotion\nfilm.mp4,a,happy\n").unwrap();
    let child =
        Started::new(command(&sandbox).args(["train", "--data", ".", "--pseudo-clips", "2", "--out", "my.head"]));
    let first = pids(&sandbox, 2)[0];
    assert_eq!(state(first), None, "neither running nor a zombie");
    child.signal("INT");
    child.ends_within(SOON);
}

#[test]
fn an_interrupt_reaches_a_silent_pipe() {
    let sandbox = Sandbox::new();
    let picture = fixture("pictures/obama.jpg");
    sandbox.ok(["enroll".as_ref(), "Barack".as_ref(), picture.as_os_str()]);
    let fifo = sandbox.path("pipe");
    make_fifo(&fifo);
    let pipe = fifo.to_str().unwrap();
    let commands: [&[&str]; 5] = [
        &["watch", "-"],
        &["users", "verify", "Barack", pipe],
        &["analyze", pipe],
        &["users", "import", pipe],
        &["users", "list", "--store-key", pipe],
    ];
    for arguments in commands {
        // Nobody writes into the pipe or into standard input.
        let child = Started::new(sandbox.command().args(arguments).stdin(Stdio::piped()));
        sleep(Duration::from_millis(600));
        child.signal("TERM");
        let output = child.ends_within(SOON);
        assert_eq!(output.status.code(), Some(130), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // A picture from a pipe is analyzed.
    let (from, to) = (picture, PathBuf::from(&fifo));
    let writer = std::thread::spawn(move || fs::write(to, fs::read(from).unwrap()).unwrap());
    assert!(sandbox.ok(["analyze", pipe]).contains("Barack"));
    writer.join().unwrap();
}

#[test]
fn sounds_to_be_made_worse_are_decoded_once() {
    if !has_ffmpeg() {
        return;
    }
    let path = std::env::var("PATH").unwrap();
    let sandbox = playing_ffmpeg(&format!("PATH='{path}' exec ffmpeg \"$@\""));
    let root = sounds(&sandbox);
    let files = fs::read_dir(&root).unwrap().flat_map(|actor| fs::read_dir(actor.unwrap().path()).unwrap()).count();
    let degraded = ["--channel", "audio-only", "--split", "statement", "--degrade", "gain:-6"];
    let output = command(&sandbox).args(arguments(&root, &degraded)).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(pids(&sandbox, files).len(), files);
}
